"""What was taken over and proves wrong falls by a case; a roster takes an estimate's place."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st

from backend.access.models import Agency
from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cases.models import Case
from backend.kernel.money import Money
from backend.kernel.months import Month, MonthRange
from insurance.accounts.entries import balance
from insurance.collection import invariants, match_invariants, take_over
from insurance.collection.cases import taken_over_case
from insurance.collection.cases.taken_over_case import (
    AmountDiffers,
    Key,
    NotLower,
    NotTakenOver,
    RosterNotSo,
    lowered,
)
from insurance.collection.contributed import billed_of
from insurance.collection.debts.arrears import arrears_of, register_arrears
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
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection import match_city as city
from tests.insurance.collection.arrears_files import (
    TOTALS,
    insured,
    li_row,
    many_insured,
    take,
    write,
)
from tests.insurance.collection.match_city import Came

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER, DECEMBER = Month(2026, 10), Month(2026, 11), Month(2026, 12)
NOVEMBER_30 = date(2026, 11, 30)
NOBODY = {"id_kind": "", "id_number": "", "account": ""}


@pytest.fixture(autouse=True)
def company(settings: LazySettings, tmp_path: Path) -> int:
    settings.VAR_DIR = tmp_path / "var"
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    payer: int = insured().pk
    return payer


def estimated(folder: Path) -> None:
    """The old system had estimated the company's October at 1,500 yuan."""
    row = li_row(part="ESTIMATE", amount="1500.00", **NOBODY)
    take(write(folder, [row], totals=[{**TOTALS[0], "payers": 1, "rows": 1, "fen": 1_500_00}]))


def key_of(part: LinePart, *, scheme: str = "110", payer_id: int = 0) -> int:
    """The number of an amount that was taken over."""
    keys = BillLine.objects.filter(part=part, scheme=scheme, month=OCTOBER.first_day)
    if payer_id:
        keys = keys.filter(payer_id=payer_id)
    return keys.values_list("id", flat=True).order_by("id")[0]


def fallen(lines: Sequence[tuple[int, str]]) -> str:
    """By how much they fall together."""
    owed = dict.fromkeys((key for key, _ in lines), 0)
    for key, fen in BillLine.objects.filter(key_id__in=owed).values_list("key_id", "fen"):
        owed[key] += fen
    return str(Money(sum(owed.values()) - sum(Money.yuan(amount).fen for _, amount in lines)))


def case_of(party_id: int, *lines: tuple[int, str], **changes: Any) -> Case:
    """What is rightly open of October."""
    content = {
        "amount": fallen(lines),
        "scheme": "110", "month": "2026-10", "reason": "九月已离职",
        "document": "离职证明 演示1号",
        "lines": [{"key": key, "amount": amount} for key, amount in lines],
    }  # fmt: skip
    return cases.decided(
        kind="COLLECTION_TAKEN_OVER", party_id=party_id, content={**content, **changes}
    )


def decide(party_id: int, *lines: tuple[int, str], **changes: Any) -> Case:
    case = case_of(party_id, *lines, **changes)
    taken_over_case.decide(case, blockers=())
    return case


def both_parts(payer_id: int, own: str, employers: str) -> list[tuple[int, str]]:
    return [
        (key_of(LinePart.PERSON, payer_id=payer_id), own),
        (key_of(LinePart.EMPLOYER, payer_id=payer_id), employers),
    ]


def pays(payer_id: int, fen: int, on: date = date(2026, 11, 10)) -> None:
    file = city.write_file(receipts=[Came(payer_id, "110", fen, on, month=OCTOBER)])
    work_off(file_id=file.pk, period=NOVEMBER, today=NOVEMBER_30)


def proved() -> bool:
    return invariants.broken_promises() + match_invariants.broken_promises() == []


def test_what_is_not_owed_at_all_is_no_arrear(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))
    register_arrears(period=NOVEMBER, today=NOVEMBER_30)

    decide(company, *both_parts(company, "0.00", "0.00"))

    assert arrears_of(payer_id=company, today=NOVEMBER_30) == 30_00
    register_arrears(period=NOVEMBER, today=NOVEMBER_30)
    memo = MemoEntry.objects.filter(party=company, book__scheme="110")
    assert sum(memo.values_list("fen", flat=True)) == 0
    bill = Bill.objects.get(run__kind="AMENDED")
    assert (bill.fen, bill.pay_by, bill.kind) == (-1_440_00, date(2026, 10, 25), "EMPLOYED")
    assert proved()


def test_what_is_owed_in_part_bears_its_late_fee_and_its_account_part(
    tmp_path: Path, company: int
) -> None:
    take(write(tmp_path))

    decide(company, *both_parts(company, "240.00", "480.00"))
    pays(company, 720_00)
    charge_late_fees(period=NOVEMBER, today=NOVEMBER_30)

    of_210 = 30_00 * 16 * 5 // 10_000  # up to the day of which the receipts tell
    assert arrears_of(payer_id=company, today=NOVEMBER_30) == 5_76 + 30_00 + of_210
    assert balance(person_id=builders.li().pk, scheme="110") == 240_00
    assert proved()


