"""Late fees and the money for them: charged on what files tell, paid in the file that tells."""

from dataclasses import replace
from datetime import date

import pytest

from backend.access.models import Agency
from backend.kernel.months import Month
from insurance.collection.debts.late_fees import charge_late_fees
from insurance.collection.debts.month_end import end_month
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import BillLine, BillRun, BillRunKind, LinePart, Match, Suspense
from payments.ledger.models import Posting
from tests import builders
from tests.insurance.collection import debt_city
from tests.insurance.collection import match_city as city
from tests.insurance.collection.debt_city import arrears_of
from tests.insurance.collection.match_city import Came, P

pytestmark = pytest.mark.django_db
OCT, DEC = Month(2026, 10), Month(2026, 12)
TODAY = date(2026, 12, 31)
COMPANY, OTHER = city.FIRST_PAYER, city.FIRST_PAYER + 1
LATE = Came(COMPANY, "110", 1_000_00, date(2026, 12, 14), month=city.NOV)
FEE = replace(LATE, fen=9_50, late_fee=True)  # 19 days of 0.05 %


@pytest.fixture(autouse=True)
def _agencies() -> None:
    city.write_parties(payers=2)
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")


def arrive(*receipts: Came) -> Match:
    file = city.write_file(receipts=receipts)
    return work_off(file_id=file.pk, period=DEC, today=TODAY).match


def fees() -> dict[int, int]:
    """What is charged by payer."""
    found: dict[int, int] = {}
    for line in BillLine.objects.filter(part=LinePart.LATE_FEE):
        found[line.payer_id] = found.get(line.payer_id, 0) + line.fen
    return found


def test_a_late_fee_finds_its_line_in_the_file_that_tells_of_the_late_payment() -> None:
    debt_city.owe(1_000_00, part=P.EMPLOYER)

    match = arrive(FEE, LATE)

    assert (match.summary or {})["late_fee_fen"] == 9_50
    assert not Suspense.objects.exists()
    assert fees() == {COMPANY: 9_50}
    late = Posting.objects.filter(account__code="4501")
    assert sum(late.values_list("cr_fen", flat=True)) == 9_50


def test_who_pays_no_fee_in_the_file_is_charged_at_the_months_end_only() -> None:
    debt_city.owe(1_000_00, part=P.EMPLOYER)
    debt_city.owe(500_00, payer_id=OTHER)

    arrive(LATE, FEE)
    assert fees() == {COMPANY: 9_50}
    charge_late_fees(period=DEC, today=TODAY)

    assert fees() == {COMPANY: 9_50, OTHER: 4_75}  # to the day of which the file tells
    kinds = BillRun.objects.filter(kind=BillRunKind.LATE_FEE).values_list("ordinal", flat=True)
    assert sorted(kinds) == [1, 2]


def test_a_month_ends_while_a_top_up_is_computed() -> None:
    debt_city.owe(1_000_00, part=P.EMPLOYER)
    arrive(LATE)
    city.open_run(kind=BillRunKind.TOP_UP, case_id=1)

    assert end_month(period=DEC, today=TODAY) > 0

    assert fees() == {COMPANY: 9_50}
    assert end_month(period=DEC, today=TODAY) == 0


def test_a_fee_of_another_amount_waits_or_stays_open() -> None:
    debt_city.owe(1_000_00, part=P.EMPLOYER)

    arrive(LATE, replace(FEE, fen=10_00))

    assert [(row.fen, row.reason) for row in Suspense.objects.all()] == [(50, "OVERPAID")]


def test_principal_without_a_month_pays_no_fee_that_is_open() -> None:
    debt_city.owe(1_000_00, part=P.EMPLOYER)
    arrive(LATE)
    charge_late_fees(period=DEC, today=TODAY)
    assert fees() == {COMPANY: 9_50}
    december = debt_city.owe(1_440_00, month=DEC, pay_by=date(2026, 12, 25))

    arrive(replace(LATE, fen=december.fen, month=None, arrived=date(2026, 12, 20)))

    assert arrears_of(payer_id=COMPANY, today=TODAY) == 9_50
    assert not Suspense.objects.exists()


def test_a_double_payment_pays_no_fee_of_its_month() -> None:
    debt_city.owe(1_000_00, part=P.EMPLOYER)
    arrive(LATE)
    charge_late_fees(period=DEC, today=TODAY)

    arrive(LATE)

    assert [row.fen for row in Suspense.objects.all()] == [1_000_00]


def test_who_paid_in_time_owes_no_fee_whatever_comes_later() -> None:
    debt_city.owe(1_000_00, part=P.EMPLOYER)
    arrive(replace(LATE, arrived=date(2026, 11, 25)))
    arrive(replace(LATE, payer_id=None))

    assert charge_late_fees(period=DEC, today=TODAY) == 0
    assert arrears_of(payer_id=COMPANY, today=TODAY) == 0
