"""What the demo city's employers and finance bureau say by themselves is what we bill."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone

from backend.city.make.city import make_city
from backend.city.office import set_up_office
from backend.feeds.signed import read_trusted
from backend.kernel.months import Month
from insurance.benefits.baseline import take_over as persons
from insurance.benefits.pensions_drawn import pensions_drawn
from insurance.collection.models import Bill, BillMode, FindingKind, PayerKind
from insurance.collection.tax.compare import compare_declarations
from insurance.collection.tax.declarations_in import take_declarations
from insurance.enrolment import take_over as enrolment
from insurance.enrolment.files import take_file
from tests.backend.city.tax_builders import TaxBureau
from tests.insurance.collection.bill_builders import bill

pytestmark = pytest.mark.django_db
NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)
Key = tuple[str, ...]

EMPLOYED = """
SELECT payer.number, l.scheme, to_char(l.month, 'YYYY-MM'), person.number, sum(l.fen)::bigint
FROM collection_billline l JOIN collection_billrun r ON r.id = l.run_id
JOIN people_partyidentifier payer ON payer.party_id = l.payer_id
JOIN people_partyidentifier person ON person.party_id = l.person_id
JOIN collection_bill b ON b.run_id = l.run_id AND b.mode = 'DECLARED'
    AND (b.payer_id, b.scheme, b.month) = (l.payer_id, l.scheme, l.month)
WHERE r.kind = 'EMPLOYERS' AND r.period = %s GROUP BY 1, 2, 3, 4
"""
ASSESSED = """
SELECT i.number, sum(b.fen)::bigint FROM collection_bill b
JOIN collection_billrun r ON r.id = b.run_id AND r.period = %s
JOIN people_partyidentifier i ON i.party_id = b.payer_id
WHERE b.kind = 'EMPLOYED' AND b.mode = 'ASSESSED' GROUP BY 1
"""
BY_OTHERS = """
SELECT o.district, l.scheme, to_char(l.month, 'YYYY-MM'),
    CASE l.part WHEN 5 THEN 'ON_BEHALF' WHEN 6 THEN 'COLLECTIVE' ELSE 'SUBSIDY' END,
    sum(l.fen)::bigint
FROM collection_billline l JOIN collection_billrun r ON r.id = l.run_id
JOIN people_organisation o ON o.party_id = l.payer_id
WHERE r.kind = 'RESIDENTS' AND r.period = %s AND l.part IN (5, 6, 7) GROUP BY 1, 2, 3, 4
"""


@pytest.fixture
def city(tmp_path: Path) -> Path:
    make_city(folder=tmp_path, people=1500, seed=3, first_period=NOVEMBER)
    trusted, office = read_trusted(tmp_path / "keys.json"), tmp_path / "office.json"
    set_up_office(path=office, now=timezone.now(), with_staff=False)
    persons.take_over(folder=tmp_path / "baseline", trusted=trusted, refused=[])
    enrolment.take_over(folder=tmp_path / "enrolment-baseline", trusted=trusted, refused=[])
    return tmp_path


def take_month(city: Path, month: Month) -> None:
    """Take the month's files in, and bill it."""
    folder = city / "months" / str(month) / "enrolment"
    for path in (*sorted(folder.glob("*.json")), *folder.glob("wages/*.xlsx")):
        assert take_file(
            path=path, today=month.first_day, refused=[], blockers=(), pensions=pensions_drawn
        ).accepted
    bill(period=month)


def billed(sql: str, month: Month) -> Counter[Key]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [month.first_day])
        return Counter({row[:-1]: row[-1] for row in cursor.fetchall()})


def told(path: Path, *columns: str) -> Counter[Key]:
    found: Counter[Key] = Counter()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = tuple(row[column] for column in columns)
            found[key] += int(row["amount"].replace(".", ""))
    return found


def differing(city: Path, month: Month) -> set[str]:
    """The numbers of all for whom employers declared something else than we billed."""
    path = city / "months" / str(month) / "tax" / "declared.csv"
    declared = told(path, "payer_number", "scheme", "month", "person_number")
    own = billed(EMPLOYED, month)
    assert len(own) > 400
    return {key[3] for key in declared.keys() | own.keys() if declared[key] != own[key]}


def known(city: Path, *cases: str) -> set[str]:
    """The numbers of the persons who stand for these cases."""
    stated = json.loads((city / "city.json").read_text(encoding="utf-8"))["cases"]
    with (city / "baseline" / "persons.csv").open(encoding="utf-8", newline="") as file:
        numbers = {row["old_id"]: row["id_number"] for row in csv.DictReader(file)}
    return {numbers.get(stated[case], stated[case]) for case in cases}


def test_the_comparison_finds_just_what_the_cases_say(
    city: Path, settings: LazySettings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path / "var"
    take_month(city, NOVEMBER)
    bureau = TaxBureau(folder=tmp_path / "tax")
    bureau.call(declared=city / "months" / str(NOVEMBER) / "tax" / "declared.csv")
    (path,) = bureau.outbox.glob("declarations-*.json")
    assert take_declarations(path=path, today=NOVEMBER.last_day).accepted

    found = compare_declarations(period=NOVEMBER, today=NOVEMBER.last_day)

    kinds = {kind: found[kind] for kind in FindingKind.values if kind in found}
    assert kinds == {
        "OTHER_AMOUNT": 3,
        "OTHER_PERSON": 3,
        "PAID_WITHOUT_REGISTER": 6,  # nobody's number, and somebody whom no roster told
        "REGISTER_WITHOUT_PAYMENT": 3,
        "DUPLICATE": 3,
    }


def test_where_employers_are_assessed_nobody_declares(city: Path) -> None:
    take_month(city, NOVEMBER)

    employers = Bill.objects.filter(kind=PayerKind.EMPLOYED)
    assessed = employers.filter(mode=BillMode.ASSESSED)
    assert {bill.district for bill in assessed} == {"340881"}
    assert not employers.filter(district="340881", mode=BillMode.DECLARED).exists()
    path = city / "months" / str(NOVEMBER) / "tax" / "declared.csv"
    declared = {number for (number,) in told(path, "payer_number")}
    assert not {code for (code,) in billed(ASSESSED, NOVEMBER)} & declared


def expected(month: Month) -> tuple[str, ...]:
    of_month = ("missing", "other_amount", "twice", "stranger")
    return ("declared_unregistered", *(f"declared_{month}_{d}" for d in of_month))


def test_declarations_and_fiscal_plans_are_what_is_billed_but_for_the_cases(city: Path) -> None:
    for month in (NOVEMBER, DECEMBER):
        take_month(city, month)

        path = city / "months" / str(month) / "tax" / "fiscal.csv"
        planned = told(path, "payer_number", "scheme", "month", "part")
        assert planned == billed(BY_OTHERS, month)
        more = ("late_leaver",) if month == DECEMBER else ()
        assert differing(city, month) == known(city, *expected(month), *more)
