"""Interest that an account missed while something was out of it that came back (补记利息). Pure.

What comes back in the year in which it left comes back in that month, and nothing was missed. Where
that year is closed it comes back in the January after the last closed one: each closed year is
reckoned once as it was and once as if nothing had left, and the difference bears interest itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from backend.kernel.months import Month
from insurance.accounts.interest import YEAR_MONTHS, Movement, interest_on, months_borne


@dataclass(frozen=True)
class Absence:
    """So much was out of an account, from one month up to another."""

    left: Month
    back: Month
    fen: int


@dataclass(frozen=True)
class ClosedYear:
    """A year of the account as it was closed."""

    year: int
    product_fen: int  # fen × months
    ratio: Decimal


def missed_interest(
    *, absences: Iterable[Absence], made_up: Iterable[Movement], closed: Sequence[ClosedYear]
) -> int:
    """Compute what is still to be made up: f(known now) − f(made up so far), in fen.

    ``closed`` are the closed years in their order; below zero where a rate turned out lower.
    """
    entered = tuple(made_up)
    moves = [Movement(one.arrival, -one.fen) for one in entered]
    for one in absences:
        moves += [Movement(one.left, one.fen), Movement(one.back, -one.fen)]
    more, missed = 0, 0  # in the account at the year's beginning; interest of all years
    for year in closed:
        within = [move for move in moves if move.arrival.year == year.year]
        product = more * YEAR_MONTHS + sum(
            move.fen * months_borne(arrival=move.arrival) for move in within
        )
        interest = _interest(year, year.product_fen + product) - _interest(year, year.product_fen)
        more += sum(move.fen for move in within) + interest
        missed += interest
    return missed - sum(one.fen for one in entered)


def _interest(year: ClosedYear, product_fen: int) -> int:
    return interest_on(product_fen=product_fen, ratio=year.ratio)
