"""Who takes which steps for whom (委派)."""

from datetime import UTC, date
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models

from backend.access import certified
from backend.access.certified_model import Certified
from backend.access.role_names import Level, Role, rank

if TYPE_CHECKING:
    from backend.access.models import RoleAssignment


class DelegationKind(models.TextChoices):
    """Why somebody takes a step that is another's (委派)."""

    DEPUTY = "DEPUTY", "代理、代行"  # a person for another of the same agency
    SUPERIOR = "SUPERIOR", "上级代办"  # staff of the superior agency, where there are too few


# What an office cannot do without for a day. Administrators and who helps a village have no deputy:
# another is given the role itself.
DEPUTISED = (Role.CLERK, Role.REVIEWER, Role.FINANCE, Role.APPROVER, Role.CASHIER)


class Delegation(Certified):
    """Who takes which steps for whom, from when until when (委派): proposed by one, confirmed by
    another, both by signature over ``digest``; it ends by itself, or by revocation."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("类别", max_length=8, choices=DelegationKind.choices)
    agency = models.ForeignKey("access.Agency", models.PROTECT, verbose_name="经办机构")
    role = models.CharField("岗位", max_length=16, choices=Role.choices)
    level = models.CharField("审批级别", max_length=8, choices=Level.choices, blank=True)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="delegations",
        verbose_name="代理人",
    )
    acting_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="被代理人",
    )
    superior = models.ForeignKey(
        "access.Agency", models.PROTECT, null=True, related_name="+", verbose_name="上级经办机构"
    )
    valid = DateRangeField("期间")
    reason = models.CharField("事由", max_length=200)
    document = models.CharField("文号", max_length=100)
    digest = models.CharField("内容摘要", max_length=64)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    proposed_at = models.DateTimeField("提出时间")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="确认人"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="撤销人"
    )
    revoked_at = models.DateTimeField("撤销时间", null=True)
    revoke_reason = models.CharField("撤销事由", max_length=200, blank=True)
    certificate = models.BinaryField("委派证明", default=b"")  # by this host, once two have signed

    saved_with: ClassVar[tuple[str, ...]] = ("confirmed_by", "confirmed_at", "certificate")

    class Meta:
        verbose_name = "委派"
        constraints = (
            models.CheckConstraint(
                name="access_delegation_of_its_kind",
                condition=models.Q(
                    kind=DelegationKind.DEPUTY,
                    staff__isnull=False,
                    acting_for__isnull=False,
                    superior__isnull=True,
                )
                | models.Q(
                    kind=DelegationKind.SUPERIOR,
                    staff__isnull=True,
                    acting_for__isnull=True,
                    superior__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="access_delegation_not_for_oneself",
                condition=models.Q(kind=DelegationKind.DEPUTY)
                & ~models.Q(staff=models.F("acting_for"))
                & ~models.Q(proposed_by=models.F("staff"))
                | models.Q(kind=DelegationKind.SUPERIOR) & ~models.Q(superior=models.F("agency")),
            ),
            models.CheckConstraint(
                name="access_delegation_by_two",
                condition=models.Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | models.Q(confirmed_by__isnull=False, confirmed_at__isnull=False)
                & ~models.Q(confirmed_by=models.F("proposed_by"))
                & (models.Q(staff__isnull=True) | ~models.Q(confirmed_by=models.F("staff"))),
            ),
            models.CheckConstraint(
                name="access_delegation_has_a_last_day",
                condition=models.Q(valid__upper_inf=False, valid__isempty=False),
            ),
            ExclusionConstraint(
                name="access_delegation_deputy_once",
                expressions=[
                    ("acting_for", RangeOperators.EQUAL),
                    ("staff", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=models.Q(confirmed_at__isnull=False, revoked_at__isnull=True),
            ),
            ExclusionConstraint(
                name="access_delegation_superior_once",
                expressions=[
                    ("agency", RangeOperators.EQUAL),
                    ("superior", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=models.Q(confirmed_at__isnull=False, revoked_at__isnull=True),
            ),
            models.CheckConstraint(
                name="access_delegation_of_business",
                condition=models.Q(role__in=DEPUTISED),
            ),
        )

    def lasts(self, *, day: date) -> bool:
        """Whether a deputy holds its role on a day of today or later: nobody revoked it, and
        whoever is acted for holds the role himself."""
        if self.acting_for is None or self.revoked_at is not None or not self.counts:
            return False
        return any(self.rests_on(own) for own in self.acting_for.own_assignments_on(day=day))

    def rests_on(self, own: "RoleAssignment") -> bool:
        """Whether somebody acted for has by this assignment what is given in his place."""
        return own.role == self.role and rank(own.level) >= rank(self.level)

    @property
    def vouched(self) -> certified.DelegationGiven | None:
        """That two persons signed it."""
        if self.confirmed_at is None:
            return None
        return certified.DelegationGiven(
            id=self.pk,
            kind=self.kind,
            agency_id=self.agency_id,
            role=self.role,
            level=self.level,
            staff_id=self.staff_id,
            acting_for_id=self.acting_for_id,
            superior_id=self.superior_id,
            valid=certified.spelt(self.valid),
            digest=self.digest,
            confirmed_at=self.confirmed_at.astimezone(UTC).isoformat(),
        )
