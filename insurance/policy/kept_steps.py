"""Steps as a row keeps them (计算步骤的存放): inputs in their order. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from insurance.policy.steps import Step


def kept(*, steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Give steps as JSON keeps them: a table would lose the order of the inputs."""
    return [step._asdict() | {"inputs": [list(pair) for pair in step.inputs]} for step in steps]


def read(*, rows: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Give kept steps as they were."""
    return tuple(
        Step(**{**row, "inputs": tuple((name, value) for name, value in row["inputs"])})
        for row in rows
    )
