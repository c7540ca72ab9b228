"""Papers that were issued, each printing of them, and what an agency's papers name (文书登记).

On the floor above policy and below all that decides: whoever decides may issue papers, and a paper
knows a case, never what was decided in it.
"""

from django.conf import settings
from django.db import models

from backend.access.models import Agency
from backend.cases.models import Case, Material
from backend.people.models import ClockTimestamp, Party


class OfficeFacts(models.Model):
    """What an agency's papers name from a day on (机构文书信息). Append-only; the latest counts."""

    id = models.AutoField(primary_key=True)
    agency = models.ForeignKey(Agency, models.PROTECT, db_index=False, verbose_name="经办机构")
    from_date = models.DateField("起用日期")
    place = models.CharField("地址和电话", max_length=120)
    reviewing_body = models.CharField("行政复议机关", max_length=60)
    court = models.CharField("管辖法院", max_length=60)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "机构文书信息"
        constraints = (
            models.UniqueConstraint(
                fields=["agency", "from_date"], name="issuing_office_facts_once"
            ),
        )


class PaperKind(models.TextChoices):
    """The kinds of papers, each numbered apart."""

    RETIREMENT_APPROVAL = "RETIREMENT_APPROVAL", "退休审批表"
    PENSION_AWARD = "PENSION_AWARD", "养老保险待遇核定表"
    UNEMPLOYMENT_AWARD = "UNEMPLOYMENT_AWARD", "失业保险金核定表"
    CLAIM_AWARD = "CLAIM_AWARD", "遗属待遇、一次性待遇核定表"
    HOLD_NOTICE = "HOLD_NOTICE", "暂停待遇告知书"
    STOP_NOTICE = "STOP_NOTICE", "停止待遇告知书"
    OBJECTION_ANSWER = "OBJECTION_ANSWER", "异议答复书"
    RECOVERY_NOTICE = "RECOVERY_NOTICE", "追回多发待遇告知书"
    RECOVERY_ORDER = "RECOVERY_ORDER", "责令退回多发待遇决定书"
    RECOVERY_AGREEMENT = "RECOVERY_AGREEMENT", "多发待遇还款协议"
    RECOVERY_COURT = "RECOVERY_COURT", "强制执行申请书"
    RECOVERY_CLOSED = "RECOVERY_CLOSED", "撤销追回通知书"
    RESUME_NOTICE = "RESUME_NOTICE", "恢复待遇告知书"
    REFUSAL_NOTICE = "REFUSAL_NOTICE", "不予核定告知书"
    ACCOUNT_PAID_OUT = "ACCOUNT_PAID_OUT", "个人账户支付核定表"
    TRANSFER_SHEET = "TRANSFER_SHEET", "关系转移接续信息表"
    SWITCH_SHEET = "SWITCH_SHEET", "养老保险制度衔接核定表"
    REFUND_PAID = "REFUND_PAID", "稳岗返还决定书"
    REFUND_REFUSED = "REFUND_REFUSED", "不予稳岗返还决定书"
    REFUND_ANSWER = "REFUND_ANSWER", "公示异议答复书"
    PERSON_REPORT = "PERSON_REPORT", "个人信息报告"
    AMOUNT_CORRECTED = "AMOUNT_CORRECTED", "待遇更正决定书"
    SET_OFF = "SET_OFF", "抵扣决定书"
    BACK_PAY_NOTICE = "BACK_PAY_NOTICE", "补发待遇告知书"
    ADJUSTMENT = "ADJUSTMENT", "养老金调整核定表"
    AMOUNT_CHANGED = "AMOUNT_CHANGED", "失业保险金标准调整告知书"
    ACCEPTANCE_RECEIPT = "ACCEPTANCE_RECEIPT", "受理回执"
    CORRECTION_NOTICE = "CORRECTION_NOTICE", "补正告知书"
    DECLINE_DECISION = "DECLINE_DECISION", "不予受理决定书"
    DELIVERY_RECORD = "DELIVERY_RECORD", "送达回证"
    CHANGE_LETTER = "CHANGE_LETTER", "变更告知书"
    DECISION_NOTICE = "DECISION_NOTICE", "业务决定告知书"
    OVERDUE_REPORT = "OVERDUE_REPORT", "失业人员名单限期报送通知书"


