"""Let somebody act for another (代理、代行), or a superior agency help (上级代办): signed by two.

A leader in charge appoints, a security administrator confirms, both over one digest; from then on
the delegation gives its role, until its last day, or until the next call after it is revoked.
Whoever acts signs with his own key and name; his signature says for whom. A deputy is bound by
exclusions like anybody who holds the role, and takes one step of a matter like anybody.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.utils import timezone

from backend.access import administer, exclusions
from backend.access import staff as accounts
from backend.access.constraints import violated
from backend.access.keys import UnlockedKey
from backend.access.models import (
    DEPUTISED,
    Agency,
    Delegation,
    DelegationKind,
    Level,
    Role,
    Staff,
    rank,
)
from backend.cases import approvals
from backend.cases.canonical import digest_of
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import DateRange
from backend.people.queries import family_of
from backend.web.scope import whole_city

SUBJECT, APPOINT, CONFIRM = accounts.DELEGATION, "APPOINT", "CONFIRM"
TEXT_MIN, REASON_MAX, DOCUMENT_MAX = 2, 200, 100
ONCE = ("access_delegation_deputy_once", "access_delegation_superior_once")
HELPED = (Role.REVIEWER, Role.APPROVER, Role.CASHIER)  # steps that an agency may lack people for


class DelegationInvalid(Refusal):
    """A delegation says who, for whom, which role, for how long and why (委派内容不完整)."""

    code = "delegation_invalid"


class DelegationTooLong(Refusal):
    """A delegation lasts so many days at most (委派期限过长)."""

    code = "delegation_too_long"


class NothingToGive(Refusal):
    """Nobody gives more than the one acted for holds himself (被代理人没有该岗位)."""

    code = "delegation_nothing_to_give"


class NotToAppoint(Refusal):
    """A leader of the agency, or of its superior, appoints, and nobody his own deputyship
    (无权委派)."""

    code = "delegation_not_to_appoint"
    status = 403


class NotToConfirm(Refusal):
    """Another than appointed and than acts confirms (须由另一人确认)."""

    code = "delegation_not_to_confirm"


class NotToRevoke(Refusal):
    """Those who gave it, and those whom it concerns, revoke a delegation (无权撤销)."""

    code = "delegation_not_to_revoke"
    status = 403


class DelegationNotThere(Refusal):
    """There is no such delegation (没有这项委派)."""

    code = "delegation_not_there"
    status = 404


class DelegationExists(Refusal):
    """The same is given already in that time (同期已有相同的委派)."""

    code = "delegation_exists"
    status = 409


class DelegationOver(Refusal):
    """It was confirmed, revoked, or is over (委派已确认、已撤销或已到期)."""

    code = "delegation_over"
    status = 409


@dataclass(frozen=True)
class Terms:
    """Which role, from when until when, why, and by which paper."""

    role: str
    valid: DateRange
    reason: str
    document: str
    level: str = ""


@transaction.atomic
@whole_city()  # it is signed across agencies, and by who sees no business
def appoint_deputy(
    *, deputy: Staff, acting_for: Staff, terms: Terms, key: UnlockedKey, now: datetime
) -> Delegation:
    """Sign that somebody acts for another of his agency; it counts once another has confirmed it.

    Raises:
        DelegationInvalid, DelegationTooLong, NothingToGive, NotToAppoint; NotConfigured: how long
        it may last; as ``approvals.sign_all``.
    """
    today = timezone.localdate(now)
    _check(terms, DelegationKind.DEPUTY, today)
    if terms.role not in DEPUTISED:
        labels = "、".join(role.label for role in DEPUTISED)
        raise DelegationInvalid(f"可以代理的岗位为{labels}；其他岗位另行授予。")
    if deputy.person_id in family_of(party_id=acting_for.person_id):
        raise DelegationInvalid("代理人和被代理人应是两个人。")
    if deputy.agency_id != acting_for.agency_id or not (deputy.is_active and acting_for.is_active):
        raise DelegationInvalid("代理人和被代理人应是同一机构、账号在用的人员。")
    if (terms.level in Level.values) is not (terms.role == Role.APPROVER):
        raise accounts.LevelInvalid("审批岗位须写明级别（科长、分管领导），其他岗位没有级别。")
    held = acting_for.own_assignments_on(day=terms.valid.start)
    if not any(h.role == terms.role and rank(h.level) >= rank(terms.level) for h in held):
        raise NothingToGive("被代理人在起始日没有该岗位或级别，不能由他人代理。")
    if deputy.person_id in family_of(party_id=key.person_id):
        raise NotToAppoint("不能委派自己为代理人。")
    return _appointed(
        Delegation(
            kind=DelegationKind.DEPUTY,
            agency=deputy.agency,
            level=terms.level,
            staff=deputy,
            acting_for=acting_for,
        ),
        terms,
        key,
        now,
        of=(deputy.agency_id, deputy.agency.parent_id),
    )


@transaction.atomic
@whole_city()
def appoint_superior(
    *, agency: Agency, terms: Terms, key: UnlockedKey, now: datetime
) -> Delegation:
    """Sign that the staff of the superior agency take the steps of a role for an agency with too
    few people; it counts once another has confirmed it.

    Raises:
        DelegationInvalid, DelegationTooLong, NotToAppoint; NotConfigured: how long it may last; as
        ``approvals.sign_all``.
    """
    _check(terms, DelegationKind.SUPERIOR, timezone.localdate(now))
    if agency.parent is None:
        raise DelegationInvalid(f"{agency.name}没有登记上级经办机构，不能由上级代办。")
    if terms.role not in HELPED or terms.level:
        labels = "、".join(role.label for role in HELPED)
        raise DelegationInvalid(f"上级代办的岗位应为{labels}之一，级别随办理人。")
    delegation = Delegation(kind=DelegationKind.SUPERIOR, agency=agency, superior=agency.parent)
    return _appointed(delegation, terms, key, now, of=(agency.parent_id,))


@transaction.atomic
@whole_city()
def confirm(*, delegation_id: int, key: UnlockedKey, now: datetime) -> Delegation:
    """Sign as the second of two: from now on, or its first day, the delegation gives its role.

    Raises:
        DelegationNotThere, DelegationOver, DelegationExists, NotToConfirm; RolesIncompatible: the
            deputy holds a role that excludes this one; AccountClosed; as ``approvals.sign_all``.
    """
    delegation, today = _locked(delegation_id), timezone.localdate(now)
    if delegation.confirmed_at or delegation.revoked_at or delegation.valid.upper <= today:
        raise DelegationOver("该委派已确认、已撤销或已到期。", delegation=delegation.pk)
    family = set(family_of(party_id=key.person_id))
    deputy = delegation.staff.person_id if delegation.staff else None
    if family & {delegation.proposed_by.person_id, deputy}:
        raise NotToConfirm("委派须由提出人和代理人以外的人确认。", delegation=delegation.pk)
    if delegation.staff is not None:
        administer.require_open(delegation.staff)
    digest = digest_of_delegation(delegation=delegation)
    appointed = approvals.verified(subject_kind=SUBJECT, subject_id=delegation.pk, digest=digest)
    if APPOINT not in appointed or appointed[APPOINT].staff_id != delegation.proposed_by_id:
        raise DelegationInvalid("委派的内容与提出人的签名不符。", delegation=delegation.pk)
    _sign(delegation, CONFIRM, Role.SECURITY_ADMIN, key, now)
    delegation.confirmed_by, delegation.confirmed_at = Staff.objects.get(pk=key.staff_id), now
    _certify(delegation)
    if delegation.staff is not None:
        accounts.grant_role(
            staff=delegation.staff,
            role=delegation.role,
            level=delegation.level,
            valid=DateRange(max(delegation.valid.lower, today), delegation.valid.upper),
            granted_by=delegation.confirmed_by,
            delegation=delegation,
        )
    accounts.record_delegation(
        name="access.delegation_confirmed", delegation=delegation, by=delegation.confirmed_by
    )
    return delegation


def is_signed_by_two(*, delegation: Delegation) -> bool:
    """Tell whether those whom a confirmed delegation names signed it, as it is."""
    signed = approvals.verified(
        subject_kind=SUBJECT,
        subject_id=delegation.pk,
        digest=digest_of_delegation(delegation=delegation),
    )
    found = {step: (one.staff_id, one.delegation_id) for step, one in signed.items()}
    return found == {
        APPOINT: (delegation.proposed_by_id, None),
        CONFIRM: (delegation.confirmed_by_id, None),
    }


@transaction.atomic
@whole_city()
def revoke(*, delegation_id: int, by: Staff, reason: str, now: datetime) -> Delegation:
    """End a delegation at once: whoever acts by it signs no more from now on; what he signed stays.

    Raises:
        DelegationNotThere, DelegationOver, NotToRevoke, DelegationInvalid: the reason is missing.
    """
    delegation, today = _locked(delegation_id), timezone.localdate(now)
    if not TEXT_MIN <= len(reason.strip()) <= REASON_MAX:
        raise DelegationInvalid(f"请写明撤销的理由（{TEXT_MIN}至{REASON_MAX}个字）。")
    if delegation.revoked_at or delegation.valid.upper <= today:
        raise DelegationOver("该委派已撤销或已到期。", delegation=delegation.pk)
    _refuse_revoking(delegation, by, today)
    accounts.revoke_delegation(
        delegation=delegation, by=by, reason=reason.strip(), today=today, now=now
    )
    return delegation


def _check(terms: Terms, kind: DelegationKind, today: date) -> None:
    start, end = terms.valid.start, terms.valid.end
    if start < today or end is None:
        raise DelegationInvalid(f"委派从今天（{today}）或以后起，须写明最后一天。")
    most = exclusions.longest_days(kind=kind, on=today, demo=is_demo())
    if end > start + timedelta(days=most):
        raise DelegationTooLong(f"{kind.label}最长{most}天。", days=most)
    for text, label, longest in (
        (terms.reason, "事由", REASON_MAX),
        (terms.document, "委派文件的文号或名称", DOCUMENT_MAX),
    ):
        if not TEXT_MIN <= len(text.strip()) <= longest:
            raise DelegationInvalid(f"请填写{label}（{TEXT_MIN}至{longest}个字）。")


def _appointed(
    delegation: Delegation,
    terms: Terms,
    key: UnlockedKey,
    now: datetime,
    *,
    of: tuple[int | None, ...],
) -> Delegation:
    """Put it down and sign it; the one who appoints is of one of these agencies."""
    by = Staff.objects.get(pk=key.staff_id)
    if by.agency_id not in of:
        raise NotToAppoint("委派由本机构或其上级机构的分管领导签名。")
    delegation.role = Role(terms.role).value
    delegation.valid = SqlRange(terms.valid.start, terms.valid.end)
    delegation.reason, delegation.document = terms.reason.strip(), terms.document.strip()
    delegation.proposed_by, delegation.proposed_at = by, now
    delegation.digest = digest_of_delegation(delegation=delegation)
    delegation.save(force_insert=True)
    _sign(delegation, APPOINT, Role.APPROVER, key, now)
    accounts.record_delegation(name="access.delegation_proposed", delegation=delegation, by=by)
    return delegation


def _certify(delegation: Delegation) -> None:
    """Of two that give the same at the same time, revoking one would end nothing."""
    try:
        with transaction.atomic():
            delegation.certify()
    except IntegrityError as error:
        if violated(error) not in ONCE:
            raise
        raise DelegationExists(
            "同一人（机构）的同一岗位在此期间已有相同的委派，请先撤销前一项。",
            delegation=delegation.pk,
        ) from None


def _sign(delegation: Delegation, step: str, role: Role, key: UnlockedKey, now: datetime) -> None:
    """Whoever acts for another appoints and confirms nobody."""
    signed = approvals.sign(
        key=key,
        subject_kind=SUBJECT,
        subject_id=delegation.pk,
        step=step,
        digest=delegation.digest,
        role=role,
        now=now,
    )
    if signed.delegation_id is not None:
        raise NotToAppoint("代理他人的人不能再委派、确认。")


def digest_of_delegation(*, delegation: Delegation) -> str:
    """Give the digest of what the two agree on."""
    return digest_of(
        {
            "kind": delegation.kind,
            "agency": delegation.agency_id,
            "role": delegation.role,
            "level": delegation.level,
            "staff": delegation.staff_id,
            "acting_for": delegation.acting_for_id,
            "superior": delegation.superior_id,
            "from": str(delegation.valid.lower),
            "until": str(delegation.valid.upper),
            "reason": delegation.reason,
            "document": delegation.document,
        }
    )


def _locked(delegation_id: int) -> Delegation:
    rows = Delegation.objects.select_for_update(of=("self",)).filter(pk=delegation_id)
    delegation = rows.select_related("staff", "acting_for", "proposed_by", "agency").first()
    if delegation is None:
        raise DelegationNotThere(f"没有委派 {delegation_id}。", delegation=delegation_id)
    return delegation


def _refuse_revoking(delegation: Delegation, by: Staff, today: date) -> None:
    own = {one.role for one in by.own_assignments_on(day=today)}
    concerned = by.pk in (delegation.staff_id, delegation.acting_for_id, delegation.proposed_by_id)
    of_agency = by.agency_id in (delegation.agency_id, delegation.superior_id)
    if concerned or Role.SECURITY_ADMIN in own or (Role.APPROVER in own and of_agency):
        return
    raise NotToRevoke("委派由当事人、本机构的审批人或安全管理员撤销。", delegation=delegation.pk)
