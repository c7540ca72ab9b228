"""Administer the accounts of others (账号管理): what a security administrator does (安全管理员).

Nobody administers himself. What an owner enters with comes from two: who opens an account or asks
for its reset is told the password, who confirms it the authenticator, so neither acts in the
owner's name. A password that somebody else saw is changed by its owner before anything else.
"""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from urllib.parse import quote

from django.db import transaction
from django.utils import timezone

from backend.access import keys, staff
from backend.access.models import Agency, Hall, Role, RoleAssignment, Staff, StaffReset
from backend.access.roles import roles_of
from backend.access.security_admins import require_two
from backend.access.totp import new_secret
from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.kernel.months import DateRange

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
GROUPS, GROUP_LETTERS = 4, 5
ISSUER = "一卡通"
RESET_WAITS = timedelta(days=1)  # for its second person


class OwnAccount(Refusal):
    """Nobody administers his own account (不能管理自己的账号)."""

    code = "own_account"


class AccountClosed(Refusal):
    """The account is not in use any more (账号已停用)."""

    code = "account_closed"


class RoleStartsEarly(Refusal):
    """A role begins today or later: it gives no right to what was done before (岗位起始日已过)."""

    code = "role_starts_early"


class HallOfAnother(Refusal):
    """A hall belongs to one agency (大厅不属于该机构)."""

    code = "hall_of_another_agency"


class ResetNotAsked(Refusal):
    """Nobody asked for a reset that waits to be confirmed (没有等待确认的重置)."""

    code = "reset_not_asked"
    status = 409


class OwnConfirmation(Refusal):
    """Who asked for a reset does not confirm it (提出人不能确认)."""

    code = "own_confirmation"


@dataclass(frozen=True)
class Administrator:
    """Who administers (管理员): the account that acts, and every entry of its person in the
    register: entries that were merged are one natural person."""

    account: Staff
    entries: frozenset[int]

    def is_of(self, person_id: int) -> bool:
        """Whether an entry is of the same natural person."""
        return person_id in self.entries


@dataclass(frozen=True)
class Issued:
    """An account with the half that one of two administrators is told, for its owner, once
    (一次性告知): kept nowhere in clear."""

    staff: Staff
    password: str | None = field(repr=False)
    totp_secret: bytes | None = field(repr=False)

    @property
    def totp_uri(self) -> str | None:
        """What an authenticator reads as a QR code."""
        if self.totp_secret is None:
            return None
        secret = base64.b32encode(self.totp_secret).decode()
        name = quote(f"{ISSUER}:{self.staff.username}")
        return f"otpauth://totp/{name}?secret={secret}&issuer={quote(ISSUER)}"


@transaction.atomic
def open_account(
    *,
    username: str,
    person_id: int,
    agency: Agency,
    hall: Hall | None,
    by: Administrator,
    now: datetime,
    village_id: int | None = None,
) -> Issued:
    """Open an account for another person; ``village_id`` is the village that he helps (村协办).

    Who opens it is told the initial password; nobody enters before another administrator confirms,
    as at a reset.

    Raises:
        OwnAccount; HallOfAnother; AccountExists, PersonUnknown: see ``staff.create_staff``.
    """
    _require_other(person_id, by)
    if hall is not None and hall.agency_id != agency.pk:
        raise HallOfAnother(f"{hall.name}不属于{agency.name}。", hall=hall.code)
    opened = staff.enter_staff(
        username=username,
        person_id=person_id,
        agency=agency,
        hall=hall,
        village_id=village_id,
        created_by=by.account,
    )
    return _asked(opened, by.account, now)


def give_role(
    *,
    to: Staff,
    role: str,
    valid: DateRange,
    by: Administrator,
    today: date,
    level: str = "",
    employer_id: int | None = None,
) -> RoleAssignment:
    """Give another person a role from today or a later day on; that of an agent for one employer.

    Raises:
        OwnGrant, RolesIncompatible, RoleHeld, LevelInvalid, EmployerNotNamed; AccountClosed;
        RoleStartsEarly.
    """
    require_open(to)
    if valid.start < today:
        raise RoleStartsEarly(f"岗位只能从今天（{today}）或以后起授予。")
    staff.refuse_own_grant(staff=to, by=by.entries)
    return staff.grant_role(
        staff=to,
        role=role,
        level=level,
        employer_id=employer_id,
        valid=valid,
        granted_by=by.account,
    )


def require_open(account: Staff) -> None:
    """Refuse what is not done with a closed account.

    Raises:
        AccountClosed.
    """
    if not account.is_active:
        raise AccountClosed(f"账号 {account.username} 已停用，请另开账号。")


@transaction.atomic
def end_role(*, assignment: RoleAssignment, last_day: date, today: date, by: Administrator) -> None:
    """End another person's role after ``last_day``.

    Raises:
        OwnAccount; RoleEndInvalid; SecurityAdminsTooFew.
    """
    _require_other(assignment.person_id, by)
    _require_two_left(assignment, today)
    staff.end_role(assignment=assignment, last_day=last_day, today=today, ended_by=by.account)


