"""What was granted once is corrected by another claim: by difference, to each payee (更正)."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import transaction

from backend.cases.content import ContentInvalid
from backend.kernel.months import Month
from backend.people.models import Death
from backend.people.supersede import close
from insurance.benefits import invariants as benefits
from insurance.benefits.claims import correcting
from insurance.benefits.claims.claim_batches import seal_grants
from insurance.benefits.claims.correcting import (
    ClaimReplaced,
    ClaimUnknown,
    NothingChanged,
    ShareTaken,
)
from insurance.benefits.claims.inherited import AmountDiffers
from insurance.benefits.claims.invariants import broken_promises
from insurance.benefits.claims.models import Claim
from insurance.benefits.claims.undo import withdraw_death, withdraw_undone
from insurance.benefits.models import Entitlement
from insurance.benefits.recovery.standing import owed_of
from insurance.pension import survivor_grant
from insurance.pension.adjusting.models import PaidMonths
from payments import invariants as payments
from payments.ledger.models import MemoEntry
from payments.models import Batch
from payments.reconcile import reconcile
from payments.reissue import reissue
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.claims import test_inherited_singles as singles
from tests.insurance.pension import survivor_builders as s
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
NOVEMBER, PAY_DATE = Month(2026, 11), date(2026, 11, 15)
DECEMBER = NOVEMBER.next
THIRD = 3_267_153  # of 98,014.59
WHY = {"error": "缴费月数少算（演示）", "error_evidence": "缴费清单 演示1号"}


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def claim() -> Claim:
    """Wang's three heirs are granted it by 28 years and 9 months; each has an account."""
    pension = s.pension()
    s.died()
    for heir in (builders.li(), builders.zhao(), builders.chen()):
        pay.account(heir)
    assert pension.paid_months == s.PAID_MONTHS
    return s.granted()


def months_are(months: int) -> None:
    """So many were paid for, as found since."""
    PaidMonths.objects.create(
        entitlement=Entitlement.objects.get(),
        paid_months=months,
        case_id=m.SOME_CASE + PaidMonths.objects.count(),
    )


def corrected(before: Claim, **changes: object) -> Claim:
    return s.granted(corrects=before.pk, **WHY, **changes)


def sealed(period: Month = NOVEMBER) -> list[Batch]:
    return seal_grants(period=period, pay_date=PAY_DATE, now=builders.NOW)


def settled(batch: Batch, *said: pay.Said) -> None:
    pay.send(batch)
    pay.answer(batch, *said)
    assert reconcile(batch_ids=[batch.id], now=builders.NOW)


def paid() -> Batch:
    (batch,) = sealed()
    settled(batch)
    return batch


def payees(batch: Batch) -> dict[int, int]:
    return {line.payee_id: line.fen for line in pay.lines_of(batch)}


def owed_back() -> dict[int, int]:
    found: dict[int, int] = {}
    for row in MemoEntry.objects.all():
        found[row.party_id] = found.get(row.party_id, 0) + row.fen
    return {party: fen for party, fen in found.items() if fen}


def everybody(fen: int) -> dict[int, int]:
    return {person.pk: fen for person in (builders.li(), builders.zhao(), builders.chen())}


def alive_again() -> None:
    death = Death.objects.get(superseded_at=None)
    withdraw_death(builders.case(kind="DEATH_WITHDRAWAL", content={"death_case_id": death.case_id}))


def broken() -> list[str]:
    rows = [*broken_promises(), *benefits.broken_promises(), *payments.broken_promises()]
    return [row.promise for row in rows if "签名" not in row.promise]


def test_more_months_bring_each_heir_the_difference(claim: Claim) -> None:
    paid()
    months_are(29 * 12 + 9)  # a month more of the income

    more = corrected(claim)

    (batch,) = sealed(DECEMBER)
    share = more.fen // 3
    assert more.fen == claim.fen + 430_833  # 51,700.00 ÷ 12
    assert abs(sum(payees(batch).values()) - (more.fen - 3 * THIRD)) == 0
    assert all(fen in (share - THIRD, share - THIRD + 1) for fen in payees(batch).values())
    assert {line.parts[2] for line in pay.lines_of(batch)} == set(payees(batch).values())
    assert (more.corrects, more.figures["ground"]["finding"]) == (claim, WHY["error"])
    assert (owed_back(), broken()) == ({}, [])


def test_before_the_batch_only_the_corrected_claim_is_paid(claim: Claim) -> None:
    months_are(27 * 12 + 9)

    less = corrected(claim)

    (batch,) = sealed()
    assert (batch.fen, batch.line_count) == (less.fen, 3)
    assert less.fen == claim.fen - 430_834  # each amount is rounded once
    assert (owed_back(), broken()) == ({}, [])


def test_who_had_more_than_is_due_owes_the_difference_and_may_be_asked_for_it(
    claim: Claim,
) -> None:
    batch = paid()
    months_are(27 * 12 + 9)

    less = corrected(claim)

    assert sealed(DECEMBER) == []
    assert sum(owed_back().values()) == claim.fen - less.fen
    li = builders.li().pk
    owed, came_fen = owed_of(book_id=batch.book_id, debtor_id=li)
    assert [(one.year, list(one.parts), came_fen) for one in owed] == [
        (2026, [0, 0, owed_back()[li]], 0)
    ]
    assert broken() == []


