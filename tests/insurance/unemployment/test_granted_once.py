"""A certificate of skill and a birth bring a sum once: decided by three, paid in a batch."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cases.models import Case
from backend.kernel.identity import Sex
from backend.kernel.parameters import NotVerified
from backend.people.models import Death, Person
from insurance.benefits.claims.claim_batches import seal_grants
from insurance.benefits.claims.grant import AlreadyGranted
from insurance.benefits.claims.invariants import broken_promises
from insurance.benefits.claims.models import Claim
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from insurance.unemployment import childbirth_case, skill_case
from insurance.unemployment.childbirth_case import NotDrawing, NotTheMother
from insurance.unemployment.claim_facts import ClaimantDead, EarlierInvalid
from insurance.unemployment.skill_subsidy import SubsidyRefused
from payments import invariants as payments
from payments.ledger.models import Posting
from payments.models import Attempt, BatchKind
from payments.reconcile import reconcile
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.unemployment import claim_builders as z
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
SKILL, BIRTH = "SKILL_SUBSIDY", "CHILDBIRTH_SUM"
FIVE_MONTHS = 5 * 173_700


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def certificate(**changes: object) -> dict[str, object]:
    """Of the fourth level; 36 months were paid before, as papers show."""
    content: dict[str, object] = {
        "scheme": "210",
        "level": "LEVEL_4",
        "certificate": "演示S0001",
        "certified_on": "2026-03-01",
        "earlier_months": 36,
        "earlier_until": "2026-10",
        "earlier_evidence": "原系统缴费明细 演示1号",
    }
    return {**content, **changes}


def birth(**changes: object) -> dict[str, object]:
    content = {"scheme": "210", "born_on": "2026-11-04", "birth_certificate": "演示出生1号"}
    return {**content, **changes}


def asking(kind: str, content: Mapping[str, object], person: Person | None = None) -> Case:
    m.office()
    return z.waiting(kind=kind, content=content, person=person)


def granted_level_5() -> Claim:
    """Li's certificate was read as one of the fifth level."""
    skill_case.decide(asking(SKILL, certificate(level="LEVEL_5"), _li_with_office()))
    return Claim.objects.get()


def correction_of_the_level() -> Case:
    """It is of the fourth."""
    why = {"error": "等级看错（演示）", "error_evidence": "证书复印件 演示1号"}
    return asking(SKILL, certificate(corrects=Claim.objects.get().pk, **why), builders.li())


def drawing() -> Person:
    """Yu draws from November on."""
    born = date(1996, 2, 8)
    number = builders.id_number(birth_date=born, sex=Sex.FEMALE, serial=78)
    yu = builders.person(name="余巧云", birth_date=born, sex=Sex.FEMALE, number=number)
    z.worked(person=yu)
    z.registered(report=z.certificate(person=yu), on=date(2026, 11, 3))
    z.claimed(person=yu)
    return yu


def test_a_certificate_is_paid_out_of_its_own_expense_account() -> None:
    m.office()
    pay.account(builders.li())
    z.through_hands(kind=SKILL, content=certificate(), person=builders.li())

    (batch,) = seal_grants(period=m.NOVEMBER, pay_date=date(2026, 11, 15), now=builders.NOW)
    pay.send(batch)

    assert (batch.kind, batch.fen) == (BatchKind.GRANT, 150_000)
    assert Attempt.objects.get().parts == [0, 0, 0, 0, 0, 0, 150_000]
    assert spent_as(150_000) == "5302"
    assert broken_promises() == []
    assert [one for one in payments.broken_promises() if "签名" not in one.promise] == []


def test_what_the_bank_paid_out_of_another_expense_account_is_settled() -> None:
    m.office()
    pay.account(builders.li())
    z.through_hands(kind=SKILL, content=certificate(), person=builders.li())
    (batch,) = seal_grants(period=m.NOVEMBER, pay_date=date(2026, 11, 15), now=builders.NOW)
    pay.send(batch)
    pay.answer(batch)

    assert reconcile(batch_ids=[batch.id], now=builders.NOW)

    assert [one for one in payments.broken_promises() if "签名" not in one.promise] == []


def test_a_demonstration_counts_the_day_of_receipt_that_is_told() -> None:
    """The certificate is of a day that the clock has not reached."""
    ahead = certificate(certified_on="2031-02-15", received_date="2031-03-03")

    z.through_hands(kind=SKILL, content=ahead, person=_li_with_office())

    assert Claim.objects.get().event_date == date(2031, 2, 15)


def test_what_was_granted_says_why() -> None:
    z.through_hands(kind=SKILL, content=certificate(), person=_li_with_office())

    claim = Claim.objects.get()

    assert first_wrong(steps=read(rows=claim.steps)) is None
    assert (claim.subject, claim.figures["level"]) == ("演示S0001", "LEVEL_4")
    assert claim.claimshare_set.get().relation == "SELF"


def test_a_certificate_is_used_once_by_whomever() -> None:
    skill_case.decide(asking(SKILL, certificate(), _li_with_office()))

    for person in (builders.li(), builders.chen()):
        with pytest.raises(AlreadyGranted, match="每本证书"):
            skill_case.decide(asking(SKILL, certificate(), person))


