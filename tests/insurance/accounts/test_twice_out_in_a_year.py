"""Out twice in a year (一年内两次转出): what was paid on between goes, and nothing twice."""

from datetime import UTC, date, datetime

import pytest

from backend.access.models import Agency
from backend.cases.models import Case
from backend.kernel.months import Month
from insurance.accounts import transfer_money
from insurance.accounts.models import Direction, Outgoing, Transfer, TransferStep
from insurance.accounts.sent_away import BasesSentAway
from insurance.accounts.transfer_bases import BasesDiffer
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import BillLine
from insurance.collection.year_contributed import base_of_year
from tests import builders
from tests.insurance.accounts.transfer_builders import HANGZHOU, last_step
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.bill_builders import DEC, NOV
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
DECEMBER_2, JANUARY_20 = date(2026, 12, 2), date(2027, 1, 20)
MONTH = "6000.00"  # what Li earns


@pytest.fixture(autouse=True)
def november_went_and_december_was_paid() -> None:
    """Li goes on 2 December with November, is insured here again and leaves after December."""
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    of.wage(person_id=builders.li().pk)
    works("2026-01", "2026-12")
    pays(NOV)
    send(sheet(MONTH, on=DECEMBER_2))
    works("2026-12", "2027-01")
    pays(DEC)


def works(first: str, until: str) -> None:
    of.enrolment(person_id=builders.li().pk, scheme="110", valid=of.months(first, until))


def pays(month: Month) -> None:
    bills.bill(month)
    lines = BillLine.objects.filter(scheme="110", month=month.first_day)
    fen = sum(lines.values_list("fen", flat=True))
    file = city.write_file(receipts=[Came(of.employer().pk, "110", fen, month=month)])
    work_off(file_id=file.pk, period=month, today=JANUARY_20)


def at_the_letter(direction: Direction = Direction.OUT) -> Transfer:
    transfer = Transfer.objects.create(
        person_id=builders.li().pk, scheme="110", direction=direction, other_region=HANGZHOU,
        other_agency="演示市社保中心", with_money=True,
        certificate_no=f"PZ-{Transfer.objects.count()}",
    )  # fmt: skip
    for stage in (1, 2, 3):
        TransferStep.objects.create(transfer=transfer, stage=stage, done_on=date(2026, 10, 1))
    return transfer


def sheet(amount: str, *, on: date = JANUARY_20, months: int = 1, **changes: object) -> Case:
    """A case that sends Li's 2026 away."""
    bases = [{"year": 2026, "months": months, "amount": amount}]
    asked = {"bases": bases, "on": on.isoformat(), "month": str(Month.of(on)), **changes}
    case = last_step(at_the_letter(), **asked)
    case.party_id = builders.li().pk
    case.decided_at = datetime(on.year, on.month, on.day, 4, tzinfo=UTC)
    return case


def send(case: Case) -> int:
    return transfer_money.send(case, draws=lambda **_: False, known_base=base_of_year)


def test_what_was_paid_on_since_goes() -> None:
    send(sheet(MONTH))

    parts = Outgoing.objects.order_by("id").values_list("pooled_fen", flat=True)
    assert list(parts) == [720_00, 720_00]


@pytest.mark.parametrize("amount", ["6000.01", "12000.00"])
def test_what_went_does_not_go_again_whatever_the_reason(amount: str) -> None:
    with pytest.raises(
        BasesSentAway, match=r"转到演示市社保中心，此后在本地缴费的基数合计 6000\.00 元"
    ):
        send(sheet(amount, difference_reason="演示"))


def test_less_than_was_paid_on_since_needs_a_reason() -> None:
    with pytest.raises(BasesDiffer, match="1 个月"):
        send(sheet("5999.99"))

    assert send(sheet("5999.99", difference_reason="演示"))


def test_other_months_than_were_paid_since_need_a_reason() -> None:
    with pytest.raises(BasesDiffer, match="2026 年信息表 2 个月"):
        send(sheet(MONTH, months=2))

    assert send(sheet(MONTH, months=2, difference_reason="演示"))


def test_after_the_year_nothing_of_it_is_left() -> None:
    send(sheet(MONTH))

    with pytest.raises(BasesSentAway, match="2027-01-20"):
        send(sheet(MONTH))


def test_who_came_back_with_it_takes_all_of_the_year() -> None:
    back = at_the_letter(Direction.IN)
    bases = [{"year": 2026, "months": 11, "amount": MONTH}]
    case = builders.case(kind="TRANSFER_IN", content={"bases": bases})
    day = date(2027, 1, 4)
    TransferStep.objects.create(transfer=back, stage=4, done_on=day, case_id=case.pk)

    with pytest.raises(BasesDiffer, match="12 个月"):
        send(sheet("12000.00", months=11))
    assert send(sheet("12000.00", months=12))
