"""Agencies, halls, staff, roles in time, keys (机构、人员、岗位、密钥).

Who takes steps for whom: ``delegation_models.py``. What waits for a second administrator:
``asked_models.py``. Machines and whoever stands before them:
``terminal_models.py``.
"""

from datetime import UTC, date, datetime
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Now

from backend.access import certified
from backend.access.asked_models import AskedRole, StaffReset
from backend.access.certified_model import Certified
from backend.access.delegation_models import DEPUTISED, Delegation, DelegationKind
from backend.access.role_names import Level, Role, rank
from backend.access.session_models import StaffSession
from backend.access.terminal_models import (
    CitizenSession,
    Profile,
    Terminal,
    TerminalCode,
    TerminalNonce,
)
from backend.web.policy import ANY_STAFF

__all__ = (
    "DEPUTISED",
    "Agency",
    "AskedRole",
    "CitizenSession",
    "Delegation",
    "DelegationKind",
    "Hall",
    "Level",
    "Profile",
    "Role",
    "RoleAssignment",
    "RoleClaim",
    "RoleConflict",
    "SigningKey",
    "Staff",
    "StaffReset",
    "StaffSession",
    "Terminal",
    "TerminalCode",
    "TerminalNonce",
    "rank",
    "that_count",
)


class Agency(models.Model):
    """An agency that runs insurances (经办机构); books belong to it."""

    id = models.AutoField(primary_key=True)
    code = models.CharField("机构代码", max_length=12, unique=True)
    name = models.CharField("名称", max_length=100)
    region = models.CharField("行政区划", max_length=6)
    kind = models.CharField("类别", max_length=12, default="PENSION")
    # What its staff see of what carries a scheme: none, until it is said.
    schemes = ArrayField(models.CharField(max_length=3), default=list, verbose_name="经办险种")
    parent = models.ForeignKey("self", models.PROTECT, null=True, verbose_name="代为复核的上级机构")

    class Meta:
        verbose_name = "经办机构"


class Hall(models.Model):
    """A service hall (服务大厅)."""

    id = models.AutoField(primary_key=True)
    code = models.CharField("大厅代码", max_length=16, unique=True)
    name = models.CharField("名称", max_length=100)
    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="经办机构")
    district = models.CharField("行政区划", max_length=6)

    class Meta:
        verbose_name = "服务大厅"


class StaffManager(BaseUserManager["Staff"]):
    """Finds staff by user name."""


class Staff(AbstractBaseUser):
    """An account of a member of staff (工作人员账号); rights and signatures follow the person."""

    id = models.BigAutoField(primary_key=True)
    username = models.CharField("用户名", max_length=40, unique=True)
    person_id = models.BigIntegerField("自然人")  # foreign key added by backend.people
    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="经办机构")
    hall = models.ForeignKey(Hall, models.PROTECT, null=True, verbose_name="大厅")
    village_id = models.BigIntegerField("所协办的村(社区)", null=True)  # as person_id
    is_active = models.BooleanField("启用", default=True)
    totp_sealed = models.BinaryField("动态口令密钥(加密)")
    totp_last_step = models.BigIntegerField("已用动态口令", default=0)
    password_initial = models.BooleanField("初始密码", default=False)  # somebody else saw it

    standing: ClassVar[str] = ANY_STAFF
    # Whoever calls was read with the roles of a day; any other account asks for them when asked.
    read_with: "tuple[date, list[RoleAssignment]] | None" = None
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[StaffManager] = StaffManager()

    class Meta:
        verbose_name = "工作人员"
        constraints = (
            models.UniqueConstraint(
                fields=["person_id"],
                name="access_staff_one_account_a_person",
                condition=models.Q(is_active=True),
            ),
        )

    @property
    def actor(self) -> str:
        """Whose idempotency keys these are."""
        return f"staff/{self.pk}"

    def roles_on(self, *, day: date) -> frozenset[str]:
        """The roles held on a day (see ``backend.web.policy``)."""
        return frozenset(one.role for one in self.assignments_on(day=day))

    def employer_on(self, *, day: date) -> int | None:
        """The employer for which he reports on a day as its agent (单位经办人); else None."""
        held = self.assignments_on(day=day)
        return next((one.employer_id for one in held if one.role == Role.EMPLOYER_AGENT), None)

    def assignments_on(self, *, day: date) -> list["RoleAssignment"]:
        """The assignments of today or a later day that count, one's own first: what somebody wrote
        by SQL gives no role, nor does what was ended at once, or a delegation that was revoked or
        whose giver holds the role no more."""
        if self.read_with and self.read_with[0] == day:
            return self.read_with[1]
        asked = RoleAssignment.objects.filter(staff=self, valid__contains=day)
        return that_count(list(asked.order_by("-delegation_id", "pk")), day=day)

    def own_assignments_on(self, *, day: date) -> list["RoleAssignment"]:
        """Those that he holds himself, for nobody else."""
        rows = RoleAssignment.objects.filter(
            staff=self, valid__contains=day, delegation=None, ended_at=None
        )
        return [row for row in rows.order_by("pk") if row.counts]


class TrustedKey(models.Model):
    """A key with which a side signs what is taken over (受信公钥). Append-only."""

    id = models.AutoField(primary_key=True)
    side = models.CharField("哪一方", max_length=8)
    source = models.CharField("原系统", max_length=200, blank=True)  # empty: the bureau's own
    public_key = models.CharField("公钥", max_length=64)
    certificate = models.BinaryField("登记证明")  # by this host: a row written by SQL has none
    pinned_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "受信公钥"
        constraints = (
            models.UniqueConstraint(
                # Not by side and source alone: a row without our certificate takes nobody's place.
                fields=["side", "source", "certificate"],
                name="access_trustedkey_once",
            ),
        )


