"""Who is insured where, on what wage (参保关系、缴费工资、名册): facts with two times."""

from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.db import models
from django.db.models.functions import Now

from backend.people.models import CURRENT, PAST, Dated, Party
from insurance.enrolment.filing_models import EmployerFiling as EmployerFiling


class Kind(models.TextChoices):
    """In which capacity somebody is insured (参保身份)."""

    EMPLOYED = "EMPLOYED", "单位职工"
    FLEXIBLE = "FLEXIBLE", "灵活就业人员"  # pays alone: no payer
    RESIDENT = "RESIDENT", "城乡居民"  # pays once a year through the village


class Scheme(models.TextChoices):
    """The schemes in which people are enrolled here (险种, AAE140)."""

    EMPLOYEE_PENSION = "110", "企业职工基本养老保险"
    RESIDENT_PENSION = "170", "城乡居民基本养老保险"
    UNEMPLOYMENT = "210", "失业保险"
    EMPLOYEE_MEDICAL = "310", "职工基本医疗保险"
    RESIDENT_MEDICAL = "390", "城乡居民基本医疗保险"


class Source(models.TextChoices):
    """Where a row comes from (来源)."""

    DESK = "DESK", "窗口或网上申报"
    ROSTER = "ROSTER", "增减员文件"
    ROLL = "ROLL", "居民缴费名册"
    WAGES = "WAGES", "年度工资申报"
    BASELINE = "BASELINE", "接管基线"
    CASE = "CASE", "业务件"


class FileKind(models.TextChoices):
    """What a file of enrolments tells."""

    ROSTER = "ROSTER", "增减员文件"
    ROLL = "ROLL", "居民缴费名册"
    WAGES = "WAGES", "年度工资申报"
    UNKNOWN = "UNKNOWN", "无法识别"  # its description can not be read: only ever refused


class EnrolmentBaseline(models.Model):
    """Enrolments and wages taken over from the old system (参保接管基线), signed by both sides."""

    id = models.AutoField(primary_key=True)
    digest = models.CharField("摘要", max_length=64, unique=True)
    manifest = models.JSONField("清单")
    taken_at = models.DateTimeField("接管时间", db_default=Now())

    class Meta:
        verbose_name = "参保接管基线"