def test_a_wrong_level_is_corrected_by_difference() -> None:
    first = granted_level_5()
    pay.account(builders.li())
    seal_grants(period=z.NOV, pay_date=date(2026, 11, 15), now=builders.NOW)

    skill_case.decide(correction_of_the_level())

    (batch,) = seal_grants(period=z.NOV.next, pay_date=date(2026, 11, 15), now=builders.NOW)
    corrected = Claim.objects.get(superseded_at=None)
    assert (corrected.corrects, corrected.subject) == (first, "演示S0001")
    assert batch.fen == corrected.fen - first.fen > 0
    assert [row.promise for row in broken_promises() if "签名" not in row.promise] == []


def test_another_certificate_brings_another_subsidy() -> None:
    skill_case.decide(asking(SKILL, certificate(), _li_with_office()))

    skill_case.decide(asking(SKILL, certificate(certificate="演示S0002"), builders.li()))

    assert Claim.objects.count() == 2


def test_two_cases_do_not_wait_for_the_same_certificate() -> None:
    asking(SKILL, certificate(), builders.li())

    with pytest.raises(ProposalWaits):
        skill_case.check(asking(SKILL, certificate(), builders.chen()))


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"earlier_months": 35}, SubsidyRefused),
        ({"certified_on": "2025-11-04"}, SubsidyRefused),
        ({"earlier_until": "2026-12"}, EarlierInvalid),
        ({"level": "LEVEL_1"}, ContentInvalid),
        ({"certificate": ""}, ContentInvalid),
    ],
)
def test_what_does_not_meet_the_conditions_is_refused(
    change: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        skill_case.check(asking(SKILL, certificate(**change), builders.li()))


def test_a_certificate_of_a_year_ago_to_the_day_still_counts() -> None:
    assert skill_case.check(asking(SKILL, certificate(certified_on="2025-11-05"))) == 0


def test_outside_a_demonstration_conditions_that_are_not_verified_grant_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(skill_case, "is_demo", lambda: False)

    with pytest.raises(NotVerified):
        skill_case.check(asking(SKILL, certificate()))


def test_the_dead_apply_for_nothing() -> None:
    Death.objects.create(
        person_id=builders.li().pk, death_date=date(2026, 11, 1), source="演示", evidence="演示"
    )

    with pytest.raises(ClaimantDead):
        skill_case.check(asking(SKILL, certificate(), builders.li()))


def test_a_birth_while_drawing_brings_five_months() -> None:
    m.office()
    yu = drawing()
    pay.account(yu)
    z.through_hands(kind=BIRTH, content=birth(), person=yu)

    (batch,) = seal_grants(period=m.NOVEMBER, pay_date=date(2026, 11, 15), now=builders.NOW)
    pay.send(batch)

    assert batch.fen == FIVE_MONTHS
    assert spent_as(FIVE_MONTHS) == "5001.05"
    assert broken_promises() == []


def test_a_birth_is_paid_for_once() -> None:
    m.office()
    yu = drawing()
    childbirth_case.decide(asking(BIRTH, birth(), yu))

    with pytest.raises(AlreadyGranted):
        childbirth_case.decide(asking(BIRTH, birth(birth_certificate="演示出生2号"), yu))


def test_a_birth_that_was_put_down_wrong_is_corrected() -> None:
    m.office()
    yu = drawing()
    childbirth_case.decide(asking(BIRTH, birth(), yu))
    first = Claim.objects.get()
    why = {"error": "出生日期录错（演示）", "error_evidence": "出生医学证明 演示1号"}

    childbirth_case.decide(asking(BIRTH, birth(born_on="2026-11-05", corrects=first.pk, **why), yu))

    again = Claim.objects.get(superseded_at=None)
    assert (again.corrects, again.event_date) == (first, date(2026, 11, 5))


@pytest.mark.parametrize("born_on", ["2026-11-02", "2026-10-31"])
def test_before_the_registration_a_birth_brings_nothing(born_on: str) -> None:
    m.office()

    with pytest.raises(NotDrawing):
        childbirth_case.check(asking(BIRTH, birth(born_on=born_on), drawing()))


def test_after_the_benefit_was_stopped_a_birth_brings_nothing() -> None:
    m.office()
    yu = drawing()
    m.stop(of=yu.party.entitlement_set.get(), since=m.NOVEMBER)

    with pytest.raises(NotDrawing):
        childbirth_case.check(asking(BIRTH, birth(), yu))


def test_a_birth_of_tomorrow_is_not_paid_for() -> None:
    m.office()

    with pytest.raises(ContentInvalid):
        childbirth_case.check(asking(BIRTH, birth(born_on="2026-11-06"), drawing()))


def test_the_father_does_not_apply() -> None:
    z.out_of_work()
    m.office()
    z.claimed()

    with pytest.raises(NotTheMother):
        childbirth_case.check(asking(BIRTH, birth(born_on="2026-11-05"), builders.zhao()))


def _li_with_office() -> Person:
    m.office()
    return builders.li()


def spent_as(fen: int) -> str:
    """The expense account of the one posting of this sum."""
    return Posting.objects.get(dr_fen=fen, account__code__startswith="5").account.code
