"""Cases filed, corrected, received, reviewed, decided (业务件), objections (异议), signed approvals
(签名审批)."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from backend.access import certified
from backend.access.certified_model import Certified
from backend.access.models import Agency, Delegation, SigningKey
from backend.cases.agents.models import Acting as Acting
from backend.cases.agents.models import Basis as Basis
from backend.cases.agents.models import Mandate as Mandate
from backend.cases.archive.models import Archived as Archived
from backend.cases.archive.models import Loan as Loan
from backend.cases.archive.models import Volume as Volume
from backend.cases.materials.models import Material as Material
from backend.cases.materials.models import MaterialForm as MaterialForm
from backend.people.models import ClockTimestamp, Party


class CaseState(models.TextChoices):
    """Where a case stands."""

    FILED = "FILED", "已收件"  # its papers are looked through
    CORRECTING = "CORRECTING", "待补正"  # told once what is missing
    DECLINED = "DECLINED", "不予受理"
    RECEIVED = "RECEIVED", "已受理"  # accepted, from here on it is decided
    REVIEWED = "REVIEWED", "已审核"  # the first person signed
    APPROVED = "APPROVED", "已批准"  # decided: yes; its act is done in the same transaction
    REJECTED = "REJECTED", "不予批准"


class Case(Certified):
    """One matter of one party (业务件), with the digest of what is asked for."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("业务类型", max_length=30)
    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="经办机构")
    party = models.ForeignKey(Party, models.PROTECT, verbose_name="当事人")
    content = models.JSONField("申请内容")
    digest = models.CharField("内容摘要", max_length=64)
    state = models.CharField(
        "状态", max_length=10, choices=CaseState.choices, default=CaseState.RECEIVED
    )
    origin = models.CharField("来源", max_length=60, blank=True)
    received_by = models.BigIntegerField("收件人(自然人)", null=True)  # null: received from a feed
    received_at = models.DateTimeField("收件时间", db_default=Now())
    accepted_by = models.BigIntegerField("受理人(自然人)", null=True)  # null: as it was received
    accepted_at = models.DateTimeField("受理时间", null=True)
    reviewed_by = models.BigIntegerField("审核人(自然人)", null=True)
    decided_by = models.BigIntegerField("审批人(自然人)", null=True)
    decided_at = models.DateTimeField("办结时间", null=True)
    reason = models.CharField("理由", max_length=200, blank=True)
    # By this host, of what was taken in and by whom: what SQL writes has none.
    certificate = models.BinaryField("受理证明", default=b"")

    class Meta:
        verbose_name = "业务件"
        indexes = (
            models.Index(fields=["kind", "state"], name="cases_case_kind_state"),
            models.Index(
                fields=["id"],
                name="cases_case_corrects",
                condition=models.Q(content__has_key="corrects"),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(reviewed_by__isnull=True)
                | models.Q(decided_by__isnull=True)
                | ~models.Q(reviewed_by=models.F("decided_by")),
                name="cases_reviewer_is_not_decider",
            ),
            models.CheckConstraint(
                condition=models.Q(received_by__isnull=True)
                | models.Q(decided_by__isnull=True)
                | ~models.Q(received_by=models.F("decided_by")),
                name="cases_receiver_is_not_decider",
            ),
            models.CheckConstraint(
                condition=models.Q(received_by__isnull=True)
                | models.Q(reviewed_by__isnull=True)
                | ~models.Q(received_by=models.F("reviewed_by")),
                name="cases_receiver_is_not_reviewer",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_by__isnull=True)
                | models.Q(reviewed_by__isnull=True)
                | ~models.Q(accepted_by=models.F("reviewed_by")),
                name="cases_accepter_is_not_reviewer",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_by__isnull=True)
                | models.Q(decided_by__isnull=True)
                | ~models.Q(accepted_by=models.F("decided_by")),
                name="cases_accepter_is_not_decider",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_by__isnull=True, accepted_at__isnull=True)
                | models.Q(accepted_by__isnull=False, accepted_at__isnull=False),
                name="cases_accepted_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["origin"], name="cases_origin_once", condition=~models.Q(origin="")
            ),
        )

    @property
    def vouched(self) -> certified.CaseTaken:
        """That it was taken in here, as it is."""
        return certified.CaseTaken(
            id=self.pk,
            digest=self.digest,
            received_by=self.received_by,
            accepted_by=self.accepted_by,
        )

    @property
    def agent_id(self) -> int | None:
        """Who acts for the party in it, if somebody does."""
        acting: Acting | None = getattr(self, "acting", None)
        return None if acting is None else acting.agent_id

    @property
    def takers(self) -> frozenset[int]:
        """Who took it in, accepted it, or took in what was missing (经手的自然人)."""
        correction: Correction | None = getattr(self, "correction", None)
        answered_by = None if correction is None else correction.answered_by
        hands = (self.received_by, self.accepted_by, answered_by)
        return frozenset(hand for hand in hands if hand is not None)