class EnrolmentFile(models.Model):
    """A roster or roll as it came in (参保文件): taken whole, or refused with line and reason."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("类别", max_length=8, choices=FileKind.choices)
    name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("摘要", max_length=64)
    description_sha256 = models.CharField("说明文件摘要", max_length=64, blank=True)
    accepted = models.BooleanField("已接收")
    row_count = models.IntegerField("行数", null=True)
    code = models.CharField("拒收代码", max_length=60, blank=True)
    line = models.IntegerField("拒收行", null=True)
    detail = models.CharField("拒收原因", max_length=300, blank=True)
    received_by = models.BigIntegerField("接收人(自然人)", null=True)
    received_at = models.DateTimeField("接收时间", db_default=Now())

    class Meta:
        verbose_name = "参保文件"
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "sha256"],
                name="enrolment_file_once",
                condition=models.Q(accepted=True),
            ),
            models.CheckConstraint(
                condition=models.Q(accepted=True, code="", row_count__isnull=False)
                | models.Q(accepted=False) & ~models.Q(code=""),
                name="enrolment_file_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="UNKNOWN", accepted=True), name="enrolment_file_known"
            ),
        )


class Sourced(Dated):
    """A dated fact that says what it rests on."""

    source = models.CharField("来源", max_length=8, choices=Source.choices)
    source_id = models.BigIntegerField("来源编号", null=True)  # of the file or baseline
    case_id = models.BigIntegerField("业务编号", null=True)

    class Meta:
        abstract = True


def _past(name: str) -> models.Index:
    """Past rows are found by person too; the current ones stand in the unique index."""
    return models.Index(fields=["person"], name=name, condition=PAST)


def _once(*key: str, name: str) -> models.UniqueConstraint:
    """No two current rows of a key begin on one day; overlaps are refused by a trigger."""
    return models.UniqueConstraint(
        *key, RangeStartsWith("valid"), name=name, condition=CURRENT, nulls_distinct=False
    )


class Enrolment(Sourced):
    """Somebody is insured in a scheme through a payer (参保关系), by whole months."""

    person = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="参保人")
    scheme = models.CharField("险种", max_length=3, choices=Scheme.choices)
    kind = models.CharField("参保身份", max_length=8, choices=Kind.choices)
    payer = models.ForeignKey(
        Party, models.PROTECT, null=True, related_name="+", verbose_name="单位或村(社区)"
    )
    district = models.CharField("参保地", max_length=6)

    class Meta:
        verbose_name = "参保关系"
        indexes = (_past("enrolment_enrolment_past"),)
        constraints = (_once("person", "scheme", "payer", name="enrolment_one_at_a_time"),)


class WageSource(models.TextChoices):
    """How a wage became known (缴费工资来源)."""

    DECLARED = "DECLARED", "年度申报"
    NEW_HIRE = "NEW_HIRE", "增员申报"
    DECIDED = "DECIDED", "补缴核定"  # by the case that billed these months
    CHOSEN = "CHOSEN", "个人选定"  # a flexible worker's own choice between floor and ceiling


class Wage(Sourced):
    """The monthly wage on which contributions rest (缴费工资), before floor and ceiling."""

    person = models.ForeignKey(  # both are looked up once per statement (migration 0002)
        Party, models.PROTECT, db_index=False, db_constraint=False, verbose_name="参保人"
    )
    payer = models.ForeignKey(
        Party,
        models.PROTECT,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name="单位",
    )
    monthly_fen = models.BigIntegerField("月工资(分)")
    confirmed = models.BooleanField("本人已确认", default=False)
    wage_source = models.CharField("工资来源", max_length=8, choices=WageSource.choices)

    class Meta:
        verbose_name = "缴费工资"
        indexes = (_past("enrolment_wage_past"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(monthly_fen__gt=0), name="enrolment_wage_above_zero"
            ),
            models.CheckConstraint(
                condition=models.Q(payer__isnull=True, wage_source="CHOSEN", confirmed=True)
                | models.Q(payer__isnull=False) & ~models.Q(wage_source="CHOSEN"),
                name="enrolment_wage_chosen_alone",
            ),
            _once("person", "payer", name="enrolment_wage_one_at_a_time"),
        )


class SupportGroup(Sourced):
    """Somebody belongs to a group whose contributions others pay (困难群体)."""

    person = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="参保人")
    group = models.CharField("群体", max_length=24)  # a code of data/support_groups.toml

    class Meta:
        verbose_name = "困难群体"
        indexes = (_past("enrolment_group_past"),)
        constraints = (_once("person", "group", name="enrolment_group_one_at_a_time"),)


class RetiredStatus(Sourced):
    """Somebody is insured as a retired person (退休人员参保): without contributions, from the month
    after the retirement month. What is known of the months insured before is kept with it."""

    person = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="参保人")
    scheme = models.CharField("险种", max_length=3, choices=Scheme.choices)
    known_months = models.SmallIntegerField("退休前参保月数(本系统所知)")

    class Meta:
        verbose_name = "退休人员参保"
        indexes = (_past("enrolment_retired_past"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(scheme="310", known_months__gte=0),
                name="enrolment_retired_scheme",
            ),
            _once("person", "scheme", name="enrolment_retired_one_at_a_time"),
        )


class TemporaryAccount(Sourced):
    """Somebody past an age joined away from the household's place (临时基本养老保险缴费账户), with
    the enrolment that begins in its first month: never a place of award (国办发〔2009〕66号第五条).
    """

    person = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="参保人")
    scheme = models.CharField("险种", max_length=3, choices=Scheme.choices)
    household = models.CharField("户籍所在地区划", max_length=6)
    evidence = models.CharField("户籍依据", max_length=120)

    class Meta:
        verbose_name = "临时基本养老保险缴费账户"
        indexes = (_past("enrolment_temporary_past"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(scheme="110"), name="enrolment_temporary_scheme"
            ),
            _once("person", "scheme", name="enrolment_temporary_one_at_a_time"),
        )


class HouseholdPlace(Sourced):
    """Where somebody's household is registered (户籍所在地), as it was told on joining."""

    person = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="参保人")
    region = models.CharField("户籍所在地区划", max_length=6)
    evidence = models.CharField("户籍依据", max_length=120)

    class Meta:
        verbose_name = "户籍所在地"
        indexes = (_past("enrolment_household_past"),)
        constraints = (_once("person", name="enrolment_household_one_at_a_time"),)


