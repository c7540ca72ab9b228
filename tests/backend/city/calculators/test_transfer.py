"""What moves across provinces by the command."""

from typing import Any

import pytest

from tests.backend.city.calculators.asking import ask, outputs
from tests.insurance.pension.pension_facts import rows

ONE_YEAR = {"2021": {"months": 12, "base": "3585.00"}}


@pytest.mark.parametrize("example", rows("transfer_out.toml", "example"))
def test_worked_examples(example: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    bases = {str(year): {"months": months, "base": base} for year, months, base in example["bases"]}

    _, answers = ask(
        "transfer-out", {"bases": bases, "account_balance": example["account"]}, monkeypatch
    )

    assert outputs(answers) == {
        "account": example["account"],
        "pooled": example["pooled"],
        "total": example["total"],
    }


@pytest.mark.parametrize(
    ("bases", "code"),
    [
        ({"1997": {"months": 12, "base": "1.00"}}, "transfer_year_invalid"),
        ({"2200": {"months": 12, "base": "1.00"}}, "input_invalid"),
        ({"9999": {"months": 12, "base": "1.00"}}, "input_invalid"),
        ({"２０２１": {"months": 12, "base": "1.00"}}, "input_invalid"),
        ({"2021": {"months": 13, "base": "1.00"}}, "input_invalid"),
        ({"2021": {"months": 12}}, "input_invalid"),
        ({"2021": {"months": 12, "base": "1.00", "rate": "0.12"}}, "input_invalid"),
        ({"2021": "3585.00"}, "input_invalid"),
        ({"2021": {"months": 12, "base": "0.00"}}, "transfer_year_invalid"),
        ([], "input_invalid"),
    ],
)
def test_bases_that_make_no_sense_are_refused(
    bases: object, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exit_code, answers = ask(
        "transfer-out", {"bases": bases, "account_balance": "1.00"}, monkeypatch
    )

    assert (exit_code, answers[0]["code"]) == (2, code)


def test_the_place_of_award(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {
        "region": "340800",
        "months": 119,
        "retirement_month": "2026-07",
        "earlier": [{"region": "330100", "months": 120, "until": "2015-03"}],
        "household": "410100",
    }

    _, answers = ask("award-place", asked, monkeypatch)

    assert outputs(answers)["place"] == "330000"
    assert ask("award-place", {**asked, "months": 120}, monkeypatch)[1][0]["place"] == "340000"
    away = {**asked, "months": 240, "account": "temporary", "earlier": []}
    assert ask("award-place", away, monkeypatch)[1][0]["place"] == "410000"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"household": None}, "input_invalid"),
        ({"earlier": {}}, "input_invalid"),
        ({"earlier": [{"region": "330100"}]}, "input_invalid"),
        ({"months": 12.5}, "input_invalid"),
        ({"account": "other"}, "input_invalid"),
        ({}, "award_household_missing"),
    ],
)
def test_a_place_that_cannot_be_told_is_refused(
    changes: dict[str, object], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"region": "340800", "months": 119, "retirement_month": "2026-07", "earlier": []}

    exit_code, answers = ask("award-place", {**asked, **changes}, monkeypatch)

    assert (exit_code, answers[0]["code"]) == (2, code)
