"""The two statements of a fund tie to the ledger and to each other, to the fen."""

from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.kernel.months import Month
from payments.ledger import rules
from payments.ledger.models import Account
from payments.ledger.post import MoneyNotHeld
from payments.ledger.statement_of import statements_of
from payments.ledger.statements import AccountSums, NotTied, Part, Statements, laid_out, row_rules
from tests import builders
from tests.payments.ledger.conftest import DECEMBER, PAY_DAY, Books, carry_over, close, pay
from tests.payments.ledger.test_api import client, finance

NOV, DEC = Month(2026, 11), Month(2026, 12)
IN_DECEMBER = date(2026, 12, 10)
SCHEMES = ("110", "170", "210", "310", "390")


def lived(books: Books) -> None:
    """November: income, its money swept and funded, a payment; December: one more payment."""
    pay(books.residents, 900_00, rule="collection.matched", source_id="in")
    pay(books.residents, 900_00, rule="treasury.swept", source_id="swept")
    pay(books.residents, 500_00, rule="funding.arrived", source_id="funded")
    pay(books.residents, 200_00, 35_00, source_id="out")
    pay(books.residents, 12_00, rule="collection.suspense", source_id="suspense")
    pay(books.residents, 100_00, on=IN_DECEMBER, source_id="out again")


def at(books: Books, month: Month) -> Statements:
    return statements_of(book=books.residents, month=month)


def amounts(made: Statements) -> dict[str, int]:
    return {row.rule.title: row.closing_fen for row in made.balance_sheet if row.closing_fen}


def moved(made: Statements) -> list[tuple[str, int, int]]:
    return [(row.rule.code, row.month_fen, row.year_fen) for row in made.income_statement]


def test_assets_are_liabilities_and_net_funds(books: Books) -> None:
    lived(books)

    november = at(books, NOV)

    assert amounts(november) == {
        "财政专户存款": 400_00,
        "支出户存款": 265_00,
        "国库存款": 12_00,
        "暂收款": 12_00,
        "尚未结转的收支": 665_00,
    }
    assert november.closing_fen(Part.ASSETS) == 677_00
    assert november.closing_fen(Part.LIABILITIES) + november.closing_fen(Part.NET) == 677_00


def test_income_less_expense_is_what_the_net_funds_grew_by(books: Books) -> None:
    lived(books)

    december = at(books, DEC)

    assert (december.surplus_month_fen, december.surplus_year_fen) == (-100_00, 565_00)
    assert december.closing_fen(Part.NET) - december.opening_fen(Part.NET) == 565_00


def test_once_carried_over_the_year_says_the_same_and_its_end_stands_in_the_fund(
    books: Books,
) -> None:
    lived(books)
    before = at(books, DEC)
    close(books.residents)
    close(books.residents, DECEMBER)
    assert not at(books, DEC).closed

    carry_over(books.residents)

    after = at(books, DEC)
    assert after.closed
    assert moved(after) == moved(before)
    assert amounts(after)["一般基金结余"] == 565_00
    assert "尚未结转的收支" not in amounts(after)


def test_the_new_year_begins_at_the_end_of_the_old_one(books: Books) -> None:
    lived(books)
    close(books.residents)
    close(books.residents, DECEMBER)
    carry_over(books.residents)

    january = at(books, DEC.next)

    assert january.opening_fen(Part.NET) == at(books, DEC).closing_fen(Part.NET) == 565_00
    assert (january.surplus_year_fen, january.year_fen(Part.INCOME)) == (0, 0)