@transaction.atomic
def end_role_at_once(
    *, assignment: RoleAssignment, today: date, now: datetime, by: Administrator
) -> None:
    """End another person's role from this instant on (立即终止).

    Raises:
        OwnAccount; RoleEndInvalid; SecurityAdminsTooFew.
    """
    _require_other(assignment.person_id, by)
    _require_two_left(assignment, today)
    staff.end_role_at_once(assignment=assignment, today=today, now=now, ended_by=by.account)


@transaction.atomic
def reset(*, of: Staff, by: Administrator, now: datetime) -> Issued:
    """Ask for a new password, authenticator and key of another person who lost them (重置), and be
    told the password; the old one counts until another administrator confirms.

    Raises:
        OwnReset; AccountClosed.
    """
    locked = _locked(of)
    keys.refuse_own_reset(staff=locked, by=by.entries)
    return _asked(locked, by.account, now)


@transaction.atomic
def confirm_reset(*, of: Staff, by: Administrator, now: datetime) -> Issued:
    """Carry out what another administrator asked for, a reset or the opening of the account, and be
    told the authenticator.

    The key before it is retired now and verifies on what it signed.

    Raises:
        OwnReset; AccountClosed.
        ResetNotAsked: nobody asked for it within a day.
        OwnConfirmation: the one who confirms is the one who asked.
    """
    locked = _locked(of)
    asked = waiting_reset(of=locked, now=now)
    if asked is None:
        raise ResetNotAsked(f"没有等待确认的重置：账号 {locked.username} 须先由安全管理员提出。")
    keys.refuse_own_reset(staff=locked, by=by.entries)
    if by.is_of(asked.asked_by.person_id):
        raise OwnConfirmation("重置由您提出，请由另一名安全管理员或系统管理员确认。")
    prepared = keys.Prepared(asked.password, bytes(asked.public_key), bytes(asked.private_sealed))
    secret = new_secret()
    keys.reset(
        staff=locked,
        prepared=prepared,
        totp_secret=secret,
        now=now,
        reset_by=by.account,
        asked_by=asked.asked_by,
    )
    asked.confirmed_by, asked.confirmed_at = by.account, now
    asked.save(update_fields=["confirmed_by", "confirmed_at"])
    return Issued(locked, None, secret)


def waiting_reset(*, of: Staff, now: datetime) -> StaffReset | None:
    """Give the reset of an account that waits for its confirmation: the last one asked for here, if
    who asked still is a security administrator."""
    rows = StaffReset.objects.select_related("asked_by").filter(staff=of).order_by("-pk")
    asked = next((one for one in rows if one.counts), None)
    if asked is None or asked.confirmed_at is not None or asked.asked_at <= now - RESET_WAITS:
        return None
    held = roles_of(staff=asked.asked_by, on=timezone.localdate(now))
    return asked if Role.SECURITY_ADMIN in held else None


@transaction.atomic
def close_account(*, of: Staff, today: date, by: Administrator) -> None:
    """Close the account of another person and end its roles (停用); closed already, nothing is
    written.

    Raises:
        OwnAccount; SecurityAdminsTooFew.
    """
    _require_other(of.person_id, by)
    if of.is_active:
        for held in of.own_assignments_on(day=today):
            _require_two_left(held, today)
        staff.deactivate(staff=of, today=today, deactivated_by=by.account)


def _require_other(person_id: int, by: Administrator) -> None:
    if by.is_of(person_id):
        raise OwnAccount("不能管理自己的账号和岗位，请由另一名安全管理员办理。")


def _require_two_left(ending: RoleAssignment, today: date) -> None:
    """Of security administrators who work today, two others stay."""
    if ending.role == Role.SECURITY_ADMIN and today in ending.valid:
        require_two(today=today, besides=ending.staff)


def _locked(account: Staff) -> Staff:
    locked = Staff.objects.select_for_update(of=("self",)).get(pk=account.pk)
    require_open(locked)
    return locked


def _asked(account: Staff, by: Staff, now: datetime) -> Issued:
    password = _initial_password()
    prepared = keys.prepare(staff=account, password=password)
    asked = StaffReset(
        staff=account,
        asked_by=by,
        asked_at=now,
        password=prepared.password,
        public_key=prepared.public_key,
        private_sealed=prepared.private_sealed,
    )
    asked.certify()
    asked.save()
    record(
        name="access.reset_asked",
        subject_kind=keys.SUBJECT,
        subject_id=str(account.pk),
        rows=1,
        staff_id=by.pk,
        person_id=by.person_id,
    )
    return Issued(account, password, None)


def _initial_password() -> str:
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP_LETTERS)) for _ in range(GROUPS))
    return "-".join(groups)
