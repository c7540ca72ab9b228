"""The books over the API."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from backend.access.models import Staff
from backend.kernel.months import Month
from payments.batches import open_batches
from payments.ledger.close import preview
from payments.ledger.models import LedgerMonth
from payments.ledger.months import last_closed
from tests import builders
from tests.payments.ledger.conftest import NOVEMBER, PAY_DAY, Books, close, pay


def client(staff: Staff) -> APIClient:
    caller = APIClient()
    caller.force_authenticate(staff)
    return caller


def finance() -> APIClient:
    return client(builders.member(role="FINANCE").staff)


@pytest.fixture
def approver(db: None) -> Staff:
    return builders.staff_with_password(role="APPROVER", username="shenpi")


def shown_months() -> list[dict[str, Any]]:
    return [
        {"id": row.id, "digest": preview(book_id=row.book_id, month=row.month).digest}
        for row in LedgerMonth.objects.all()
    ]


def ask_to_close(staff: Staff, months: list[dict[str, Any]] | None = None, **changes: Any) -> Any:
    body = {
        "months": months or shown_months(),
        "password": builders.PASSWORD,
        "code": builders.code(now=timezone.now()),
        **changes,
    }
    headers = {"Idempotency-Key": "close-1"}
    return client(staff).post(reverse("ledger-months-close"), body, format="json", headers=headers)


def test_finance_sees_the_books(books: Books) -> None:
    answer = finance().get(reverse("book-list"))

    assert {row["scheme"] for row in answer.json()["results"]} == {"110", "170", "210"}


def test_a_clerk_does_not_see_the_books(books: Books) -> None:
    answer = client(builders.member(role="CLERK").staff).get(reverse("book-list"))

    assert answer.status_code == 403


def test_a_trial_balance_is_in_yuan(books: Books) -> None:
    pay(books.residents, 20000, 3501)

    answer = finance().get(
        reverse("book-balances", args=[books.residents.id]), {"month": "2026-11"}
    )

    payout = next(row for row in answer.json() if row["code"] == "1004")
    assert (payout["opening"], payout["credit"], payout["closing"]) == (
        "0.00",
        "235.01",
        "-235.01",
    )


def test_a_trial_balance_needs_a_month(books: Books) -> None:
    answer = finance().get(reverse("book-balances", args=[books.residents.id]))

    assert (answer.status_code, answer.json()["code"]) == (422, "month_invalid")


def test_vouchers_are_listed_by_month_with_their_lines(books: Books) -> None:
    pay(books.residents, 20000)

    november, december = (
        finance().get(reverse("entry-list"), {"month": month}).json()["results"]
        for month in ("2026-11", "2026-12")
    )

    assert december == []
    assert [line["account"] for line in november[0]["postings"]] == ["5001.01", "1004"]
    assert november[0]["postings"][0]["debit"] == "200.00"


@pytest.mark.parametrize("route", ["book-detailed-ledger", "book-day-book"])
def test_an_account_is_shown_line_by_line(books: Books, route: str) -> None:
    pay(books.residents, 20000)

    answer = finance().get(reverse(route, args=[books.residents.id, "1004"]), {"month": "2026-11"})

    assert [row["balance"] for row in answer.json()] == ["-200.00"]


def test_an_account_is_shown_month_by_month(books: Books) -> None:
    pay(books.residents, 20000)

    answer = finance().get(reverse("book-general-ledger", args=[books.residents.id, "1004"]))

    [row] = answer.json()
    assert row == {
        "month": "2026-11",
        "year_end": False,
        "debit": "0.00",
        "credit": "200.00",
        "closing": "-200.00",
    }


def test_an_unknown_account_is_not_found(books: Books) -> None:
    answer = finance().get(
        reverse("book-day-book", args=[books.residents.id, "9999"]), {"month": "2026-11"}
    )

    assert answer.status_code == 404


def test_a_month_is_shown_with_the_digest_that_is_signed(books: Books) -> None:
    pay(books.residents, 20000)
    row = LedgerMonth.objects.get()

    answer = finance().get(reverse("ledger-month-one", args=[row.id]))

    expected = preview(book_id=books.residents.id, month=NOVEMBER).digest
    assert answer.json()["digest"] == expected


def test_a_month_is_shown_with_what_stands_in_the_way_of_its_close(
    books: Books, approver: Staff
) -> None:
    pay(books.residents, 20000, on=date(2026, 10, 9))
    pay(books.residents, 20000, source_id="2")
    october, november = LedgerMonth.objects.order_by("month")

    first, second = (
        finance().get(reverse("ledger-month-one", args=[row.id])).json()
        for row in (october, november)
    )
    asked = [{"id": november.id, "digest": second["digest"]}]
    refused = ask_to_close(approver, asked).json()

    assert first["in_the_way"] == []
    assert second["in_the_way"] == [f"{books.residents.name} 还有更早的月份没有结账"]
    assert (refused["code"], refused["blockers"]) == (
        "ledger_month_blocked",
        second["in_the_way"],
    )


def test_whoever_looks_at_a_month_is_told_of_its_batches(books: Books) -> None:
    pay(books.residents, 20000)
    open_batches(
        period=Month(2026, 11), pay_date=PAY_DAY, today=PAY_DAY, book_ids=[books.residents.id]
    )

    shown = finance().get(reverse("ledger-month-one", args=[LedgerMonth.objects.get().id])).json()

    assert [sentence.endswith("尚未平账") for sentence in shown["in_the_way"]] == [True, True]


def test_a_closed_month_has_nothing_in_its_way(books: Books) -> None:
    pay(books.residents, 20000)
    close(books.residents)
    open_batches(
        period=Month(2026, 11), pay_date=PAY_DAY, today=PAY_DAY, book_ids=[books.residents.id]
    )

    shown = finance().get(reverse("ledger-month-one", args=[LedgerMonth.objects.get().id])).json()

    assert shown["in_the_way"] == []


def test_an_approver_closes_the_months_he_was_shown(books: Books, approver: Staff) -> None:
    pay(books.residents, 20000)

    answer = ask_to_close(approver)

    assert answer.status_code == 200, answer.json()
    assert answer.json()[0]["closed_by"] == approver.person_id
    assert last_closed(book_id=books.residents.id) == NOVEMBER


def test_a_wrong_password_closes_nothing(books: Books, approver: Staff) -> None:
    pay(books.residents, 20000)

    answer = ask_to_close(approver, password="qita-kouling-2026")

    assert answer.status_code >= 400
    assert last_closed(book_id=books.residents.id) is None


def test_a_digest_that_was_not_shown_closes_nothing(books: Books, approver: Staff) -> None:
    pay(books.residents, 20000)
    row = LedgerMonth.objects.get()

    answer = ask_to_close(approver, [{"id": row.id, "digest": "0" * 64}])

    assert (answer.status_code, answer.json()["code"]) == (422, "ledger_balances_changed")
    assert last_closed(book_id=books.residents.id) is None


def test_finance_does_not_close(books: Books) -> None:
    pay(books.residents, 20000)

    answer = ask_to_close(builders.member(role="FINANCE").staff)

    assert answer.status_code == 403
