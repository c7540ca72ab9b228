"""Months and amount of unemployment benefit by the command."""

from typing import Any

import pytest

from tests.backend.city.calculators.asking import ask, outputs
from tests.insurance.pension.pension_facts import rows

ZHAO = {"region": "340800", "paid_months": 75, "registration_month": "2026-11"}


@pytest.mark.parametrize("example", rows("unemployment.toml", "months"))
def test_the_published_tables(example: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for paid, months in example["rows"]:
        given = ZHAO | {"region": example["region"], "paid_months": paid}

        _, answers = ask("unemployment", given, monkeypatch)

        assert answers[0]["months"] == months


@pytest.mark.parametrize(
    ("more", "months"),
    [
        ({}, 16),
        ({"unused_months": 4}, 20),
        ({"unused_months": 24}, 24),
        ({"category": "M60", "birth_month": "1968-01"}, 25),  # retires in November 2028
        ({"paid_months": 180, "category": "M60", "birth_month": "1968-05"}, 30),  # April 2029
    ],
)
def test_months_and_amount(
    more: dict[str, object], months: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, answers = ask("unemployment", ZHAO | more, monkeypatch)

    assert outputs(answers) == {"months": months, "monthly": "1737.00"}
    assert answers[0]["standing"] == "unverified"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"paid_months": 11}, "unemployment_conditions_unmet"),
        ({"category": "M60", "birth_month": "1960-09"}, "unemployment_conditions_unmet"),
        ({"category": "M60"}, "input_invalid"),
        ({"birth_month": "1968-01"}, "input_invalid"),
        ({"category": "M55", "birth_month": "1968-01"}, "input_invalid"),
        ({"unused_months": 25}, "input_invalid"),
        ({"registration_month": "2026-13"}, "month_invalid"),
        ({"registration_month": "2021-12"}, "not_configured"),
        ({"registration_month": "2199-12"}, "month_invalid"),
        ({"region": "320500"}, "not_configured"),
    ],
)
def test_what_is_not_due_or_makes_no_sense_is_refused(
    more: dict[str, object], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exit_code, answers = ask("unemployment", ZHAO | more, monkeypatch)

    assert (exit_code, answers[0]["code"]) == (2, code)
