"""What is granted once, and to whom (一次性待遇): claims, shares, and the numbers that pay them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from backend.people.models import CURRENT, ClockTimestamp, Party
from insurance.accounts.models import Outgoing
from payments.ledger.models import Book


class ClaimKind(models.TextChoices):
    """What is granted (一次性待遇类别)."""

    SURVIVOR = "SURVIVOR", "丧葬补助金和抚恤金"
    CHILDBIRTH = "CHILDBIRTH", "生育一次性补助"  # for each birth while benefit is drawn
    SKILL = "SKILL", "技能提升补贴"  # for each certificate, once for all persons
    PAID_BACK = "PAID_BACK", "多退的追回款"  # what came back and was not owed after all
    INHERITED = "INHERITED", "死亡前应发未发待遇"  # as often as something more is found


OF_A_DEATH = (ClaimKind.SURVIVOR, ClaimKind.INHERITED)  # undone with it


class Claim(models.Model):
    """An amount granted once on somebody's insurance (一次性待遇), by a case, with its steps.

    What ``corrects`` a claim takes its place, whole; what was paid on the one before counts.
    A row is only closed by a case after which nothing is owed, as when a death was false. Of the
    funeral grants of several schemes only one is taken (社会保险法 第四十九条).
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("类别", max_length=10, choices=ClaimKind.choices)
    subject = models.CharField("事项", max_length=60, blank=True)  # which birth, which certificate
    person = models.ForeignKey(Party, models.PROTECT, verbose_name="参保人")
    scheme = models.CharField("险种", max_length=3)
    book = models.ForeignKey(Book, models.PROTECT, db_index=False, verbose_name="账套")
    event_date = models.DateField("事由发生日期")
    fen = models.BigIntegerField("金额(分)")
    funeral_fen = models.BigIntegerField("其中丧葬补助金(分)", default=0)
    region = models.CharField("行政区划", max_length=6)
    figures = models.JSONField("其他数据")
    steps = models.JSONField("计算步骤")
    policy_version = models.CharField("政策版本", max_length=64)
    standing = models.CharField("依据状态", max_length=12)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="correction", verbose_name="原核定"
    )
    case_id = models.BigIntegerField("业务编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())
    superseded_at = models.DateTimeField("被替代时间", null=True)

    class Meta:
        verbose_name = "一次性待遇"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(fen__gt=0, funeral_fen__gte=0, fen__gte=models.F("funeral_fen")),
                name="benefits_claim_fen",
            ),
            models.UniqueConstraint(
                fields=["person", "scheme", "kind", "subject"],
                name="benefits_claim_once",
                condition=CURRENT,
            ),
            models.UniqueConstraint(
                fields=["subject"],
                name="benefits_claim_one_certificate",
                condition=CURRENT & models.Q(kind="SKILL"),
            ),
            models.UniqueConstraint(
                fields=["person"],
                name="benefits_claim_one_funeral",
                condition=CURRENT & models.Q(funeral_fen__gt=0),
            ),
        )


class Relation(models.TextChoices):
    """How a payee stands to the insured person (与参保人关系); who is paid himself, is SELF."""

    SELF = "SELF", "本人"
    SPOUSE = "SPOUSE", "配偶"
    CHILD = "CHILD", "子女"
    PARENT = "PARENT", "父母"
    OTHER = "OTHER", "其他继承人"


class ClaimShare(models.Model):
    """A payee's part of a claim (份额). Append-only; the parts come to the whole fen."""

    id = models.BigAutoField(primary_key=True)
    claim = models.ForeignKey(Claim, models.PROTECT, db_index=False, verbose_name="一次性待遇")
    payee = models.ForeignKey(Party, models.PROTECT, verbose_name="收款人")
    relation = models.CharField("与参保人关系", max_length=6, choices=Relation.choices)
    weight = models.IntegerField("份额")
    fen = models.BigIntegerField("金额(分)")
    had_fen = models.BigIntegerField("其中更正前已付(分)", default=0)
    parts = ArrayField(models.BigIntegerField(), verbose_name="按支出项目(分)")

    class Meta:
        verbose_name = "一次性待遇份额"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(fen__gt=0, had_fen__gte=0, fen__gte=models.F("had_fen")),
                name="benefits_claimshare_fen",
            ),
            models.UniqueConstraint(fields=["claim", "payee"], name="benefits_claimshare_once"),
        )


class ClaimDue(models.Model):
    """The number under which payments pay a share (一次性待遇应发). Append-only."""

    share = models.OneToOneField(
        ClaimShare, models.PROTECT, primary_key=True, verbose_name="一次性待遇份额"
    )
    due_ref = models.BigIntegerField("应发编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "一次性待遇应发"


class InheritedSingle(models.Model):
    """A share or an amount of an account that its payee did not live to get, and a claim pays to
    the heirs (由继承人领取的单笔). Append-only.

    It is theirs while the claim stands. ``due_ref`` is the number under which a bank returned it.
    """

    id = models.BigAutoField(primary_key=True)
    claim = models.ForeignKey(Claim, models.PROTECT, verbose_name="一次性待遇")
    share = models.ForeignKey(ClaimShare, models.PROTECT, null=True, verbose_name="份额")
    outgoing = models.ForeignKey(Outgoing, models.PROTECT, null=True, verbose_name="账户支付去向")
    fen = models.BigIntegerField("金额(分)")
    due_ref = models.BigIntegerField("应发编号", null=True)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "由继承人领取的单笔"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(fen__gt=0)
                & (
                    models.Q(share__isnull=True, outgoing__isnull=False)
                    | models.Q(share__isnull=False, outgoing__isnull=True)
                ),
                name="benefits_inheritedsingle_of_one",
            ),
            models.UniqueConstraint(
                fields=["claim", "share", "outgoing"],
                name="benefits_inheritedsingle_once",
                nulls_distinct=False,
            ),
        )


class InheritedDue(models.Model):
    """A due owed to a person who died that a claim pays to the heirs (由继承人领取的应发).

    Append-only. With it the due is settled: no run pays it and no reissue, whatever comes. Where
    the death was false the claim is closed, and the next run finds anew what is owed.
    """

    due = models.OneToOneField(
        "benefits.Due", models.PROTECT, db_column="due_ref", primary_key=True, verbose_name="应发"
    )
    claim = models.ForeignKey(Claim, models.PROTECT, verbose_name="一次性待遇")
    n = models.SmallIntegerField("代替的次数")  # one more than it was tried before
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "由继承人领取的应发"