class RoleAssignment(Certified):
    """A role of a natural person in time (岗位任职). A trigger spreads it over RoleConflict."""

    id = models.BigAutoField(primary_key=True)
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name="工作人员")
    person_id = models.BigIntegerField("自然人")
    role = models.CharField("岗位", max_length=16, choices=Role.choices)
    level = models.CharField("审批级别", max_length=8, choices=Level.choices, blank=True)
    # Of an agent of an employer, which one; foreign key added by backend.people.
    employer_id = models.BigIntegerField("所代表的单位", null=True)
    valid = DateRangeField("任职期间")
    ended_at = models.DateTimeField("立即终止时间", null=True)  # within its last day
    delegation = models.OneToOneField(Delegation, models.PROTECT, null=True, verbose_name="委派")
    certificate = models.BinaryField("任职证明", default=b"")  # by this host; SQL has no key of it
    granted_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name="授权人"
    )
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    saved_with: ClassVar[tuple[str, ...]] = ("valid", "certificate")

    class Meta:
        verbose_name = "岗位任职"
        constraints = (
            ExclusionConstraint(
                name="access_role_once",
                expressions=[
                    ("staff", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=models.Q(delegation__isnull=True),
            ),
            models.CheckConstraint(
                name="access_role_not_own_grant",
                condition=models.Q(granted_by__isnull=True)
                | ~models.Q(granted_by=models.F("staff")),
            ),
            models.CheckConstraint(
                name="access_role_level_of_approvers",
                condition=models.Q(role=Role.APPROVER, level__in=Level.values)
                | ~models.Q(role=Role.APPROVER) & models.Q(level=""),
            ),
            models.CheckConstraint(
                name="access_role_employer_of_agents",
                condition=models.Q(role=Role.EMPLOYER_AGENT) | models.Q(employer_id__isnull=True),
            ),
        )

    def held_at(self, *, at: datetime, day: date) -> bool:
        """Whether it was held at an instant of a day."""
        return day in self.valid and (self.ended_at is None or at < self.ended_at)

    @property
    def vouched(self) -> certified.RoleGiven:
        """That it was given."""
        return certified.RoleGiven(
            id=self.pk,
            staff_id=self.staff_id,
            person_id=self.person_id,
            role=self.role,
            level=self.level,
            employer_id=self.employer_id,
            delegation_id=self.delegation_id,
            valid=certified.spelt(self.valid),
            ended_at=self.ended_at.astimezone(UTC).isoformat() if self.ended_at else None,
        )


def that_count(rows: list[RoleAssignment], *, day: date) -> list[RoleAssignment]:
    """Those of the assignments of a day that give a role now or later (see
    ``Staff.assignments_on``); that of an agent gives none without an employer."""
    if any(row.delegation_id for row in rows):  # few act for somebody, and each call asks
        models.prefetch_related_objects(rows, "delegation__acting_for")
    return [
        row
        for row in rows
        if row.ended_at is None
        and row.counts
        and (row.role != Role.EMPLOYER_AGENT or row.employer_id is not None)
        and (row.delegation is None or row.delegation.lasts(day=day))
    ]


class RoleConflict(models.Model):
    """Two roles one person may not hold at the same time (不相容岗位)."""

    id = models.AutoField(primary_key=True)
    pair = models.CharField("岗位对", max_length=40)
    role = models.CharField("岗位", max_length=16)

    class Meta:
        verbose_name = "不相容岗位"
        constraints = (
            models.UniqueConstraint(fields=["role", "pair"], name="access_conflict_once"),
        )


class RoleClaim(models.Model):
    """One side of an incompatible pair, claimed by a person for a time (written by a trigger)."""

    id = models.BigAutoField(primary_key=True)
    assignment = models.ForeignKey(RoleAssignment, models.PROTECT)
    person_id = models.BigIntegerField()
    pair = models.CharField(max_length=40)
    role = models.CharField(max_length=16)
    valid = DateRangeField()

    class Meta:
        verbose_name = "不相容岗位占用"
        constraints = (
            ExclusionConstraint(
                name="access_roles_compatible",
                expressions=[
                    ("person_id", RangeOperators.EQUAL),
                    ("pair", RangeOperators.EQUAL),
                    ("role", RangeOperators.NOT_EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
        )


class SigningKey(models.Model):
    """A member of staff's Ed25519 key (签名密钥), sealed under the password; old ones verify on."""

    id = models.BigAutoField(primary_key=True)
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name="工作人员")
    person_id = models.BigIntegerField("自然人")
    public_key = models.BinaryField("公钥")
    private_sealed = models.BinaryField("私钥(口令加密)")
    certificate = models.BinaryField("密钥证明")  # by this host: a row written by SQL has none
    made_at = models.DateTimeField("生成时间", db_default=Now())
    retired_at = models.DateTimeField("停用时间", null=True)
    # Under a password that others were told: it signs nothing; its certificate says so.
    initial = models.BooleanField("初始密码下的密钥", default=False)

    class Meta:
        verbose_name = "签名密钥"
        constraints = (
            # What was retired does not come back as another row.
            models.UniqueConstraint(fields=["public_key"], name="access_signingkey_once"),
            models.UniqueConstraint(
                fields=["staff"],
                name="access_signingkey_one_live",
                condition=models.Q(retired_at__isnull=True),
            ),
        )
