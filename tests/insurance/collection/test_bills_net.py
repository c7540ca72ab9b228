"""What a payer is asked for is what he owes: set off first, sent net; who pays it is even."""

import csv
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.access.models import Agency
from backend.kernel.months import Month
from insurance.collection.matching.set_off import set_off
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import (
    Allocation,
    Bill,
    BillMode,
    BillRunKind,
    MatchKind,
    PayerKind,
    SentRun,
    SentSetOff,
    Suspense,
    TaxFile,
)
from insurance.collection.tax import bills_out
from insurance.collection.tax.bills_out import write_bills
from insurance.collection.tax.tax_folders import tax_folder
from tests import builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection import tax_world as world
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
AUG, SEP, OCT = Month(2026, 8), Month(2026, 9), Month(2026, 10)


@pytest.fixture(autouse=True)
def _world(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")


@dataclass(frozen=True)
class Payer:
    """Who owes and pays, and in which shape."""

    payer_id: int
    kind: PayerKind
    run_kind: BillRunKind
    scheme: str = "110"

    def billed(
        self,
        month: Month,
        fen: int,
        *,
        of_month: Month | None = None,
        person_id: int | None = None,
        pay_by: date | None = None,
    ) -> None:
        """A run of the month bills so much, for another month if that is named."""
        run = world.run(self.run_kind, period=month)
        world.line(
            run, person_id=person_id or builders.li().pk, fen=fen, payer_id=self.payer_id,
            scheme=self.scheme, month=of_month or month,
        )  # fmt: skip
        world.bills(
            world.done(run), kind=self.kind, pay_by=pay_by or month.first_day.replace(day=25)
        )

    def pays(self, month: Month, fen: int, *, person_id: int | None = None) -> None:
        """So much comes in for a month."""
        came = Came(self.payer_id, self.scheme, fen, month.last_day, month=month,
                    person_id=person_id)  # fmt: skip
        file = city.write_file(receipts=[came])
        work_off(file_id=file.pk, period=month, today=month.last_day)


@pytest.fixture
def company() -> Payer:
    return Payer(of.employer().pk, PayerKind.EMPLOYED, BillRunKind.EMPLOYERS)


def declares(payer: Payer, month: Month, fen: int) -> None:
    """A month that the payer declares at the tax bureau, assessed here all the same."""
    run = world.run(payer.run_kind, period=month)
    world.line(
        run, person_id=builders.li().pk, fen=fen, payer_id=payer.payer_id, scheme=payer.scheme,
        month=month,
    )  # fmt: skip
    world.bills(
        world.done(run), kind=payer.kind, mode=BillMode.DECLARED,
        pay_by=month.first_day.replace(day=25),
    )  # fmt: skip


def send(month: Month) -> TaxFile | None:
    """As a month does: set off, then hand the bills over."""
    set_off(period=month, today=month.first_day.replace(day=5))
    return write_bills(period=month, folder=tax_folder(name="inbox"))


def asked(serial: int) -> list[tuple[str, str]]:
    path = tax_folder(name="inbox") / f"bills-{serial:06d}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["month"], row["amount"]) for row in csv.DictReader(file)]


def overpaid_in_august(payer: Payer) -> None:
    """August is billed, asked for and paid; then 1,044.96 of it fall away."""
    payer.billed(AUG, 1_440_00)
    send(AUG)
    payer.pays(AUG, 1_440_00)
    payer.billed(SEP, -1_044_96, of_month=AUG)


def test_a_bill_is_sent_net_of_what_was_set_off_and_who_pays_it_is_even(company: Payer) -> None:
    overpaid_in_august(company)
    company.billed(SEP, 1_440_00)

    send(SEP)
    company.pays(SEP, 395_04)

    assert asked(2) == [("2026-08", "-1044.96"), ("2026-09", "395.04")]
    assert not Suspense.objects.exists()
    paid = Allocation.objects.values_list("fen", flat=True)
    assert sum(paid) == 1_440_00 + 395_04


def test_what_nothing_is_left_of_is_not_sent(company: Payer) -> None:
    overpaid_in_august(company)
    company.billed(SEP, 1_000_00)
    company.billed(SEP, 50_00, of_month=OCT)

    send(SEP)

    assert asked(2) == [("2026-08", "-1044.96"), ("2026-10", "5.04")]


def test_what_was_asked_for_and_is_in_time_is_left_to_the_payer(company: Payer) -> None:
    company.billed(AUG, 1_440_00)
    send(AUG)
    company.pays(AUG, 1_440_00)
    company.billed(SEP, 1_440_00)
    send(SEP)
    company.billed(SEP, -1_044_96, of_month=AUG)  # a month that was paid falls, September is asked

    send(SEP)
    company.pays(SEP, 1_440_00)
    assert not Suspense.objects.exists()

    company.billed(OCT, 1_440_00)
    send(OCT)
    assert asked(3) == [("2026-08", "-1044.96")]
    assert asked(4) == [("2026-10", "395.04")]


def test_what_is_overdue_is_set_off_though_it_was_asked_for(company: Payer) -> None:
    company.billed(AUG, 1_440_00)
    company.billed(SEP, 500_00)
    send(SEP)
    company.pays(AUG, 1_440_00)
    company.billed(OCT, -600_00, of_month=AUG)
    company.billed(OCT, 1_440_00)

    send(OCT)

    assert asked(2) == [
        ("2026-09", "-500.00"),  # set off, and asked for no more
        ("2026-08", "-600.00"),
        ("2026-10", "1340.00"),
    ]


def test_a_set_off_that_an_earlier_file_asked_for_is_told_under_its_last_bill(
    company: Payer,
) -> None:
    company.billed(AUG, 1_440_00)
    company.billed(SEP, 300_00)
    company.billed(SEP, 200_00, of_month=SEP)
    send(SEP)
    company.pays(AUG, 1_440_00)
    company.billed(OCT, -400_00, of_month=AUG)

    send(OCT)

    with (tax_folder(name="inbox") / "bills-000002.csv").open(encoding="utf-8") as file:
        told, _ = csv.DictReader(file)
    last = Bill.objects.filter(month=SEP.first_day).latest("pk")
    assert (told["bill_no"], told["amount"]) == (str(last.pk), "-400.00")
    assert (told["kind"], told["pay_by"]) == ("EMPLOYED", "2026-09-25")


def test_a_month_that_is_declared_at_the_tax_bureau_is_told_no_set_off(company: Payer) -> None:
    company.billed(AUG, 1_440_00)
    declares(company, SEP, 500_00)
    send(SEP)
    company.pays(AUG, 1_440_00)
    company.billed(OCT, -600_00, of_month=AUG)

    send(OCT)

    assert asked(2) == [("2026-08", "-600.00")]


def test_what_was_asked_for_and_fell_is_told_below_zero(company: Payer) -> None:
    company.billed(AUG, 1_440_00)
    send(AUG)
    company.billed(SEP, -1_040_00, of_month=AUG)

    file = send(SEP)

    assert asked(2) == [("2026-08", "-1040.00")]
    assert file is not None
    assert (file.row_count, file.fen) == (1, -1_040_00)
    described = json.loads((tax_folder(name="inbox") / "bills-000002.json").read_text())
    assert described["total"] == "-1040.00"


def test_what_the_same_file_asks_for_takes_the_reduction_first(company: Payer) -> None:
    company.billed(AUG, 1_440_00)
    send(AUG)
    company.billed(SEP, 100_00, of_month=AUG)
    company.billed(SEP, -60_00, of_month=AUG)
    company.billed(OCT, -50_00, of_month=AUG)

    send(OCT)

    assert asked(2) == [("2026-08", "-10.00")]


def test_a_resident_for_whom_others_pay_after_all_is_asked_for_less() -> None:
    wang = builders.wang().pk
    bills.on_roll(person_id=wang)
    bills.bill(bills.NOV)
    send(bills.NOV)
    bills.in_group("SUBSISTENCE", person_id=wang)
    bills.bill(bills.DEC)

    send(bills.DEC)

    assert asked(1) == [("2026-01", "500.00")]
    assert asked(2) == [("2026-01", "-200.00")]


def test_each_resident_is_asked_net_of_his_own() -> None:
    village = Payer(of.village().pk, PayerKind.RESIDENT, BillRunKind.RESIDENTS, "170")
    chen, zhao = builders.chen().pk, builders.zhao().pk
    first, second = Month(2026, 1), Month(2027, 1)
    for person in (chen, zhao):
        village.billed(first, 500_00, person_id=person, pay_by=date(2026, 12, 31))
        village.pays(first, 500_00, person_id=person)
    village.billed(second, -200_00, of_month=first, person_id=chen)
    for person in (chen, zhao):
        village.billed(second, 500_00, person_id=person)

    send(second)

    assert asked(1)[-2:] == [("2027-01", "300.00"), ("2027-01", "500.00")]


def test_a_set_off_of_later_asked_months_is_told_with_the_same_bytes_again(
    company: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.billed(AUG, 1_440_00)
    company.billed(SEP, 500_00)
    send(SEP)
    company.pays(AUG, 1_440_00)
    company.billed(OCT, -600_00, of_month=AUG)
    with monkeypatch.context() as patch:
        patch.setattr(bills_out, "_hand_over", lambda *_: False)
        file = send(OCT)
    for path in tax_folder(name="prepared").iterdir():
        path.unlink()
    company.billed(OCT, 70_00, of_month=SEP)
    bill = Bill.objects.latest("pk")
    later = TaxFile.objects.create(
        kind="BILLS", serial=3, name="bills-000003.csv", sha256="b" * 64, accepted=True,
        row_count=1, fen=70_00,
    )  # fmt: skip
    SentRun.objects.create(run=bill.run, file=later)

    assert file is not None
    assert bills_out._hand_over(file, tax_folder(name="inbox"))

    assert asked(2)[0] == ("2026-09", "-500.00")


def test_the_same_serial_has_the_same_bytes_whatever_is_set_off_later(
    company: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    overpaid_in_august(company)
    company.billed(SEP, 1_440_00)
    with monkeypatch.context() as patch:
        patch.setattr(bills_out, "_hand_over", lambda *_: False)
        file = send(SEP)
    for path in tax_folder(name="prepared").iterdir():
        path.unlink()
    company.billed(OCT, -1_00, of_month=AUG)
    set_off(period=OCT, today=OCT.last_day)

    assert write_bills(period=SEP, folder=tax_folder(name="inbox")) == file

    assert asked(2) == [("2026-08", "-1044.96"), ("2026-09", "395.04")]
    counted = SentSetOff.objects.get(file=file).match
    assert counted.kind == MatchKind.CREDITS


def test_a_run_of_a_month_before_is_sent_too(company: Payer) -> None:
    company.billed(SEP, 300_00, of_month=AUG)

    file = send(OCT)

    assert file is not None
    assert (file.period, asked(1)) == (OCT.first_day, [("2026-08", "300.00")])
