"""Persons and organisations (人员与单位): immutable ids, dated names and numbers, deaths."""

from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.db import models

from backend.access.models import Staff


class ClockTimestamp(models.Func):
    """The database's clock at the moment of writing, not of the statement's or transaction's
    start: a monthly run's ``known_at`` relies on it (see ``benefits_known_now()``)."""

    function = "clock_timestamp"
    output_field = models.DateTimeField()


class PartyKind(models.TextChoices):
    """What a party is."""

    PERSON = "PERSON", "自然人"
    EMPLOYER = "EMPLOYER", "用人单位"
    VILLAGE = "VILLAGE", "村(社区)"
    INSTITUTION = "INSTITUTION", "服务机构"


class Party(models.Model):
    """Whoever can be insured, owe or be paid (当事人). Persons and organisations share the ids.

    A column of the database alone, ``lives_on_as``, says of a merged one as whom it lives on: the
    view ``people_canonical`` finds by it, a trigger of ``Alias`` writes it.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("类别", max_length=12, choices=PartyKind.choices)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "当事人"


class Person(models.Model):
    """A natural person (自然人)."""

    party = models.OneToOneField(Party, models.PROTECT, primary_key=True)
    birth_date = models.DateField("出生日期")
    sex = models.SmallIntegerField("性别(GB/T 2261.1)")
    nation = models.CharField("民族(GB/T 3304)", max_length=2)
    district = models.CharField("行政区划", max_length=6)
    village = models.ForeignKey(
        Party, models.PROTECT, null=True, related_name="+", verbose_name="村(社区)"
    )

    class Meta:
        verbose_name = "自然人"


class Organisation(models.Model):
    """An employer, village or institution (单位)."""

    party = models.OneToOneField(Party, models.PROTECT, primary_key=True)
    district = models.CharField("行政区划", max_length=12)

    class Meta:
        verbose_name = "单位"


class Dated(models.Model):
    """A fact with two times (双时态): ``valid`` in the world, ``recorded_at`` … ``superseded_at``
    in the books. A row is only ever closed by the row that supersedes it."""

    id = models.BigAutoField(primary_key=True)
    valid = DateRangeField("有效期间")
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())
    superseded_at = models.DateTimeField("被替代时间", null=True)

    class Meta:
        abstract = True


CURRENT = models.Q(superseded_at__isnull=True)
PAST = models.Q(superseded_at__isnull=False)


class PartyName(Dated):
    """A name in time (姓名/名称)."""

    party = models.ForeignKey(  # looked up once per statement (migration 0002)
        Party, models.PROTECT, db_index=False, db_constraint=False, verbose_name="当事人"
    )
    name = models.CharField("姓名/名称", max_length=150)
    search_name = models.CharField("检索名", max_length=150)

    class Meta:
        verbose_name = "姓名"
        indexes = (
            models.Index(fields=["search_name"], name="people_name_search"),
            models.Index(fields=["party"], name="people_name_past", condition=PAST),
        )
        constraints = (
            models.UniqueConstraint(  # overlaps are refused by a trigger: migration 0002
                "party",
                RangeStartsWith("valid"),
                name="people_name_one_at_a_time",
                condition=CURRENT,
            ),
        )


class PartyIdentifier(Dated):
    """A number in time (证件号码/信用代码): citizen ID, permit, passport, credit code."""

    party = models.ForeignKey(  # looked up once per statement (migration 0002)
        Party, models.PROTECT, db_index=False, db_constraint=False, verbose_name="当事人"
    )
    kind = models.CharField("证件类型", max_length=20)
    number = models.CharField("号码", max_length=24)

    class Meta:
        verbose_name = "证件"
        indexes = (models.Index(fields=["party"], name="people_identifier_past", condition=PAST),)
        constraints = (
            models.UniqueConstraint(
                fields=["number", "kind"], name="people_identifier_one_party", condition=CURRENT
            ),
            models.UniqueConstraint(  # overlaps are refused by a trigger: migration 0002
                "party",
                "kind",
                RangeStartsWith("valid"),
                name="people_identifier_one_at_a_time",
                condition=CURRENT,
            ),
        )


class ContactKind(models.TextChoices):
    """How somebody can be told something."""

    PHONE = "PHONE", "电话"
    ADDRESS = "ADDRESS", "通信地址"


class PartyContact(Dated):
    """How a party can be told something, in time (联系方式); of a change it is told both ways."""

    party = models.ForeignKey(Party, models.PROTECT, verbose_name="当事人")
    kind = models.CharField("类别", max_length=8, choices=ContactKind.choices)
    value = models.CharField("号码或地址", max_length=120)
    case_id = models.BigIntegerField("业务编号", null=True)

    class Meta:
        verbose_name = "联系方式"
        constraints = (
            models.UniqueConstraint(
                "party",
                "kind",
                RangeStartsWith("valid"),
                name="people_contact_one_at_a_time",
                condition=CURRENT,
            ),
        )


class Death(models.Model):
    """A death as known (死亡信息). Reported holds payments; confirmed by two people ends them."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Party, models.PROTECT, verbose_name="自然人")
    death_date = models.DateField("死亡日期")
    source = models.CharField("来源", max_length=16)
    confirmed = models.BooleanField("已核实", default=False)
    evidence = models.CharField("依据", max_length=120)
    case_id = models.BigIntegerField("业务编号", null=True)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())
    superseded_at = models.DateTimeField("被替代时间", null=True)

    class Meta:
        verbose_name = "死亡信息"
        constraints = (
            models.UniqueConstraint(
                fields=["person"], name="people_death_one_current", condition=CURRENT
            ),
        )


class Alias(models.Model):
    """A party found to be another (合并): ``party`` lives on as ``survivor``."""

    party = models.OneToOneField(Party, models.PROTECT, primary_key=True, related_name="alias")
    survivor = models.ForeignKey(Party, models.PROTECT, related_name="merged")
    case_id = models.BigIntegerField("业务编号")
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "合并"
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(party=models.F("survivor")), name="people_alias_other"
            ),
        )


class Relation(models.TextChoices):
    """Why somebody keeps out of another's matters (回避事由)."""

    KIN = "KIN", "亲属"
    INTEREST = "INTEREST", "其他利害关系"


class Recusal(models.Model):
    """A member of staff keeps out of the matters of a person (回避申报): it counts from its
    declaration until it is ended; confirmed and ended by another, each once, never changed
    otherwise."""

    id = models.BigAutoField(primary_key=True)
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="申报人")
    person_id = models.BigIntegerField("申报人(自然人)")
    other = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="须回避的人")
    relation = models.CharField("事由", max_length=8, choices=Relation.choices)
    note = models.CharField("说明", max_length=200)
    declared_at = models.DateTimeField("申报时间", db_default=ClockTimestamp())
    confirmed_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name="确认人"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True)
    ended_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name="终止人"
    )
    ended_at = models.DateTimeField("终止时间", null=True)
    end_reason = models.CharField("终止原因", max_length=200, blank=True)

    class Meta:
        verbose_name = "回避申报"
        constraints = (
            models.UniqueConstraint(
                fields=["person_id", "other"],
                name="people_recusal_once",
                condition=models.Q(ended_at__isnull=True),
            ),
        )
