"""Recognise what somebody's archive says (档案认定): by two persons, on papers, superseded never
changed.

Birth month, category, first working month, deemed service and special work decide when somebody
may retire and what the pension is. A later recognition takes the place of the one before; what was
awarded on that stays until it is decided anew.
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases import content
from backend.cases.content import Row
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.identity import Sex
from backend.kernel.months import Month, MonthRange
from backend.people.models import Person
from backend.people.queries import canonical_id, family_of
from backend.people.supersede import close
from insurance.pension.archive import BirthRecord, months_of, recognised_birth
from insurance.pension.deemed import check_ground
from insurance.pension.locks import lock_person
from insurance.pension.models import (
    ArchiveFacts,
    ArchivePeriod,
    Category,
    DeemedGround,
    PeriodKind,
    SpecialWork,
)
from insurance.policy import parameters as policy

SEX_OF = {Category.M60: Sex.MALE, Category.F55: Sex.FEMALE, Category.F50: Sex.FEMALE}
SEXES = tuple(Sex)  # of others nothing is known that contradicts


class ArchiveInvalid(Refusal):
    """What is to be recognised contradicts itself (认定内容不一致)."""

    code = "archive_invalid"


class EarlierRecordPrevails(Refusal):
    """劳社部发〔1999〕8号: the archive's earliest record prevails (以最先记载为准)."""

    code = "archive_earlier_record_prevails"


@dataclass(frozen=True)
class Period:
    """Months with what they count as and their evidence."""

    kind: PeriodKind
    work: str
    months: MonthRange
    evidence: str
    ground: str = ""  # why months are deemed that are not so of themselves


@dataclass(frozen=True)
class Asked:
    """What a case asks to be recognised."""

    person: Person
    category: Category
    category_evidence: str
    records: tuple[BirthRecord, ...]
    birth_month: Month
    first_work_month: Month
    first_work_evidence: str
    periods: tuple[Period, ...]

    @property
    def deemed_months(self) -> int:
        """How many months count as if they had been paid."""
        return months_of(periods=self.of_kind(PeriodKind.DEEMED))

    def of_kind(self, kind: PeriodKind) -> list[MonthRange]:
        """The periods of a kind."""
        return [period.months for period in self.periods if period.kind is kind]


