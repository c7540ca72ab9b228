"""What is owed back is kept of what is due by decision only, within one fund (抵扣)."""

from datetime import date

import pytest
from django.db import transaction

from backend.cases.content import ContentInvalid
from backend.kernel.months import Month
from insurance.benefits import invariants as benefits
from insurance.benefits.claims import correcting
from insurance.benefits.claims.claim_batches import seal_grants
from insurance.benefits.claims.correcting import SetOffExceeds
from insurance.benefits.claims.invariants import broken_promises as broken_claims
from insurance.benefits.claims.models import ClaimShare
from insurance.benefits.models import Due, DueKind, Entitlement, Overpaid
from insurance.benefits.recovery.invariants import broken_promises
from insurance.benefits.recovery.models import Recovery, RunSetOff, SetOff
from insurance.benefits.recovery.set_off import NoSetOff, OtherFund, SetOffKnown, TooMuch
from insurance.benefits.recovery.standing import standing_of
from insurance.pension.adjusting.models import PaidMonths
from payments.models import Attempt
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import JANUARY
from tests.insurance.benefits.recovery import recovery_builders as of
from tests.insurance.benefits.recovery.test_receipts import booked
from tests.insurance.pension import survivor_builders as survivors

pytestmark = pytest.mark.django_db
FEBRUARY = JANUARY.next
MONTHLY_FEN = 13_150  # of January: 100.00 and 31.50
MOST = "26.30"  # a fifth of it


def kept(wang: Entitlement, period: Month = JANUARY) -> list[int]:
    found = Due.objects.filter(entitlement=wang, kind=DueKind.SET_OFF, run_period=period.first_day)
    return list(found.values_list("fen", flat=True))


def decided(wang: Entitlement, *, monthly: str = "20.00", month: str = "2027-01") -> None:
    of.served()
    of.done("RECOVERY_SET_OFF", entitlement=wang.pk, monthly=monthly, from_month=month)


def broken() -> list[str]:
    rows = [*broken_promises(), *benefits.broken_promises(), *broken_claims()]
    return [row.promise for row in rows if "签名" not in row.promise]


def test_a_month_is_paid_less_what_was_decided_and_the_rest_is_written_off() -> None:
    wang = of.overpaid()
    decided(wang)

    run = m.sealed(JANUARY).run

    assert m.line(wang, for_month=JANUARY).fen == MONTHLY_FEN - 2_000
    assert kept(wang) == [2_000]
    assert m.held_reasons(wang, JANUARY) == ["SET_OFF"]
    assert of.owed_back() == of.OWED_FEN - 2_000
    assert run.summary is not None
    assert run.summary["entitled_fen"] == MONTHLY_FEN
    assert run.summary["held_fen"] == 2_000
    assert broken() == []


def test_of_an_earlier_years_expense_it_is_other_income() -> None:
    """The month was owed in full and is expensed in full: nothing of it went to the bank."""
    wang = of.overpaid()
    decided(wang)

    m.sealed(JANUARY)

    assert booked("benefits.set_off") == {"5001.01": 2_000, "4501": -2_000}


def test_nothing_is_kept_without_a_decision() -> None:
    wang = of.overpaid()
    of.served()

    m.sealed(JANUARY)

    assert kept(wang) == []
    assert m.line(wang, for_month=JANUARY).fen == MONTHLY_FEN


def test_month_after_month_is_kept_until_nothing_is_owed() -> None:
    wang = of.overpaid()
    of.served(amount="30.00")
    of.done("RECOVERY_SET_OFF", entitlement=wang.pk, monthly="20.00", from_month="2027-01")

    for period in (JANUARY, FEBRUARY, FEBRUARY.next):
        m.sealed(period)

    assert [kept(wang, JANUARY.plus(n)) for n in range(3)] == [[2_000], [1_000], []]
    assert broken() == []


