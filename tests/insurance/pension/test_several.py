"""A month at several employers counts in the index up to the ceiling (多处缴费)."""

from backend.kernel.months import Month
from insurance.collection.rules.bounds import Several
from insurance.pension.index import PaidMonth
from insurance.pension.several import counted_bases

NOV, DEC = Month(2026, 11), Month(2026, 12)
CEILINGS = {NOV: 2_177_200, DEC: 2_177_200}


def counted(*bases: int, rule: Several = Several.SUM_CEILING) -> list[int]:
    paid = [PaidMonth(NOV, base) for base in bases] + [PaidMonth(DEC, 600_000)]
    return [one.base_fen for one in counted_bases(paid=paid, ceilings=CEILINGS, rule=rule)][:-1]


def test_the_sum_of_a_month_stays_below_the_ceiling() -> None:
    assert counted(2_000_000, 177_200) == [2_000_000, 177_200]
    assert counted(2_000_000, 177_201) == [2_000_000, 177_200]
    assert counted(2_177_200, 2_177_200, 435_400) == [2_177_200, 0, 0]


def test_one_base_alone_is_what_was_billed() -> None:
    assert counted(2_177_201) == [2_177_201]


def test_where_each_counts_nothing_is_cut() -> None:
    assert counted(2_177_200, 2_177_200, rule=Several.EACH) == [2_177_200, 2_177_200]
