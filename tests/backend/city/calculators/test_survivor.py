"""Benefits after a death by the command."""

from typing import Any

import pytest

from tests.backend.city.calculators.asking import ask, outputs
from tests.insurance.pension.pension_facts import rows

DEAD = {"status": "in_service", "paid_months": 204, "drawn_months": 0}
YEAR = DEAD | {"annual_income": "47066.00"}


@pytest.mark.parametrize("example", rows("survivor.toml", "example"))
def test_official_answers(example: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "status": example["status"].lower(),
        "paid_months": example["paid"],
        "drawn_months": example["drawn"],
    }
    kind = "annual" if "annual" in example else "monthly"

    _, answers = ask("survivor", given | {f"{kind}_income": example[kind]}, monkeypatch)

    assert answers[0]["lump_sum"] == example["lump_sum"]
    assert answers[0]["months"] == example["months"]
    assert answers[0]["standing"] == "published"


def test_months_are_text_whole_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    _, answers = ask("survivor", YEAR, monkeypatch)

    assert outputs(answers) == {
        "funeral": "7844.33",
        "lump_sum": "43143.83",
        "months": "11",
        "total": "50988.16",
    }


def test_no_own_contributions_are_not_the_same_as_unknown_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    short = YEAR | {"paid_months": 59}

    _, unknown = ask("survivor", short, monkeypatch)
    _, nothing = ask("survivor", short | {"own_contributions": "0.00"}, monkeypatch)

    assert (unknown[0]["months"], unknown[0]["total"]) == ("3", "19610.83")
    assert "本人缴费之和没有填写，合计未按它限额" in unknown[0]["steps"][-1]["sentence"]
    assert (nothing[0]["total"], nothing[0]["standing"]) == ("0.00", "unverified")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (DEAD, "input_invalid"),
        (YEAR | {"monthly_income": "3922.17"}, "input_invalid"),
        (YEAR | {"drawn_months": 1}, "survivor_drawn_in_service"),
        (YEAR | {"paid_months": 0}, "input_invalid"),
        (YEAR | {"paid_months": 12.5}, "input_invalid"),
        (YEAR | {"status": "dead"}, "input_invalid"),
        (YEAR | {"annual_income": "-1.00"}, "input_invalid"),
        (YEAR | {"annual_income": "0.00"}, "input_invalid"),
        (DEAD | {"monthly_income": "0"}, "input_invalid"),
    ],
)
def test_what_makes_no_sense_is_refused(
    given: dict[str, object], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exit_code, answers = ask("survivor", given, monkeypatch)

    assert (exit_code, answers[0]["code"]) == (2, code)
