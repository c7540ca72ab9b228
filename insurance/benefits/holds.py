"""Hold, release, stop an entitlement (暂缓、恢复、停发): the acts of decided cases."""

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.supersede import end_from
from insurance.benefits.models import Entitlement, Hold, HoldReason, Stop

# The other reasons follow from other facts: a death, prison, a missed check, a figure, an account.
DECIDED_REASONS = (HoldReason.SUSPENDED,)


class HoldInvalid(Refusal):
    """The case does not say which entitlement, why, or from when (暂缓内容不完整)."""

    code = "hold_invalid"


def hold(case: Case) -> int:
    """Hold an entitlement's payments from a month on; the dues stay owed.

    Content: ``entitlement`` (id), ``reason``, ``from_month``, ``note``.
    """
    entitlement, month = _subject(case)
    Hold.objects.create(
        entitlement=entitlement,
        reason=_reason(case),
        note=str(case.content.get("note", ""))[:200],
        valid=(month.first_day, None),
        case_id=case.id,
    )
    return 1


def release(case: Case) -> int:
    """Let an entitlement be paid again from a month on; what was held goes into the next run.

    Content: ``entitlement`` (id), ``reason`` of the hold, ``from_month``. The month may be a sealed
    one: that somebody was free again is often told late, and what those runs held is still owed. It
    may be the hold's first month: then it never was.

    Raises:
        HoldInvalid: there is no such hold in that month or later, it begins only later, or it
            follows from other facts.
    """
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
    return end_from(current=holds, from_date=month.first_day, case_id=case.pk)


def stop(case: Case) -> int:
    """End an entitlement from a month on; months already paid are found by the next run.

    Content: ``entitlement`` (id), ``reason``, ``from_month``.
    """
    entitlement, month = _subject(case)
    Stop.objects.create(
        entitlement=entitlement,
        reason=str(case.content.get("reason", ""))[:20],
        valid=(month.first_day, None),
        case_id=case.id,
    )
    return 1


def _reason(case: Case) -> str:
    reason = str(case.content.get("reason", ""))
    if reason not in DECIDED_REASONS:
        raise HoldInvalid(
            "请写明暂缓原因；服刑、羁押、失踪、未认证另按情形登记和认证办理。", case_id=case.id
        )
    return reason


def _subject(case: Case) -> tuple[Entitlement, Month]:
    found = Entitlement.objects.filter(
        id=case.content.get("entitlement"), person=case.party_id
    ).first()
    if found is None:
        raise HoldInvalid("此人没有这项待遇。", case_id=case.id)
    return found, Month.parse(case.content.get("from_month"))
