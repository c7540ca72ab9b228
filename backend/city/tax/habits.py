"""How people pay (缴费习惯): most in full and in time, a few short, late or not at all. Pure.

The same payer does the same in the same month, on every machine.
"""

from datetime import date
from enum import Enum
from hashlib import blake2b

ONE = 1 << 64
SHORT_TENTHS = 8  # who pays short pays eight tenths
PAY_DAY = 25  # employers' last day of the month (演示); bills say their own
SWEPT_TO = 20  # what comes after this day the treasury hands on with the next month's
DAILY = (5, 10_000)  # 滞纳金: 社会保险法 art. 86


class Habit(Enum):
    """What a payer does about one month."""

    PAYS = "按时足额"
    SHORT = "少缴"
    LATE = "下月才缴"
    NEVER = "不缴"


EMPLOYERS = ((Habit.SHORT, 0.04), (Habit.LATE, 0.06))
PEOPLE = ((Habit.LATE, 0.03), (Habit.NEVER, 0.03))


def habit_of(*, period: str, payer: str, is_employer: bool) -> Habit:
    """What a payer does in a period."""
    chance = _chance(f"{period}/{payer}") / ONE
    for habit, share in EMPLOYERS if is_employer else PEOPLE:
        if chance < share:
            return habit
        chance -= share
    return Habit.PAYS


def day_of(*, period: str, payer: str) -> str:
    """The day of the period on which a payer's money arrives: between the 5th and the 24th."""
    return f"{period}-{5 + _chance(f'day/{period}/{payer}') % 20:02d}"


def next_month(*, month: str) -> str:
    """``2027-01`` after ``2026-12``."""
    year, number = map(int, month.split("-"))
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def late_fee(*, fen: int, pay_by: str, arrived: str) -> int:
    """0.05 % for every day after the last day to pay, the day of payment included, half up."""
    days = (date.fromisoformat(arrived) - date.fromisoformat(pay_by)).days
    numerator, denominator = DAILY
    return (fen * numerator * max(0, days) * 2 + denominator) // (2 * denominator)


def _chance(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
