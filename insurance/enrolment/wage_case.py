"""Lower a declared wage of the year by a case of two persons (缴费工资更正).

An employer's sheet raises wages and declares those of the year; less than it declared before takes
the person's signature and a second member of staff. The next bills follow by difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.utils import timezone

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthRange
from backend.people.models import Party
from backend.people.queries import canonical_id, family_of
from insurance.enrolment import store
from insurance.enrolment.assess import WAGE_FEN_MAX, WageInvalid
from insurance.enrolment.locks import lock_person
from insurance.enrolment.models import Enrolment, Kind, Source, Wage, WageSource
from insurance.enrolment.rests import Blocker, refuse_rested_on

REASON_MAX = 120

# Where the person is insured by the employer, under whatever entries of both.
LOWERED = """
SELECT DISTINCT e.person_id, e.payer_id, %(first)s::date AS from_month,
    %(fen)s::bigint AS monthly_fen, true AS confirmed, %(wage_source)s AS wage_source,
    %(source)s AS source, NULL::bigint AS source_id, %(case)s::bigint AS case_id
FROM enrolment_enrolment e
WHERE e.person_id = ANY (%(persons)s) AND e.payer_id = ANY (%(payers)s) AND e.kind = 'EMPLOYED'
    AND e.superseded_at IS NULL AND e.valid && %(year)s::daterange
"""


class NothingLowered(Refusal):
    """No higher wage of the year was declared (本年度没有更高的已申报工资)."""

    code = "enrolment_wage_not_lowered"


class YearNotCurrent(Refusal):
    """What the employer's sheet can not declare, no case lowers (不是当年的申报)."""

    code = "enrolment_wage_year_not_current"


@dataclass(frozen=True)
class Asked:
    """Whose wage of which year falls to what, at which employer."""

    person: int
    payer: int
    year: int
    fen: int

    @property
    def months(self) -> MonthRange:
        """The year."""
        return MonthRange(Month(self.year, 1), Month(self.year + 1, 1))

    @property
    def range(self) -> SqlRange:
        """The year, as the database has it."""
        return SqlRange(Month(self.year, 1).first_day, Month(self.year + 1, 1).first_day)


def check(case: Case, *, blockers: Sequence[Blocker]) -> int:
    """At its receipt an ENROLMENT_WAGE case can be decided as it asks; writes nothing.

    Content: ``employer``, ``year`` (declared for), ``wage`` (yuan a month), ``confirmation`` (the
    paper that the person signed), ``reason``.

    Raises:
        ContentInvalid, ProposalWaits, MoneyInvalid, WageInvalid, YearNotCurrent, NothingLowered,
        MonthsRestedOn.
    """
    content.require_only_proposal(
        case, of_party=True, employer=case.content.get("employer"), year=case.content.get("year")
    )
    _asked(case, blockers)
    return 0


@transaction.atomic
def decide(case: Case, *, blockers: Sequence[Blocker]) -> int:
    """The act of an ENROLMENT_WAGE case; rows closed and written.

    Raises:
        as ``check``.
    """
    lock_person(person_id=canonical_id(party_id=case.party_id))
    asked = _asked(case, blockers)
    values = {
        "persons": family_of(party_id=asked.person),
        "payers": family_of(party_id=asked.payer),
        "first": asked.months.start.first_day,
        "year": asked.range,
        "fen": asked.fen,
        "wage_source": WageSource.DECLARED,
        "source": Source.CASE,
        "case": case.pk,
    }
    with connection.cursor() as cursor:
        return store.set_wages(cursor=cursor, select=LOWERED, parameters=values)


def _asked(case: Case, blockers: Sequence[Blocker]) -> Asked:
    asked = _told(case)
    declared = _declared(asked)
    if not declared or asked.fen >= max(declared):
        raise NothingLowered(
            f"该单位没有为此人申报过 {asked.year} 年度更高的缴费工资；新增或调高的由申报表办理。",
            case_id=case.pk,
        )
    for scheme in _schemes(asked):
        refuse_rested_on(
            blockers=blockers, person_id=asked.person, scheme=scheme, months=asked.months
        )
    return asked


def _told(case: Case) -> Asked:
    year = content.number(case, "year", "申报年度")
    today = timezone.localdate(case.decided_at or case.received_at)
    if year not in (today.year, Month.of(today).next.year):
        raise YearNotCurrent(
            f"只能更正当年的缴费工资，{year} 年度的由稽核或补缴办理。", case_id=case.pk
        )
    payer = content.number(case, "employer", "单位")
    fen = content.fen(case, "wage", "月缴费工资")
    if fen > WAGE_FEN_MAX:
        raise WageInvalid("月缴费工资过高。")
    content.text(case, "confirmation", "本人签字确认的材料")
    content.text(case, "reason", "更正原因", most=REASON_MAX)
    if not Party.objects.filter(pk=payer).exists():
        raise content.ContentInvalid("请写明单位的编号。", case_id=case.pk)
    return Asked(canonical_id(party_id=case.party_id), canonical_id(party_id=payer), year, fen)


def _declared(asked: Asked) -> list[int]:
    """What the employer declared of the person for the year, as it stands."""
    rows = Wage.objects.filter(
        person__in=family_of(party_id=asked.person),
        payer__in=family_of(party_id=asked.payer),
        wage_source=WageSource.DECLARED,
        superseded_at__isnull=True,
        valid__startswith__gte=asked.range.lower,
        valid__startswith__lt=asked.range.upper,
    )
    return list(rows.values_list("monthly_fen", flat=True))


def _schemes(asked: Asked) -> list[str]:
    """In which schemes the wage counts."""
    rows = Enrolment.objects.filter(
        person__in=family_of(party_id=asked.person),
        payer__in=family_of(party_id=asked.payer),
        kind=Kind.EMPLOYED,
        superseded_at__isnull=True,
        valid__overlap=asked.range,
    )
    return sorted(set(rows.values_list("scheme", flat=True)))
