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