CASELESS = (PaperKind.PERSON_REPORT, PaperKind.OVERDUE_REPORT)


class IssuedPaper(models.Model):
    """A paper as it was first printed (文书), known again by number and check. Append-only.

    The same content is the same paper: printed again it keeps its number.
    """

    id = models.BigAutoField(primary_key=True)
    agency = models.ForeignKey(Agency, models.PROTECT, db_index=False, verbose_name="出具机构")
    kind = models.CharField("种类", max_length=20, choices=PaperKind.choices)
    year = models.SmallIntegerField("年度")
    ordinal = models.IntegerField("顺序号")  # without gaps: a trigger
    number = models.CharField("编号", max_length=32, unique=True)
    case = models.ForeignKey(Case, models.PROTECT, null=True, db_index=False, verbose_name="业务件")
    about = models.CharField("对象", max_length=40, blank=True)  # of several papers of one case
    party = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name="当事人")
    addressee = models.TextField("收件人", blank=True)  # empty: the party
    issued_on = models.DateField("文书日期")
    digest = models.CharField("内容摘要", max_length=64)  # of all but the number
    check_code = models.CharField("核验码", max_length=16)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "文书"
        constraints = (
            models.UniqueConstraint(
                fields=["agency", "kind", "year", "ordinal"], name="issuing_paper_ordinal"
            ),
            models.UniqueConstraint(
                fields=["case", "kind", "about", "digest"], name="issuing_paper_content_once"
            ),
            models.UniqueConstraint(
                fields=["party", "kind", "about", "digest"],
                name="issuing_report_content_once",
                condition=models.Q(case__isnull=True),
            ),
            models.CheckConstraint(  # what is told, and what an employer is asked, opens no case
                condition=models.Q(case__isnull=True, kind__in=CASELESS)
                | models.Q(case__isnull=False) & ~models.Q(kind__in=CASELESS),
                name="issuing_paper_of_case_or_report",
            ),
        )


class Printing(models.Model):
    """A paper left the printer (打印). Append-only; what comes after the first is a reprint."""

    id = models.BigAutoField(primary_key=True)
    paper = models.ForeignKey(
        IssuedPaper, models.PROTECT, related_name="printings", verbose_name="文书"
    )
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="打印人")
    person_id = models.BigIntegerField("打印人(自然人)")
    printed_at = models.DateTimeField("打印时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "打印"


class Way(models.TextChoices):
    """How a paper reaches somebody (送达方式)."""

    IN_PERSON = "IN_PERSON", "当面"
    MAIL = "MAIL", "邮寄"
    ENTRUSTED = "ENTRUSTED", "委托"
    LEFT = "LEFT", "留置"  # refused, and left where the receiver lives
    PUBLIC = "PUBLIC", "公告"


class Delivery(models.Model):
    """A paper was delivered (送达): how, when, to whom, by what proof. Append-only; one that
    ``corrects`` another counts instead of it."""

    id = models.BigAutoField(primary_key=True)
    paper = models.ForeignKey(
        IssuedPaper, models.PROTECT, related_name="deliveries", verbose_name="文书"
    )
    way = models.CharField("送达方式", max_length=9, choices=Way.choices)
    delivered_on = models.DateField("送达日期")
    receiver = models.CharField("收件人", max_length=60, blank=True)  # empty: a public notice
    relation = models.CharField("与受送达人的关系", max_length=40, blank=True)
    witnesses = models.CharField("见证人", max_length=60, blank=True)  # of what was left
    proof = models.CharField("送达凭据", max_length=200)
    material = models.ForeignKey(
        Material,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name="送达回证影像",
    )
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="corrected_by", verbose_name="更正"
    )
    recorded_by = models.BigIntegerField("登记人(自然人)")
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "送达"
        constraints = (
            models.UniqueConstraint(
                fields=["paper"],
                name="issuing_delivered_once",
                condition=models.Q(corrects__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(way="PUBLIC", receiver="")
                | (~models.Q(way="PUBLIC") & ~models.Q(receiver="")),
                name="issuing_delivered_to_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(way="LEFT")
                & (~models.Q(witnesses="") | models.Q(material__isnull=False))
                | ~models.Q(way="LEFT") & models.Q(witnesses=""),
                name="issuing_left_before_witnesses",
            ),
        )
