"""What an administrator asked for and a second one confirms (待确认的重置、岗位)."""

from datetime import UTC

from django.conf import settings
from django.contrib.postgres.fields import DateRangeField
from django.db import models

from backend.access import certified
from backend.access.certified_model import Certified
from backend.access.role_names import Level, Role


class StaffReset(Certified):
    """A reset that a second administrator confirms (待确认的重置). Who asks for it is told the new
    password, who confirms it the new authenticator: neither can enter in the owner's name."""

    id = models.BigAutoField(primary_key=True)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="工作人员")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    asked_at = models.DateTimeField("提出时间")
    password = models.CharField("新密码(散列)", max_length=128)
    public_key = models.BinaryField("新公钥")
    private_sealed = models.BinaryField("新私钥(口令加密)")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="确认人"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True)
    # By this host: what SQL writes has none; unique, so that a copy is not asked for a second time.
    certificate = models.BinaryField("提出证明", null=True, unique=True)

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

    @property
    def vouched(self) -> certified.ResetAsked:
        """That it was asked for."""
        return certified.ResetAsked(
            staff_id=self.staff_id,
            asked_by=self.asked_by_id,
            asked_at=self.asked_at.astimezone(UTC).isoformat(),
            password=self.password,
            public_key=bytes(self.public_key).hex(),
            private_sealed=bytes(self.private_sealed).hex(),
        )


class AskedRole(Certified):
    """A role that a second administrator confirms (待确认的岗位); it gives no right before."""

    id = models.BigAutoField(primary_key=True)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="工作人员")
    role = models.CharField("岗位", max_length=16, choices=Role.choices)
    level = models.CharField("审批级别", max_length=8, choices=Level.choices, blank=True)
    employer_id = models.BigIntegerField("所代表的单位", null=True)  # an organisation, if it is one
    valid = DateRangeField("期间")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    asked_at = models.DateTimeField("提出时间")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="确认人"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True)
    given = models.OneToOneField(
        "access.RoleAssignment",
        models.PROTECT,
        null=True,
        related_name="asked",
        verbose_name="所授予的任职",
    )
    withdrawn_at = models.DateTimeField("撤回时间", null=True)  # by whoever asked
    # By this host: what SQL writes has none; unique, so that a copy is not asked for a second time.
    certificate = models.BinaryField("提出证明", null=True, unique=True)

    class Meta:
        verbose_name = "待确认的岗位"
        constraints = (
            models.CheckConstraint(
                name="access_role_by_two_others",
                condition=~models.Q(asked_by=models.F("staff"))
                & (
                    models.Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                    | models.Q(confirmed_by__isnull=False, confirmed_at__isnull=False)
                    & ~models.Q(confirmed_by=models.F("asked_by"))
                    & ~models.Q(confirmed_by=models.F("staff"))
                ),
            ),
            models.CheckConstraint(
                name="access_asked_role_confirmed_or_withdrawn",
                condition=models.Q(confirmed_at__isnull=True) | models.Q(withdrawn_at__isnull=True),
            ),
        )

    @property
    def vouched(self) -> certified.RoleAsked:
        """That it was asked for."""
        return certified.RoleAsked(
            staff_id=self.staff_id,
            role=self.role,
            level=self.level,
            employer_id=self.employer_id,
            valid=certified.spelt(self.valid),
            asked_by=self.asked_by_id,
            asked_at=self.asked_at.astimezone(UTC).isoformat(),
        )