def test_what_was_kept_is_not_carried_over_nor_owed_again() -> None:
    wang = of.overpaid()
    decided(wang)
    m.sealed(JANUARY)

    m.raise_basic(of=wang, to_fen=10_500, since=JANUARY)
    m.sealed(FEBRUARY)

    assert m.dues(wang, FEBRUARY)[0] == (JANUARY, DueKind.DIFFERENCE, 500)
    assert broken() == []


def test_a_death_known_late_makes_what_was_kept_owed_again() -> None:
    wang = of.overpaid()
    decided(wang)
    m.sealed(JANUARY)
    m.answered(m.line(wang, for_month=JANUARY), 8)
    m.death(of=wang, on=date(2026, 12, 20))

    m.sealed(FEBRUARY)

    january = Overpaid.objects.get(entitlement=wang, for_month=JANUARY.first_day)
    assert january.fen == MONTHLY_FEN
    assert of.owed_back() == of.OWED_FEN - 2_000 + MONTHLY_FEN


def test_of_a_returned_month_that_was_not_owed_only_what_was_kept_is_owed_again() -> None:
    wang = of.overpaid()
    decided(wang)
    m.sealed(JANUARY)
    m.answered(m.line(wang, for_month=JANUARY), 9)
    m.death(of=wang, on=date(2026, 12, 20))

    m.sealed(FEBRUARY)

    assert of.owed_back() == of.OWED_FEN


def test_of_what_is_held_nothing_is_kept() -> None:
    wang = of.overpaid()
    decided(wang)
    m.hold(of=wang, since=JANUARY)

    m.sealed(JANUARY)

    assert kept(wang) == []
    assert m.held_reasons(wang, JANUARY) == ["SUSPENDED"]
    assert RunSetOff.objects.count() == 1


def test_a_smaller_pension_is_kept_of_by_the_same_share() -> None:
    wang = of.overpaid()
    decided(wang, monthly=MOST)
    m.raise_basic(of=wang, to_fen=1_850, since=JANUARY)

    m.sealed(JANUARY)

    assert kept(wang) == [1_000]  # a fifth of 50.00


@pytest.mark.parametrize("monthly", ["26.31", "131.50"])
def test_no_more_than_the_share_is_decided(monthly: str) -> None:
    wang = of.overpaid()
    of.served()

    with pytest.raises(TooMuch):
        of.checked("RECOVERY_SET_OFF", entitlement=wang.pk, monthly=monthly, from_month="2027-01")
    of.checked("RECOVERY_SET_OFF", entitlement=wang.pk, monthly=MOST, from_month="2027-01")


def test_nothing_is_set_off_across_funds() -> None:
    of.overpaid()
    other = m.entitlement(scheme="110", components={"BASIC": 200_000})
    of.served()

    with pytest.raises(OtherFund):
        of.checked("RECOVERY_SET_OFF", entitlement=other.pk, monthly="20.00", from_month="2027-01")


def test_nothing_is_set_off_of_somebody_elses_pension_or_of_a_month_that_is_over() -> None:
    wang = of.overpaid()
    li = m.entitlement(of=builders.li())
    of.served()

    with pytest.raises(ContentInvalid, match="没有这项待遇"):
        of.checked("RECOVERY_SET_OFF", entitlement=li.pk, monthly="20.00", from_month="2027-01")
    with pytest.raises(ContentInvalid, match="起始月"):
        of.checked("RECOVERY_SET_OFF", entitlement=wang.pk, monthly="20.00", from_month="2026-11")


def test_one_set_off_at_a_time_until_it_is_ended() -> None:
    wang = of.overpaid()
    decided(wang)
    with pytest.raises(SetOffKnown):
        of.checked("RECOVERY_SET_OFF", entitlement=wang.pk, monthly="10.00", from_month="2027-02")

    of.done("RECOVERY_SET_OFF", ends=SetOff.objects.get().pk, from_month="2027-02")
    m.sealed(JANUARY)
    m.sealed(FEBRUARY)

    assert (kept(wang), kept(wang, FEBRUARY)) == ([2_000], [])
    with pytest.raises(NoSetOff):
        of.checked("RECOVERY_SET_OFF", ends=999_999, from_month="2027-02")


