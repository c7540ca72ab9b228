"""What the rules say of themselves can be printed: every step holds and takes what came before."""

from typing import Any

import pytest

from insurance.policy.step_table import step_table
from insurance.policy.steps import Step
from tests.backend.city.calculators.asking import ask
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
}


@pytest.mark.parametrize("name", list(ASKED))
def test_the_steps_of_a_rule_are_printed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, [answer] = ask(name, ASKED[name], monkeypatch)
    steps = [Step(**step | {"inputs": tuple(step["inputs"].items())}) for step in answer["steps"]]

    table = step_table(steps=steps)

    assert len(table.rows) == len(steps) > 1
