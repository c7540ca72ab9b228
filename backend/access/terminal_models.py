"""Terminals and the citizens before them (终端、参保人会话)."""

from django.conf import settings
from django.db import models


class Profile(models.TextChoices):
    """What a terminal is for (终端类别): which routes it may call stands in ``profiles.toml``."""

    KIOSK = "KIOSK", "自助终端"
    DESK = "DESK", "柜台终端"
    PERSONALISATION = "PERSONALISATION", "制卡终端"


class TerminalCode(models.Model):
    """A code that enrols one terminal (终端登记码): its digest, for what, until when."""

    id = models.BigAutoField(primary_key=True)
    digest = models.CharField("登记码摘要", max_length=64, unique=True)
    hall = models.ForeignKey("access.Hall", models.PROTECT, verbose_name="大厅")
    profile = models.CharField("类别", max_length=16, choices=Profile.choices)
    name = models.CharField("名称", max_length=60)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="签发人")
    issued_at = models.DateTimeField("签发时间")
    expires_at = models.DateTimeField("失效时间")

    class Meta:
        verbose_name = "终端登记码"


class Terminal(models.Model):
    """A machine with a key of its own (终端): enrolled once, revoked for good, heard of since."""

    id = models.BigAutoField(primary_key=True)
    code = models.OneToOneField(TerminalCode, models.PROTECT, verbose_name="登记码")
    hall = models.ForeignKey("access.Hall", models.PROTECT, verbose_name="大厅")
    profile = models.CharField("类别", max_length=16, choices=Profile.choices)
    name = models.CharField("名称", max_length=60)
    public_key = models.BinaryField("公钥", unique=True)
    enrolled_at = models.DateTimeField("登记时间")
    revoked_at = models.DateTimeField("停用时间", null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="停用人",
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
    # Of the key, which only the kiosk has: whoever reads the table, or a dump, can open nothing.
    digest = models.CharField(  # noqa: DJ001 - unique, and none until the kiosk fetched it
        "会话号摘要", max_length=64, unique=True, null=True
    )
    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name="终端")
    person_id = models.BigIntegerField("自然人")  # foreign key added by backend.people
    # Who opened it: a clerk to whom an ID card was shown, or the social security card itself.
    clerk = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, verbose_name="经办人"
    )
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
            models.CheckConstraint(
                name="access_citizensession_fetched_with_key",
                condition=models.Q(fetched_at__isnull=True, digest__isnull=True)
                | models.Q(fetched_at__isnull=False, digest__isnull=False),
            ),
        )
