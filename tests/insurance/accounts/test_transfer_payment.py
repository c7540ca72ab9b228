"""What was transferred out is paid once; what a bank returned comes back once and is paid again."""

import pytest
from django.db import connections, transaction
from django.test import Client

from backend.cases import acts
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from insurance.accounts import transfer_payment
from insurance.accounts.invariants import broken_promises
from insurance.accounts.models import Outgoing
from insurance.accounts.settling import LeavingInvalid
from insurance.accounts.transfers import TransferInvalid
from payments.ledger.books import ensure_books
from payments.ledger.models import Book, Entry, Posting
from payments.ledger.months import MonthClosed
from tests import builders, funds
from tests.at_once import at_once
from tests.conftest import OwnDatabase
from tests.insurance.accounts import account_builders as of
from tests.insurance.accounts.transfer_builders import (
    NOON,
    POOLED,
    TODAY,
    at_the_letter,
    last_step,
    send,
)
from tests.payments import payment_builders as pay

database = pytest.mark.django_db
WHOLE = 1_012_500 + POOLED  # 10,000.00 since January with its interest, and the pool's part


def sent() -> Outgoing:
    """Wang moves to Hangzhou: the account is empty, and the money is to be remitted."""
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    ensure_books(agency=builders.agency(), on=TODAY)
    send(last_step(at_the_letter()))
    funded()
    return Outgoing.objects.get()


def funded() -> None:
    """What is to be remitted is there."""
    funds.fund(Book.objects.get(agency=builders.agency(), scheme="110").pk, WHOLE)


def case(kind: str, sent_out: Outgoing, **changes: object) -> Case:
    """A case about the remittance, as its act is given it in December."""
    content = {"outgoing": sent_out.pk, "day": "2026-11-04", "document": "银行回单 1"}
    made: Case = builders.case(kind=kind, content=content | changes)
    made.decided_at = NOON.replace(month=12)
    return made


def paid(sent_out: Outgoing, **changes: object) -> int:
    funded()
    return transfer_payment.pay(case("TRANSFER_PAYMENT", sent_out, **changes))


def returned(sent_out: Outgoing, **changes: object) -> int:
    return transfer_payment.take_back(case("TRANSFER_RETURN", sent_out, **changes))


def balances() -> dict[str, int]:
    own = Book.objects.get(agency=builders.agency(), scheme="110")
    return pay.balances(own)


def broken() -> list[str]:
    return [row.promise for row in broken_promises() if "转移资金" in row.promise]


def remitted_on(client: Client) -> str | None:
    """What the list says of the remittance."""
    client.force_login(builders.member(role="FINANCE").staff)
    (row,) = client.get("/api/v1/account-outgoing/", {"kind": "TRANSFER_OUT"}).json()["results"]
    day: str | None = row["remitted_on"]
    return day


@database
def test_what_is_sent_is_paid_once_from_the_agency_s_account(client: Client) -> None:
    outgoing = sent()
    assert remitted_on(client) is None

    assert paid(outgoing) == 0

    own = Posting.objects.exclude(entry__source=funds.SOURCE)
    lines = own.values_list("account__code", "dr_fen", "cr_fen")
    assert set(lines) == {("5401", WHOLE, 0), ("1004", 0, WHOLE)}
    assert remitted_on(client) == "2026-11-04"
    assert broken() == []
    for act in (transfer_payment.check_payment, transfer_payment.pay):
        with pytest.raises(TransferInvalid, match="已经支付"):
            act(case("TRANSFER_PAYMENT", outgoing))


@database
def test_what_came_back_in_the_month_lowers_the_expense_and_is_paid_again(client: Client) -> None:
    outgoing = sent()
    paid(outgoing)

    assert returned(outgoing, day="2026-11-09") == 0

    assert balances() == {}
    assert Entry.objects.get(rule="transfer.returned.red").red
    assert remitted_on(client) is None
    paid(outgoing, day="2026-11-10")
    assert balances() == {"5401": WHOLE, "1004": -WHOLE}
    assert remitted_on(client) == "2026-11-10"
    assert broken() == []


