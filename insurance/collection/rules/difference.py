"""Closed months billed again under what is known now (补差): by difference lines only. Pure.

f(known now) − f(billed so far), by line key: above zero a top-up, below zero a refund or set-off
(``match.net`` turns it into a credit as far as it was paid). A difference carries the key of what
it corrects, so that the sum of all lines is always what is owed, and a second run finds nothing.

In SQL a full join of ``sum(fen), sum(account_fen)`` by key of what is billed and what is assessed
now, where either sum differs. What was billed without being assessed (late fees) stays out.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from backend.kernel.money import Money
from insurance.collection.rules.lines import Line, LineKey, Part
from insurance.policy.steps import Step

NOT_ASSESSED = (Part.LATE_FEE,)


@dataclass(frozen=True)
class Difference:
    """What brings one line key to what is known now (补差或退抵)."""

    line: Line
    step: Step

    @property
    def is_top_up(self) -> bool:
        """More is owed than was billed; otherwise it is given back or set off."""
        return self.line.fen > 0


def find_differences(
    *, now: Iterable[Line], billed: Iterable[Line], policy_version: str, reason: str
) -> tuple[Difference, ...]:
    """Compare a fresh assessment with all lines billed so far for the same payers and months.

    ``reason`` names what became known, with its document: it is printed on the difference.
    """
    fresh, before = _sums(now), _sums(billed)
    return tuple(
        _difference(key, fresh[key], before[key], policy_version, reason)
        for key in dict.fromkeys((*fresh, *before))
        if fresh[key] != before[key]
    )


def _sums(lines: Iterable[Line]) -> dict[LineKey, tuple[int, int]]:
    """Fen and account part by line key."""
    sums: dict[LineKey, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for line in lines:
        if line.key.part not in NOT_ASSESSED:
            fen, account_fen = sums[line.key]
            sums[line.key] = (fen + line.fen, account_fen + line.account_fen)
    return sums


def _difference(
    key: LineKey, now: tuple[int, int], before: tuple[int, int], version: str, reason: str
) -> Difference:
    line = Line(key, now[0] - before[0], now[1] - before[1])
    step = Step(
        formula="现应缴 − 已核定",
        inputs=(("现应缴", str(Money(now[0]))), ("已核定", str(Money(before[0])))),
        result=str(Money(line.fen)),
        version=version,
        article=reason,
        name="补差",
        sentence=f"{key.month} 的{key.part.value}重新核定，{_said(line)}。",
        rounding="",
    )
    return Difference(line, step)


def _said(line: Line) -> str:
    if line.fen > 0:
        return f"还要补缴 {Money(line.fen)} 元"
    if line.fen < 0:
        return f"少缴 {Money(-line.fen)} 元，已经缴的退还或者抵以后的应缴"
    return f"应缴的钱不变，其中记入个人账户的改变 {Money(line.account_fen)} 元"
