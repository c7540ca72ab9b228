"""From which day a sensitive change counts (冷静期): decided by days and waivers alone. Pure.

A change that cools counts for nothing: what was in force before stays so. The holder of the money
is told and can still say that it was not he.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal


class CoolingNotConfigured(Refusal):
    """No cooling period that counts is set, and nothing waives it (没有规定冷静期)."""

    code = "cooling_not_configured"


class Waiver(Enum):
    """Why a change need not cool (免除冷静期)."""

    NOTHING_BEFORE = "此前没有收款账户"
    SAME_ACCOUNT = "与现用账户相同"
    BANK_CONFIRMED_CARD = "银行核验户名账号一致，且为本人社会保障卡账户"
    BANK_CONFIRMED_AFTER_RETURN = "原账户被银行退回，银行核验新账户户名账号一致"

    @property
    def label(self) -> str:
        """What a clerk reads."""
        return self.value


class Before(Enum):
    """What there is of the payee's account before the change."""

    NOTHING = "NOTHING"  # and never was
    ENDED = "ENDED"  # there was one
    SAME = "SAME"
    OTHER = "OTHER"
    REFUSED = "REFUSED"  # another, to which the bank did not pay


@dataclass(frozen=True)
class Cooling:
    """How long a change cools, and what waives it (冷静期), in force on a day."""

    days: int
    waived_by: tuple[Waiver, ...]
    standing: Standing


@dataclass(frozen=True)
class Confirmation:
    """What the bank said of the new account, asked with the holder's ID number (银行核验)."""

    number_and_name: bool
    own_card: bool


@dataclass(frozen=True)
class Change:
    """A change as it was asked for and decided; ``double_changed_on``: of the person (双改)."""

    from_date: date
    decided_on: date
    own: bool  # the holder is named as the payee is
    before: Before
    confirmation: Confirmation | None = None
    double_changed_on: date | None = None
    of_another: bool = False  # the new account is the one of somebody else who is paid


@dataclass(frozen=True)
class Counts:
    """From when a change counts: after cooling until a day, or by a waiver from the day asked."""

    from_date: date
    cools_until: date | None
    waiver: Waiver | None


def counts(*, change: Change, cooling: Cooling | None, double: Cooling | None) -> Counts:
    """Give from which day a decided change counts.

    It cools for ``cooling.days`` after the day of its decision; on the day that follows on them it
    counts, or from the day asked for if that is later. Of somebody doubly changed nothing is waived
    until the days of ``double`` are over, reckoned from the second of the two changes.

    Raises:
        CoolingNotConfigured: it must cool, and nobody has said for how long.
    """
    guarded_until = _guarded_until(change, double)
    guarded = guarded_until is not None and change.decided_on < guarded_until
    waiver = None if guarded else _waiver(change, cooling)
    if waiver is not None:
        return Counts(change.from_date, None, waiver)
    if cooling is None:
        raise CoolingNotConfigured(
            "没有规定收款账户变更的冷静期，须先取得银行核验一致的答复，再审批。"
        )
    until = change.decided_on + timedelta(days=cooling.days)
    if guarded_until is not None:
        until = max(until, guarded_until)
    return Counts(max(change.from_date, until), until, None)


def _guarded_until(change: Change, double: Cooling | None) -> date | None:
    if change.double_changed_on is None:
        return None
    if double is None:
        raise CoolingNotConfigured(
            "此人的姓名和证件号码都变更过（双改），没有规定双改后的冷静期，不能变更收款账户。"
        )
    return change.double_changed_on + timedelta(days=double.days)


def _waiver(change: Change, cooling: Cooling | None) -> Waiver | None:
    allowed = tuple(Waiver) if cooling is None else cooling.waived_by
    return next((waiver for waiver in allowed if _holds(waiver, change)), None)


def _holds(waiver: Waiver, change: Change) -> bool:
    if waiver is Waiver.SAME_ACCOUNT:
        return change.before is Before.SAME
    if not change.own or change.of_another:
        return False
    if waiver is Waiver.NOTHING_BEFORE:
        return change.before is Before.NOTHING
    said = change.confirmation
    if said is None or not said.number_and_name:
        return False
    if waiver is Waiver.BANK_CONFIRMED_CARD:
        return said.own_card
    return change.before is Before.REFUSED
