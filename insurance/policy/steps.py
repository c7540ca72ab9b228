"""How a figure came about (计算步骤), for whoever asks why: the clerk, the employer, the person."""

from dataclasses import dataclass

from backend.kernel.parameters import Resolved


@dataclass(frozen=True)
class Step:
    """One line of a reckoning: formula, inputs, result, and what it rests on."""

    formula: str
    inputs: tuple[tuple[str, str], ...]
    result: str
    version: str  # the policy version
    article: str


def authority(*sources: Resolved) -> str:
    """Name the documents of the parameters used, each with its standing (依据)."""
    return "；".join(dict.fromkeys(_one(source) for source in sources))


def _one(source: Resolved) -> str:
    text = f"{source.document}{source.article}" or source.name
    return f"{text}（{source.standing.label}）"
