"""Hold, release, stop an entitlement (暂缓、恢复、停发): the acts of decided cases."""

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.db.models import QuerySet

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.supersede import end_from
from insurance.benefits.models import Entitlement, Hold, HoldReason, Stop

# The other reasons follow from other facts: a death, prison, a missed check, a figure, an account.
DECIDED_REASONS = (HoldReason.SUSPENDED,)
REASON_MAX = 20


class HoldInvalid(Refusal):
    """The case does not say which entitlement, why, or from when (暂缓内容不完整)."""

    code = "hold_invalid"


def check_hold(case: Case) -> int:
    """At its receipt a HOLD case can be decided as it asks; writes nothing.

    Content: ``entitlement`` (id), ``reason``, ``from_month``, ``note``.

    Raises:
        HoldInvalid, MonthInvalid.
    """
    _subject(case)
    _reason(case)
    return 0


def hold(case: Case) -> int:
    """Hold an entitlement's payments from a month on; the dues stay owed.

    Raises:
        as ``check_hold``.
    """
    entitlement, month = _subject(case)
    Hold.objects.create(
        entitlement=entitlement,
        reason=_reason(case),
        note=str(case.content.get("note") or "")[:200],
        valid=(month.first_day, None),
        case_id=case.id,
    )
    return 1


def check_release(case: Case) -> int:
    """At its receipt a HOLD_RELEASE case can be decided as it asks; writes nothing.

    Content: ``entitlement`` (id), ``reason`` of the hold, ``from_month``. The month may be a sealed
    one: that somebody was free again is often told late, and what those runs held is still owed. It
    may be the hold's first month: then it never was.

    Raises:
        HoldInvalid: there is no such hold in that month or later, it begins only later, or it
            follows from other facts.
    """
    _held(case)
    return 0


def release(case: Case) -> int:
    """Let an entitlement be paid again from a month on; what was held goes into the next run.

    Raises:
        as ``check_release``.
    """
    holds, month = _held(case)
    return end_from(current=holds, from_date=month.first_day, case_id=case.pk)


def _held(case: Case) -> tuple[QuerySet[Hold], Month]:
    entitlement, month = _subject(case)
    holds = Hold.objects.filter(
        entitlement=entitlement, reason=_reason(case), superseded_at__isnull=True
    )
    reaching = holds.filter(valid__overlap=SqlRange(month.first_day, None))
    begins = min((row.valid.lower for row in reaching), default=None)
    if begins is None:
        raise HoldInvalid("该待遇没有这种原因的暂缓。", case_id=case.id)
    if month.first_day < begins:
        raise HoldInvalid(
            f"该暂缓自 {Month.of(begins)} 起，不能从 {month} 起恢复。", case_id=case.id
        )
    return holds, month


def check_stop(case: Case) -> int:
    """At its receipt a STOP case can be decided as it asks; writes nothing.

    Content: ``entitlement`` (id), ``reason``, ``from_month``, ``evidence``.

    Raises:
        HoldInvalid, ContentInvalid, MonthInvalid.
    """
    _stopping(case)
    return 0


def stop(case: Case) -> int:
    """End an entitlement from a month on; months already paid are found by the next run.

    Raises:
        as ``check_stop``.
    """
    entitlement, month, reason = _stopping(case)
    Stop.objects.create(
        entitlement=entitlement,
        reason=reason,
        valid=(month.first_day, None),
        case_id=case.id,
    )
    return 1


def _stopping(case: Case) -> tuple[Entitlement, Month, str]:
    entitlement, month = _subject(case)
    content.text(case, "evidence", "停发依据的材料")
    return entitlement, month, content.text(case, "reason", "停发原因", most=REASON_MAX)


def _reason(case: Case) -> str:
    reason = str(case.content.get("reason", ""))
    if reason not in DECIDED_REASONS:
        raise HoldInvalid(
            "请写明暂缓原因；服刑、羁押、失踪、未认证另按情形登记和认证办理。", case_id=case.id
        )
    return reason


def _subject(case: Case) -> tuple[Entitlement, Month]:
    number = content.number(case, "entitlement", "待遇")
    found = Entitlement.objects.filter(id=number, person=case.party_id).first()
    if found is None:
        raise HoldInvalid("此人没有这项待遇。", case_id=case.id)
    return found, Month.parse(case.content.get("from_month"))
