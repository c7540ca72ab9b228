"""Retirement, awards and adjustments by the command, on figures that were published or printed."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from insurance.policy.recompute import holds
from insurance.policy.steps import Step
from tests.backend.city.calculators.asking import ask, outputs

VECTORS = Path(__file__).parents[3] / "vectors"
AWARD = {
    "region": "340800",
    "category": "M60",
    "birth_month": "1965-06",
    "retirement_month": "2025-08",
    "average_index": "1.2345",
    "total_months": 368,
    "deemed_months": 13,
    "account_balance": "137800.00",
}
ADJUSTMENT = {
    "region": "340800",
    "year": 2022,
    "december_pension": "3200.00",
    "paid_months": 360,
    "age": "70y6m",
}


def vectors(file: str, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads((VECTORS / file).read_text("utf-8"))[table]
    return rows


def all_hold(answer: dict[str, Any]) -> bool:
    """Every step is computed again from the JSON alone."""
    steps = [Step(**step | {"inputs": tuple(step["inputs"].items())}) for step in answer["steps"]]
    return bool(steps) and all(holds(step=step) for step in steps)


@pytest.mark.parametrize(
    "row", vectors("retirement.toml", "example"), ids=lambda row: f"{row['birth_month']}"
)
def test_retirement_by_published_rows(row: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"category": row["category"], "birth_month": row["birth_month"]}

    _, answers = ask("retirement", given, monkeypatch)

    assert outputs(answers) == {
        "retirement_month": row["month"],
        "delay_months": row["delay"],
        "age": row["age"],
    }
    assert answers[0]["standing"] == "published"
    assert all_hold(answers[0])


def test_a_small_index_is_printed_in_plain_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    _, answers = ask("pension-award", AWARD | {"average_index": "0.0000001"}, monkeypatch)

    given = answers[0]["steps"][0]["inputs"]["所给的指数"]
    assert given == "0.0000001"
    assert all_hold(answers[0])


@pytest.mark.parametrize(
    ("month", "months"), [("2029-12", 180), ("2030-01", 186), ("2039-01", 240)]
)
def test_minimum_months(month: str, months: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _, answers = ask("minimum-months", {"retirement_month": month}, monkeypatch)

    assert outputs(answers) == {"months": months}
    assert all_hold(answers[0])


@pytest.mark.parametrize("row", vectors("divisor.toml", "row"), ids=lambda row: f"{row['age']}")
def test_divisors_as_printed(row: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"age": row["age"], "retirement_month": row["retirement_month"]}

    _, answers = ask("divisor", given, monkeypatch)

    assert outputs(answers) == {"divisor": row["divisor"]}
    assert all_hold(answers[0])


@pytest.mark.parametrize("row", vectors("pension_award.toml", "award"), ids=lambda row: row["name"])
def test_awards_with_a_base_that_is_given(
    row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = AWARD | {
        "birth_month": row["birth_month"],
        "retirement_month": row["retirement_month"],
        "average_index": row["index"],
        "total_months": row["total_months"],
        "deemed_months": row["deemed_months"],
        "account_balance": row["account"],
        "award_base": row["base"],
    }

    _, answers = ask("pension-award", given, monkeypatch)

    assert outputs(answers) == {
        "divisor": row["divisor"],
        "basic": row["basic"],
        "account": row["account_part"],
        "transitional": row["transitional"],
        "total": row["total"],
    }
    assert all_hold(answers[0])


def test_an_award_takes_the_year_s_base_and_checks_the_way_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, answers = ask("pension-award", AWARD | {"route": "statutory"}, monkeypatch)

    assert outputs(answers) == {
        "divisor": "137.8",
        "basic": "2743.62",
        "account": "1000.00",
        "transitional": "141.21",
        "total": "3884.83",
    }
    assert answers[0]["standing"] == "unverified"
    assert all_hold(answers[0])


def test_an_invented_base_hides_no_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    given = AWARD | {"birth_month": "1966-06", "retirement_month": "2026-10"}

    _, answers = ask("pension-award", given, monkeypatch)

    basic = next(step for step in answers[0]["steps"] if step["name"] == "基础养老金")
    assert basic["inputs"]["计发基数"] == "7999.00"
    assert answers[0]["standing"] == "unverified"


@pytest.mark.parametrize("on", ["2020-01", "2023-12"])
def test_years_and_index_are_rounded_before_2024_as_since(
    on: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = AWARD | {"birth_month": "1960-01", "retirement_month": on}

    exit_code, answers = ask("pension-award", given, monkeypatch)

    assert (exit_code, answers[0]["standing"]) == (0, "unverified")
    assert all_hold(answers[0])


def test_who_pays_on_after_the_age_names_the_months_by_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later = AWARD | {
        "birth_month": "1966-01",
        "retirement_month": "2030-03",
        "total_months": 180,
        "deemed_months": 0,
        "award_base": "8000.00",
        "route": "continued",
    }

    exit_code, answers = ask("pension-award", later | {"months_at_age": 130}, monkeypatch)
    without, refused = ask("pension-award", later, monkeypatch)

    assert exit_code == 0
    assert all_hold(answers[0])
    assert (without, refused[0]["code"]) == (2, "input_invalid")


def test_what_is_not_asked_for_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    early = AWARD | {"retirement_month": "2025-07"}

    decided, _ = ask("pension-award", early, monkeypatch)
    checked, answers = ask("pension-award", early | {"route": "statutory"}, monkeypatch)

    assert (decided, checked) == (0, 2)
    assert answers[0]["code"] == "retirement_month_differs"


def test_an_invented_base_counts_only_where_there_is_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The real one of 2025 comes before that of 2026; for 2027 there are invented ones alone."""
    answered = {}
    for month, born in (("2026-11", "1966-06"), ("2027-03", "1966-09")):
        asked = AWARD | {"retirement_month": month, "birth_month": born}
        _, (answered[month],) = ask("pension-award", asked, monkeypatch)

    assert "7999" in str(answered["2026-11"]["steps"])
    assert answered["2026-11"]["standing"] != "demo"
    assert "8240" in str(answered["2027-03"]["steps"])
    assert answered["2027-03"]["standing"] == "demo"


