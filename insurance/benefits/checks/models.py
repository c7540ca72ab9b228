"""Proofs of life, the files that bring them, and what was tried (资格认证): rows only grow."""

from django.db import models
from django.db.models.functions import Now

from backend.people.models import CURRENT, ClockTimestamp, Party
from insurance.benefits.checks.rules import LABELS, Stage


class CheckFileKind(models.TextChoices):
    """What a file tells."""

    MATCH = "MATCH", "数据比对"
    VISITS = "VISITS", "村（社区）上门签字名单"


class CheckFile(models.Model):
    """A file with proofs of life (资格认证文件), taken whole. Append-only."""

    id = models.AutoField(primary_key=True)
    kind = models.CharField("类别", max_length=8, choices=CheckFileKind.choices)
    name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    row_count = models.BigIntegerField("行数")
    as_of = models.DateField("数据截止或上门日期")
    source = models.CharField("来源", max_length=100)
    village = models.ForeignKey(Party, models.PROTECT, null=True, verbose_name="村(社区)")
    visited_by = models.CharField("上门人", max_length=100, blank=True)
    signed_by = models.CharField("签字人", max_length=100, blank=True)
    signed_on = models.DateField("签字日期", null=True)
    received_by = models.BigIntegerField("接收人(自然人)", null=True)  # null: by the command
    received_at = models.DateTimeField("接收时间", db_default=Now())

    class Meta:
        verbose_name = "资格认证文件"


class ProofMethod(models.TextChoices):
    """How it was seen that somebody lives (认证方式)."""

    DATA_MATCH = "DATA_MATCH", "数据比对"
    SELF_SERVICE = "SELF_SERVICE", "自助认证"
    WINDOW = "WINDOW", "窗口"
    VISIT = "VISIT", "上门"


class Proof(models.Model):
    """Somebody was seen to live on a day (资格认证). Closed only by a case that withdraws it."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="自然人")
    proven_on = models.DateField("认证日期")
    method = models.CharField("方式", max_length=12, choices=ProofMethod.choices)
    evidence = models.CharField("依据", max_length=120, blank=True)
    file = models.ForeignKey(
        CheckFile, models.PROTECT, null=True, db_index=False, verbose_name="文件"
    )
    case_id = models.BigIntegerField("业务编号", null=True)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())
    superseded_at = models.DateTimeField("被替代时间", null=True)

    class Meta:
        verbose_name = "资格认证"
        constraints = (
            models.UniqueConstraint(
                fields=["person", "proven_on", "method"],
                name="benefits_proof_once",
                condition=CURRENT,
            ),
            models.CheckConstraint(
                condition=models.Q(file__isnull=False) | models.Q(case_id__isnull=False),
                name="benefits_proof_rests_on_something",
            ),
        )


class CheckStep(models.Model):
    """What was tried with somebody whose proof has lapsed (催办记录): when, how and by whom.
    Append-only; ``since`` is the day on which the proof lapsed: a new proof ends the round."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="自然人")
    since = models.DateField("应认证日")
    stage = models.SmallIntegerField("环节", choices=[(s.value, LABELS[s]) for s in Stage])
    channel = models.CharField("方式", max_length=8)
    done_on = models.DateField("办理日期")
    by_person_id = models.BigIntegerField("办理人(自然人)", null=True)
    by_name = models.CharField("办理人姓名", max_length=100, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    file = models.ForeignKey(
        CheckFile, models.PROTECT, null=True, db_index=False, verbose_name="文件"
    )
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "催办记录"
        constraints = (
            models.UniqueConstraint(
                fields=["person", "since", "stage", "channel"], name="benefits_checkstep_once"
            ),
            models.CheckConstraint(
                condition=models.Q(by_person_id__isnull=False)
                | ~models.Q(by_name="")
                | models.Q(file__isnull=False),
                name="benefits_checkstep_by_somebody",
            ),
        )
