"""Agencies, halls, staff, roles in time, keys, terminals (机构、人员、岗位、密钥、终端)."""

from datetime import date
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Now

from backend.access import certified
from backend.web.policy import ANY_STAFF


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


class Role(models.TextChoices):
    """What a member of staff may do (岗位); sources and exclusions stand in ``exclusions``."""

    CLERK = "CLERK", "经办"
    REVIEWER = "REVIEWER", "复核"
    FINANCE = "FINANCE", "财务"
    APPROVER = "APPROVER", "审批"
    CASHIER = "CASHIER", "出纳放款"
    SUPERVISOR = "SUPERVISOR", "稽核监督"
    CARD_MAKER = "CARD_MAKER", "制卡"
    VILLAGE = "VILLAGE", "村协办"
    EMPLOYER_AGENT = "EMPLOYER_AGENT", "单位经办人"
    SYSTEM_ADMIN = "SYSTEM_ADMIN", "系统管理员"
    SECURITY_ADMIN = "SECURITY_ADMIN", "安全管理员"
    AUDIT_ADMIN = "AUDIT_ADMIN", "审计管理员"


class Level(models.TextChoices):
    """How much an approver may approve (审批级别), from the lowest to the highest."""

    HEAD = "HEAD", "科长"
    LEADER = "LEADER", "分管领导"


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

    def assignments_on(self, *, day: date) -> list["RoleAssignment"]:
        """The assignments of a day that count: what somebody wrote by SQL gives no role."""
        rows = RoleAssignment.objects.filter(staff=self, valid__contains=day).order_by("pk")
        return [row for row in rows if row.counts]


class RoleAssignment(models.Model):
    """A role of a natural person in time (岗位任职). A trigger spreads it over RoleConflict."""

    id = models.BigAutoField(primary_key=True)
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name="工作人员")
    person_id = models.BigIntegerField("自然人")
    role = models.CharField("岗位", max_length=16, choices=Role.choices)
    level = models.CharField("审批级别", max_length=8, choices=Level.choices, blank=True)
    valid = DateRangeField("任职期间")
    certificate = models.BinaryField("任职证明", default=b"")  # by this host; SQL has no key of it
    granted_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name="授权人"
    )
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

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
        )

    @property
    def counts(self) -> bool:
        """Whether this host gave it, as it is."""
        return certified.counts(self._given, certificate=bytes(self.certificate))

    def certify(self) -> None:
        """Let this host vouch for it, as it is now."""
        self.certificate = certified.certificate(self._given)
        self.save(update_fields=["valid", "certificate"])

    @property
    def _given(self) -> certified.RoleGiven:
        term = self.valid
        return certified.RoleGiven(
            id=self.pk,
            staff_id=self.staff_id,
            person_id=self.person_id,
            role=self.role,
            level=self.level,
            valid="empty" if term.isempty else f"[{term.lower},{term.upper or ''})",
        )


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


class StaffReset(models.Model):
    """A reset that a second administrator confirms (待确认的重置). Who asks for it is told the new
    password, who confirms it the new authenticator: neither can enter in the owner's name."""

    id = models.BigAutoField(primary_key=True)
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name="工作人员")
    asked_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="提出人")
    asked_at = models.DateTimeField("提出时间")
    password = models.CharField("新密码(散列)", max_length=128)
    public_key = models.BinaryField("新公钥")
    private_sealed = models.BinaryField("新私钥(口令加密)")
    confirmed_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name="确认人"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True)

    class Meta:
        verbose_name = "待确认的重置"
        constraints = (
            models.CheckConstraint(
                name="access_reset_by_two_others",
                condition=~models.Q(asked_by=models.F("staff"))
                & (
                    models.Q(confirmed_by__isnull=True)
                    | ~models.Q(confirmed_by=models.F("asked_by"))
                    & ~models.Q(confirmed_by=models.F("staff"))
                ),
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

    class Meta:
        verbose_name = "签名密钥"
        constraints = (
            models.UniqueConstraint(
                fields=["staff"],
                name="access_signingkey_one_live",
                condition=models.Q(retired_at__isnull=True),
            ),
        )


class Profile(models.TextChoices):
    """What a terminal is for (终端类别): which routes it may call stands in ``profiles.toml``."""

    KIOSK = "KIOSK", "自助终端"
    DESK = "DESK", "柜台终端"
    PERSONALISATION = "PERSONALISATION", "制卡终端"


class TerminalCode(models.Model):
    """A code that enrols one terminal (终端登记码): its digest, for what, until when."""

    id = models.BigAutoField(primary_key=True)
    digest = models.CharField("登记码摘要", max_length=64, unique=True)
    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅")
    profile = models.CharField("类别", max_length=16, choices=Profile.choices)
    name = models.CharField("名称", max_length=60)
    issued_by = models.ForeignKey(Staff, models.PROTECT, verbose_name="签发人")
    issued_at = models.DateTimeField("签发时间")
    expires_at = models.DateTimeField("失效时间")

    class Meta:
        verbose_name = "终端登记码"


class Terminal(models.Model):
    """A machine with a key of its own (终端): enrolled once, revoked for good, heard of since."""

    id = models.BigAutoField(primary_key=True)
    code = models.OneToOneField(TerminalCode, models.PROTECT, verbose_name="登记码")
    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅")
    profile = models.CharField("类别", max_length=16, choices=Profile.choices)
    name = models.CharField("名称", max_length=60)
    public_key = models.BinaryField("公钥", unique=True)
    enrolled_at = models.DateTimeField("登记时间")
    revoked_at = models.DateTimeField("停用时间", null=True)
    revoked_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name="停用人"
    )
    seen_at = models.DateTimeField("最近心跳", null=True)
    state = models.JSONField("状态", default=dict)

    class Meta:
        verbose_name = "终端"
        constraints = (
            models.CheckConstraint(
                name="access_terminal_revoked_by_somebody",
                condition=models.Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
        )


class TerminalNonce(models.Model):
    """A number that a terminal used once (一次性随机数), kept as long as its request is young."""

    pk = models.CompositePrimaryKey("terminal", "nonce")
    terminal = models.ForeignKey(Terminal, models.DO_NOTHING, db_constraint=False, db_index=False)
    nonce = models.CharField("随机数", max_length=43)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "一次性随机数"


class CitizenSession(models.Model):
    """A citizen served at a kiosk (参保人会话): one at a time, while his card lies in it."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField("会话号", max_length=43, unique=True)  # opens nothing by itself
    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name="终端")
    person_id = models.BigIntegerField("自然人")  # foreign key added by backend.people
    # Who opened it: a clerk to whom an ID card was shown, or the social security card itself.
    clerk = models.ForeignKey(Staff, models.PROTECT, null=True, verbose_name="经办人")
    card_id = models.BigIntegerField("社会保障卡", null=True)  # foreign key added by cards
    opened_at = models.DateTimeField("开始时间")
    fetched_at = models.DateTimeField("终端接收时间", null=True)
    active_at = models.DateTimeField("最近操作")
    present_at = models.DateTimeField("最近在位")
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = "参保人会话"
        constraints = (
            models.UniqueConstraint(
                fields=["terminal"],
                name="access_citizensession_one_open",
                condition=models.Q(ended_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["card_id"],
                name="access_citizensession_one_of_card",
                condition=models.Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="access_citizensession_by_clerk_or_card",
                condition=models.Q(clerk__isnull=True, card_id__isnull=False)
                | models.Q(clerk__isnull=False, card_id__isnull=True),
            ),
        )
