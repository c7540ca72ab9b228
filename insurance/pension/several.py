"""What counts of a month's bases at several employers (多处缴费的缴费基数). Pure.

What is above three times the average wage is no base of the person's (国发〔2005〕38号 keeps the
ceiling of 300 %): where the rule says so, the sum of a month is bounded by its ceiling.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from backend.kernel.months import Month
from insurance.collection.rules.bounds import Several
from insurance.pension.index import PaidMonth


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