class RollEntry(Sourced):
    """What a resident is to pay for a year (居民缴费名册): level chosen, aid, subsidy."""

    person = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="参保人")
    scheme = models.CharField("险种", max_length=3, choices=Scheme.choices)
    village = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name="村(社区)")
    chosen_fen = models.BigIntegerField("选定档次(分)", null=True)  # null: the scheme has one rate
    collective_fen = models.BigIntegerField("集体补助(分)", default=0)
    subsidised = models.BooleanField("享受政府补贴")

    class Meta:
        verbose_name = "居民缴费名册"
        indexes = (_past("enrolment_roll_past"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(scheme="170", chosen_fen__gt=0)
                | models.Q(scheme="390", chosen_fen__isnull=True),
                name="enrolment_roll_level",
            ),
            models.CheckConstraint(
                condition=models.Q(collective_fen__gte=0), name="enrolment_roll_collective"
            ),
            _once("person", "scheme", "village", name="enrolment_roll_one_at_a_time"),
        )


class Deregistration(Sourced):
    """An employer is deregistered from a month on (单位注销): nobody joins it any more."""

    payer = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="单位")
    evidence = models.CharField("依据", max_length=120)

    class Meta:
        verbose_name = "单位注销"
        constraints = (_once("payer", name="enrolment_deregistration_one_at_a_time"),)


class Cleared(models.Model):
    """Doubled months that a decided case closed (清退月份): their account part is given back.

    Append-only; accounts read it in the order of ``id``.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Party, models.PROTECT, verbose_name="参保人")
    scheme = models.CharField("险种", max_length=3, choices=Scheme.choices)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, verbose_name="被清退的参保关系")
    from_month = models.DateField("自")
    until_month = models.DateField("至(不含)")
    case_id = models.BigIntegerField("业务编号")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "清退月份"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(until_month__gt=models.F("from_month")),
                name="enrolment_cleared_months",
            ),
            models.UniqueConstraint(
                fields=["enrolment", "from_month"], name="enrolment_cleared_once"
            ),
        )


class DuplicateKind(models.TextChoices):
    """Why two entries should be looked at (重复类别)."""

    TWO_SCHEMES = "TWO_SCHEMES", "职工与居民重复参保"
    TWO_PLACES = "TWO_PLACES", "同一险种重复参保"
    TWO_NUMBERS = "TWO_NUMBERS", "疑似一人两个号码"
    PENSIONER = "PENSIONER", "领取养老金又参保"


class Duplicate(models.Model):
    """A finding (重复参保线索): a row of the view ``enrolment_duplicate``, found anew each time.

    Two numbers of one person are a guess by name, birth and sex: people decide, by MERGE. Doubled
    months are closed by ENROLMENT_MERGE; who draws a pension leaves, or is put right.
    ``enrolment`` is the one that stays when a text says so, or that the pension ended.
    """

    id = models.CharField(primary_key=True, max_length=60)
    kind = models.CharField("类别", max_length=12, choices=DuplicateKind.choices)
    person = models.ForeignKey(Party, models.DO_NOTHING, related_name="+")
    other_person = models.ForeignKey(Party, models.DO_NOTHING, related_name="+")
    enrolment = models.ForeignKey(Enrolment, models.DO_NOTHING, null=True, related_name="+")
    other_enrolment = models.ForeignKey(Enrolment, models.DO_NOTHING, null=True, related_name="+")
    months = DateRangeField("重复期间", null=True)

    class Meta:
        managed = False
        db_table = "enrolment_duplicate"
        verbose_name = "重复参保线索"