def survivors_of_one_who_owes() -> tuple[int, int]:
    """Wang of 110 was paid November after dying in October; Li inherits: share and its fen."""
    wang = m.entitlement(scheme="110", components={"BASIC": 30_000}, paid_months=345)
    m.sealed()
    m.answered(m.line(wang), 8)
    survivors.died()
    m.sealed(m.DECEMBER)
    claim = survivors.granted(heirs=survivors.heirs(builders.li()))
    m.account(of=builders.li().pk)
    share = claim.claimshare_set.get()
    of.served(scheme="110", amount="300.00")
    return share.pk, share.fen


def test_what_was_paid_after_a_death_is_kept_of_what_the_heir_is_granted() -> None:
    share, fen = survivors_of_one_who_owes()

    of.done("RECOVERY_SET_OFF", share=share, amount="300.00")
    (batch,) = seal_grants(period=JANUARY, pay_date=date(2027, 1, 10), now=m.now(JANUARY))

    assert batch.fen == Attempt.objects.get(batch_id=batch.pk).fen == fen - 30_000
    assert of.owed_back() == 0
    assert booked("benefits.share_set_off") == {"5001.01": -30_000, "5001.03": 30_000}
    assert broken() == []


def test_no_more_is_kept_of_a_share_than_is_owed_and_only_once() -> None:
    share, _ = survivors_of_one_who_owes()

    with pytest.raises(TooMuch):
        of.checked("RECOVERY_SET_OFF", share=share, amount="300.01")
    of.done("RECOVERY_SET_OFF", share=share, amount="100.00")
    with pytest.raises(SetOffKnown):
        of.checked("RECOVERY_SET_OFF", share=share, amount="100.00")


def test_a_share_that_is_set_off_while_a_correction_waits_for_the_batches_is_not_corrected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    share, _ = survivors_of_one_who_owes()
    before = ClaimShare.objects.get(pk=share).claim_id
    why = {"error": "继承人写错（演示）", "error_evidence": "户口簿 演示1号"}

    def set_off_first() -> None:
        of.done("RECOVERY_SET_OFF", share=share, amount="300.00")

    monkeypatch.setattr(correcting, "keep_out_of_batches", set_off_first)

    with pytest.raises(SetOffExceeds, match="已抵扣追回款"), transaction.atomic():
        survivors.granted(corrects=before, heirs=survivors.heirs(builders.zhao()), **why)


def test_what_was_set_off_of_a_share_counts_as_had_when_the_grant_is_corrected() -> None:
    number, _ = survivors_of_one_who_owes()
    share = ClaimShare.objects.get(pk=number)
    of.done("RECOVERY_SET_OFF", share=number, amount="300.00")
    pension = Entitlement.objects.get()
    PaidMonths.objects.create(entitlement=pension, paid_months=357, case_id=m.SOME_CASE)

    more = survivors.granted(
        corrects=share.claim_id,
        heirs=survivors.heirs(builders.li()),
        error="缴费月数少算（演示）",
        error_evidence="缴费清单 演示1号",
    )

    (batch,) = seal_grants(period=JANUARY, pay_date=date(2027, 1, 10), now=m.now(JANUARY))
    assert more.fen > share.fen
    assert (batch.fen, more.claimshare_set.get().had_fen) == (more.fen - 30_000, 30_000)
    standing = standing_of(recovery=Recovery.objects.get())
    assert (of.owed_back(), standing.set_off_fen) == (0, 30_000)
    assert broken() == []


def test_how_it_stands_tells_money_and_set_off_apart() -> None:
    wang = of.overpaid()
    decided(wang)
    of.done("RECOVERY_RECEIPT")

    m.sealed(JANUARY)

    from_recovery = SetOff.objects.get().recovery
    standing = standing_of(recovery=from_recovery)
    assert (standing.received_fen, standing.set_off_fen, standing.open_fen) == (
        12_000,
        2_000,
        22_000,
    )