class Correction(models.Model):
    """What somebody who filed a case was told is missing, once and all of it (一次性告知补正)."""

    case = models.OneToOneField(
        Case, models.PROTECT, primary_key=True, related_name="correction", verbose_name="业务件"
    )
    missing = models.JSONField("需要补正的内容")  # [{"what": …, "why": …}]
    asked_by = models.BigIntegerField("告知人(自然人)")
    asked_on = models.DateField("告知日期")
    answer_by = models.DateField("补正期限")
    calendar_known = models.BooleanField("放假通知已核对")  # of the years from the one to the other
    asked_at = models.DateTimeField("告知时间", db_default=ClockTimestamp())
    brought = models.CharField("补正情况", max_length=200, blank=True)
    answered_by = models.BigIntegerField("收补正人(自然人)", null=True)
    answered_on = models.DateField("补正日期", null=True)
    answered_at = models.DateTimeField("补正时间", null=True)

    class Meta:
        verbose_name = "补正"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(
                    answered_by__isnull=True, answered_on__isnull=True, answered_at__isnull=True
                )
                | models.Q(
                    answered_by__isnull=False, answered_on__isnull=False, answered_at__isnull=False
                ),
                name="cases_correction_answered_by_somebody",
            ),
        )


class CaseTerm(models.Model):
    """By which day a case is to be decided (办理期限); without one while the clock stands."""

    case = models.OneToOneField(
        Case, models.PROTECT, primary_key=True, related_name="term", verbose_name="业务件"
    )
    starts_on = models.DateField("起算日期")
    days = models.SmallIntegerField("工作日")
    due_on = models.DateField("到期日期", null=True)  # null: it is being corrected
    said_by = models.CharField("依据", max_length=120)
    standing = models.CharField("依据状态", max_length=12)
    owner_staff_id = models.BigIntegerField("责任人", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        verbose_name = "办理期限"
        indexes = (
            models.Index(
                fields=["due_on"],
                name="cases_term_running",
                condition=models.Q(closed_at__isnull=True),
            ),
        )


class Closing(models.Model):
    """A case whose decision was delivered has ended (办结). Append-only."""

    case = models.OneToOneField(
        Case, models.PROTECT, primary_key=True, related_name="closing", verbose_name="业务件"
    )
    closed_by = models.BigIntegerField("办结人(自然人)")
    closed_on = models.DateField("办结日期")
    closed_at = models.DateTimeField("办结时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "办结"


class Outcome(models.TextChoices):
    """How an objection ended; empty while it is open."""

    UPHELD = "UPHELD", "维持原决定"
    CORRECTED = "CORRECTED", "已更正"


class Objection(models.Model):
    """A case that objects to a decided one (异议): its term, its owner, how it ended."""

    case = models.OneToOneField(
        Case, models.PROTECT, primary_key=True, related_name="objection", verbose_name="异议"
    )
    decided = models.ForeignKey(
        Case, models.PROTECT, related_name="objections", verbose_name="原业务件"
    )
    party_id = models.BigIntegerField("异议人")  # of a decision about many each may object
    answer_by = models.DateField("答复期限")
    owner_staff_id = models.BigIntegerField("责任人", null=True)
    outcome = models.CharField("结果", max_length=9, choices=Outcome.choices, blank=True)
    correction = models.OneToOneField(
        Case, models.PROTECT, null=True, related_name="+", verbose_name="更正业务件"
    )
    closed_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        verbose_name = "异议"
        constraints = (
            models.UniqueConstraint(
                fields=["decided", "party_id"],
                name="cases_objection_one_open",
                condition=models.Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="", closed_at__isnull=True, correction__isnull=True)
                | models.Q(outcome="UPHELD", closed_at__isnull=False, correction__isnull=True)
                | models.Q(outcome="CORRECTED", closed_at__isnull=False, correction__isnull=False),
                name="cases_objection_outcome",
            ),
        )


class Approval(models.Model):
    """A signature by a person's own key over a digest (签名审批). Append-only.

    The signed bytes name subject, step, digest, person, role and instant; see ``approvals.py``.
    """

    id = models.BigAutoField(primary_key=True)
    subject_kind = models.CharField("对象类别", max_length=40)
    subject_id = models.BigIntegerField("对象")
    step = models.CharField("环节", max_length=12)
    digest = models.CharField("内容摘要", max_length=64)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="工作人员")
    person_id = models.BigIntegerField("自然人")
    role = models.CharField("岗位", max_length=16)
    key = models.ForeignKey(SigningKey, models.PROTECT, verbose_name="签名密钥")
    signed_at = models.DateTimeField("签名时间")
    signature = models.BinaryField("签名")
    note = models.CharField("意见", max_length=200, blank=True)
    delegation = models.ForeignKey(Delegation, models.PROTECT, null=True, verbose_name="委派")
    acting_for = models.BigIntegerField("代(自然人)", null=True)  # whose deputy signed
    # what lay with the case, see ``materials/seen.py``; empty: of no case, or signed before 0017
    materials = models.CharField("所见材料", max_length=90, blank=True, default="", db_default="")

    class Meta:
        verbose_name = "签名审批"
        constraints = (
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "step"], name="cases_approval_once"
            ),
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "person_id"],
                name="cases_approval_one_step_a_person",
            ),
        )
