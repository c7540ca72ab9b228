"""Enrol past months that a decided case has paid for later (补缴月份补登记)."""

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month, MonthRange
from backend.people.queries import canonical_id
from insurance.enrolment.assess import (
    BeforeBirth,
    Dead,
    OtherCapacity,
    PayerDeregistered,
)
from insurance.enrolment.known import known_of, payer_in_register, person_in_register
from insurance.enrolment.locks import lock_person
from insurance.enrolment.models import Enrolment, Kind, Source, Wage, WageSource


class WageOtherwise(Refusal):
    """The wage of these months is known, and is another (该月已有不同的缴费工资)."""

    code = "enrolment_wage_otherwise"


def enrol_back(
    *,
    case: Case,
    payer_id: int | None,
    schemes: tuple[str, ...],
    months: MonthRange,
    wage_fen: int,
) -> int:
    """Enrol the case's party in the months in which it was not, on the wage decided; rows written.

    Without ``payer_id`` it was insured alone. A month has one wage at a payer, whatever the scheme:
    it is written where none is known.

    Raises:
        PersonUnknown, PayerUnknown, BeforeBirth, Dead, PayerDeregistered, OtherCapacity,
        WageOtherwise.
    """
    person = person_in_register(person_id=case.party_id)
    lock_person(person_id=person.pk)
    kind = Kind.FLEXIBLE if payer_id is None else Kind.EMPLOYED
    payer = payer_in_register(payer_id=payer_id, kind=kind, person=person)
    known = known_of(person=person, payer=payer)
    last = list(months.months())[-1]
    if months.start < known.born:
        raise BeforeBirth()
    if known.died is not None and last > known.died:
        raise Dead()
    if known.payer_gone_from is not None and last >= known.payer_gone_from:
        raise PayerDeregistered("单位在这些月份已注销，不能补缴。")
    rows = 0
    for scheme in schemes:
        held = [one for one in known.held if one.scheme == scheme and one.months.overlaps(months)]
        if any(one.kind != kind for one in held):
            raise OtherCapacity()
        covered = [one.months for one in held if one.payer_id == payer.party_id]
        missing = [m for m in months.months() if not any(c.contains(m) for c in covered)]
        for stretch in _stretches(missing):
            Enrolment.objects.create(
                person_id=person.pk,
                scheme=scheme,
                kind=kind,
                payer_id=payer.party_id,
                district=payer.district,
                valid=stretch,
                source=Source.CASE,
                case_id=case.pk,
            )
            rows += 1
    return rows + _write_wages(case, person.pk, payer.party_id, months, wage_fen)


def refuse_other_wage(
    *, person_id: int, payer_id: int | None, months: MonthRange, wage_fen: int
) -> None:
    """Let months be paid back on the wage that is known of them, if one is.

    Raises:
        WageOtherwise.
    """
    payer = None if payer_id is None else canonical_id(party_id=payer_id)
    for row in _wages(canonical_id(party_id=person_id), payer, months):
        if row.monthly_fen != wage_fen:
            raise WageOtherwise(
                f"{Month.of(row.valid.lower)} 起已登记缴费工资 {Money(row.monthly_fen)} 元，"
                "补缴应按同一工资；工资有误的请先更正。",
                known=str(Money(row.monthly_fen)),
            )


def _wages(person_id: int, payer_id: int | None, months: MonthRange) -> list[Wage]:
    assert months.end is not None
    rows = Wage.objects.filter(
        person=person_id,
        payer=payer_id,
        superseded_at__isnull=True,
        valid__overlap=SqlRange(months.start.first_day, months.end.first_day),
    )
    return list(rows.order_by("valid"))


def _write_wages(
    case: Case, person_id: int, payer_id: int | None, months: MonthRange, wage_fen: int
) -> int:
    refuse_other_wage(person_id=person_id, payer_id=payer_id, months=months, wage_fen=wage_fen)
    known = [row.valid for row in _wages(person_id, payer_id, months)]
    missing = [m for m in months.months() if not any(m.first_day in valid for valid in known)]
    stretches = _stretches(missing)
    for stretch in stretches:
        Wage.objects.create(
            person_id=person_id,
            payer_id=payer_id,
            monthly_fen=wage_fen,
            confirmed=payer_id is None,
            wage_source=WageSource.CHOSEN if payer_id is None else WageSource.DECIDED,
            valid=stretch,
            source=Source.CASE,
            case_id=case.pk,
        )
    return len(stretches)


def _stretches(months: list[Month]) -> list[SqlRange]:
    """Join months that follow each other."""
    runs: list[list[Month]] = []
    for month in months:
        if runs and runs[-1][-1].next == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return [SqlRange(run[0].first_day, run[-1].next.first_day) for run in runs]
