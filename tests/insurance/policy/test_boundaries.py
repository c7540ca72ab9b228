"""Every dated value holds from its first day to its last: the day before and after each change."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from backend.kernel.dated import DatedRow, Standing
from backend.kernel.parameters import NotConfigured, ParameterTree, Resolved
from insurance.accounts.transfer_amounts import POOLED_RATE
from insurance.pension.residents import BasicBelowMinimum, require_basic_minimum, resident_terms
from insurance.pension.switching import RULE, switch_terms
from insurance.policy import parameters
from tests.insurance.pension.pension_facts import month
from tests.insurance.unemployment.unemployment_facts import HEFEI, amount, changed

TREE = parameters.load()
DAY = timedelta(days=1)
LEAST = "resident_pension.basic_minimum"
CLASSES = "wages.minimum_classes"
CLASS = """
name = "最低工资标准的类别"
[[value]]
from = 2015-11-01
region = "340100"
value = {value}
"""


def values() -> list[tuple[str, DatedRow]]:
    """Every value of every parameter."""
    return [
        (key, row)
        for key, file in sorted(TREE.parameters.items())
        for row in file.rows.get("value", ())
    ]


def named(of: tuple[str, DatedRow]) -> str:
    key, row = of
    return f"{key}-{row.region}-{row.valid.start}"


def of_its_kind(key: str, row: DatedRow) -> ParameterTree:
    """The parameter with the values of the row's region alone, the invented apart from the real."""
    invented = row.standing is Standing.DEMO
    file = TREE.parameters[key]
    rows = tuple(
        one
        for one in file.rows["value"]
        if one.region == row.region and (one.standing is Standing.DEMO) is invented
    )
    return ParameterTree({key: replace(file, rows={"value": rows})}, "of its kind")


def in_force(tree: ParameterTree, key: str, row: DatedRow, on: date) -> Resolved | None:
    try:
        return tree.resolve_any(key, row.region, on)
    except NotConfigured:
        return None


@pytest.mark.parametrize("of", values(), ids=named)
def test_a_value_begins_on_its_first_day_and_ends_with_its_last(of: tuple[str, DatedRow]) -> None:
    key, row = of
    tree, first, after = of_its_kind(key, row), row.valid.start, row.valid.end

    found = in_force(tree, key, row, first)
    assert found is not None
    assert (found.valid, found.value) == (row.valid, row.fields["value"])
    before = in_force(tree, key, row, first - DAY)
    assert before is None or before.valid.end == first
    if after is not None:
        last = in_force(tree, key, row, after - DAY)
        assert last is not None
        assert last.valid == row.valid
        following = in_force(tree, key, row, after)
        assert following is None or following.valid.start == after


def least_amounts() -> list[DatedRow]:
    return sorted(TREE.parameters[LEAST].rows["value"], key=lambda row: row.valid.start)


@pytest.mark.parametrize("row", least_amounts()[1:], ids=lambda row: str(row.valid.start))
def test_the_nation_s_least_basic_amount_rises_on_the_day_of_its_notice(row: DatedRow) -> None:
    terms = resident_terms(
        tree=TREE, region="340881", month=month("2026-11"), paid_years=15, demo=True
    )
    before, now = (
        TREE.resolve_any(LEAST, "000000", day) for day in (row.valid.start - DAY, row.valid.start)
    )
    assert before.number < now.number
    of_before = replace(terms, basic=replace(terms.basic, value=before.value))

    require_basic_minimum(terms=replace(of_before, basic_minimum=before))
    with pytest.raises(BasicBelowMinimum):
        require_basic_minimum(terms=replace(of_before, basic_minimum=now))


@pytest.mark.parametrize(
    ("day", "first_class"),
    [
        (date(2018, 10, 31), 1520),
        (date(2018, 11, 1), 1550),
        (date(2021, 12, 2), 1550),
        (date(2021, 12, 3), 1650),
        (date(2023, 2, 28), 1650),
        (date(2023, 3, 1), 2060),
    ],
)
def test_the_minimum_wage_of_a_class_changes_on_its_day(day: date, first_class: int) -> None:
    assert TREE.resolve_any(CLASSES, "340000", day).part(0).whole == first_class


@pytest.mark.parametrize(
    ("of", "fen"), [("2018-10", 98_800), ("2018-11", 100_750), ("2022-01", 148_500)]
)
def test_the_benefit_follows_the_class_from_the_month_that_begins_with_it(
    tmp_path: Path, of: str, fen: int
) -> None:
    tree = changed(tmp_path, wages__minimum_class=CLASS.format(value=1))

    assert amount(HEFEI, of, tree).fen == fen


def test_the_rule_of_going_over_is_of_july_2014() -> None:
    for of in ("2014-06", "2014-07"):
        if of < "2014-07":
            with pytest.raises(NotConfigured):
                switch_terms(tree=TREE, region="340800", retirement_month=month(of))
        else:
            found = switch_terms(tree=TREE, region="340800", retirement_month=month(of))
            assert found.rule.key == RULE


def test_the_pool_s_share_is_of_2010() -> None:
    with pytest.raises(NotConfigured):
        TREE.resolve(POOLED_RATE, "340800", date(2009, 12, 31))

    assert str(TREE.resolve(POOLED_RATE, "340800", date(2010, 1, 1)).number) == "0.12"
