"""Periods of a book (会计期间): months by their first day, a year's end by 31 December. Pure."""

from datetime import date

from backend.kernel.months import Month


def year_end(*, year: int) -> date:
    """Give the period in which a year is carried over (年度结转): after December, of its own."""
    return date(year, 12, 31)


def is_year_end(period: date) -> bool:
    """Whether a period is the end of a year, not a month."""
    return period == year_end(year=period.year)


def named(period: date) -> str:
    """What a clerk calls a period: 2026-12, 2026 年度结转."""
    return f"{period.year} 年度结转" if is_year_end(period) else str(Month.of(period))


def written(period: date) -> str:
    """How a period stands in what is signed and exported: 2026-12, 2026-12-31."""
    return period.isoformat() if is_year_end(period) else str(Month.of(period))