@database
def test_what_came_back_later_waits_as_a_liability_until_it_is_paid_again() -> None:
    outgoing = sent()
    paid(outgoing)
    pay.close_ledger(Book.objects.get(agency=builders.agency(), scheme="110"))

    returned(outgoing, day="2026-12-02")

    assert balances() == {"5401": WHOLE, "2001": -WHOLE}
    paid(outgoing, day="2026-12-03")
    returned(outgoing, day="2026-12-04")
    assert balances() == {"5401": WHOLE, "2001": -WHOLE}
    paid(outgoing, day="2026-12-05")
    assert balances() == {"5401": WHOLE, "1004": -WHOLE}
    assert broken() == []


@database
def test_only_what_was_paid_comes_back_and_only_once() -> None:
    outgoing = sent()
    with pytest.raises(TransferInvalid, match="没有付出"):
        returned(outgoing)
    paid(outgoing)
    with pytest.raises(TransferInvalid, match="早于付款日期"):
        returned(outgoing, day="2026-11-03")
    returned(outgoing)

    for act in (transfer_payment.check_return, transfer_payment.take_back):
        with pytest.raises(TransferInvalid, match="没有付出"):
            act(case("TRANSFER_RETURN", outgoing))
    with pytest.raises(TransferInvalid, match="早于上一次退汇"):
        paid(outgoing, day="2026-11-03")


@database
def test_nothing_is_put_into_a_closed_month() -> None:
    outgoing = sent()
    paid(outgoing)
    pay.close_ledger(Book.objects.get(agency=builders.agency(), scheme="110"))

    with pytest.raises(MonthClosed):
        returned(outgoing, day="2026-11-30")


@database
@pytest.mark.parametrize(
    "changes", [{"outgoing": 0}, {"outgoing": "1"}, {"document": " "}, {"day": "2026-12-06"}]
)
def test_a_payment_says_what_is_paid_when_and_by_which_paper(changes: dict[str, object]) -> None:
    outgoing = sent()

    with pytest.raises((TransferInvalid, LeavingInvalid)):
        paid(outgoing, **changes)


@database
def test_a_payment_is_of_what_left_its_own_person_s_account() -> None:
    outgoing = sent()
    asked = case("TRANSFER_PAYMENT", outgoing)
    asked.party_id = builders.li().pk

    with pytest.raises(TransferInvalid, match="当事人没有"):
        transfer_payment.pay(asked)


def acted(asked: Case) -> Case:
    """Decide a case, as far as its act goes, in a transaction of its own."""
    with transaction.atomic():
        acts.registered()[asked.kind](asked)
    return asked


def of_two(kinds: tuple[str, str], outgoing: Outgoing) -> list[Case | Refusal]:
    first, second = (case(kind, outgoing) for kind in kinds)
    return at_once(lambda: acted(first), lambda: acted(second))


def test_of_two_payments_at_once_one_is_made(own_database: OwnDatabase) -> None:
    outgoing = sent()

    results = of_two(("TRANSFER_PAYMENT", "TRANSFER_PAYMENT"), outgoing)

    assert sorted(type(one).__name__ for one in results) == ["Case", "TransferInvalid"]
    assert balances() == {"5401": WHOLE, "1004": -WHOLE}


def test_of_two_returns_at_once_one_comes_back(own_database: OwnDatabase) -> None:
    outgoing = sent()
    paid(outgoing)

    results = of_two(("TRANSFER_RETURN", "TRANSFER_RETURN"), outgoing)

    assert sorted(type(one).__name__ for one in results) == ["Case", "TransferInvalid"]
    assert balances() == {}


def test_a_payment_and_its_return_at_once_leave_one_of_two_states(
    own_database: OwnDatabase,
) -> None:
    outgoing = sent()
    paid(outgoing)
    returned(outgoing)

    results = of_two(("TRANSFER_PAYMENT", "TRANSFER_RETURN"), outgoing)

    came_back = not any(isinstance(one, Refusal) for one in results)
    assert balances() == ({} if came_back else {"5401": WHOLE, "1004": -WHOLE})
    assert broken() == []


def test_a_remittance_of_another_amount_is_found(own_database: OwnDatabase) -> None:
    paid(sent())
    assert broken() == []

    with transaction.atomic("owner"), connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_outgoing DISABLE TRIGGER USER")
        cursor.execute("UPDATE accounts_outgoing SET pooled_fen = pooled_fen - 1")
        cursor.execute("ALTER TABLE accounts_outgoing ENABLE TRIGGER USER")

    assert broken() == ["个人账户:转移资金每次付出、退汇都等于转出,先付后退,没有重付"]
