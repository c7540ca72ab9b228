"""Enrol past months that a decided case has paid for later (补缴月份补登记)."""

from backend.cases.models import Case
from backend.kernel.months import MonthRange
from insurance.enrolment.assess import (
    BeforeBirth,
    Dead,
    OtherCapacity,
    PayerDeregistered,
)
from insurance.enrolment.back_wages import refuse_other_wage, stretches_of, write_wages
from insurance.enrolment.known import known_of, payer_in_register, person_in_register
from insurance.enrolment.locks import lock_person
from insurance.enrolment.models import Enrolment, Kind, Source


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
    the one decided is written, but not against one by which other schemes were insured.

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
    refuse_other_wage(
        person_id=person.pk, payer_id=payer.party_id, months=months, wage_fen=wage_fen
    )
    rows = 0
    for scheme in schemes:
        held = [one for one in known.held if one.scheme == scheme and one.months.overlaps(months)]
        if any(one.kind != kind for one in held):
            raise OtherCapacity()
        covered = [one.months for one in held if one.payer_id == payer.party_id]
        missing = [m for m in months.months() if not any(c.contains(m) for c in covered)]
        for stretch in stretches_of(missing):
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
    return rows + write_wages(
        case=case,
        person_id=person.pk,
        payer_id=payer.party_id,
        months=months,
        wage_fen=wage_fen,
    )
