"""An agency keeps one book per fund."""

from datetime import date

import pytest
from django.db import connection

from backend.access.models import Agency
from backend.audit.models import Act
from payments.ledger import books as books_module
from payments.ledger.books import FundNotConfigured, SettingsUnverified, ensure_books, expense_items
from payments.ledger.models import Account, Book
from tests import builders
from tests.payments.ledger.conftest import PAY_DAY, Books


def test_an_agency_keeps_one_book_per_fund(books: Books) -> None:
    assert (books.employees.scheme, books.employees.pool_region) == ("110", "340000")
    assert (books.residents.scheme, books.residents.pool_region) == ("170", "340800")


def test_each_book_has_the_expense_items_of_its_fund(books: Books) -> None:
    assert expense_items(book=books.employees, on=PAY_DAY) == (
        *("5001.01", "5001.02", "5001.03", "5001.04"),
    )
    assert expense_items(book=books.residents, on=PAY_DAY) == ("5001.01", "5001.02", "5001.03")


def test_the_same_code_names_another_item_in_another_fund(books: Books) -> None:
    names = {
        book.scheme: Account.objects.get(book=book, code="5001.01").name
        for book in (books.employees, books.residents)
    }

    assert names == {
        "110": "社会保险待遇支出—基本养老金",
        "170": "社会保险待遇支出—基础养老金",
    }


def test_books_are_opened_once(books: Books) -> None:
    again = ensure_books(agency=builders.agency(), on=PAY_DAY)

    assert [book.scheme for book in again] == ["110", "170", "210"]
    assert again[:2] == [books.employees, books.residents]
    assert Act.objects.filter(name="ledger.open_book").count() == 3


def test_the_medical_bureau_keeps_its_own_books_and_no_others(books: Books) -> None:
    bureau = Agency.objects.create(
        code="34080002", name="演示市医保局", region="340800", kind="MEDICAL"
    )

    opened = ensure_books(agency=bureau, on=PAY_DAY)

    assert [(book.scheme, book.pool_region) for book in opened] == [
        ("310", "340800"),
        ("390", "340800"),
    ]
    assert not Book.objects.filter(agency=builders.agency(), scheme__in=("310", "390")).exists()


def test_the_act_counts_the_rows_it_wrote(books: Books) -> None:
    rows = sum(Act.objects.filter(name="ledger.open_book").values_list("rows", flat=True))

    assert rows == Book.objects.count() + Account.objects.count()


def test_an_account_keeps_the_standing_of_its_code(books: Books) -> None:
    standings = dict(Account.objects.filter(book=books.residents).values_list("code", "standing"))

    assert standings["1004"] == "cited"
    assert standings["2001"] == "unverified"


def test_before_the_fund_was_set_up_nothing_is_known_of_it(books: Books) -> None:
    with pytest.raises(FundNotConfigured):
        expense_items(book=books.residents, on=date(2021, 12, 31))


@pytest.mark.django_db
def test_outside_a_demonstration_no_book_stands_on_unverified_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(books_module, "is_demo", lambda: False)

    with pytest.raises(SettingsUnverified) as refusal:
        ensure_books(agency=builders.agency(), on=PAY_DAY)

    assert "科目 2001 暂收款" in str(refusal.value.facts["settings"])
    assert not Book.objects.exists()


@pytest.mark.django_db
def test_the_application_does_not_call_a_live_database_a_demonstration() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(current_user, 'deployment', 'UPDATE')")
        (may_update,) = cursor.fetchone()

    assert not may_update
