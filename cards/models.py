"""The register of cards (社会保障卡登记): which card is whose, and how it stands in time."""

from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.db import models

from backend.access.models import Terminal
from backend.people.models import CURRENT, PAST, ClockTimestamp, Dated, Person
from cards.chip.authentication import Algorithm
from cards.states import CardState

STATES = [(one.value, one.label) for one in CardState]
NOW = CURRENT & models.Q(valid__upper_inf=True)


class Card(models.Model):
    """A social security card as it was made (社会保障卡): never changed; a new one is a new row."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, models.PROTECT, verbose_name="持卡人")
    identification = models.CharField("卡识别码", max_length=32, unique=True)
    card_number = models.CharField("卡号", max_length=9)  # a replacement may keep it
    spec_version = models.CharField("规范版本", max_length=4)
    algorithm = models.CharField(
        "密码算法", max_length=4, choices=[(one.value, one.value) for one in Algorithm]
    )
    key_version = models.SmallIntegerField("密钥版本")
    reset_info = models.CharField("卡复位信息", max_length=26)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "社会保障卡"
        constraints = (
            models.UniqueConstraint(fields=["id", "person"], name="cards_card_of_person"),
        )


class CardStanding(Dated):
    """How a card stands in time (用卡状态); the row without an end is the state now."""

    card = models.ForeignKey(  # looked up once per statement (migration 0002)
        Card, models.PROTECT, db_index=False, db_constraint=False, verbose_name="社会保障卡"
    )
    person_id = models.BigIntegerField("持卡人")  # the card's: foreign key in migration 0002
    state = models.CharField("状态", max_length=16, choices=STATES)
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", verbose_name="前一状态"
    )
    reason = models.CharField("原因", max_length=200)

    class Meta:
        verbose_name = "用卡状态"
        indexes = (models.Index(fields=["card"], name="cards_standing_past", condition=PAST),)
        constraints = (
            models.UniqueConstraint(  # overlaps are refused by a trigger: migration 0002
                "card",
                RangeStartsWith("valid"),
                name="cards_standing_one_at_a_time",
                condition=CURRENT,
            ),
            models.UniqueConstraint(
                fields=["person_id"],
                name="cards_one_live_card",
                condition=NOW & models.Q(state=CardState.ACTIVE.value),
            ),
            models.UniqueConstraint(
                fields=["follows"],
                name="cards_standing_followed_once",
                condition=models.Q(valid__upper_inf=True, follows__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["card"],
                name="cards_standing_one_first",
                condition=models.Q(valid__upper_inf=True, follows__isnull=True),
            ),
        )


class CardChallenge(models.Model):
    """What a kiosk's card was last asked (内部认证随机数): one per kiosk, answered once."""

    terminal = models.OneToOneField(Terminal, models.PROTECT, primary_key=True, verbose_name="终端")
    card = models.ForeignKey(Card, models.PROTECT, verbose_name="社会保障卡")
    challenge = models.BinaryField("随机数")
    issued_at = models.DateTimeField("发出时间")
    answered_at = models.DateTimeField("应答时间", null=True)

    class Meta:
        verbose_name = "内部认证随机数"
