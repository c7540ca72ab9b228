"""What persons were told of their cases, by which way, and what became of it (告知)."""

from django.db import models
from django.db.models.functions import Now

from backend.access import certified
from backend.access.certified_model import Certified
from backend.cases.models import Case
from backend.notices.routes import Channel
from backend.people.models import ClockTimestamp, Party


class Notice(models.Model):
    """One way by which a party is told of a decided case (告知): the text as it goes out, and a
    copy of the number or address to which it goes. Append-only.

    A text carries no number of nine digits or more: no account, ID or telephone number.
    """

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="notices", verbose_name="业务件")
    party = models.ForeignKey(Party, models.PROTECT, verbose_name="告知对象")
    channel = models.CharField(
        "方式", max_length=9, choices=[(channel.name, channel.label) for channel in Channel]
    )
    address = models.CharField("号码或地址", max_length=120, blank=True)  # none: at the window
    former = models.BooleanField("原联系方式")
    text = models.CharField("内容", max_length=300)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "告知"
        constraints = (
            models.UniqueConstraint(
                fields=["case", "channel", "address"], name="notices_notice_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(text__regex="[0-9Xx]{9,}"), name="notices_text_no_numbers"
            ),
        )


class StepState(models.IntegerChoices):
    """What became of a notice. The highest state counts, and none is put below a higher one."""

    QUEUED = 1, "待发"
    SENT = 2, "已发出"
    FAILED = 3, "未送达"  # may be tried again
    DELIVERED = 4, "已送达"
    CONFIRMED = 8, "本人确认办理"
    DENIED = 9, "本人否认办理"


class CallBackFile(models.Model):
    """Answers of a call-back (回访结果), taken whole. Append-only."""

    id = models.AutoField(primary_key=True)
    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    row_count = models.IntegerField("行数")
    received_by = models.BigIntegerField("接收人(自然人)")
    received_at = models.DateTimeField("接收时间", db_default=Now())

    class Meta:
        verbose_name = "回访结果"


class NoticeStep(Certified):
    """A step of a notice (告知状态). Append-only; by what SQL writes nobody was told."""

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="steps", verbose_name="告知")
    state = models.SmallIntegerField("状态", choices=StepState.choices)
    person_id = models.BigIntegerField("经办人(自然人)", null=True)  # null: by itself
    file = models.ForeignKey(CallBackFile, models.PROTECT, null=True, verbose_name="回访结果")
    detail = models.CharField("说明", max_length=200, blank=True)
    at = models.DateTimeField("时间", db_default=ClockTimestamp())
    certificate = models.BinaryField("证明", default=b"")

    class Meta:
        verbose_name = "告知状态"
        constraints = (
            models.UniqueConstraint(
                fields=["notice", "state"],
                name="notices_step_once",
                condition=~models.Q(state=3),
            ),
        )

    @classmethod
    def of(
        cls,
        notice: Notice,
        state: StepState,
        *,
        person_id: int | None = None,
        file: CallBackFile | None = None,
        detail: str = "",
    ) -> "NoticeStep":
        """What became of a notice, vouched for and not kept yet."""
        step = cls(notice=notice, state=state, person_id=person_id, file=file, detail=detail)
        step.certify()
        return step

    @property
    def vouched(self) -> certified.StepOfNotice:
        """With the words of its notice: of another, or to another number, it says nothing."""
        return certified.StepOfNotice(
            notice_id=self.notice_id,
            case_id=self.notice.case_id,
            party_id=self.notice.party_id,
            channel=self.notice.channel,
            address=self.notice.address,
            text=self.notice.text,
            state=int(self.state),
            person_id=self.person_id,
            file_id=self.file_id,
            detail=self.detail,
        )