def test_a_late_fee_that_was_charged_falls_with_it(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))
    file = city.write_file(receipts=[Came(company, "110", 1_00, date(2026, 11, 10))])
    work_off(file_id=file.pk, period=NOVEMBER, today=NOVEMBER_30)
    charge_late_fees(period=NOVEMBER, today=NOVEMBER_30)
    fees = BillLine.objects.filter(part=LinePart.LATE_FEE, scheme="110")
    assert sum(fees.values_list("fen", flat=True)) > 0

    decide(company, *both_parts(company, "1.00", "0.00"))
    charge_late_fees(period=NOVEMBER, today=NOVEMBER_30)

    assert sum(fees.values_list("fen", flat=True)) < 1_00
    assert proved()


def test_what_was_paid_of_it_is_a_credit(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))
    pays(company, 1_440_00)

    decide(company, *both_parts(company, "0.00", "0.00"))
    bills.bill(NOVEMBER)
    set_off(period=DECEMBER, today=date(2026, 12, 31))

    november = BillLine.objects.filter(payer_id=company, month=NOVEMBER.first_day, scheme="110")
    owed = sum(november.values_list("fen", flat=True))
    assert owed == 1_440_00
    assert balance(person_id=builders.li().pk, scheme="110") == 480_00
    assert arrears_of(payer_id=company, today=date(2026, 12, 31)) == 30_00 + 60_00
    assert proved()


def test_what_was_paid_and_a_benefit_rests_on_stays(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))

    def rests(*, person_id: int, scheme: str, months: MonthRange) -> Sequence[str]:
        return ["此人已退休。"]

    case = case_of(company, *both_parts(company, "0.00", "0.00"))
    assert taken_over_case.check(case, blockers=(rests,)) == 0
    pays(company, 1_440_00)

    with pytest.raises(MonthsRestedOn, match="已退休"):
        taken_over_case.decide(case, blockers=(rests,))


def test_what_was_paid_and_is_owed_all_the_same_nothing_can_rest_on(
    tmp_path: Path, company: int
) -> None:
    take(write(tmp_path))
    pays(company, 200_00)

    def rests(*, person_id: int, scheme: str, months: MonthRange) -> Sequence[str]:
        return ["此人已退休。"]

    case = case_of(company, *both_parts(company, "240.00", "480.00"))
    taken_over_case.decide(case, blockers=(rests,))

    assert arrears_of(payer_id=company, today=NOVEMBER_30) == 720_00 - 200_00 + 30_00
    assert proved()


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

    decide(company, *both_parts(company, "240.00", "0.00"))

    (told,) = asked()
    assert (told["month"], told["amount"], told["scheme"]) == ("2026-10", "-1200.00", "110")


def test_who_declares_there_himself_puts_it_right_there(
    tmp_path: Path, company: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take_over, "modes_of", lambda **_: {"340800": "DECLARED"})
    take(write(tmp_path))

    decide(company, *both_parts(company, "0.00", "0.00"))

    assert asked() == []


def test_what_who_pays_alone_need_not_pay_is_no_gap(tmp_path: Path) -> None:
    take(write(tmp_path))
    chen = builders.chen().pk

    decide(chen, (key_of(LinePart.PERSON, payer_id=chen), "0.00"))

    assert gaps_of(person_id=chen, today=NOVEMBER_30) == {}
    assert proved()


ROSTER = [
    {"part": "PERSON", "amount": "480.00", "account_part": "480.00"},
    {"part": "EMPLOYER", "amount": "960.00"},
]


def test_a_roster_takes_the_place_of_an_estimate(tmp_path: Path, company: int) -> None:
    estimated(tmp_path)
    li = builders.li().pk
    pays(company, 500_00)
    assert balance(person_id=li, scheme="110") == 0

    decide(
        company,
        (key_of(LinePart.ESTIMATE), "0.00"),
        roster=[{"person": li, **row} for row in ROSTER],
    )
    set_off(period=NOVEMBER, today=date(2026, 11, 12))

    assert arrears_of(payer_id=company, today=NOVEMBER_30) == 940_00
    assert balance(person_id=li, scheme="110") == 480_00
    bill = Bill.objects.get(run__kind="AMENDED")
    assert (bill.fen, bill.pay_by) == (-60_00, date(2026, 10, 25))
    pays(company, 940_00)
    (billed,) = billed_of(person_id=li, scheme="110", since=OCTOBER, until=OCTOBER)
    assert (billed.counts, billed.is_rest) == (True, True)
    assert proved()


def test_what_a_roster_says_may_fall_again(tmp_path: Path, company: int) -> None:
    estimated(tmp_path)
    roster = [{"person": builders.li().pk, **row} for row in ROSTER]
    decide(company, (key_of(LinePart.ESTIMATE), "0.00"), roster=roster)

    decide(company, *both_parts(company, "0.00", "0.00"))

    assert arrears_of(payer_id=company, today=NOVEMBER_30) == 0
    assert proved()


