"""Whose money comes back (追回款的归属): which year's expense, which expense item. Pure.

The oldest month comes back first. What was expensed in the year in which it comes back lowers the
expense of that year, item by item; what was expensed before is 其他收入 (财社〔2017〕144号).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from insurance.benefits.assess import MAX_ITEMS, NOTHING
from insurance.benefits.claims.parts import added

MILLION = 1_000_000


@dataclass(frozen=True)
class Owed:
    """What is owed back of a month (应追回): in which year it was expensed, and by which items."""

    year: int
    parts: tuple[int, ...]

    @property
    def fen(self) -> int:
        """The whole of it."""
        return sum(self.parts)


@dataclass(frozen=True)
class Allocation:
    """An amount that came back, by what it does to the books (归属)."""

    same_year: tuple[int, ...] = NOTHING
    earlier_fen: int = 0
    rest_fen: int = 0  # more than was owed

    def __add__(self, other: "Allocation") -> "Allocation":
        """Both together."""
        return Allocation(
            added(of=(self.same_year, other.same_year)),
            self.earlier_fen + other.earlier_fen,
            self.rest_fen + other.rest_fen,
        )


def allocate(*, owed: Iterable[Owed], before_fen: int, fen: int, year: int) -> Allocation:
    """Give what ``fen`` that came back in ``year`` is of, ``before_fen`` having come before it."""
    same_year, earlier_fen, left = NOTHING, 0, fen
    for one in owed:
        gone = min(before_fen, one.fen)
        before_fen -= gone
        now = min(left, one.fen - gone)
        if now <= 0:
            continue
        left -= now
        if one.year < year:
            earlier_fen += now
        else:
            whole, first = taken(parts=one.parts, fen=gone + now), taken(parts=one.parts, fen=gone)
            now_of = tuple(w - f for w, f in zip(whole, first, strict=True))
            same_year = added(of=(same_year, now_of))
    return Allocation(same_year, earlier_fen, left)


def taken(*, parts: Sequence[int], fen: int) -> tuple[int, ...]:
    """Take an amount out of parts, the first first; what is below zero gives nothing.

    Of what is paid every month, or of a claim, which may have more items.
    """
    found = []
    for part in (*parts, *(0,) * (MAX_ITEMS - len(parts))):
        now = min(max(part, 0), fen)
        found.append(now)
        fen -= now
    return tuple(found)


def set_off(*, due_fen: int, most_fen: int, most_ppm: int) -> int:
    """How much of a month's due is kept (抵扣): no more than decided, than is owed, than the share
    of it that may be taken, rounded down."""
    return max(0, min(most_fen, due_fen * most_ppm // MILLION))
