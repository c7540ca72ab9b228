"""Contribution, interest and papers by the command, on figures that were published or printed."""

import pytest

from insurance.policy.recompute import holds
from insurance.policy.steps import Step
from tests.backend.city.calculators.asking import ask, outputs


@pytest.mark.parametrize(
    ("wage", "base"), [("1000.00", "4354.00"), ("6000.00", "6000.00"), ("30000.00", "21772.00")]
)
def test_a_base_lies_between_the_bounds_of_2026(
    wage: str, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"region": "340800", "scheme": "110", "month": "2026-03", "wage": wage}

    _, answers = ask("contribution", given | {"kind": "employee"}, monkeypatch)

    assert outputs(answers)["base"] == base


def test_a_flexible_worker_pays_twenty_of_which_eight_are_his_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = {"region": "340800", "scheme": "110", "month": "2025-03", "wage": "5000.00"}

    _, answers = ask("contribution", given | {"kind": "flexible"}, monkeypatch)

    assert outputs(answers) == {
        "base": "5000.00",
        "employer": "0.00",
        "employee": "1000.00",
        "to_account": "400.00",
    }


def test_month_products_give_each_credit_its_months(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"rate": "0.0612", "opening": "10000.00", "credits": {"1": "100.00", "12": "100.00"}}

    _, answers = ask("account-interest", given, monkeypatch)

    # 612.00 + 100 × 0.0612 + 100 × 0.0612 ÷ 12
    assert outputs(answers) == {"interest": "618.63", "closing": "10818.63"}
    assert answers[0]["steps"][0]["formula"] == "年初余额 × 12 + 1月收支 × 12 + 12月收支 × 1"


def test_a_small_rate_is_printed_in_plain_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"rate": "0.0000001", "opening": "90000000.00", "credits": {}}

    _, answers = ask("account-interest", given, monkeypatch)

    steps = [Step(**one | {"inputs": tuple(one["inputs"].items())}) for one in answers[0]["steps"]]
    assert ("记账利率", "0.0000001") in [given for step in steps for given in step.inputs]
    assert all(holds(step=step) for step in steps)
    assert answers[0]["interest"] == "9.00"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("account-interest", {"rate": "0.02", "opening": "1.00", "credits": {}}),
        ("citizen-id", {"number": "11010519491231002X"}),
        ("credit-code", {"number": "91350100M000100Y43"}),
    ],
)
def test_what_rests_on_no_figure_has_no_standing(
    name: str, given: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, answers = ask(name, given, monkeypatch)

    assert answers[0]["standing"] is None


@pytest.mark.parametrize(
    ("name", "number"),
    [("citizen-id", "１１010519491231002X"), ("credit-code", "91350100M000100Y４3")],
)
def test_full_width_digits_in_a_number_are_refused(
    name: str, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exit_code, answers = ask(name, {"number": number}, monkeypatch)

    assert (exit_code, answers[0]["code"]) == (2, "input_invalid")
    assert "半角" in answers[0]["detail"]


def test_a_rate_in_percent_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"rate": "1", "opening": "100.00", "credits": {}}

    exit_code, answers = ask("account-interest", given, monkeypatch)

    assert (exit_code, answers[0]["code"]) == (2, "input_invalid")
    assert "小于 1" in answers[0]["detail"]


def test_a_thirteenth_month_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"rate": "0.06", "opening": "0.00", "credits": {"13": "1.00"}}

    exit_code, answers = ask("account-interest", given, monkeypatch)

    assert (exit_code, answers[0]["code"]) == (2, "input_invalid")


@pytest.mark.parametrize(
    ("name", "number", "valid"),
    [
        ("citizen-id", "11010519491231002X", True),
        ("citizen-id", "11010519491231002x", True),
        ("citizen-id", "110105194912310021", False),
        ("citizen-id", "340824196002300015", False),
        ("credit-code", "91350100M000100Y43", True),
        ("credit-code", "91350100M000100Y44", False),
    ],
)
def test_a_number_is_right_or_says_why_not(
    name: str, number: str, valid: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    exit_code, answers = ask(name, {"number": number}, monkeypatch)

    assert exit_code == 0
    assert answers[0]["valid"] is valid
    assert bool(answers[0]["reason"]) is not valid
