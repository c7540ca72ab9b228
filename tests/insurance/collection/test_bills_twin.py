"""The statements of the monthly bills and the pure functions agree to the fen (双算一致).

Three months of a generated city, each after facts that came late. The judge assesses all months
anew with what is known at the last; the sum of all lines must be just that.
"""

from collections import Counter
from random import Random

import pytest
from django.db.models import F

from backend.kernel.dated import Value
from backend.kernel.months import Month
from insurance.collection.bills.monthly_bills import open_bills
from insurance.collection.models import BillLine, BillRun, NotBilled
from insurance.collection.rules.lines import Part
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection import bill_facts as facts
from tests.insurance.collection.bill_builders import DEC, JAN, NOV
from tests.insurance.collection.bill_city import City, found_city, late_facts

pytestmark = pytest.mark.django_db
PERSONS, EMPLOYERS, SEED = 700, 40, 340_800
OTHER_RULES: dict[str, Value] = {
    "collection.several_employers": "SUM_CEILING",
    "collection.employer_share_rounding": "ROUND_OF_SUM",
    "collection.undeclared_basis": "LAST_MONTH",
}


@pytest.fixture(autouse=True)
def _several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("insurance.collection.bills.bill_run.CHUNK_SIZE", 150)


@pytest.mark.parametrize("rules", [{}, OTHER_RULES], ids=["shipped", "other"])
def test_three_months_of_a_city_agree_with_the_pure_functions(
    rules: dict[str, Value], monkeypatch: pytest.MonkeyPatch
) -> None:
    b.with_values(monkeypatch, rules)
    city = found_city(persons=PERSONS, employers=EMPLOYERS, random=Random(SEED))

    for period in (NOV, DEC, JAN):
        late_facts(city, period=period)
        run = bill_while_facts_come_in(city, period)
        agree(run, period)

    assert enough_happened(rounded_once=bool(rules))


def bill_while_facts_come_in(city: City, period: Month) -> BillRun:
    """What comes in after the month was opened waits for the next."""
    runs = open_bills(period=period, today=period.first_day.replace(day=5))
    late_facts(city, period=period)
    employers, *_ = [b.compute(run) for run in runs]
    return employers


def agree(run: BillRun, period: Month) -> None:
    """Hold all lines written so far against the judge."""
    due = facts.owed(run=run, first=NOV, last=period)
    wanted, found = facts.sums(due.lines), facts.written(known_at=run.known_at)
    wrong = {
        key: (wanted.get(key), found.get(key))
        for key in {*wanted, *found}
        if wanted.get(key) != found.get(key)
    }
    assert list(wrong.items())[:3] == []
    left = NotBilled.objects.filter(run=run, month=period.first_day)
    assert {(row.payer_id, row.scheme) for row in left} == {
        (payer_id, scheme) for payer_id, scheme, month in due.without_total if month == period
    }


def enough_happened(*, rounded_once: bool) -> bool:
    """Nothing is proven on an empty street."""
    parts = Counter(line.key.part for line in b.lines())
    late = BillLine.objects.filter(month__lt=F("run__period"))
    return (
        parts[Part.PERSON] > 4_000
        and parts[Part.EMPLOYER] > 3_000
        and parts[Part.ESTIMATE] > 20
        and (parts[Part.ROUNDING] > 100 or not rounded_once)
        and late.filter(part=1).count() > 300
    )
