"""How a figure came about (计算步骤), for whoever asks why: the clerk, the employer, the person.

A step can be computed again from what is printed of it alone: see ``recompute``.
"""

from decimal import Decimal
from typing import NamedTuple

from backend.kernel.parameters import Resolved
from insurance.policy.regions import region_said


class Step(NamedTuple):
    """One line of a reckoning: formula, inputs, result, and what it rests on.

    ``formula`` is arithmetic over the names of ``inputs``, and ``rounding`` says how its value
    became ``result``, both in the words of ``recompute``. ``sentence`` says it to the person.
    """

    formula: str
    inputs: tuple[tuple[str, str], ...]
    result: str
    version: str  # the policy version
    article: str
    name: str  # what is computed, as later steps name it among their inputs
    sentence: str
    rounding: str  # empty where the value is exact


def percent(ratio: Decimal) -> str:
    """Say a ratio as people do: 8%."""
    return f"{(ratio * 100).normalize():f}%"


def authority(*sources: Resolved) -> str:
    """Name the documents of the parameters used, whose they are, each with its standing (依据)."""
    return "；".join(dict.fromkeys(_one(source) for source in sources))


def _one(source: Resolved) -> str:
    text = f"{source.document}{source.article}" or source.name
    return f"{text}（{region_said(region=source.region)}，{source.standing.label}）"
