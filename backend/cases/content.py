"""Read what a case asks for (业务件内容): what is missing is named, never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from django.utils import timezone

from backend.cases.models import Case, CaseState
from backend.deployment import business_day
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month, MonthRange

TEXT_MIN, TEXT_MAX = 2, 200
ROWS_MAX = 50
WAITING = (CaseState.RECEIVED, CaseState.REVIEWED)


class ContentInvalid(Refusal):
    """The case does not say what is asked for (申请内容不完整)."""

    code = "case_content_invalid"


class ProposalWaits(Refusal):
    """Another case about the same thing waits for its decision (同一事项已有待办业务件)."""

    code = "case_proposal_waits"


class Asks(Protocol):
    """A case, or a row of one."""

    @property
    def pk(self) -> int:
        """The case's number."""

    @property
    def content(self) -> Mapping[str, object]:
        """What is asked for."""


@dataclass(frozen=True)
class Row:
    """One of several things of a kind that a case names."""

    pk: int
    content: Mapping[str, object]


def day_of(case: Case) -> date:
    """Give the day on which a case is decided; while it waits, that of its acceptance.

    A demonstration lives months of its own: there the ``received_date`` (ISO) of the content,
    which two persons sign with the rest, counts instead.
    """
    return day_at(case, case.decided_at or case.accepted_at or case.received_at)


def received_on(case: Case) -> date:
    """Give the day on which a case was received; in a demonstration as ``day_of``."""
    return day_at(case, case.received_at)


def day_at(case: Case, moment: datetime) -> date:
    """Give the day of something that happens to a case; in a demonstration as ``day_of``."""
    told = day(case, "received_date", "受理日期") if "received_date" in case.content else None
    return business_day(clock=timezone.localdate(moment), told=told)


def text(case: Asks, name: str, label: str, *, most: int = TEXT_MAX) -> str:
    """Give a text of some characters.

    Raises:
        ContentInvalid.
    """
    value = case.content.get(name)
    if not isinstance(value, str) or not TEXT_MIN <= len(value.strip()) <= most:
        raise ContentInvalid(f"请填写{label}（{TEXT_MIN}至{most}个字）。", case_id=case.pk)
    return value.strip()


def choice(case: Asks, name: str, label: str, allowed: tuple[str, ...]) -> str:
    """Give one of some codes.

    Raises:
        ContentInvalid.
    """
    value = case.content.get(name)
    if value not in allowed:
        raise ContentInvalid(f"{label}应为 {'、'.join(allowed)} 之一。", case_id=case.pk)
    return str(value)


def number(case: Asks, name: str, label: str) -> int:
    """Give the number of something.

    Raises:
        ContentInvalid.
    """
    value = case.content.get(name)
    if type(value) is not int or value <= 0:
        raise ContentInvalid(f"请写明{label}的编号。", case_id=case.pk)
    return value


def optional_number(case: Asks, name: str, label: str) -> int | None:
    """Give the number of something, or None where the case names none.

    Raises:
        ContentInvalid.
    """
    return None if case.content.get(name) is None else number(case, name, label)


def count(case: Asks, name: str, label: str, *, most: int) -> int:
    """Give how many of something there are, from none to ``most``.

    Raises:
        ContentInvalid.
    """
    value = case.content.get(name)
    if type(value) is not int or not 0 <= value <= most:
        raise ContentInvalid(f"请填写{label}（0至{most}）。", case_id=case.pk)
    return value


def fen(case: Asks, name: str, label: str) -> int:
    """Give an amount above zero, written in yuan ("1234.56").

    Raises:
        ContentInvalid; MoneyInvalid: it is no amount.
    """
    amount = Money.yuan(case.content.get(name)).fen
    if amount <= 0:
        raise ContentInvalid(f"{label}须大于零。", case_id=case.pk)
    return amount


def day(case: Asks, name: str, label: str) -> date:
    """Give a day ("2026-11-05").

    Raises:
        ContentInvalid.
    """
    try:
        return date.fromisoformat(str(case.content.get(name)))
    except ValueError:
        raise ContentInvalid(f"请写明{label}，如 2026-11-05。", case_id=case.pk) from None


def months(case: Asks) -> MonthRange:
    """Give the months from ``from_month`` through ``last_month``.

    Raises:
        MonthInvalid; ContentInvalid: the last lies before the first.
    """
    first = Month.parse(case.content.get("from_month"))
    last = Month.parse(case.content.get("last_month"))
    if last < first:
        raise ContentInvalid("止月早于起月。", case_id=case.pk)
    return MonthRange(first, last.next)


def rows(case: Asks, name: str, label: str, *, most: int = ROWS_MAX) -> tuple[Row, ...]:
    """Give a list of at most so many tables; none where the case has no such list.

    Raises:
        ContentInvalid.
    """
    value = case.content.get(name)
    listed = [] if value is None else value
    if not isinstance(listed, list) or len(listed) > most:
        raise ContentInvalid(f"{label}应逐项填写，至多{most}项。", case_id=case.pk)
    if not all(isinstance(row, dict) for row in listed):
        raise ContentInvalid(f"{label}应逐项填写各栏。", case_id=case.pk)
    return tuple(Row(case.pk, row) for row in listed)


def days(case: Asks, name: str, label: str) -> frozenset[date]:
    """Give the days of a list of tables, each with a ``day``.

    Raises:
        ContentInvalid.
    """
    return frozenset(day(row, "day", label) for row in rows(case, name, label))


def require_only_proposal(case: Case, *, of_party: bool = False, **about: object) -> None:
    """Let no second case wait for a decision on the same thing, ``of_party``: of this party.

    Raises:
        ProposalWaits.
    """
    same = {f"content__{name}": value for name, value in about.items()}
    others = Case.objects.filter(kind=case.kind, state__in=WAITING, **same).exclude(pk=case.pk)
    if of_party:
        others = others.filter(party=case.party_id)
    first = others.order_by("pk").first()
    if first is not None:
        raise ProposalWaits(f"业务件 {first.pk} 已就此提出，尚未办结。", case_id=first.pk)