def test_each_row_is_the_sum_of_the_accounts_it_opens_to(books: Books) -> None:
    lived(books)

    for row in at(books, NOV).balance_sheet:
        assert row.closing_fen == sum(one.closing_fen for one in row.accounts)
        assert all(row.rule.holds(one.code) for one in row.accounts)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_account_of_the_chart_has_its_row(scheme: str) -> None:
    chart = rules.chart(scheme=scheme, on=PAY_DAY)
    sums = [AccountSums(one.code, one.name, 0, 0, 0, 0) for one in chart]

    laid_out(scheme=scheme, month=NOV, sums=sums, closed=False)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_row_has_an_account_of_the_chart(scheme: str) -> None:
    codes = [one.code for one in rules.chart(scheme=scheme, on=PAY_DAY)]

    for statement in ("balance_sheet", "income_statement"):
        for row in row_rules(statement=statement, scheme=scheme, on=PAY_DAY):
            assert any(map(row.holds, codes)), row.title


def test_a_row_whose_document_nobody_has_seen_says_so(books: Books) -> None:
    lived(books)

    unverified = {rule.title for rule in at(books, NOV).unverified}

    assert "一般基金结余" in unverified
    assert "社会保险待遇支出" not in unverified  # cited


def test_an_account_without_a_row_is_not_left_out_silently(books: Books) -> None:
    Account.objects.create(book=books.residents, code="1999", name="演示", side="DR")

    with pytest.raises(NotTied, match="1999"):
        at(books, NOV)


def test_what_does_not_balance_is_not_given() -> None:
    chart = rules.chart(scheme="170", on=PAY_DAY)
    sums = [AccountSums(one.code, one.name, 0, 0, 0, 0) for one in chart]
    sums[0] = replace(sums[0], closing_fen=1)

    with pytest.raises(NotTied, match="期末资产"):
        laid_out(scheme="170", month=NOV, sums=sums, closed=False)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    events=st.lists(
        st.tuples(
            st.sampled_from(sorted(rule.code for rule in rules.posting_rules(on=PAY_DAY))),
            st.integers(1, 10**10),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_whatever_is_posted_both_statements_tie(
    books: Books, events: list[tuple[str, int, bool]]
) -> None:
    with transaction.atomic():
        for number, (rule, fen, late) in enumerate(events):
            on = IN_DECEMBER if late else PAY_DAY
            with suppress(MoneyNotHeld):
                pay(books.residents, fen, rule=rule, on=on, source_id=str(number))

        november, december = at(books, NOV), at(books, DEC)

        for made in (november, december):
            assert made.surplus_year_fen == made.closing_fen(Part.NET)
        assert december.surplus_month_fen == december.surplus_year_fen - november.surplus_year_fen
        transaction.set_rollback(True)


def test_the_balance_sheet_over_the_api_opens_to_accounts(books: Books) -> None:
    lived(books)

    answer = finance().get(
        reverse("book-balance-sheet", args=[books.residents.pk]), {"month": "2026-11"}
    )

    told = answer.json()
    assert (told["closed"], told["assets"]) == (False, {"opening": "0.00", "closing": "677.00"})
    payout = next(row for row in told["rows"] if row["code"] == "A04")
    assert (payout["closing"], payout["standing_label"]) == ("265.00", "未核实")
    assert payout["accounts"] == [
        {"opening": "0.00", "closing": "265.00", "code": "1004", "name": "支出户存款"}
    ]
    assert "支出户存款" in told["unverified"]


def test_the_income_statement_over_the_api_gives_month_and_year(books: Books) -> None:
    lived(books)

    answer = finance().get(
        reverse("book-income-statement", args=[books.residents.pk]), {"month": "2026-12"}
    )

    told = answer.json()
    assert told["expense"] == {"month": "100.00", "year": "335.00"}
    assert told["surplus"] == {"month": "-100.00", "year": "565.00"}


def test_a_statement_needs_a_month(books: Books) -> None:
    answer = finance().get(reverse("book-balance-sheet", args=[books.residents.pk]))

    assert (answer.status_code, answer.json()["code"]) == (422, "month_invalid")


def test_a_clerk_sees_no_statements(books: Books) -> None:
    answer = client(builders.member(role="CLERK").staff).get(
        reverse("book-income-statement", args=[books.residents.pk]), {"month": "2026-12"}
    )

    assert answer.status_code == 403
