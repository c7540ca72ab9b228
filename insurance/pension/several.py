"""What counts of a month's bases at several employers (多处缴费的缴费基数). Pure.

What is above three times the average wage is no base of the person's (国发〔2005〕38号 keeps the
ceiling of 300 %): where the rule says so, the sum of a month is bounded by its ceiling.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import Resolved
from insurance.collection.rules.bounds import Several
from insurance.pension.index import PaidMonth
from insurance.policy.steps import Step, authority


@dataclass(frozen=True)
class Cut:
    """What of some months is above the ceiling, and does not count (超过上限的部分)."""

    months: int
    all_fen: int  # all bases of these months
    above_fen: int  # of which so much does not count
    rule: Resolved

    def plus(self, other: "Cut | None") -> "Cut":
        """Both together, of other months by the same rule."""
        if other is None:
            return self
        return Cut(
            self.months + other.months,
            self.all_fen + other.all_fen,
            self.above_fen + other.above_fen,
            self.rule,
        )

    def step(self, *, policy_version: str) -> Step:
        """Say what was left out, and by which rule."""
        whole, above = Money(self.all_fen), Money(self.above_fen)
        return Step(
            formula="各单位基数合计 − 超过上限的部分",
            inputs=(("各单位基数合计", str(whole)), ("超过上限的部分", str(above))),
            result=str(Money(self.all_fen - self.above_fen)),
            version=policy_version,
            article=authority(self.rule),
            name="几个单位缴费的月份计入的基数",
            sentence=f"您有 {self.months} 个月在几个单位缴费，基数合计 {whole} 元，"
            f"其中超过缴费基数上限的 {above} 元不计入平均缴费指数。",
            rounding="",
        )


def counted_bases(
    *, paid: Iterable[PaidMonth], ceilings: Mapping[Month, int], rule: Several
) -> tuple[PaidMonth, ...]:
    """Give the bases as they count: the first whole, each other as far as the ceiling has room.

    ``ceilings`` are fen by month. One base alone is never cut: it was bounded when it was billed.
    """
    if rule is Several.EACH:
        return tuple(paid)
    so_far: dict[Month, int] = defaultdict(int)
    counted = []
    for one in paid:
        room = max(0, ceilings[one.month] - so_far[one.month])
        fen = min(one.base_fen, room) if so_far[one.month] else one.base_fen
        so_far[one.month] += fen
        counted.append(PaidMonth(one.month, fen))
    return tuple(counted)


def cut_of(
    *, paid: Sequence[PaidMonth], counted: Sequence[PaidMonth], rule: Resolved
) -> Cut | None:
    """Give what ``rule`` left out of the bases; None where it left them as they were paid."""
    pairs = list(zip(paid, counted, strict=True))
    months = {was.month for was, now in pairs if was != now}
    if not months:
        return None
    whole = sum(was.base_fen for was, _ in pairs if was.month in months)
    above = sum(was.base_fen - now.base_fen for was, now in pairs)
    return Cut(len(months), whole, above, rule)