def check(case: Case) -> int:
    """At its receipt an ARCHIVE_FACTS case can be decided as it asks; writes nothing.

    Content: ``category``, ``category_evidence``; ``birth_month`` and ``birth_records`` (of each
    paper of the archive ``paper``, ``recorded_on``, ``birth_month``); ``first_work_month``,
    ``first_work_evidence``; ``deemed`` (of each period ``from_month``, ``last_month``,
    ``evidence``, and ``ground`` where they lie after personal accounts began) and ``special``
    (also ``work``).

    Raises:
        ContentInvalid, ArchiveInvalid, EarlierRecordPrevails, BirthRecordsDisagree,
        PeriodsOverlap, DeemedGroundMissing, ProposalWaits, MonthInvalid; NotConfigured,
        NotVerified: since when, or on which grounds.
    """
    content.require_only_proposal(case, of_party=True)
    _asked(case)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of an ARCHIVE_FACTS case; rows written.

    Raises:
        as ``check``.
    """
    lock_person(person_id=canonical_id(party_id=case.party_id))
    asked = _asked(case)
    before = _current(case.party_id)
    facts = ArchiveFacts(
        person_id=asked.person.pk,
        case_id=case.pk,
        birth_month=asked.birth_month.first_day,
        id_birth_month=Month.of(asked.person.birth_date).first_day,
        records=[
            {
                "paper": record.paper,
                "recorded_on": record.recorded_on.isoformat(),
                "birth_month": str(record.birth_month),
            }
            for record in asked.records
        ],
        category=asked.category,
        category_evidence=asked.category_evidence,
        first_work_month=asked.first_work_month.first_day,
        first_work_evidence=asked.first_work_evidence,
        deemed_months=asked.deemed_months,
    )
    for row in before:
        facts.recorded_at = close(row)
    facts.save(force_insert=True)
    for period in asked.periods:
        _write(facts, period)
    return 1 + len(asked.periods) + len(before)


def current(*, person_id: int) -> ArchiveFacts | None:
    """Give what is recognised of a person now, under whatever entry."""
    return next(iter(_current(person_id)), None)


def deemed_of(*, facts: ArchiveFacts) -> list[MonthRange]:
    """Give the periods that count as if they had been paid."""
    rows = facts.archiveperiod_set.filter(kind=PeriodKind.DEEMED)
    return [MonthRange(Month.of(row.months.lower), Month.of(row.months.upper)) for row in rows]


def _current(person_id: int) -> list[ArchiveFacts]:
    """The newest first: merged entries may each have their own."""
    family = family_of(party_id=person_id)
    rows = ArchiveFacts.objects.filter(person__in=family, superseded_at__isnull=True)
    return list(rows.order_by("-recorded_at"))


def _write(facts: ArchiveFacts, period: Period) -> None:
    assert period.months.end is not None
    ArchivePeriod.objects.create(
        facts=facts,
        kind=period.kind,
        work=period.work,
        ground=period.ground,
        months=SqlRange(period.months.start.first_day, period.months.end.first_day),
        evidence=period.evidence,
    )


def _asked(case: Case) -> Asked:
    person = Person.objects.filter(pk=canonical_id(party_id=case.party_id)).first()
    if person is None:
        raise ArchiveInvalid("当事人不是自然人。", case_id=case.pk)
    asked = Asked(
        person=person,
        category=Category(content.choice(case, "category", "退休类别", tuple(Category.values))),
        category_evidence=content.text(case, "category_evidence", "退休类别的依据"),
        records=tuple(
            _record(row) for row in content.rows(case, "birth_records", "档案记载的出生年月")
        ),
        birth_month=Month.parse(case.content.get("birth_month")),
        first_work_month=Month.parse(case.content.get("first_work_month")),
        first_work_evidence=content.text(case, "first_work_evidence", "参加工作时间的依据"),
        periods=(
            *_periods(case, "deemed", PeriodKind.DEEMED),
            *_periods(case, "special", PeriodKind.SPECIAL),
        ),
    )
    _refuse_contradictions(case, asked, content.day_of(case))
    return asked


def _record(row: Row) -> BirthRecord:
    return BirthRecord(
        paper=content.text(row, "paper", "材料名称"),
        recorded_on=content.day(row, "recorded_on", "记载日期"),
        birth_month=Month.parse(row.content.get("birth_month")),
    )


def _periods(case: Case, name: str, kind: PeriodKind) -> list[Period]:
    return [_period(row, kind) for row in content.rows(case, name, f"{kind.label}期间")]


def _period(row: Row, kind: PeriodKind) -> Period:
    special = kind is PeriodKind.SPECIAL
    work = content.choice(row, "work", "工种", tuple(SpecialWork.values)) if special else ""
    return Period(
        kind,
        work,
        content.months(row),
        content.text(row, "evidence", "期间的依据"),
        "" if special else _ground(row),
    )


def _ground(row: Row) -> str:
    """Why a period is deemed; most are so of themselves and name none."""
    if not row.content.get("ground"):
        return ""
    return content.choice(row, "ground", "视同缴费的理由", tuple(DeemedGround.values))


def _refuse_contradictions(case: Case, asked: Asked, today: date) -> None:
    if asked.person.sex in SEXES and SEX_OF[asked.category] != asked.person.sex:
        raise ArchiveInvalid("退休类别与性别不符。", case_id=case.pk)
    id_month = Month.of(asked.person.birth_date)
    prevails = recognised_birth(records=asked.records, id_month=id_month)
    if asked.birth_month != prevails:
        raise EarlierRecordPrevails(
            f"应以档案最先记载的 {prevails} 为准，不是 {asked.birth_month}（证件为 {id_month}）。",
            birth_month=str(prevails),
        )
    now = Month.of(today)
    if not asked.birth_month < asked.first_work_month <= now:
        raise ArchiveInvalid("参加工作时间应在出生以后、本月以前。", case_id=case.pk)
    if any(record.recorded_on > today for record in asked.records):
        raise ArchiveInvalid("记载日期不能晚于今天。", case_id=case.pk)
    for period in asked.periods:
        assert period.months.end is not None
        if not asked.first_work_month <= period.months.start < period.months.end <= now.next:
            raise ArchiveInvalid("各期间应在参加工作以后、本月以前。", case_id=case.pk)
    months_of(periods=asked.of_kind(PeriodKind.DEEMED))
    months_of(periods=asked.of_kind(PeriodKind.SPECIAL))
    for period in asked.periods:
        if period.kind is PeriodKind.DEEMED:
            check_ground(
                tree=policy.load(),
                region=case.agency.region,
                months=period.months,
                ground=period.ground,
                today=today,
                demo=is_demo(),
            )
