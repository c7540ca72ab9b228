"""Two persons say which bank accounts stand beside a book, and which do no more."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, connection, transaction
from django.test import Client

from backend.cases.content import ContentInvalid
from backend.kernel.errors import Refusal
from payments import statement_invariants
from payments.ledger.fund_papers import BookOfAnother
from payments.own_accounts import OwnAccountInvalid, OwnAccountNotEmpty, check, check_end
from payments.statement_models import OwnAccount, OwnAccountEnd
from payments.take_statement import AccountEnded
from tests import builders
from tests.payments import payment_builders as pay
from tests.payments.ledger.conftest import Books
from tests.payments.ledger.conftest import books as books  # a fixture
from tests.payments.statement_builders import END, Month, Moved, asked, ending, ours, taken, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def test_an_account_stands_once_two_persons_said_so(books: Books, client: Client) -> None:
    case = asked(books.residents)
    check(case)
    assert not OwnAccount.objects.exists()

    pay.decided(case)

    client.force_login(builders.member(role="FINANCE").staff)
    (row,) = client.get("/api/v1/own-accounts/").json()["results"]
    assert (row["code"], row["case_id"], row["last_day"]) == ("1004", case.pk, None)
    assert statement_invariants.broken_promises() == []


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"code": "5001.01"}, ContentInvalid),
        ({"document": ""}, ContentInvalid),
        ({"book": 987_654_321}, OwnAccountInvalid),
        ({"bank": "ICBC"}, OwnAccountInvalid),
        ({"account_no": "12-34"}, OwnAccountInvalid),
    ],
)
def test_only_a_deposit_at_a_known_bank_is_registered(
    books: Books, changes: dict[str, object], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        check(asked(books.residents, **changes))


def test_a_number_is_registered_once(books: Books) -> None:
    ours(books.residents)

    with pytest.raises(OwnAccountInvalid, match="已经登记"):
        check(asked(books.employees))


def test_an_agency_registers_beside_its_own_books_only(books: Books) -> None:
    case = asked(books.residents)
    case.agency = builders.agency(code="34080002", name="演示市医保局")

    with pytest.raises(BookOfAnother):
        check(case)


def test_an_empty_account_ends_and_takes_no_statement_more(books: Books, tmp_path: Path) -> None:
    account = ours(books.residents)
    assert taken(tmp_path, text(Month((Moved(500), Moved(-500))))).accepted

    pay.decided(ending(account))

    assert OwnAccountEnd.objects.get().last_day == END
    december = (date(2026, 12, 1), date(2026, 12, 31))
    with pytest.raises(AccountEnded, match="2026-11-30"):
        taken(tmp_path, text(Month(start=december[0], end=december[1])))
    assert statement_invariants.broken_promises() == []
    with pytest.raises(OwnAccountInvalid, match="已经终止"):
        check_end(ending(account))


def test_an_account_with_money_in_it_does_not_end(books: Books, tmp_path: Path) -> None:
    account = ours(books.residents)
    taken(tmp_path, text(Month((Moved(500),))))

    with pytest.raises(OwnAccountNotEmpty, match="余额"):
        check_end(ending(account))
    with pytest.raises(OwnAccountNotEmpty, match="只到 2026-11-30"):
        check_end(ending(account, day=date(2026, 12, 5)))


def test_what_no_case_says_is_seen(books: Books, tmp_path: Path) -> None:
    account = ours(books.residents)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_ownaccount (book_id, code, bank, number, case_id, recorded_by)"
            " SELECT book_id, code, bank, '9' || number, case_id, recorded_by"
            " FROM payments_ownaccount"
        )
        cursor.execute(
            "INSERT INTO payments_ownaccountend (account_id, last_day, case_id, recorded_by)"
            f" VALUES ({account.pk}, '2026-11-30', {account.case_id}, 7)"
        )

    broken = {one.promise for one in statement_invariants.broken_promises()}

    assert broken == {statement_invariants.OWN}


def test_the_database_takes_no_statement_of_an_ended_account(books: Books, tmp_path: Path) -> None:
    account = ours(books.residents)
    pay.decided(ending(account))
    insert = (
        "INSERT INTO payments_bankstatement (bank, name, size, sha256, accepted, account_id,"
        " number, start_date, end_date, opening_fen, closing_fen, line_count, code, detail,"
        " received_by) VALUES ('NSB', 'x', 1, repeat('0', 64), true, %s, '', '2026-12-01',"
        " '2026-12-31', 0, 0, 0, '', '', 7)"
    )

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(insert, [account.pk])
