"""What the banks say of proposed accounts, and from when a change counts (账户核验、账户变更)."""

from django.db import models
from django.db.models.functions import Now

from backend.cases.models import Case
from backend.people.models import ClockTimestamp, Party
from backend.sensitive.cooling import Waiver


class AccountCheckFile(models.Model):
    """A file by which a bank is asked (账户核验请求). Serial and SHA-256 are committed before it
    goes. Append-only."""

    id = models.AutoField(primary_key=True)
    bank = models.CharField("银行", max_length=8)
    serial = models.IntegerField("序号")
    row_count = models.IntegerField("行数")
    sha256 = models.CharField("SHA-256", max_length=64)
    committed_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "账户核验请求"
        constraints = (
            models.UniqueConstraint(fields=["bank", "serial"], name="payments_check_serial"),
        )


class AccountCheck(models.Model):
    """A proposed account of which its bank is asked, once (账户核验). Append-only."""

    case = models.OneToOneField(
        Case, models.PROTECT, primary_key=True, related_name="account_check", verbose_name="业务件"
    )
    file = models.ForeignKey(AccountCheckFile, models.PROTECT, verbose_name="请求文件")
    # as it was asked about; empty: the holder is not the payee, his number is not known
    id_number = models.CharField("证件号码", max_length=24, blank=True)

    class Meta:
        verbose_name = "账户核验"


class AccountAnswerFile(models.Model):
    """The bank's answer to a file, taken whole (账户核验回复). Append-only."""

    file = models.OneToOneField(
        AccountCheckFile,
        models.PROTECT,
        primary_key=True,
        related_name="answer",
        verbose_name="请求文件",
    )
    name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("SHA-256", max_length=64)
    received_by = models.BigIntegerField("接收人(自然人)", null=True)
    received_at = models.DateTimeField("接收时间", db_default=Now())

    class Meta:
        verbose_name = "账户核验回复"


class AccountAnswerLater(models.Model):
    """What came after the first answer (后到的回复): other bytes, or the same by the bank itself,
    which somebody had handed in. Append-only."""

    id = models.AutoField(primary_key=True)
    file = models.ForeignKey(AccountCheckFile, models.PROTECT, verbose_name="请求文件")
    sha256 = models.CharField("SHA-256", max_length=64)
    received_by = models.BigIntegerField("接收人(自然人)", null=True)
    received_at = models.DateTimeField("接收时间", db_default=Now())

    class Meta:
        verbose_name = "后到的账户核验回复"
        constraints = (
            models.UniqueConstraint(fields=["file", "sha256"], name="payments_answer_later_once"),
        )


class CheckResult(models.TextChoices):
    """What the bank finds."""

    MATCHED = "MATCHED", "户名、账号、证件号码一致"
    NAME_DIFFERS = "NAME_DIFFERS", "户名不符"
    ID_DIFFERS = "ID_DIFFERS", "证件号码不符"
    NO_ACCOUNT = "NO_ACCOUNT", "无此账户"
    UNUSABLE = "UNUSABLE", "账户不能入账"


class AccountAnswer(models.Model):
    """What the bank said of one account. Append-only."""

    check_of = models.OneToOneField(
        AccountCheck,
        models.PROTECT,
        primary_key=True,
        related_name="answer",
        verbose_name="账户核验",
    )
    result = models.CharField("结果", max_length=12, choices=CheckResult.choices)
    own_card = models.BooleanField("户主本人社会保障卡账户")

    class Meta:
        verbose_name = "账户核验结果"


class ChangeState(models.TextChoices):
    """Where an approved change of an account stands; each but COOLING is the end."""

    COOLING = "COOLING", "冷静期内"  # counts for nothing yet
    IN_FORCE = "IN_FORCE", "已启用"
    OVERTAKEN = "OVERTAKEN", "被后来的变更取代"  # before it had cooled
    STOPPED = "STOPPED", "已停止"  # it was not the holder who asked for it


class AccountChange(models.Model):
    """What an approved ACCOUNT_CHANGE case came to (账户变更): its cooling, its waiver, its day."""

    case = models.OneToOneField(
        Case, models.PROTECT, primary_key=True, related_name="account_change", verbose_name="业务件"
    )
    payee = models.ForeignKey(Party, models.PROTECT, verbose_name="收款人")
    state = models.CharField("状态", max_length=9, choices=ChangeState.choices)
    cools_until = models.DateField("冷静期至", null=True)  # the first day on which it counts
    standing = models.CharField("天数来源", max_length=10, blank=True)  # of the days it cools
    from_date = models.DateField("启用日期")
    waiver = models.CharField(
        "免除冷静期",
        max_length=28,
        blank=True,
        choices=[(waiver.name, waiver.label) for waiver in Waiver],
    )
    replaced = models.ForeignKey(  # what was in force before; None: nothing was
        "payments.PayeeAccount",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="原账户",
    )
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())
    moved_at = models.DateTimeField("状态时间", null=True)

    class Meta:
        verbose_name = "账户变更"
        constraints = (
            models.UniqueConstraint(
                fields=["payee"],
                name="payments_change_one_cooling",
                condition=models.Q(state=ChangeState.COOLING),
            ),
            models.CheckConstraint(
                condition=models.Q(cools_until__isnull=False) | ~models.Q(waiver=""),
                name="payments_change_cools_or_is_waived",
            ),
            models.CheckConstraint(
                condition=models.Q(cools_until__isnull=True)
                | ~models.Q(waiver="")
                | models.Q(from_date__gte=models.F("cools_until")),
                name="payments_change_counts_when_it_cooled",
            ),
        )
