"""Up to which day what is open of a key may be paid (缴费截止日): each line closes by itself. Pure.

The first line of a key is open up to the last day of its own bill, a later difference up to that of
the bill that brought it: what was not paid of the first by then is lost, whatever is billed later.
Money pays what closes first of what is open on the day on which it came in; a bill that falls takes
from what closes last.

In SQL what is lost after a day is ``upto - paid``: what was billed to be paid by then, but never
more than is billed since, less what came in by then; of several days the most counts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import accumulate


@dataclass(frozen=True)
class Due:
    """So much is open, up to its last day."""

    last_day: date
    fen: int


def by_last_day(
    *, billed: Iterable[tuple[date, int]], paid: Iterable[tuple[date, int]]
) -> tuple[Due, ...]:
    """Give what is open of a key by last day, the earliest first; all of it together.

    ``billed`` are its lines with their last days, ``paid`` what was matched with the days of
    arrival; for what two people let in ``date.min``: it is never late.
    """
    due: Counter[date] = Counter()
    for day, fen in billed:
        due[day] += fen
    money = list(paid)
    still_open = due.total() - sum(fen for _, fen in money)
    lost, found = 0, []
    for day, upto in _upto(due):
        came = sum(fen for on, fen in money if on <= day)
        by_then = still_open if day == max(due) else min(still_open, upto - came)
        if by_then > lost:
            found.append(Due(day, by_then - lost))
            lost = by_then
    return tuple(found)


def _upto(due: Counter[date]) -> Iterator[tuple[date, int]]:
    """What is billed to be paid by each day, as it stands now."""
    days = sorted(due)
    sums = list(accumulate(due[day] for day in days))
    return ((day, max(0, min(sums[n:]))) for n, day in enumerate(days))
