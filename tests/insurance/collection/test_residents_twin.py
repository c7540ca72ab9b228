"""The statements of residents' bills and ``residents.py`` agree to the fen (双算一致).

Three months of villages whose rolls come late and change. What can not be assessed any more stays
as it was billed, so those entries are left out of the comparison.
"""

from collections import Counter
from decimal import Decimal
from random import Random

import pytest

from backend.kernel.dated import Value
from backend.kernel.months import Month
from insurance.collection.bills.monthly_bills import open_bills
from insurance.collection.models import BillRun, NotBilled
from insurance.collection.rules.lines import Part
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection import bill_facts as facts
from tests.insurance.collection.bill_builders import DEC, JAN, NOV
from tests.insurance.collection.roll_city import RollCity, Told, owed

pytestmark = pytest.mark.django_db
PERSONS, VILLAGES, SEED = 450, 6, 340_800

# Half of the amount lies between two fen; what is paid for BACK_INTO_POVERTY nobody has said.
HALF_A_FEN: dict[str, Value] = {
    "medical.resident_amount": Decimal("400.01"),
    "medical.resident_support_share": {"EXTREME_POVERTY": 1, "SUBSISTENCE": Decimal("0.5")},
}


@pytest.fixture(autouse=True)
def _several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("insurance.collection.bills.bill_run.CHUNK_SIZE", 200)


def test_three_months_of_rolls_agree_with_the_pure_functions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    b.with_values(monkeypatch, HALF_A_FEN)
    city = RollCity(persons=PERSONS, villages=VILLAGES, random=Random(SEED))

    for period in (NOV, DEC, JAN):
        city.enter(share=0.5)
        city.change()
        run = bill_while_entries_come_in(city, period)
        agree(run)

    parts = Counter(line.key.part for line in b.lines())
    assert min(parts[p] for p in (Part.ON_BEHALF, Part.COLLECTIVE, Part.SUBSIDY)) > 100
    assert sum(line.fen < 0 for line in b.lines()) > 50
    assert NotBilled.objects.values("code").distinct().count() == 3


def bill_while_entries_come_in(city: RollCity, period: Month) -> BillRun:
    """What comes in after the month was opened waits for the next."""
    runs = open_bills(period=period, today=period.first_day.replace(day=5))
    city.enter(share=0.1)
    city.change()
    *_, residents = [b.compute(run) for run in runs]
    return residents


def agree(run: BillRun) -> None:
    """Hold all lines written so far against the judge."""
    due, refused = owed(known_at=run.known_at)
    wanted, found = facts.sums(due), facts.written(known_at=run.known_at)
    wrong = {
        key: (wanted.get(key), found.get(key))
        for key in {*wanted, *found}
        if wanted.get(key) != found.get(key)
        and (key.person_id, key.payer_id, key.scheme, key.month.year) not in refused
    }
    assert list(wrong.items())[:3] == []
    assert not_billed(run) == refused


def not_billed(run: BillRun) -> set[Told]:
    """What the run says that it could not assess; each run tries again."""
    rows = NotBilled.objects.filter(run=run)
    return {(row.person_id or 0, row.payer_id, row.scheme, row.month.year) for row in rows}
