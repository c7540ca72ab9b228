"""The year of every employer, by one statement, is what its rows add up to one by one (双算)."""

from collections import defaultdict
from datetime import date
from random import Random

import pytest

from backend.kernel.months import Month
from backend.people.models import Alias
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import Allocation, BillLine, LinePart
from insurance.enrolment.models import Enrolment
from insurance.unemployment.assess import JobEnd
from insurance.unemployment.models import JobEndReport
from insurance.unemployment.refund_decision import EmployerYear
from insurance.unemployment.refund_facts import employers_of
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import FIRST_PAYER, FIRST_PERSON, Came, Owing
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
EMPLOYERS, SEED, YEAR = 30, 20260608, 2025
MONTHS = tuple(Month(2024, 12).until(Month(2026, 2)))
LAYOFFS = (JobEnd.LAID_OFF, JobEnd.DISMISSED_WITHOUT_FAULT)


def test_the_facts_of_all_employers_are_those_of_each() -> None:
    random = Random(SEED)
    m.office()
    city.write_parties(payers=EMPLOYERS)
    _bill_and_pay(random)
    _staff(random)
    city.merge_a_fifth(payers=EMPLOYERS)

    found = employers_of(year=YEAR, layoffs=LAYOFFS, large={}, excluded={})

    assert {one.payer_id: one for one in found} == _one_by_one()
    assert {one.paid_months for one in found} > {12}
    assert any(one.laid_off for one in found)


def _bill_and_pay(random: Random) -> None:
    """Two parts a month, now and then a difference; some months are paid a fen short."""
    owed: dict[tuple[int, Month], int] = defaultdict(int)
    run = city.open_run()
    lines = [
        city.owing(
            payer_id=payer,
            person_id=FIRST_PERSON + payer % 50,
            scheme=random.choice(("210", "210", "210", "110")),
            month=month,
            part=part,
            fen=random.choice((1, 100, 3_000)),
        )
        for payer in range(FIRST_PAYER, FIRST_PAYER + EMPLOYERS)
        for month in MONTHS
        for part in (LinePart.PERSON, LinePart.EMPLOYER)
    ]
    city.write_lines(run=run, lines=lines)
    changes = [(one, 50, 0) for one in lines if random.random() < 0.1]
    city.write_differences(run=run, changes=changes)
    city.send(run=run)
    for one, fen in [*((line, line.fen) for line in lines), *((k, fen) for k, fen, _ in changes)]:
        _add(owed, one, fen)
    short = {payer for payer, _ in owed if payer % 3 == 0}
    receipts = [
        Came(payer, "210", fen - (payer in short and random.random() < 0.1), month=month)
        for (payer, month), fen in owed.items()
        if fen > 1
    ]
    file = city.write_file(receipts=receipts)
    work_off(file_id=file.pk, period=Month(2026, 1), today=date(2026, 1, 20))


def _add(owed: dict[tuple[int, Month], int], one: Owing, fen: int) -> None:
    if one.scheme == "210":
        owed[one.payer_id, one.month] += fen


def _staff(random: Random) -> None:
    reports = []
    for payer in range(FIRST_PAYER, FIRST_PAYER + EMPLOYERS):
        for _ in range(3):
            start = random.choice(MONTHS[:-1])
            end = random.choice((None, start.plus(random.choice((1, 3, 12)))))
            person = builders.person(name="演示职工").pk
            of.enrolment(person_id=person, scheme="210", payer_id=payer, valid=m.months(start, end))
            reports.append(
                JobEndReport(
                    person_id=person,
                    payer_id=payer,
                    ended_on=random.choice(MONTHS).last_day,
                    reason=random.choice(tuple(JobEnd)).name,
                    document="演示1号",
                )
            )
    JobEndReport.objects.bulk_create(reports)


def _one_by_one() -> dict[int, EmployerYear]:
    survivor = dict(Alias.objects.values_list("party_id", "survivor_id"))
    owed: dict[tuple[int, date], int] = defaultdict(int)
    paid: dict[tuple[int, date], int] = defaultdict(int)
    keys = {}
    for line in BillLine.objects.filter(scheme="210", month__year=YEAR):
        keys[line.key_id] = month = (survivor.get(line.payer_id, line.payer_id), line.month)
        owed[month] += line.fen
    for allocation in Allocation.objects.filter(key_id__in=keys):
        paid[keys[allocation.key_id]] += allocation.fen
    return {
        payer: EmployerYear(
            payer_id=payer,
            paid_fen=sum(fen for (who, _), fen in paid.items() if who == payer),
            paid_months=sum(
                paid[month] >= fen > 0 for month, fen in owed.items() if month[0] == payer
            ),
            laid_off=_laid_off(payer, survivor),
            staff_months=_staff_months(payer, survivor),
        )
        for payer in {who for who, _ in owed}
    }


def _laid_off(payer: int, survivor: dict[int, int]) -> int:
    names = {one.name for one in LAYOFFS}
    return sum(
        survivor.get(row.payer_id, row.payer_id) == payer
        and row.reason in names
        and row.ended_on.year == YEAR
        for row in JobEndReport.objects.all()
    )


def _staff_months(payer: int, survivor: dict[int, int]) -> int:
    year = Month(YEAR, 1).until(Month(YEAR + 1, 1))
    months = list(year)
    return sum(
        month.first_day in row.valid
        for row in Enrolment.objects.filter(scheme="210")
        if survivor.get(row.payer_id or 0, row.payer_id) == payer
        for month in months
    )
