"""What the rules say of themselves can be printed: every step holds and takes what came before."""

from typing import Any

import pytest

from insurance.policy.step_table import step_table
from insurance.policy.steps import Step
from tests.backend.city.calculators.asking import ask, outputs
from tests.backend.city.calculators.test_pension import ADJUSTMENT, AWARD

ASKED: dict[str, dict[str, Any]] = {
    "pension-award": AWARD | {"route": "statutory"},
    "pension-adjustment": ADJUSTMENT | {"reached_age": 70},
    "survivor": {
        "status": "retired",
        "paid_months": 361,
        "drawn_months": 50,
        "annual_income": "47066",
    },
    "unemployment": {"region": "340800", "paid_months": 50, "registration_month": "2026-10"},
    "contribution": {
        "region": "340800",
        "scheme": "110",
        "month": "2026-03",
        "wage": "5000.00",
        "kind": "employee",
    },
    "account-interest": {"rate": "0.0612", "opening": "10000.00", "credits": {"1": "100.00"}},
    "late-fee": {"amount": "10000.00", "due_date": "2026-09-15", "paid_date": "2026-09-25"},
    "transfer-out": {
        "bases": {"2021": {"months": 12, "base": "3585.00"}},
        "account_balance": "100.01",
    },
}
NOTHING_DUE: list[tuple[str, dict[str, Any]]] = [
    ("contribution", ASKED["contribution"] | {"kind": "flexible"}),
    ("contribution", ASKED["contribution"] | {"scheme": "210"}),
    ("late-fee", ASKED["late-fee"] | {"paid_date": "2026-09-15"}),
    ("survivor", ASKED["survivor"] | {"status": "in_service", "drawn_months": 0}),
]


@pytest.mark.parametrize("name", list(ASKED))
def test_the_steps_of_a_rule_are_printed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, [answer] = ask(name, ASKED[name], monkeypatch)
    steps = [Step(**step | {"inputs": tuple(step["inputs"].items())}) for step in answer["steps"]]

    table = step_table(steps=steps)

    assert len(table.rows) == len(steps) > 1


@pytest.mark.parametrize(("name", "given"), [*ASKED.items(), *NOTHING_DUE])
def test_every_output_is_the_result_of_a_step(
    name: str, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, answers = ask(name, given, monkeypatch)

    results = {step["result"] for step in answers[0]["steps"]}
    assert {str(value) for value in outputs(answers).values()} <= results
