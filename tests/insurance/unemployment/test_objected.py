"""Whom a decision about many speaks of may object to it (对标准调整、稳岗返还的异议)."""

import pytest
from django.utils import timezone

from backend.cases import acts
from backend.cases.corrections import ObjectionUnnamed
from backend.cases.decide import decide, review
from backend.cases.models import Case, Objection
from backend.cases.objections import NotTheirs
from backend.cases.receive import receive_case
from backend.people.models import Party
from insurance.unemployment import amount_change, refund_case
from insurance.unemployment.models import Claim, RefundEntry
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.unemployment import claim_builders as z
from tests.insurance.unemployment import refund_builders as r
from tests.insurance.unemployment.amount_tree import with_amounts

pytestmark = pytest.mark.django_db
AMOUNT = {"region": "340800", "from_month": "2026-11", "document": "演示人社秘〔2026〕9号"}
SHORT, LONG = 59, 70  # months paid: 12 and 14 of benefit


def signed(case: Case, *names: str, approve: bool = True) -> Case:
    """By two persons; what decides about many was done by hand before."""
    done = dict.fromkeys(("UNEMPLOYMENT_AMOUNT", "STABILITY_REFUND"), lambda _: 0)
    first, second = (builders.person(name=name) for name in names)
    one = builders.member(role="REVIEWER", of=first)
    other = builders.member(role="APPROVER", of=second)
    review(case_id=case.pk, key=one.key, role="REVIEWER", now=timezone.now())
    return decide(
        case_id=case.pk,
        approve=approve,
        reason="演示：已核对",
        key=other.key,
        role="APPROVER",
        now=timezone.now(),
        acts={**acts.registered(), **done},
    )


def received(kind: str, of: int, **content: object) -> Case:
    return receive_case(
        kind=kind,
        agency=builders.agency(),
        party_id=of,
        content=content,
        received_by=builders.person(name="石玉兰").pk,
        acts=acts.registered(),
    )


def objected(decision: Case, of: int) -> Case:
    return received(
        "OBJECTION",
        of,
        decided_case=decision.pk,
        known_on=timezone.localdate().isoformat(),
        against="决定的金额",
        grounds="缴费月数算少了",
    )


@pytest.fixture
def claim() -> Claim:
    """Zhao draws, by 59 months."""
    m.office()
    z.out_of_work()
    content = z.claim_content(earlier_months=SHORT)
    return Claim.objects.get(case_id=z.through_hands(kind="UNEMPLOYMENT_CLAIM", content=content).pk)


@pytest.fixture
def raised(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Another amount is paid to all, by a case of nobody who draws."""
    with_amounts(monkeypatch, {"2026-11-01": 1_854})
    case = z.waiting(kind="UNEMPLOYMENT_AMOUNT", content=AMOUNT, person=builders.chen())
    case.decided_at = z.NOW
    amount_change.decide(case)
    return signed(case, "查明德", "方卫东")


@pytest.fixture
def settled() -> tuple[Case, int]:
    """A list of refunds is decided; and an employer that paid too little to get any."""
    r.employer()
    late = r.employer(serial=2, paid=11)
    case = r.asking("STABILITY_REFUND", {"list": r.listed().pk}, r.AFTER)
    case.decided_at = r.AFTER
    refund_case.decide(case)
    return signed(case, "查明德", "方卫东"), late


def test_who_is_paid_another_amount_is_answered_by_a_corrected_claim(
    claim: Claim, raised: Case
) -> None:
    zhao = builders.zhao().pk
    objection = objected(raised, zhao)
    asked = z.claim_content(earlier_months=LONG, corrects=claim.pk)
    found = {"error": "漏算", "error_evidence": "演示凭证"}
    with pytest.raises(ObjectionUnnamed):
        received("UNEMPLOYMENT_CLAIM", zhao, **asked, **found)
    again = received("UNEMPLOYMENT_CLAIM", zhao, **asked, objection=objection.pk)
    signed(again, "操慧敏", "汪明霞")

    signed(objection, "操慧敏", "汪明霞")

    row = Objection.objects.get(case=objection)
    assert (row.outcome, row.correction_id) == ("CORRECTED", again.pk)
    assert Claim.objects.get(case_id=again.pk).granted_months == 14


@pytest.mark.usefixtures("claim")
def test_whom_the_amount_does_not_concern_does_not_object(raised: Case) -> None:
    m.entitlement(scheme="210", components={"UNEMPLOYMENT": 150_000})

    with pytest.raises(NotTheirs):
        objected(raised, builders.wang().pk)


def test_an_employer_on_the_list_objects_to_its_refund_and_is_answered_in_writing(
    settled: tuple[Case, int],
) -> None:
    decision, late = settled
    objection = objected(decision, late)

    signed(objection, "操慧敏", "汪明霞", approve=False)

    assert Objection.objects.get(case=objection).outcome == "UPHELD"


def test_an_employer_on_the_list_is_answered_by_a_corrected_refund(
    settled: tuple[Case, int],
) -> None:
    decision, late = settled
    before = RefundEntry.objects.get(payer=late)
    objection = objected(decision, late)
    asked = {"corrects": before.pk, "size": "SMALL", "reason": "严重失信（演示）"}
    with pytest.raises(ObjectionUnnamed):
        received("STABILITY_CORRECTION", late, **asked, error="算错", error_evidence="演示凭证")
    again = received("STABILITY_CORRECTION", late, **asked, objection=objection.pk)
    signed(again, "操慧敏", "汪明霞")

    signed(objection, "操慧敏", "汪明霞")

    row = Objection.objects.get(case=objection)
    assert (row.outcome, row.correction_id) == ("CORRECTED", again.pk)
    assert RefundEntry.objects.get(case_id=again.pk).refused == "EXCLUDED"


def test_an_employer_that_is_not_on_the_list_does_not_object(settled: tuple[Case, int]) -> None:
    decision, _ = settled
    stranger = builders.employer(serial=7)
    assert Party.objects.filter(pk=stranger.pk).exists()

    with pytest.raises(NotTheirs):
        objected(decision, stranger.pk)
