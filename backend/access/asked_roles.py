"""A role for an account that is in use takes two administrators (授予岗位须两人): one asks, another
confirms. A first role takes two without that: who opened the account gives it none."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.access import administer, keys
from backend.access.models import AskedRole, RoleAssignment, Staff
from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.kernel.months import DateRange

WAITS = timedelta(days=1)  # for its second person


class RoleNotAsked(Refusal):
    """Nobody asked for this role, or not within a day, or it was confirmed (没有等待确认的岗位)."""

    code = "role_not_asked"
    status = 409


class OwnRoleConfirmed(Refusal):
    """Who asked for a role, and who is to hold it, does not confirm it (提出人、本人不能确认)."""

    code = "own_role_confirmed"


def takes_two(*, account: Staff) -> bool:
    """Whether an account ever had a role: also one that ended, or one alone could end and give."""
    return RoleAssignment.objects.filter(staff=account).exists()


@transaction.atomic
def ask(
    *,
    to: Staff,
    role: str,
    level: str,
    employer_id: int | None,
    valid: DateRange,
    by: Staff,
    today: date,
    now: datetime,
) -> AskedRole:
    """Ask for a role that could be given now; it gives no right until another confirms it.

    Raises:
        as ``administer.give_role``.
    """
    with transaction.atomic():  # what would be refused then is refused now
        administer.give_role(
            to=to,
            role=role,
            level=level,
            employer_id=employer_id,
            valid=valid,
            by=by,
            today=today,
        )
        transaction.set_rollback(True)
    asked = AskedRole.objects.create(
        staff=to,
        role=role,
        level=level,
        employer_id=employer_id,
        valid=SqlRange(valid.start, valid.end),
        asked_by=by,
        asked_at=now,
    )
    _record("access.role_asked", asked, by)
    return asked


@transaction.atomic
def confirm(*, of: Staff, asked_id: int, by: Staff, today: date, now: datetime) -> RoleAssignment:
    """Give the role that another administrator asked for, from today on if its day is over.

    Raises:
        RoleNotAsked, OwnRoleConfirmed; as ``administer.give_role``.
    """
    rows = AskedRole.objects.select_for_update(of=("self",)).select_related("asked_by", "staff")
    asked = rows.filter(pk=asked_id, staff=of, confirmed_at=None, asked_at__gt=now - WAITS).first()
    if asked is None or not asked.asked_by.is_active:
        raise RoleNotAsked("没有等待确认的岗位：须先由安全管理员提出，一天以内确认。")
    if by.person_id in (asked.asked_by.person_id, asked.staff.person_id):
        raise OwnRoleConfirmed("提出人和本人不能确认，请由另一名安全管理员或审计管理员确认。")
    given = administer.give_role(
        to=asked.staff,
        role=asked.role,
        level=asked.level,
        employer_id=asked.employer_id,
        valid=DateRange(max(asked.valid.lower, today), asked.valid.upper),
        by=by,
        today=today,
    )
    asked.confirmed_by, asked.confirmed_at = by, now
    asked.save(update_fields=["confirmed_by", "confirmed_at"])
    _record("access.role_confirmed", asked, by)
    return given


def waiting(*, of: Staff, now: datetime) -> list[AskedRole]:
    """Give what was asked for an account and waits for its second person."""
    rows = AskedRole.objects.select_related("asked_by")
    found = rows.filter(staff=of, confirmed_at=None, asked_at__gt=now - WAITS)
    return list(found.filter(asked_by__is_active=True).order_by("pk"))


def _record(name: str, asked: AskedRole, by: Staff) -> None:
    record(
        name=name,
        subject_kind=keys.SUBJECT,
        subject_id=str(asked.staff_id),
        rows=1,
        staff_id=by.pk,
        person_id=by.person_id,
        party_id=asked.staff.person_id,
        details={"asked": asked.pk, "role": asked.role, "level": asked.level},
    )
