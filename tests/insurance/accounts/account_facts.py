"""Facts of one account's year (计息样例): every default is valid."""

from decimal import Decimal

from hypothesis import strategies as st

from backend.kernel.dated import Standing
from backend.kernel.months import Month
from insurance.accounts.interest import Movement, Rate, YearFacts

YEAR = 2024


def rate(ratio: str = "0.0262", *, year: int = YEAR, of_year: int | None = None) -> Rate:
    """The announced rate of 2024."""
    return Rate(
        ratio=Decimal(ratio),
        of_year=year if of_year is None else of_year,
        interim=of_year is not None and of_year != year,
        parameter="pension.account_interest_rate",
        document="人社部发〔2017〕31号",
        standing=Standing.CITED,
        authority="人社部发〔2017〕31号（全国000000，转引）",
        policy_version="0" * 64,
    )


def facts(
    *amounts: tuple[int, int], opening: int = 0, year: int = YEAR, credited: int = 0
) -> YearFacts:
    """``amounts`` are (month, fen)."""
    movements = tuple(Movement(Month(year, month), fen) for month, fen in amounts)
    return YearFacts(year=year, opening_fen=opening, movements=movements, credited_fen=credited)


contributions = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 5_000_000)), max_size=24).map(
    tuple
)
openings = st.integers(0, 10**10)
ratios = st.integers(0, 2_000).map(lambda n: str(Decimal(n) / 10_000))
