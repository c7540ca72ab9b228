"""What stands in the data files of the ledger."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.ledger import rules

TODAY = date(2026, 11, 1)
ITEMS = ("5001.01", "5001.02")
PARTS = st.lists(st.integers(-(10**12), 10**12), max_size=2)


def test_every_rule_names_accounts_that_every_chart_has() -> None:
    named = {
        code
        for rule in rules.posting_rules(on=TODAY)
        for code in (rule.debit, rule.credit)
        if code != rules.ITEMS
    }

    assert "4102" in {account.code for account in rules.chart(scheme="170", on=TODAY)}
    for scheme in ("110", "170", "210", "310", "390"):
        assert named - {"4102"} <= {
            account.code for account in rules.chart(scheme=scheme, on=TODAY)
        }


def test_every_expense_item_of_a_fund_is_in_its_chart() -> None:
    for fund in rules.funds(region="340800", on=TODAY):
        chart = {account.code for account in rules.chart(scheme=fund.scheme, on=TODAY)}

        assert set(fund.items) <= chart


def test_every_side_is_debit_or_credit() -> None:
    assert {account.side for account in rules.chart(scheme="170", on=TODAY)} == {"DR", "CR"}


def test_only_the_employees_pension_is_pooled_by_a_known_rule() -> None:
    standings = {fund.scheme: fund.standing for fund in rules.funds(region="340800", on=TODAY)}

    assert {scheme for scheme, standing in standings.items() if standing == "cited"} == {"110"}
    assert {standings[scheme] for scheme in ("170", "210", "310", "390")} == {"unverified"}


def test_an_agency_elsewhere_has_no_fund_configured() -> None:
    assert rules.funds(region="340100", on=TODAY) == ()


@pytest.mark.parametrize("rule", rules.posting_rules(on=TODAY), ids=lambda rule: rule.code)
@given(parts=PARTS)
def test_whatever_the_parts_lines_balance_and_keep_their_sign(
    rule: rules.PostingRule, parts: list[int]
) -> None:
    lines = rules.lines(rule=rule, fund_items=ITEMS, amounts=parts)

    assert sum(line.dr_fen for line in lines) == sum(line.cr_fen for line in lines)
    assert all((line.dr_fen + line.cr_fen < 0) == rule.red for line in lines)
    assert all(0 in (line.dr_fen, line.cr_fen) for line in lines)


@given(parts=PARTS)
def test_a_red_return_takes_back_what_the_payment_wrote(parts: list[int]) -> None:
    paid, returned = (
        rules.lines(rule=rules.rule(code=code, on=TODAY), fund_items=ITEMS, amounts=parts)
        for code in ("payment.sent", "payment.returned.red")
    )

    assert net(paid + returned) == {}


def net(lines: tuple[rules.Line, ...]) -> dict[str, int]:
    """Give what is left on each account."""
    left: dict[str, int] = {}
    for line in lines:
        left[line.account] = left.get(line.account, 0) + line.dr_fen - line.cr_fen
    return {account: fen for account, fen in left.items() if fen}