def test_corrected_back_nobody_owes_anything(claim: Claim) -> None:
    paid()
    months_are(27 * 12 + 9)
    less = corrected(claim)
    months_are(s.PAID_MONTHS)

    again = corrected(less)

    assert (again.fen, owed_back(), sealed(DECEMBER)) == (claim.fen, {}, [])
    assert broken() == []


def test_a_wrong_heir_owes_it_back_and_the_right_ones_have_the_rest(claim: Claim) -> None:
    paid()

    corrected(claim, heirs=s.heirs(builders.li(), builders.zhao()))

    (batch,) = sealed(DECEMBER)
    li, zhao, chen = builders.li().pk, builders.zhao().pk, builders.chen().pk
    half = claim.fen // 2
    assert owed_back() == {chen: THIRD}
    assert payees(batch) == {li: half + 1 - THIRD, zhao: half - THIRD}
    assert broken() == []


def test_what_the_bank_had_returned_was_not_had(claim: Claim) -> None:
    (batch,) = sealed()
    first = pay.lines_of(batch)[0]
    settled(batch, pay.Said(first, pay.BUSY))
    months_are(29 * 12 + 9)

    more = corrected(claim)
    again = reissue(period=NOVEMBER, pay_date=PAY_DATE, barred=[], made_by=None, now=builders.NOW)

    (later,) = sealed(DECEMBER)
    assert again == []
    assert abs(payees(later)[first.payee_id] - more.fen // 3) <= 1
    assert broken() == []


def test_what_the_bank_returns_later_is_paid_again_to_who_is_still_an_heir(claim: Claim) -> None:
    (batch,) = sealed()
    corrected(claim, heirs=s.heirs(builders.li(), builders.zhao()))
    of = {line.payee_id: line for line in pay.lines_of(batch)}
    li, chen = builders.li().pk, builders.chen().pk
    settled(batch, pay.Said(of[li], pay.BUSY), pay.Said(of[chen], pay.BUSY))

    withdraw_undone()
    (again,) = reissue(
        period=NOVEMBER, pay_date=PAY_DATE, barred=[], made_by=None, now=builders.NOW
    )

    assert payees(again) == {li: THIRD}
    assert (owed_back(), broken()) == ({}, [])


def test_a_false_death_takes_back_what_both_claims_brought(claim: Claim) -> None:
    paid()
    months_are(27 * 12 + 9)
    corrected(claim)

    alive_again()

    assert owed_back() == everybody(THIRD)
    assert not Claim.objects.filter(superseded_at=None).exists()
    assert (sealed(DECEMBER), broken()) == ([], [])


def test_nothing_is_corrected_that_comes_to_the_same(claim: Claim) -> None:
    with pytest.raises(NothingChanged):
        survivor_grant.decide(s.case(corrects=claim.pk, **WHY))


def test_a_correction_says_why(claim: Claim) -> None:
    months_are(27 * 12 + 9)

    with pytest.raises(ContentInvalid, match="发现的差错"):
        survivor_grant.decide(s.case(corrects=claim.pk))


def test_a_claim_is_corrected_once_and_its_own_persons(claim: Claim) -> None:
    with pytest.raises(ClaimUnknown):
        survivor_grant.decide(s.case(corrects=987_654, **WHY))
    months_are(27 * 12 + 9)
    corrected(claim)

    with pytest.raises(ClaimReplaced):
        survivor_grant.decide(s.case(corrects=claim.pk, **WHY))


def test_a_share_that_heirs_of_an_heir_have_is_not_corrected(claim: Claim) -> None:
    s.died_too(builders.li())
    singles.inherits()

    with pytest.raises(ShareTaken, match="钱已付给他们"):
        survivor_grant.decide(
            s.case(corrects=claim.pk, **WHY, heirs=s.heirs(builders.zhao(), builders.chen()))
        )


def test_a_share_that_is_inherited_while_a_correction_waits_for_the_batches_is_not_corrected(
    claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    months_are(29 * 12 + 9)

    def inherited_first() -> None:
        s.died_too(builders.li())
        singles.inherits()

    monkeypatch.setattr(correcting, "keep_out_of_batches", inherited_first)

    with pytest.raises(ShareTaken), transaction.atomic():
        corrected(claim)


def test_a_returned_share_of_before_is_inherited_when_its_payee_dies(claim: Claim) -> None:
    (batch,) = sealed()
    months_are(29 * 12 + 9)
    corrected(claim)
    of_li = next(line for line in pay.lines_of(batch) if line.payee_id == builders.li().pk)
    settled(batch, pay.Said(of_li, pay.BUSY))
    s.died_too(builders.li())

    with pytest.raises(AmountDiffers, match="2 笔"):
        singles.inherits(amount="1.00")


def test_a_claim_whose_death_is_gone_breaks_a_promise(claim: Claim) -> None:
    months_are(29 * 12 + 9)
    corrected(claim)
    close(Death.objects.get())

    assert broken() == ["一次性待遇:因死亡发给的有两人核实的死亡,同一天"]