@pytest.mark.parametrize(
    ("lines", "roster"),
    [
        ("10.00", [{"part": "PERSON", "amount": "480.00"}]),  # the estimate is not gone
        ("0.00", [{"part": "PERSON", "amount": "480.00", "person": "chen"}]),  # not insured there
    ],
)
def test_a_roster_that_can_not_be_so_is_refused(
    tmp_path: Path, company: int, lines: str, roster: list[dict[str, Any]]
) -> None:
    estimated(tmp_path)
    people = {"chen": builders.chen().pk}
    rows = [
        {**row, "person": people.get(row.get("person", ""), builders.li().pk)} for row in roster
    ]

    with pytest.raises(RosterNotSo):
        decide(company, (key_of(LinePart.ESTIMATE), lines), roster=rows)


@pytest.mark.parametrize(
    "row",
    [
        {"part": "SUBSIDY", "amount": "1.00"},
        {"part": "PERSON", "amount": "0.00"},
        {"part": "PERSON", "amount": "1.00", "account_part": "1.01"},
    ],
)
def test_a_row_of_a_roster_that_says_too_little_is_refused(
    tmp_path: Path, company: int, row: dict[str, Any]
) -> None:
    estimated(tmp_path)

    with pytest.raises(ContentInvalid):
        decide(
            company,
            (key_of(LinePart.ESTIMATE), "0.00"),
            roster=[{"person": builders.li().pk, **row}],
        )


def test_nobody_is_billed_twice_by_a_roster(tmp_path: Path, company: int) -> None:
    estimated(tmp_path)
    row = {"person": builders.li().pk, **ROSTER[0]}

    with pytest.raises(ContentInvalid, match="只写一次"):
        decide(company, (key_of(LinePart.ESTIMATE), "0.00"), roster=[row, row])


def test_amounts_of_a_roster_that_no_sum_can_hold_are_refused(tmp_path: Path, company: int) -> None:
    estimated(tmp_path)
    most = "92233720368547758.07"
    roster = [
        {"person": builders.li().pk, "part": part, "amount": most}
        for part in ("PERSON", "EMPLOYER")
    ]

    with pytest.raises(ContentInvalid, match="合计过大"):
        decide(company, (key_of(LinePart.ESTIMATE), "0.00"), roster=roster)


def test_the_roster_of_a_large_employer_takes_the_place_of_its_estimate(
    tmp_path: Path, company: int
) -> None:
    estimated(tmp_path)
    persons = many_insured(company, 1_200)
    roster = [{"person": one, **row} for one in persons for row in ROSTER]

    decide(company, (key_of(LinePart.ESTIMATE), "0.00"), roster=roster)

    bill = Bill.objects.get(run__kind="AMENDED")
    assert bill.fen == 1_200 * 1_440_00 - 1_500_00
    assert proved()


def test_what_a_whole_company_owes_falls_by_one_case(tmp_path: Path, company: int) -> None:
    estimated(tmp_path)
    persons = many_insured(company, 30)
    roster = [{"person": one, **row} for one in persons for row in ROSTER]
    decide(company, (key_of(LinePart.ESTIMATE), "0.00"), roster=roster)
    keys = BillLine.objects.filter(person_id__in=persons).values_list("key_id", flat=True)

    case = decide(company, *((key, "0.00") for key in keys))

    assert (len(keys), case.content["amount"]) == (60, "43200.00")
    assert arrears_of(payer_id=company, today=NOVEMBER_30) == 0
    assert proved()


def test_it_only_falls(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))

    for amount in ("480.00", "480.01"):
        with pytest.raises(NotLower):
            decide(company, (key_of(LinePart.PERSON, payer_id=company), amount))


@pytest.mark.parametrize("amount", ["1439.99", "1440.01"])
def test_what_falls_is_signed_with_its_amount(tmp_path: Path, company: int, amount: str) -> None:
    take(write(tmp_path))

    with pytest.raises(AmountDiffers, match=r"共核减 1440\.00 元"):
        decide(company, *both_parts(company, "0.00", "0.00"), amount=amount)


def test_only_what_was_taken_over_falls_so(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))
    bills.bill(NOVEMBER)
    own = BillLine.objects.filter(month=NOVEMBER.first_day, scheme="110")[0].pk

    with pytest.raises(NotTakenOver):
        decide(company, (own, "0.00"), month="2026-11")
    with pytest.raises(NotTakenOver):
        decide(company, (key_of(LinePart.PERSON, payer_id=builders.chen().pk), "0.00"))


@pytest.mark.parametrize(
    "changes", [{"lines": []}, {"reason": ""}, {"document": ""}, {"scheme": "170"}]
)
def test_a_case_that_says_too_little_is_refused(
    tmp_path: Path, company: int, changes: dict[str, Any]
) -> None:
    take(write(tmp_path))

    with pytest.raises(ContentInvalid):
        decide(company, *both_parts(company, "0.00", "0.00"), **changes)


def test_two_cases_about_a_month_do_not_wait_at_once(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))
    lines = both_parts(company, "0.00", "0.00")
    taken_over_case.check(case_of(company, *lines), blockers=())

    with pytest.raises(ProposalWaits):
        taken_over_case.check(case_of(company, *lines), blockers=())


def test_done_again_nothing_happens(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))
    case = case_of(company, *both_parts(company, "240.00", "0.00"))
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
