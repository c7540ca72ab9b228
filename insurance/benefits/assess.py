"""What is owed for a month, and why a due is held (应发与暂缓的判定). Pure.

The monthly run decides the same in SQL, a chunk at a time (``monthly_run.py``); a test holds both
to the same fen on generated persons.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from backend.kernel.months import Month, MonthRange

MAX_ITEMS = 4
NOTHING: tuple[int, ...] = (0,) * MAX_ITEMS


@dataclass(frozen=True)
class ComponentFact:
    """One component of an entitlement in time (待遇项目)."""

    component: str
    months: MonthRange
    fen: int
    standing: str


@dataclass(frozen=True)
class EntitlementFacts:
    """All that is known of an entitlement at one instant (已知事实)."""

    scheme: str
    start_month: Month
    components: Sequence[ComponentFact]
    stops: Sequence[MonthRange] = ()
    death_month: Month | None = None  # confirmed by two people, or by the signed baseline
    paid_through: Month | None = None  # the last month that the old system pays
    item_ordinal: int | None = None  # of all of it; none: each component has its own
    item_until: Month | None = None  # from this month on each has its own after all

    def whole_item(self, *, month: Month) -> int | None:
        """The one expense item of all of a month; none: each component has its own."""
        ended = self.item_until is not None and month >= self.item_until
        return None if ended else self.item_ordinal


@dataclass(frozen=True)
class PaymentFacts:
    """What bears on paying out, not on what is owed (发放条件)."""

    death_known: bool  # reported or confirmed
    holds: Mapping[str, Sequence[MonthRange]]  # reason → months
    has_account: bool


@dataclass(frozen=True)
class MonthSoFar:
    """What was paid, is on its way, and is to be given back for a month until now (已计发)."""

    paid: tuple[int, ...]  # by the old system, and dues already with the bank
    unpaid: Mapping[int, tuple[int, ...]]  # due_ref → parts: held, or returned by the bank
    overpaid_fen: int = 0  # found before to be given back


@dataclass(frozen=True)
class Correction:
    """What brings a past month to what is now known (重算结果)."""

    cancelled: tuple[int, ...] = ()  # due_refs
    difference: tuple[int, ...] = NOTHING  # parts of a new due
    overpaid_fen: int = 0  # more to be given back; below zero: so much less than thought before


def parts_for(
    *, facts: EntitlementFacts, month: Month, items: Mapping[tuple[str, str], int]
) -> tuple[int, ...]:
    """Fen by expense item that ``facts`` owe for ``month``.

    R03: no pension is due for a month after the month of death (死亡次月起停发).
    """
    parts = [0] * MAX_ITEMS
    alive = facts.death_month is None or month <= facts.death_month
    stopped = any(stop.contains(month) for stop in facts.stops)
    if alive and not stopped and month >= facts.start_month:
        whole = facts.whole_item(month=month)
        for fact in facts.components:
            if fact.months.contains(month):
                own = items[facts.scheme, fact.component]
                parts[(whole or own) - 1] += fact.fen
    return tuple(parts)


def regular_parts(
    *, facts: EntitlementFacts, period: Month, items: Mapping[tuple[str, str], int]
) -> tuple[int, ...]:
    """Fen by expense item regularly due for the month that is run: what the old system pays is not
    paid again (原系统已发的月份不再发)."""
    if facts.paid_through is not None and period <= facts.paid_through:
        return NOTHING
    return parts_for(facts=facts, month=period, items=items)


def correct_month(*, now: tuple[int, ...], so_far: MonthSoFar) -> Correction:
    """f(known now) − f(paid so far) for one past month.

    A due that was never paid is cancelled when less is owed than was due; only what was really
    paid too much is overpaid, and that is never set off here. Who was asked to give back what he is
    owed after all, or what the bank has returned meanwhile, is asked no more – and not paid twice.
    """
    everything = _add(so_far.paid, *so_far.unpaid.values())
    cancelled: tuple[int, ...] = ()
    if sum(now) < sum(everything) and so_far.unpaid:
        cancelled = tuple(sorted(so_far.unpaid))
        everything = so_far.paid
    missing = sum(now) - sum(everything)
    return Correction(
        cancelled=cancelled,
        difference=_subtract(now, everything) if missing > 0 else NOTHING,
        overpaid_fen=max(0, -missing) - so_far.overpaid_fen,
    )


def account_part(*, now_fen: int, before_fen: int, due_fen: int) -> int:
    """How much of a due is paid out of the personal account (个人账户养老金): what the component is
    more than it was when the month was last paid, never more than the due."""
    return min(max(now_fen - before_fen, 0), due_fen)


def hold_reason(
    *, facts: EntitlementFacts, payment: PaymentFacts, for_month: Month, period: Month
) -> str | None:
    """The first reason, in the order of the law's weight, not to pay a due in ``period``."""
    if payment.death_known:
        return "DIED"
    for reason in ("IN_PRISON", "MISSING", "SUSPENDED", "CHECK_MISSED"):
        if any(months.contains(period) for months in payment.holds.get(reason, ())):
            return reason
    if any(c.standing == "UNVERIFIED" and c.months.contains(for_month) for c in facts.components):
        return "UNVERIFIED"
    return None if payment.has_account else "NO_ACCOUNT"


def death_month(death_date: date | None) -> Month | None:
    """The month of death, the last one for which a pension is due."""
    return None if death_date is None else Month.of(death_date)


def _add(*parts: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*parts, strict=True))


def _subtract(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a - b for a, b in zip(left, right, strict=True))
