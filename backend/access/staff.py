"""Accounts of staff and their roles in time (工作人员账号与岗位)."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.db.models import Q
from django.db.models.functions import Now

from backend.access import credentials, exclusions, keys
from backend.access.constraints import violated
from backend.access.models import Agency, Delegation, Hall, Level, Role, RoleAssignment, Staff
from backend.access.passwords import require_strong
from backend.access.totp import new_secret
from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.kernel.months import DateRange

CREATED = "access.staff_created"
DELEGATION = "access.delegation"
CLOSED = "账号停用"


class AccountExists(Refusal):
    """The user name is taken, or the person has an account already (账号已存在)."""

    code = "account_exists"


class RolesIncompatible(Refusal):
    """The person holds a role that excludes this one at that time (不相容岗位)."""

    code = "roles_incompatible"


class LevelInvalid(Refusal):
    """An approver has a level, nobody else (审批岗位须写明级别)."""

    code = "role_level_invalid"


class EmployerNotNamed(Refusal):
    """An agent names the employer for which he reports, nobody else does (单位经办人须写明单位)."""

    code = "role_employer_invalid"


class RoleHeld(Refusal):
    """The role is already held in that time (岗位已授予)."""

    code = "role_held"


class OwnGrant(Refusal):
    """Nobody grants a role to himself (不能给自己授权)."""

    code = "own_grant"


class RoleEndInvalid(Refusal):
    """A role ends today or later, within its time (岗位终止日期不正确)."""

    code = "role_end_invalid"


class PersonUnknown(Refusal):
    """An account belongs to a natural person of the register (自然人不存在)."""

    code = "person_unknown"


REFUSALS: dict[str, tuple[type[Refusal], str]] = {
    "access_role_once": (RoleHeld, "该人员同期已有此岗位。"),
    "access_staff_one_account_a_person": (
        AccountExists,
        "该自然人已有启用的账号，一人只能有一个账号。",
    ),
    "access_staff_username_key": (AccountExists, "用户名已被使用。"),
    "access_staff_person_fk": (PersonUnknown, "人员库中没有这个自然人，请先登记。"),
}


@transaction.atomic
def create_staff(
    *,
    username: str,
    person_id: int,
    agency: Agency,
    hall: Hall | None,
    password: str,
    totp_secret: bytes,
    now: datetime,
    village_id: int | None = None,
    password_initial: bool = False,
) -> Staff:
    """Open an account at the set-up of an office, by nobody, with all that its owner enters with
    and a signing key made ``now``. An initial password must be changed by its owner.

    Raises:
        AccountExists: for a taken name, or a person with an account in use.
        PasswordWeak: when the validators refuse the password.
    """
    require_strong(password=password)
    staff = enter_staff(
        username=username, person_id=person_id, agency=agency, hall=hall, village_id=village_id
    )
    staff.set_password(password)
    staff.totp_sealed = credentials.seal_totp(secret=totp_secret, username=username)
    staff.password_initial = password_initial
    staff.save(update_fields=["password", "totp_sealed", "password_initial"])
    keys.make_key(staff=staff, password=password, now=now, initial=password_initial)
    return staff


@transaction.atomic
def enter_staff(
    *,
    username: str,
    person_id: int,
    agency: Agency,
    hall: Hall | None,
    village_id: int | None = None,
    created_by: Staff | None = None,
) -> Staff:
    """Enter an account for a natural person, into which nobody comes: it has no password and no
    signing key, and nobody has its authenticator.

    Raises:
        AccountExists: for a taken name, or a person with an account in use.
    """
    staff = Staff(
        username=username,
        person_id=person_id,
        agency=agency,
        hall=hall,
        village_id=village_id,
        totp_sealed=credentials.seal_totp(secret=new_secret(), username=username),
        password_initial=True,
    )
    staff.set_unusable_password()
    _save_new(staff)
    record(
        name=CREATED,
        subject_kind=keys.SUBJECT,
        subject_id=str(staff.pk),
        rows=1,
        staff_id=created_by.pk if created_by else None,
        person_id=created_by.person_id if created_by else None,
        party_id=person_id,
        after={"username": username, "person_id": person_id, "agency": agency.code},
    )
    return staff


@transaction.atomic
def grant_role(
    *,
    staff: Staff,
    role: str,
    valid: DateRange,
    granted_by: Staff | None,
    level: str = "",
    employer_id: int | None = None,
    delegation: Delegation | None = None,
) -> RoleAssignment:
    """Give a role for a time; ``granted_by`` is None only at the set-up of an office. An approver
    gets it at a ``level``; an agent for one employer; a deputy by his ``delegation``.

    Raises:
        RolesIncompatible, RoleHeld, OwnGrant, LevelInvalid, EmployerNotNamed: as their sentences
            say.
    """
    if granted_by is not None:
        refuse_own_grant(staff=staff, by={granted_by.person_id})
    if (level in Level.values) is not (role == Role.APPROVER):
        raise LevelInvalid("审批岗位须写明级别（科长、分管领导），其他岗位没有级别。")
    if (employer_id is not None) is not (role == Role.EMPLOYER_AGENT):
        raise EmployerNotNamed("单位经办人须写明所代表的单位，其他岗位不写单位。")
    assignment = RoleAssignment(
        staff=staff,
        person_id=staff.person_id,
        role=Role(role).value,
        level=level,
        employer_id=employer_id,
        valid=SqlRange(valid.start, valid.end),
        granted_by=granted_by,
        delegation=delegation,
    )
    _save_new(assignment)
    assignment.certify()
    record(
        name="access.role_granted",
        subject_kind=keys.SUBJECT,
        subject_id=str(staff.pk),
        rows=1,
        staff_id=granted_by.pk if granted_by else None,
        person_id=granted_by.person_id if granted_by else None,
        party_id=staff.person_id,
        after={
            "role": role,
            "level": level,
            "employer": employer_id,
            "from": str(valid.start),
            "to": str(valid.end or ""),
        },
    )
    return assignment


def refuse_own_grant(*, staff: Staff, by: Collection[int]) -> None:
    """Refuse whoever would give himself a role; ``by`` are the entries of one person.

    Raises:
        OwnGrant.
    """
    if staff.person_id in by:
        raise OwnGrant("不能给自己授予岗位，请由另一名安全管理员办理。")


@transaction.atomic
def end_role(*, assignment: RoleAssignment, last_day: date, today: date, ended_by: Staff) -> None:
    """End a role after ``last_day``, which is today or later: the past stays as it was.

    Raises:
        RoleEndInvalid: for a day in the past or outside the assignment.
    """
    if last_day < today or last_day not in assignment.valid:
        raise RoleEndInvalid("岗位只能从今天起、在任职期间之内终止。")
    _cut_short(assignment, last_day, ended_by)


@transaction.atomic
def end_role_at_once(
    *, assignment: RoleAssignment, today: date, now: datetime | Now, ended_by: Staff
) -> None:
    """End a role of today from this instant on: it gives no right at the next call, and a signature
    in it waits and is refused. It counts from the clock at which it is written on, so what was
    signed before stays as it was. It stays of its day, and is given again from tomorrow on.

    Raises:
        RoleEndInvalid: for one that is not of today, or was ended at once before.
    """
    locked = RoleAssignment.objects.select_for_update(of=("self",)).get(pk=assignment.pk)
    if today not in locked.valid or locked.ended_at is not None:
        raise RoleEndInvalid("只有今天在任的岗位可以立即终止。")
    locked.ended_at = now
    locked.save(update_fields=["ended_at"])
    locked.refresh_from_db(fields=["ended_at"])
    _cut_short(locked, today, ended_by)


@transaction.atomic
def revoke_delegation(
    *, delegation: Delegation, by: Staff, reason: str, today: date, now: datetime | Now
) -> None:
    """End a delegation, which the caller has locked, and the role of a deputy with it: today is its
    last day, if it has begun. It counts from the clock at which it is written on."""
    delegation.revoked_by, delegation.revoked_at, delegation.revoke_reason = by, now, reason
    delegation.save(update_fields=["revoked_by", "revoked_at", "revoke_reason"])
    delegation.refresh_from_db(fields=["revoked_at"])
    given = RoleAssignment.objects.filter(delegation=delegation).first()
    if given is not None and not given.valid.isempty and given.valid.upper > today:
        _cut_short(given, today, by)
    record_delegation(name="access.delegation_revoked", delegation=delegation, by=by)


def record_delegation(*, name: str, delegation: Delegation, by: Staff) -> None:
    """Record what somebody did with a delegation."""
    record(
        name=name,
        subject_kind=DELEGATION,
        subject_id=str(delegation.pk),
        rows=1,
        staff_id=by.pk,
        person_id=by.person_id,
        party_id=delegation.staff.person_id if delegation.staff else None,
        details={
            "kind": delegation.kind,
            "role": delegation.role,
            "level": delegation.level,
            "from": str(delegation.valid.lower),
            "to": str(delegation.valid.upper),
        },
        digest=delegation.digest,
    )


@transaction.atomic
def deactivate(*, staff: Staff, today: date, deactivated_by: Staff) -> None:
    """Close an account: no login, no unlocking; what it signed still verifies (停用).

    Its roles end with it: ``today`` is the last day of those that have begun, the others are
    withdrawn. So nothing stands against another role of that person from tomorrow on. Who acted
    for this person, or in whose place this one acted, does so no more.
    """
    concerned = Q(acting_for=staff) | Q(staff=staff)
    open_ones = Delegation.objects.select_for_update(of=("self",)).filter(
        concerned, revoked_at=None, valid__endswith__gt=today
    )
    for delegation in open_ones.select_related("staff").order_by("pk"):
        revoke_delegation(
            delegation=delegation, by=deactivated_by, reason=CLOSED, today=today, now=Now()
        )
    staff.is_active = False
    staff.save(update_fields=["is_active"])
    record(
        name="access.staff_deactivated",
        subject_kind=keys.SUBJECT,
        subject_id=str(staff.pk),
        rows=1,
        staff_id=deactivated_by.pk,
        person_id=deactivated_by.person_id,
        party_id=staff.person_id,
        before={"is_active": True},
        after={"is_active": False},
    )
    tomorrow = today + timedelta(days=1)
    for assignment in RoleAssignment.objects.filter(
        staff=staff, valid__overlap=SqlRange(tomorrow, None)
    ):
        _cut_short(assignment, today, deactivated_by)


def _cut_short(assignment: RoleAssignment, last_day: date, ended_by: Staff) -> None:
    """End a role after a day, or withdraw it when it begins later."""
    was = {"role": assignment.role, "to": str(assignment.valid.upper or "")}
    begun = assignment.valid.lower <= last_day
    end = last_day + timedelta(days=1)
    assignment.valid = SqlRange(assignment.valid.lower, end) if begun else SqlRange(empty=True)
    assignment.certify()
    record(
        name="access.role_ended",
        subject_kind=keys.SUBJECT,
        subject_id=str(assignment.staff_id),
        rows=1,
        staff_id=ended_by.pk,
        person_id=ended_by.person_id,
        party_id=assignment.person_id,
        before=was,
        after={
            "role": assignment.role,
            "to": str(end) if begun else "never",
            **({"at": assignment.ended_at.isoformat()} if assignment.ended_at else {}),
        },
    )


def _save_new(row: Staff | RoleAssignment) -> None:
    """Insert; what a constraint refuses becomes the sentence that stands for it."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        name = violated(error)
        if name == "access_roles_compatible" and isinstance(row, RoleAssignment):
            raise _incompatible(row) from None
        if name not in REFUSALS:
            raise
        refusal, sentence = REFUSALS[name]
        raise refusal(sentence) from None


def _incompatible(wanted: RoleAssignment) -> RolesIncompatible:
    """Which role stands in the way, and why."""
    held = RoleAssignment.objects.filter(
        person_id=wanted.person_id, valid__overlap=wanted.valid
    ).values_list("role", flat=True)
    why = exclusions.why_excluded(role=wanted.role, held=held, on=wanted.valid.lower)
    asked = Role(wanted.role).label
    return RolesIncompatible(
        f"该人员同期任“{Role(why.against(wanted.role)).label}”，不能任“{asked}”：{why.reason}。",
        role=wanted.role,
    )