def test_an_index_of_more_decimals_is_rounded_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    _, longer = ask("pension-award", AWARD | {"average_index": "1.23449999"}, monkeypatch)
    _, rounded = ask("pension-award", AWARD | {"average_index": "1.2345"}, monkeypatch)

    assert outputs(longer) == outputs(rounded)
    assert "1.23449999" in longer[0]["steps"][0]["inputs"].values()
    assert all_hold(longer[0])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"deemed_months": 369}, "award_deemed_beyond_total"),
        ({"retirement_month": "2036-01"}, "not_configured"),
        ({"birth_month": "1985-09"}, "divisor_outside_table"),
        ({"birth_month": "2030-01"}, "divisor_outside_table"),
        ({"average_index": "１.2"}, "input_invalid"),
        ({"average_index": "NaN"}, "input_invalid"),
        ({"average_index": "3.0001"}, "award_index_impossible"),
        ({"average_index": "0.0000"}, "award_index_impossible"),
        ({"total_months": -1}, "input_invalid"),
        ({"account_balance": "1.001"}, "money_invalid"),
        ({"award_base": "0"}, "input_invalid"),
        ({"months_at_age": 12}, "input_invalid"),
        ({"account_balance": "-1.00"}, "input_invalid"),
        ({"category": "M55"}, "input_invalid"),
        ({"route": "LATE"}, "input_invalid"),
        ({"route": "late", "retirement_month": "2028-09"}, "retirement_too_late"),
        ({"route": "statutory", "total_months": 179}, "retirement_months_missing"),
        ({"birth_month": "2199-12", "route": "statutory"}, "month_invalid"),
    ],
)
def test_an_award_is_refused_in_words(
    wrong: dict[str, object], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exit_code, answers = ask("pension-award", AWARD | wrong, monkeypatch)

    assert (exit_code, answers[0]["code"]) == (2, code)


def test_the_index_of_who_paid_at_the_ceiling_is_possible_and_of_deemed_months_alone_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deemed_alone = {"average_index": "0", "total_months": 13}

    highest, _ = ask("pension-award", AWARD | {"average_index": "3.0000"}, monkeypatch)
    nothing_paid, _ = ask("pension-award", AWARD | deemed_alone, monkeypatch)

    assert (highest, nothing_paid) == (0, 0)


def test_above_the_table_of_divisors_one_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = {"age": "70y1m", "retirement_month": "2026-01"}

    _, answers = ask("divisor", given, monkeypatch)

    assert answers[0]["code"] == "divisor_outside_table"
    assert "报省级社会保险经办机构" in answers[0]["detail"]


def test_a_month_that_leads_too_far_is_named_by_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"category": "M60", "birth_month": "2199-12"}

    _, answers = ask("retirement", given, monkeypatch)

    assert answers[0]["code"] == "month_invalid"
    assert answers[0]["detail"].startswith("输入项 birth_month：")


