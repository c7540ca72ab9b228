"""What was taken over and proves wrong falls by a case, never beyond what is right."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st

from backend.cases.content import ContentInvalid, ProposalWaits
from backend.kernel.months import MonthRange
from insurance.accounts.entries import balance
from insurance.collection import take_over
from insurance.collection.cases import taken_over_case
from insurance.collection.cases.taken_over_case import (
    AmountDiffers,
    Key,
    NotLower,
    NotTakenOver,
    lowered,
)
from insurance.collection.debts.arrears import register_arrears
from insurance.collection.debts.gap_queries import gaps_of
from insurance.collection.debts.late_fees import charge_late_fees
from insurance.collection.matching.set_off import set_off
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import Bill, BillLine, LinePart
from insurance.collection.tax.bills_out import write_bills
from insurance.collection.tax.tax_folders import tax_folder
from insurance.enrolment.rests import MonthsRestedOn
from payments.ledger.models import MemoEntry
from tests import builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection import taken_over_builders as of
from tests.insurance.collection.arrears_files import take, write
from tests.insurance.collection.debt_city import arrears_of
from tests.insurance.collection.match_city import Came
from tests.insurance.collection.taken_over_builders import DECEMBER, NOVEMBER, NOVEMBER_30

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(settings: LazySettings, tmp_path: Path) -> int:
    return of.company_of(settings, tmp_path)


def test_what_is_not_owed_at_all_is_no_arrear(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))
    register_arrears(period=NOVEMBER, today=NOVEMBER_30)

    of.decide(company, *of.both_parts(company, "0.00", "0.00"))

    assert arrears_of(payer_id=company, today=NOVEMBER_30) == 30_00
    register_arrears(period=NOVEMBER, today=NOVEMBER_30)
    memo = MemoEntry.objects.filter(party=company, book__scheme="110")
    assert sum(memo.values_list("fen", flat=True)) == 0
    bill = Bill.objects.get(run__kind="AMENDED")
    assert (bill.fen, bill.pay_by, bill.kind) == (-1_440_00, date(2026, 10, 25), "EMPLOYED")
    assert of.proved()


def test_what_is_owed_in_part_bears_its_late_fee_and_its_account_part(
    tmp_path: Path, company: int
) -> None:
    take(write(tmp_path))

    of.decide(company, *of.both_parts(company, "240.00", "480.00"))
    of.pays(company, 720_00)
    charge_late_fees(period=NOVEMBER, today=NOVEMBER_30)

    of_210 = 30_00 * 16 * 5 // 10_000  # up to the day of which the receipts tell
    assert arrears_of(payer_id=company, today=NOVEMBER_30) == 5_76 + 30_00 + of_210
    assert balance(person_id=builders.li().pk, scheme="110") == 240_00
    assert of.proved()


def test_a_late_fee_that_was_charged_falls_with_it(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))
    file = city.write_file(receipts=[Came(company, "110", 1_00, date(2026, 11, 10))])
    work_off(file_id=file.pk, period=NOVEMBER, today=NOVEMBER_30)
    charge_late_fees(period=NOVEMBER, today=NOVEMBER_30)
    fees = BillLine.objects.filter(part=LinePart.LATE_FEE, scheme="110")
    assert sum(fees.values_list("fen", flat=True)) > 0

    of.decide(company, *of.both_parts(company, "1.00", "0.00"))
    charge_late_fees(period=NOVEMBER, today=NOVEMBER_30)

    assert sum(fees.values_list("fen", flat=True)) < 1_00
    assert of.proved()


def test_what_was_paid_of_it_is_a_credit(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))
    of.pays(company, 1_440_00)

    of.decide(company, *of.both_parts(company, "0.00", "0.00"))
    bills.bill(NOVEMBER)
    set_off(period=DECEMBER, today=date(2026, 12, 31))

    november = BillLine.objects.filter(payer_id=company, month=NOVEMBER.first_day, scheme="110")
    owed = sum(november.values_list("fen", flat=True))
    assert owed == 1_440_00
    assert balance(person_id=builders.li().pk, scheme="110") == 480_00
    assert arrears_of(payer_id=company, today=date(2026, 12, 31)) == 30_00 + 60_00
    assert of.proved()


def test_what_was_paid_and_a_benefit_rests_on_stays(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))

    def rests(*, person_id: int, scheme: str, months: MonthRange) -> Sequence[str]:
        return ["此人已退休。"]

    case = of.case_of(company, *of.both_parts(company, "0.00", "0.00"))
    assert taken_over_case.check(case, blockers=(rests,)) == 0
    of.pays(company, 1_440_00)

    with pytest.raises(MonthsRestedOn, match="已退休"):
        taken_over_case.decide(case, blockers=(rests,))


def test_what_was_paid_and_is_owed_all_the_same_nothing_can_rest_on(
    tmp_path: Path, company: int
) -> None:
    take(write(tmp_path))
    of.pays(company, 200_00)

    def rests(*, person_id: int, scheme: str, months: MonthRange) -> Sequence[str]:
        return ["此人已退休。"]

    case = of.case_of(company, *of.both_parts(company, "240.00", "480.00"))
    taken_over_case.decide(case, blockers=(rests,))

    assert arrears_of(payer_id=company, today=NOVEMBER_30) == 720_00 - 200_00 + 30_00
    assert of.proved()


def asked() -> list[dict[str, str]]:
    """What the tax bureau is asked for next."""
    write_bills(period=DECEMBER, folder=tax_folder(name="inbox"))
    rows: list[dict[str, str]] = []
    for path in sorted(tax_folder(name="inbox").glob("bills-*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return rows


def test_the_tax_bureau_is_told_that_less_is_asked_for(
    tmp_path: Path, company: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take_over, "modes_of", lambda **_: {"340800": "ASSESSED"})
    take(write(tmp_path))
    assert asked() == []

    of.decide(company, *of.both_parts(company, "240.00", "0.00"))

    (told,) = asked()
    assert (told["month"], told["amount"], told["scheme"]) == ("2026-10", "-1200.00", "110")


def test_who_declares_there_himself_puts_it_right_there(
    tmp_path: Path, company: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take_over, "modes_of", lambda **_: {"340800": "DECLARED"})
    take(write(tmp_path))

    of.decide(company, *of.both_parts(company, "0.00", "0.00"))

    assert asked() == []


def test_what_who_pays_alone_need_not_pay_is_no_gap(tmp_path: Path) -> None:
    take(write(tmp_path))
    chen = builders.chen().pk

    of.decide(chen, (of.key_of(LinePart.PERSON, payer_id=chen), "0.00"))

    assert gaps_of(person_id=chen, today=NOVEMBER_30) == {}
    assert of.proved()


def test_it_only_falls(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))

    for amount in ("480.00", "480.01"):
        with pytest.raises(NotLower):
            of.decide(company, (of.key_of(LinePart.PERSON, payer_id=company), amount))


@pytest.mark.parametrize("amount", ["1439.99", "1440.01"])
def test_what_falls_is_signed_with_its_amount(tmp_path: Path, company: int, amount: str) -> None:
    take(write(tmp_path))

    with pytest.raises(AmountDiffers, match=r"共核减 1440\.00 元"):
        of.decide(company, *of.both_parts(company, "0.00", "0.00"), amount=amount)


def test_only_what_was_taken_over_falls_so(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))
    bills.bill(NOVEMBER)
    own = BillLine.objects.filter(month=NOVEMBER.first_day, scheme="110")[0].pk

    with pytest.raises(NotTakenOver):
        of.decide(company, (own, "0.00"), month="2026-11")
    with pytest.raises(NotTakenOver):
        of.decide(company, (of.key_of(LinePart.PERSON, payer_id=builders.chen().pk), "0.00"))


@pytest.mark.parametrize(
    "changes", [{"lines": []}, {"reason": ""}, {"document": ""}, {"scheme": "170"}]
)
def test_a_case_that_says_too_little_is_refused(
    tmp_path: Path, company: int, changes: dict[str, Any]
) -> None:
    take(write(tmp_path))

    with pytest.raises(ContentInvalid):
        of.decide(company, *of.both_parts(company, "0.00", "0.00"), **changes)


def test_two_cases_about_a_month_do_not_wait_at_once(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))
    lines = of.both_parts(company, "0.00", "0.00")
    taken_over_case.check(of.case_of(company, *lines), blockers=())

    with pytest.raises(ProposalWaits):
        taken_over_case.check(of.case_of(company, *lines), blockers=())


def test_done_again_nothing_happens(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))
    case = of.case_of(company, *of.both_parts(company, "240.00", "0.00"))
    assert taken_over_case.decide(case, blockers=()) == 2 + 1  # lines, run; bills record themselves

    assert taken_over_case.decide(case, blockers=()) == 0

    assert arrears_of(payer_id=company, today=NOVEMBER_30) == 240_00 + 30_00


@given(owed=st.integers(1, 10**9), data=st.data())
def test_a_key_falls_to_what_is_right_and_its_account_with_it(
    owed: int, data: st.DataObject
) -> None:
    account = data.draw(st.integers(0, owed))
    right = data.draw(st.integers(0, owed - 1))

    change = lowered(key=Key(1, 2, 3, LinePart.PERSON, owed, account), fen=right)

    left = account + change.account_fen
    assert owed + change.fen == right
    assert 0 <= left <= right
    assert abs(left * owed - account * right) * 2 <= owed
