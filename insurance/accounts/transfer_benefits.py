"""What moves to another province with who draws unemployment benefit (失业保险关系转移费用).

The benefit of the months that are left, times a factor: it covers what the fund pays besides. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.policy.rounding import TO_FEN
from insurance.policy.steps import Step, authority

FACTOR = "transfer.unemployment_factor"
LEFT, COST = "剩余失业保险金", "转移费用"


@dataclass(frozen=True)
class MonthsLeft:
    """Months that are left at one amount (剩余月数)."""

    monthly_fen: int
    months: int

    @property
    def fen(self) -> int:
        """All of them."""
        return self.monthly_fen * self.months


@dataclass(frozen=True)
class BenefitsMoved:
    """What moves, and why."""

    fen: int
    steps: tuple[Step, ...]
    factor: Resolved


def factor_of(*, tree: ParameterTree, region: str, month: Month, demo: bool) -> Resolved:
    """Resolve by how much the benefit left is multiplied.

    Raises:
        NotConfigured, NotVerified.
    """
    return tree.resolve(FACTOR, region, month.first_day, demo)


def benefits_moved(*, left: Sequence[MonthsLeft], factor: Resolved, version: str) -> BenefitsMoved:
    """Reckon what moves; nothing where no month is left."""
    whole = sum(one.fen for one in left)
    fen = Money(whole).times(Decimal(factor.number), TO_FEN).fen
    names = [("" if len(left) == 1 else str(place)) for place in range(1, len(left) + 1)]
    inputs = [
        pair
        for name, one in zip(names, left, strict=True)
        for pair in (
            (f"月标准{name}", str(Money(one.monthly_fen))),
            (f"剩余月数{name}", str(one.months)),
        )
    ]
    rest, cost = str(Money(whole)), str(Money(fen))
    months = sum(one.months for one in left)
    return BenefitsMoved(
        fen,
        (
            Step(
                formula=" + ".join(f"月标准{name} × 剩余月数{name}" for name in names) or "0",
                inputs=tuple(inputs),
                result=rest,
                version=version,
                article="失业保险金核定",
                name=LEFT,
                sentence=f"还有 {months} 个月没有领，失业保险金合计 {rest} 元。",
                rounding="",
            ),
            Step(
                formula=f"{LEFT} × 费用倍数",
                inputs=((LEFT, rest), ("费用倍数", str(factor.number))),
                result=cost,
                version=version,
                article=authority(factor),
                name=COST,
                sentence=f"随同转移的费用是剩余失业保险金的 {factor.number} 倍，{cost} 元。",
                rounding=TO_FEN.label,
            ),
        ),
        factor,
    )