@pytest.mark.parametrize("typed", ["1975-00", "9999-01"])
def test_a_month_that_is_none_is_shown_as_it_was_typed(
    typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, answers = ask("retirement", {"category": "M60", "birth_month": typed}, monkeypatch)

    assert answers[0]["detail"] == f"输入项 birth_month：没有这个月份：{typed}。"


@pytest.mark.parametrize(
    "row", vectors("pension_adjustment.toml", "example"), ids=lambda row: row["name"]
)
def test_adjustments_by_each_plan(row: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    given = ADJUSTMENT | {
        "year": row["year"],
        "december_pension": row["december_pension"],
        "paid_months": row["paid_months"],
        "age": "{}y{}m".format(*divmod(row["age"], 12)),
        "age_supplement_so_far": row["supplement_so_far"],
    }
    reached = {"reached_age": row["reached_age"]} if "reached_age" in row else {}

    _, answers = ask("pension-adjustment", given | reached, monkeypatch)

    said = outputs(answers)
    assert said == {name: row[name] for name in said}
    assert all_hold(answers[0])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"year": 2020}, "not_configured"),
        ({"year": 2023}, "not_configured"),
        ({"year": "2022"}, "input_invalid"),
        ({"reached_age": 75}, "adjustment_age_contradiction"),
        ({"reached_age": "70y1m"}, "input_invalid"),
        ({"reached_age": 71, "age": "71y3m"}, "input_invalid"),
        ({"reached_age": "72y0m", "age": "72y3m"}, "input_invalid"),
        ({"reached_age": True}, "input_invalid"),
        ({"age": "70"}, "input_invalid"),
        ({"december_pension": "0.00"}, "input_invalid"),
        ({"age_supplement_so_far": "3200.01"}, "input_invalid"),
    ],
)
def test_an_adjustment_is_refused_in_words(
    wrong: dict[str, object], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exit_code, answers = ask("pension-adjustment", ADJUSTMENT | wrong, monkeypatch)

    assert (exit_code, answers[0]["code"]) == (2, code)


def test_an_age_of_no_plan_is_told_which_ages_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    given = ADJUSTMENT | {"reached_age": 71, "age": "71y3m"}

    _, answers = ask("pension-adjustment", given, monkeypatch)

    assert "reached_age：应为 70、75、80、85 岁之一" in answers[0]["detail"]


def test_an_age_that_was_reached_may_be_written_as_ages_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, number = ask("pension-adjustment", ADJUSTMENT | {"reached_age": 70}, monkeypatch)
    _, text = ask("pension-adjustment", ADJUSTMENT | {"reached_age": "70y0m"}, monkeypatch)

    assert outputs(number) == outputs(text)
