"""What is owed back may be kept of the debtor's own account, by decision, in one fund (抵扣)."""

import pytest

from insurance.accounts.entries import balance
from insurance.accounts.invariants import broken_promises as broken_accounts
from insurance.accounts.kept import NotHeld
from insurance.accounts.leaving import InterestRunning
from insurance.accounts.models import AccountEntry, EntryKind
from insurance.accounts.settling import LeavingInvalid
from insurance.benefits import invariants as benefits
from insurance.benefits.recovery.account_set_off import MoreThanOwed
from insurance.benefits.recovery.invariants import broken_promises
from insurance.benefits.recovery.models import Recovery
from insurance.benefits.recovery.standing import standing_of
from insurance.benefits.recovery.steps import WrongStage
from tests import builders
from tests.insurance.accounts import account_builders as accounts
from tests.insurance.benefits.recovery import recovery_builders as of
from tests.insurance.benefits.recovery.test_receipts import booked

pytestmark = pytest.mark.django_db
HELD = 50_000


@pytest.fixture(autouse=True)
def _account() -> None:
    """Wang's account of 170 holds 500.00."""
    accounts.entry(person_id=builders.wang().pk, scheme="170", month="2026-01", fen=HELD)


def kept(**changes: object) -> None:
    content: dict[str, object] = {"own_account": True, "amount": "300.00", "month": "2026-12"}
    of.done("RECOVERY_SET_OFF", **{**content, **changes})


def held(scheme: str = "170") -> int:
    return balance(person_id=builders.wang().pk, scheme=scheme)


def broken() -> list[str]:
    rows = [*broken_promises(), *benefits.broken_promises(), *broken_accounts()]
    return [row.promise for row in rows if "签名" not in row.promise]


def test_what_is_kept_leaves_the_account_and_the_memo_register() -> None:
    of.overpaid()
    of.served()

    kept()

    standing = standing_of(recovery=Recovery.objects.get())
    assert (held(), of.owed_back()) == (HELD - 30_000, of.OWED_FEN - 30_000)
    assert (standing.received_fen, standing.set_off_fen, standing.open_fen) == (0, 30_000, 6_000)
    assert AccountEntry.objects.get(kind=EntryKind.SET_OFF).fen == -30_000
    assert broken() == []


def test_it_is_expensed_as_account_money_and_lowers_what_was_paid_too_much() -> None:
    of.overpaid()
    of.served()

    kept()

    assert booked("benefits.account_set_off") == {"5001.01": -30_000, "5001.02": 30_000}


def test_no_more_is_kept_than_the_account_holds_or_than_is_owed() -> None:
    of.overpaid()
    of.served()
    kept(amount="350.00")

    with pytest.raises(MoreThanOwed, match=r"10\.00"):
        kept(amount="10.01")
    AccountEntry.objects.create(
        person_id=builders.wang().pk,
        scheme="170",
        kind=EntryKind.LUMP_SUM,
        part="WHOLE",
        for_month=accounts.first("2026-12"),
        arrival_month=accounts.first("2026-12"),
        fen=-14_500,
        source="CASE",
        source_id=9,
    )
    with pytest.raises(NotHeld, match=r"5\.00"):
        kept(amount="10.00")


def test_the_account_of_another_scheme_is_not_touched() -> None:
    """Wang owes 110 and has an account of 170 only."""
    of.overpaid(scheme="110")
    of.served(scheme="110", amount="360.00")

    with pytest.raises(NotHeld):
        kept()

    assert held() == HELD


def test_nothing_is_kept_before_the_order_was_served() -> None:
    of.overpaid()
    of.noticed()

    with pytest.raises(WrongStage):
        kept()


@pytest.mark.parametrize("month", ["2027-01", "2026-11"])
def test_it_leaves_in_a_month_that_has_begun_and_after_what_came_in(month: str) -> None:
    accounts.entry(person_id=builders.wang().pk, scheme="170", month="2026-12", fen=100)
    of.overpaid()
    of.served()

    with pytest.raises(LeavingInvalid):
        kept(month=month)


def test_while_the_years_interest_is_computed_nothing_is_kept() -> None:
    accounts.open_run(scheme="170", year=2025)
    of.overpaid()
    of.served()

    with pytest.raises(InterestRunning):
        kept()


def test_an_account_that_was_drawn_on_by_no_decision_breaks_a_promise() -> None:
    of.overpaid()
    of.served()
    kept()
    other = of.case("RECOVERY_SET_OFF", own_account=True, amount="0.01", month="2026-12")

    accounts.entry(
        person_id=builders.wang().pk,
        scheme="170",
        kind=EntryKind.SET_OFF,
        month="2026-12",
        fen=-1,
        source_id=other.pk,
    )

    assert broken() == ["追回:从个人账户抵扣的等于本人同一险种账户的支出"]
