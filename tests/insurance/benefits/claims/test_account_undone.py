"""Who was taken for dead has his account again, and heirs are not paid from it (撤销账户继承)."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.kernel.months import Month
from backend.people.models import Alias, Death
from backend.people.supersede import close
from insurance.accounts import invariants as accounts
from insurance.accounts.entries import balance
from insurance.accounts.models import AccountEntry, Outgoing
from insurance.accounts.outgoing_batches import count_ready, seal_outgoing
from insurance.benefits import invariants as benefits
from insurance.benefits.claims.undo import withdraw_undone
from insurance.benefits.recovery.standing import owed_of
from payments import invariants as payments
from payments.ledger.books import ensure_books
from payments.ledger.models import MemoEntry
from payments.models import Batch
from payments.reconcile import reconcile
from payments.reissue import reissue
from tests import builders
from tests.insurance.accounts import account_builders
from tests.insurance.benefits import inheritance_builders as of
from tests.insurance.benefits import month_builders as m
from tests.insurance.pension import survivor_builders as survivors
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
NOVEMBER, PAY_DATE = Month(2026, 11), date(2026, 11, 15)
HALF = of.WHOLE_FEN // 2


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def inherited() -> None:
    """Wang's two heirs have the account, and accounts of their own."""
    ensure_books(agency=builders.agency(), on=PAY_DATE)
    of.died_with_account()
    for heir in (builders.li(), builders.zhao()):
        pay.account(heir)
    of.inherited()


def alive_again() -> None:
    of.alive_again(m.SOME_CASE)


def sealed(period: Month = NOVEMBER) -> list[Batch]:
    return seal_outgoing(period=period, pay_date=PAY_DATE, now=builders.NOW)


def settled(batch: Batch, *said: pay.Said) -> None:
    pay.send(batch)
    pay.answer(batch, *said)
    assert reconcile(batch_ids=[batch.id], now=builders.NOW)


def owed_back() -> dict[int, int]:
    found: dict[int, int] = {}
    for row in MemoEntry.objects.all():
        found[row.party_id] = found.get(row.party_id, 0) + row.fen
    return {party: fen for party, fen in found.items() if fen}


def broken() -> list[str]:
    rows = [
        *accounts.broken_promises(),
        *benefits.broken_promises(),
        *payments.broken_promises(),
    ]
    return [row.promise for row in rows if "签名" not in row.promise]


def test_the_account_holds_again_what_it_held_and_nobody_is_paid() -> None:
    inherited()

    alive_again()

    assert balance(person_id=builders.wang().pk, scheme="110") == of.PAID_IN_FEN
    assert count_ready(account_date=PAY_DATE) == 0
    assert (sealed(), owed_back(), broken()) == ([], {}, [])


def test_it_is_put_back_as_if_it_had_never_left() -> None:
    """In the month in which it left, and the year's interest is reckoned at its end."""
    inherited()

    alive_again()

    back = AccountEntry.objects.order_by("-pk")[:2]
    assert {(row.kind, row.arrival_month, row.fen) for row in back} == {
        ("RETURNED", date(2026, 7, 1), of.WHOLE_FEN),
        ("TRUE_UP", date(2026, 7, 1), of.PAID_IN_FEN - of.WHOLE_FEN),
    }


def test_in_a_closed_year_nothing_changes_the_balance_returns_after_it() -> None:
    inherited()
    account_builders.finished_run(year=2026)

    alive_again()

    (back,) = AccountEntry.objects.filter(kind="RETURNED")
    assert (back.arrival_month, back.fen) == (date(2027, 1, 1), of.WHOLE_FEN)
    assert not AccountEntry.objects.filter(kind="TRUE_UP").exists()


def test_heirs_who_were_paid_owe_it_back_and_may_be_asked_for_it() -> None:
    inherited()
    (batch,) = sealed()
    settled(batch)

    alive_again()

    li, zhao = builders.li().pk, builders.zhao().pk
    assert owed_back() == {li: HALF, zhao: HALF}
    owed, came_fen = owed_of(book_id=batch.book_id, debtor_id=li)
    assert ([(one.year, sum(one.parts)) for one in owed], came_fen) == ([(2026, HALF)], 0)
    assert balance(person_id=builders.wang().pk, scheme="110") == of.PAID_IN_FEN
    assert broken() == []


def test_what_the_bank_had_returned_is_owed_by_nobody_and_not_paid_again() -> None:
    inherited()
    (batch,) = sealed()
    first, second = pay.lines_of(batch)
    settled(batch, pay.Said(first, pay.BUSY))

    alive_again()

    again = reissue(period=NOVEMBER, pay_date=PAY_DATE, barred=[], made_by=None, now=builders.NOW)
    assert (again, owed_back()) == ([], {second.payee_id: HALF})
    assert broken() == []


def test_what_the_bank_returns_after_the_undoing_is_not_owed_back_any_more() -> None:
    inherited()
    (batch,) = sealed()
    alive_again()
    first, second = pay.lines_of(batch)
    settled(batch, pay.Said(first, pay.BUSY))

    assert withdraw_undone() == 3  # the due, its discrepancy, the memo register

    assert owed_back() == {second.payee_id: HALF}
    assert withdraw_undone() == 0
    assert broken() == []


def test_nothing_goes_to_a_bank_while_the_death_is_in_doubt() -> None:
    inherited()
    close(Death.objects.get())

    assert sealed() == []
    assert "个人账户:由继承人领取的,有两人核实的死亡;死亡更正的、支付更正的已全部转回" in broken()


def test_a_death_told_of_a_merged_entry_is_the_persons() -> None:
    inherited()
    close(Death.objects.get())
    Alias.objects.create(party_id=builders.chen().pk, survivor_id=builders.wang().pk, case_id=1)
    Death.objects.create(
        person_id=builders.chen().pk, death_date=of.DIED_ON, source="POLICE", confirmed=True,
        evidence="演示", case_id=2,
    )  # fmt: skip

    assert sum(batch.line_count for batch in sealed()) == 2


def test_who_truly_dies_later_leaves_it_anew_and_the_first_heirs_have_nothing_of_before() -> None:
    inherited()
    alive_again()
    survivors.died(on=date(2026, 8, 3))

    of.inherited(month="2026-09", heirs=survivors.heirs(builders.chen()))
    pay.account(builders.chen())

    (batch,) = sealed()
    assert Outgoing.objects.count() == 3
    assert (batch.line_count, pay.lines_of(batch)[0].payee_id) == (1, builders.chen().pk)
    assert batch.fen == 1_010_000  # eight months' interest
    assert balance(person_id=builders.wang().pk, scheme="110") == 0
    assert broken() == []
