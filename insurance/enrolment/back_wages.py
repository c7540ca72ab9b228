"""The wage on which past months are paid back (补缴月份的缴费工资): one a month at a payer."""

from datetime import datetime

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month, MonthRange
from backend.people.queries import canonical_id
from backend.people.supersede import close
from insurance.enrolment.models import Enrolment, Source, Wage, WageSource


class WageOtherwise(Refusal):
    """The wage of these months is known, and is another (该月已有不同的缴费工资)."""

    code = "enrolment_wage_otherwise"


def refuse_other_wage(
    *, person_id: int, payer_id: int | None, months: MonthRange, wage_fen: int
) -> None:
    """Let months be paid back on the wage of the other schemes in which they are insured there.

    A wage that reaches into months in which nobody was insured there says nothing of them.

    Raises:
        WageOtherwise.
    """
    person = canonical_id(party_id=person_id)
    payer = None if payer_id is None else canonical_id(party_id=payer_id)
    insured = list(
        Enrolment.objects.filter(
            person=person, payer=payer, superseded_at__isnull=True, valid__overlap=_range(months)
        ).values_list("valid", flat=True)
    )
    for row in _others(person, payer, months, wage_fen):
        for month in months.months():
            day = month.first_day
            if day in row.valid and any(day in valid for valid in insured):
                known = str(Money(row.monthly_fen))
                raise WageOtherwise(
                    f"{month} 已按缴费工资 {known} 元参保其他险种，补缴应按同一工资；"
                    "工资有误的请先更正。",
                    known=known,
                )


def write_wages(
    *, case: Case, person_id: int, payer_id: int | None, months: MonthRange, wage_fen: int
) -> int:
    """Let the decided wage be that of these months, and of no others; rows closed and written."""
    closed = _others(person_id, payer_id, months, wage_fen)
    moment = max((close(row) for row in closed), default=None)
    rest = [(row, valid) for row in closed for valid in _outside(row, months)]
    for row, valid in rest:
        _insert(row, valid, moment)
    same = Wage.objects.filter(
        person=person_id, payer=payer_id, superseded_at__isnull=True, monthly_fen=wage_fen
    )
    known = list(same.filter(valid__overlap=_range(months)).values_list("valid", flat=True))
    missing = [m for m in months.months() if not any(m.first_day in valid for valid in known)]
    stretches = stretches_of(missing)
    for stretch in stretches:
        _insert(_decided(case, person_id, payer_id, wage_fen), stretch, moment)
    return len(closed) + len(rest) + len(stretches)


def stretches_of(months: list[Month]) -> list[SqlRange]:
    """Join months that follow each other."""
    runs: list[list[Month]] = []
    for month in months:
        if runs and runs[-1][-1].next == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return [SqlRange(run[0].first_day, run[-1].next.first_day) for run in runs]


def _range(months: MonthRange) -> SqlRange:
    assert months.end is not None
    return SqlRange(months.start.first_day, months.end.first_day)


def _others(person_id: int, payer_id: int | None, months: MonthRange, wage_fen: int) -> list[Wage]:
    """Wages that say something else of these months."""
    rows = Wage.objects.filter(
        person=person_id, payer=payer_id, superseded_at__isnull=True, valid__overlap=_range(months)
    )
    return list(rows.exclude(monthly_fen=wage_fen).order_by("valid"))


def _outside(row: Wage, months: MonthRange) -> list[SqlRange]:
    """What of a wage lies before and after these months."""
    within, (first, upper) = _range(months), (row.valid.lower, row.valid.upper)
    parts = []
    if first < within.lower:
        parts.append(SqlRange(first, within.lower))
    if upper is None or upper > within.upper:
        parts.append(SqlRange(within.upper, upper))
    return parts


def _decided(case: Case, person_id: int, payer_id: int | None, wage_fen: int) -> Wage:
    return Wage(
        person_id=person_id,
        payer_id=payer_id,
        monthly_fen=wage_fen,
        confirmed=payer_id is None,
        wage_source=WageSource.CHOSEN if payer_id is None else WageSource.DECIDED,
        source=Source.CASE,
        case_id=case.pk,
    )


def _insert(row: Wage, valid: SqlRange, moment: datetime | None) -> None:
    """Write a row with other months; it counts from the instant at which what it replaces went."""
    facts = ("person_id", "payer_id", "monthly_fen", "confirmed", "wage_source")
    source = ("source", "source_id", "case_id")
    values = {name: getattr(row, name) for name in (*facts, *source)}
    known = {} if moment is None else {"recorded_at": moment}
    Wage.objects.create(**values, **known, valid=valid)
