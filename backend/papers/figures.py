"""How amounts and days are printed for people (金额、日期的写法)."""

from datetime import date

from backend.kernel.money import Money

MINUS = "\u2212"


def figure(*, amount: Money) -> str:
    """1234.5 yuan as 1,234.50; a true minus sign."""
    whole, part = divmod(abs(amount.fen), 100)
    return f"{MINUS if amount.fen < 0 else ''}{whole:,}.{part:02d}"


def spoken_day(*, day: date) -> str:
    """A day as it is said: 2026年11月5日."""
    return f"{day.year}年{day.month}月{day.day}日"
