"""What was awarded to who lost work is corrected, on a ground, by difference (更正失业保险金)."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from backend.cases.content import ContentInvalid
from backend.kernel.months import Month
from insurance.benefits.models import Component, Overpaid, Stop
from insurance.pension import archive_facts
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from insurance.unemployment import amount_change, claim_case
from insurance.unemployment.claim_facts import ClaimKnown
from insurance.unemployment.correcting import (
    ClaimDrawnOn,
    ClaimReplaced,
    ClaimUnknown,
    NothingChanged,
    SpellOver,
)
from insurance.unemployment.invariants import broken_promises
from insurance.unemployment.models import Claim, EndReason, Registration
from insurance.unemployment.spells import drawn_months, last_claim
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.issuing import issuing_builders as papers
from tests.insurance.unemployment import claim_builders as z
from tests.insurance.unemployment import test_amount_change as changes
from tests.insurance.unemployment.amount_tree import with_amounts

pytestmark = pytest.mark.django_db
FOUND: dict[str, Any] = {"error": "漏算以前缴费月数", "error_evidence": "外地缴费凭证 演示7号"}
A_YEAR, SHORT, LONG = 12, 59, 70


@pytest.fixture
def claim() -> Claim:
    """59 months were known: 12 months of benefit."""
    z.out_of_work()
    return z.claimed(earlier_months=SHORT)


def corrected(claim: Claim, **changes: Any) -> Claim:
    """The agency found 11 months more: 70 months are 14 of benefit."""
    return z.claimed(corrects=claim.pk, **{**FOUND, "earlier_months": LONG, **changes})


def signed() -> Claim:
    """The same, by three people who each sign."""
    m.office()
    z.out_of_work()
    content = z.claim_content(earlier_months=SHORT)
    return Claim.objects.get(case_id=z.through_hands(kind="UNEMPLOYMENT_CLAIM", content=content).pk)


def broken() -> list[str]:
    """Signatures are tried elsewhere."""
    return [one.promise for one in broken_promises() if "签名" not in one.promise]


def months_of(claim: Claim) -> list[tuple[date, date, int]]:
    rows = Component.objects.filter(entitlement=claim.entitlement, superseded_at=None)
    return [(row.valid.lower, row.valid.upper, row.fen) for row in rows.order_by("valid")]


def test_by_hand(claim: Claim) -> None:
    after = corrected(claim)

    assert (claim.granted_months, after.granted_months) == (12, 14)
    assert (after.corrects, after.entitlement, after.paid_months) == (claim, claim.entitlement, 70)
    assert months_of(claim) == [(date(2026, 11, 1), date(2028, 1, 1), 1_737_00)]
    assert first_wrong(steps=read(rows=after.steps)) is None
    assert last_claim(person_id=builders.zhao().pk) == after
    assert broken() == []


def test_months_found_are_paid_back_and_months_not_due_are_found_overpaid() -> None:
    z.out_of_work()
    m.account(of=builders.zhao().pk)
    claim = z.claimed(earlier_months=A_YEAR)
    last = Month.of(claim.registered_on).plus(claim.granted_months - 1)
    after, later, latest = last.next, last.plus(2), last.plus(3)
    for period in m.NOVEMBER.until(later):
        m.sealed(period)
    assert m.dues(claim.entitlement, after) == []

    found = corrected(claim)
    m.sealed(later)
    assert m.dues(claim.entitlement, later) == [(after, 2, 1_737_00), (later, 1, 1_737_00)]

    corrected(found, earlier_months=A_YEAR)
    m.sealed(latest)
    overpaid = Overpaid.objects.order_by("for_month").values_list("for_month", "fen")
    assert list(overpaid) == [(one.first_day, 1_737_00) for one in (after, later)]
    assert m.dues(claim.entitlement, latest) == []


def test_corrected_back_to_what_it_was_nothing_is_paid(claim: Claim) -> None:
    m.account(of=builders.zhao().pk)
    told = months_of(claim)
    m.sealed(m.NOVEMBER)
    found = corrected(claim)

    corrected(found, earlier_months=SHORT)
    m.sealed(m.DECEMBER)

    assert months_of(claim) == told
    assert m.dues(claim.entitlement, m.DECEMBER) == [(m.DECEMBER, 1, 1_737_00)]
    assert Overpaid.objects.count() == 0


def test_what_was_known_stays(claim: Claim) -> None:
    corrected(claim)

    old, new = Component.objects.filter(entitlement=claim.entitlement).order_by("pk")
    assert (old.superseded_at, old.valid.upper) == (new.recorded_at, date(2027, 11, 1))
    claim.refresh_from_db()
    assert claim.granted_months == 12


def test_a_stop_stays(claim: Claim) -> None:
    m.stop(of=claim.entitlement, since=Month(2027, 2))

    after = corrected(claim)

    assert max(drawn_months(claim=after)) == Month(2027, 1)
    assert Stop.objects.filter(superseded_at=None).count() == 1


@pytest.mark.parametrize("corrected_first", [True, False])
def test_the_order_of_correction_and_another_amount_does_not_matter(
    claim: Claim, monkeypatch: pytest.MonkeyPatch, corrected_first: bool
) -> None:
    if corrected_first:
        corrected(claim)
    with_amounts(monkeypatch, changes.RAISED)
    amount_change.decide(changes.case(decided=True))
    if not corrected_first:
        corrected(claim)

    fens = list(changes.amounts(claim.entitlement).values())
    assert fens == [1_737_00, *[1_854_00] * 6, *[1_900_00] * 7]
    assert broken() == []


def test_without_naming_it_a_second_claim_is_refused(claim: Claim) -> None:
    with pytest.raises(ClaimKnown, match="更正"):
        z.claimed()


def test_it_needs_a_ground_and_a_change(claim: Claim) -> None:
    with pytest.raises(ContentInvalid):
        corrected(claim, error="")
    with pytest.raises(NothingChanged):
        corrected(claim, earlier_months=SHORT)


def test_what_cannot_be_corrected_is_refused_at_its_receipt() -> None:
    claim = signed()
    content = z.claim_content(corrects=claim.pk, **{**FOUND, "earlier_months": SHORT})

    with pytest.raises(NothingChanged):
        claim_case.check(z.waiting(content=content), recognised_of=archive_facts.current)


def test_a_claim_of_nobody_or_that_was_replaced_is_not_corrected(claim: Claim) -> None:
    corrected(claim)

    with pytest.raises(ClaimReplaced):
        corrected(claim, earlier_months=80)
    with pytest.raises(ClaimUnknown):
        z.claimed(corrects=999_999, **FOUND)


def test_what_is_drawn_on_by_a_later_claim_is_not_corrected(claim: Claim) -> None:
    Claim.objects.create(
        **{
            field.attname: getattr(claim, field.attname)
            for field in Claim._meta.concrete_fields
            if field.attname not in ("id", "recorded_at")
        }
        | {
            "previous_id": claim.pk,
            "registered_on": date(2028, 3, 1),
            "case_id": 999_999,
            "entitlement_id": m.entitlement(of=builders.zhao(), scheme="210").pk,
        }
    )

    with pytest.raises(ClaimDrawnOn):
        corrected(claim)


def test_no_months_are_added_to_a_spell_that_is_over(claim: Claim) -> None:
    row = Registration.objects.get(superseded_at=None)
    z.registrations_end(row, EndReason.REEMPLOYED)

    with pytest.raises(SpellOver):
        corrected(claim)


def test_the_sheet_says_what_changed() -> None:
    claim = signed()
    papers.configured()
    clerk = Client()
    clerk.force_login(papers.printer().staff)
    content = z.claim_content(corrects=claim.pk, **FOUND)
    case = z.through_hands(kind="UNEMPLOYMENT_CLAIM", content=content)
    after = Claim.objects.get(case_id=case.pk)

    said = papers.text(clerk.get(f"/api/v1/unemployment/claims/{after.pk}/sheet.pdf").content)

    for one in ("失业保险金核定表（更正）", "12个月14个月", "2027年10月2027年12月"):
        assert one in said
    assert "更正依据：经办机构自行发现：漏算以前缴费月数" in said
    (row,) = clerk.get("/api/v1/unemployment/claims/").json()["results"]
    assert (row["id"], row["corrects"]) == (after.pk, claim.pk)
