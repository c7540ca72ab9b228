"""A role takes two administrators (授予岗位须两人): one asks, another confirms, or the first
withdraws it.

What was asked for counts with the certificate of this host alone: SQL asks for nothing.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.db.models import QuerySet
from django.utils import timezone

from backend.access import administer, keys
from backend.access.administer import Administrator
from backend.access.constraints import violated
from backend.access.models import AskedRole, Role, RoleAssignment, Staff
from backend.access.roles import roles_of
from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.kernel.months import DateRange

WAITS = timedelta(days=1)  # for its second person
ONCE = "access_role_asked_once"


class RoleNotAsked(Refusal):
    """Nobody asked for this role, or not within a day, or it was confirmed (没有等待确认的岗位)."""

    code = "role_not_asked"
    status = 409


class OwnRoleConfirmed(Refusal):
    """Who asked for a role, and who is to hold it, does not confirm it (提出人、本人不能确认)."""

    code = "own_role_confirmed"


class RoleAlreadyAsked(Refusal):
    """Of one role for one account and one reach one waits for its second person (已提出)."""

    code = "role_already_asked"
    status = 409


class AskedByAnother(Refusal):
    """What somebody asked for he withdraws himself (只有提出人可以撤回)."""

    code = "role_asked_by_another"


@transaction.atomic
def ask(
    *,
    to: Staff,
    role: str,
    level: str,
    employer_id: int | None,
    valid: DateRange,
    by: Administrator,
    today: date,
    now: datetime,
) -> AskedRole:
    """Ask for a role of an account; it gives no right before another confirms it. The account is
    locked: of two who ask at once the second is told of the first, and neither waits for the other.

    Raises:
        RoleAlreadyAsked; as ``administer.give_role``.
    """
    Staff.objects.select_for_update(of=("self",), no_key=True).get(pk=to.pk)
    wanted: dict[str, Any] = {"role": role, "level": level, "employer_id": employer_id}
    with transaction.atomic():  # what would be refused at its confirmation is refused now
        administer.give_role(to=to, valid=valid, by=by, today=today, **wanted)
        transaction.set_rollback(True)
    _require_none_waits(to, wanted, by.account, now)
    asked = AskedRole(
        staff=to,
        valid=SqlRange(valid.start, valid.end),
        asked_by=by.account,
        asked_at=now,
        **wanted,
    )
    asked.certify()
    _save_new(asked)
    _record("access.role_asked", asked, by.account)
    return asked


@transaction.atomic
def confirm(
    *, of: Staff, asked_id: int, by: Administrator, today: date, now: datetime
) -> RoleAssignment:
    """Give the role that another administrator asked for, from today on if its day is over.

    Raises:
        RoleNotAsked, OwnRoleConfirmed; as ``administer.give_role``.
    """
    asked = _locked(of, asked_id, now)
    if asked is None or not _stands(asked, today):
        raise RoleNotAsked("没有等待确认的岗位：须先由安全管理员提出，一天以内确认。")
    if asked.valid.upper is not None and asked.valid.upper <= today:
        raise RoleNotAsked("所提岗位的期间已经过完，请重新提出。")
    if by.is_of(asked.asked_by.person_id) or by.is_of(asked.staff.person_id):
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
    asked.confirmed_by, asked.confirmed_at, asked.given = by.account, now, given
    asked.save(update_fields=["confirmed_by", "confirmed_at", "given"])
    _record("access.role_confirmed", asked, by.account)
    return given


@transaction.atomic
def withdraw(*, of: Staff, asked_id: int, by: Administrator, now: datetime) -> AskedRole:
    """Take back what one asked for, before anybody confirmed it: it can not be confirmed any more.

    Raises:
        RoleNotAsked, AskedByAnother.
    """
    asked = _locked(of, asked_id, now)
    if asked is None:
        raise RoleNotAsked("没有等待确认的岗位：已确认、已撤回或者已超过一天。")
    if not by.is_of(asked.asked_by.person_id):
        raise AskedByAnother("这个岗位由别的管理员提出，只有提出人可以撤回。")
    _take_back(asked, by.account, now)
    return asked


def waiting(*, of: Staff, now: datetime) -> list[AskedRole]:
    """Give what was asked for an account and waits for its second person."""
    found = _open(of, now).select_related("asked_by").order_by("pk")
    return [asked for asked in found if _stands(asked, timezone.localdate(now))]


def _locked(of: Staff, asked_id: int, now: datetime) -> AskedRole | None:
    rows = _open(of, now).select_for_update(of=("self",)).select_related("asked_by", "staff")
    return rows.filter(pk=asked_id).first()


def _open(of: Staff, now: datetime) -> QuerySet[AskedRole]:
    return AskedRole.objects.filter(
        staff=of, confirmed_at=None, withdrawn_at=None, asked_at__gt=now - WAITS
    )


def _require_none_waits(to: Staff, wanted: dict[str, Any], by: Staff, now: datetime) -> None:
    """Refuse to ask for what waits already. What nobody can confirm, because SQL wrote it or its
    asker is no administrator any more, is taken back: it stands in nobody's way."""
    for first in _open(to, now).filter(**wanted).select_related("asked_by", "staff"):
        if _stands(first, timezone.localdate(now)):
            at = timezone.localtime(first.asked_at)
            raise RoleAlreadyAsked(
                f"这个岗位已由 {first.asked_by.username} 于 {at:%m月%d日%H:%M} 提出"
                f"（编号 {first.pk}），正等待确认：请确认，或由提出人撤回后再提。"
            )
        _take_back(first, by, now)


def _save_new(asked: AskedRole) -> None:
    """Insert; the database too lets one wait."""
    try:
        with transaction.atomic():
            asked.save(force_insert=True)
    except IntegrityError as error:
        if violated(error) != ONCE:
            raise
        raise RoleAlreadyAsked("这个岗位刚刚有人提出，正等待确认，请刷新后再看。") from None


def _take_back(asked: AskedRole, by: Staff, now: datetime) -> None:
    asked.withdrawn_at = now
    asked.save(update_fields=["withdrawn_at"])
    _record("access.role_ask_withdrawn", asked, by)


def _stands(asked: AskedRole, today: date) -> bool:
    """Whether a security administrator asked for it, who still is one."""
    held = roles_of(staff=asked.asked_by, on=today)
    return asked.counts and Role.SECURITY_ADMIN in held


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
