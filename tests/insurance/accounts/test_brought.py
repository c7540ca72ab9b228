"""What came with a relation is known by year: the next transfer and the index rest on it."""

from datetime import date
from typing import Any

import pytest

from backend.cases.content import ContentInvalid
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.accounts import transfer_money
from insurance.accounts.brought import BasesMissing, BasesTooHigh, YearDoubled
from insurance.accounts.models import Direction, Transfer
from insurance.accounts.sent_away import BasesSentAway, BroughtYear, brought_years
from insurance.accounts.settling import LeavingInvalid
from insurance.accounts.transfer_bases import BasesDiffer
from insurance.collection.year_contributed import months_of_year
from insurance.enrolment.models import Kind
from tests import builders
from tests.insurance.accounts import account_builders as of
from tests.insurance.accounts.transfer_builders import (
    HANGZHOU,
    HEFEI,
    arrived,
    at_the_letter,
    last_step,
    receive,
    send,
)
from tests.insurance.enrolment import enrolment_builders as enrolled

pytestmark = pytest.mark.django_db
MONEY = [{"part": "PERSON", "fen": 500_000}]
YEARS: list[dict[str, object]] = [
    {"year": 2024, "months": 12, "amount": "60000.00"},
    {"year": 2025, "months": 6, "amount": "30000.00"},
]


def comes(other: str = HEFEI, *, certificate: str = "PZ-1", **changes: Any) -> None:
    """Wang's relation comes here, with its years."""
    transfer = at_the_letter(direction=Direction.IN, other=other, certificate=certificate)
    asked = {"amounts": MONEY, "bases": YEARS, "document_no": f"XX-{certificate}", **changes}
    if other == HANGZHOU:
        asked |= {"paper": arrived(document=f"银行回单 {certificate}"), "pooled_fen": 0}
    receive(last_step(transfer, **asked))


def goes(other: str, certificate: str, *bases: tuple[int, str], **changes: Any) -> int:
    """Wang's relation goes away, with these years."""
    transfer = at_the_letter(other=other, certificate=certificate)
    listed = [
        {"year": year, "months": 12 if year == 2024 else 6, "amount": amount}
        for year, amount in bases
    ]
    return send(last_step(transfer, bases=listed, **changes))


def brought() -> dict[int, BroughtYear]:
    return brought_years(person_id=builders.wang().pk, scheme="110")


@pytest.mark.parametrize("other", [HEFEI, HANGZHOU])
def test_the_years_of_its_sheet_come_with_a_relation(other: str) -> None:
    comes(other)

    assert brought() == {
        2024: BroughtYear(2024, 12, 60_000_00),
        2025: BroughtYear(2025, 6, 30_000_00),
    }


@pytest.mark.parametrize("other", [HEFEI, HANGZHOU])
@pytest.mark.parametrize("bases", [None, []])
def test_a_sheet_without_years_is_asked_for_again(other: str, bases: object) -> None:
    with pytest.raises(BasesMissing, match="请对方补发"):
        comes(other, bases=bases)


def test_of_a_relation_without_any_payment_comes_no_year() -> None:
    comes(amounts=[], bases=[])

    assert brought() == {}


@pytest.mark.parametrize(
    "year",
    [
        {"year": 2025, "months": 13, "amount": "1.00"},
        {"year": 2025, "months": 0, "amount": "1.00"},
        {"year": 2025, "amount": "1.00"},
        {"year": 2025, "months": 1, "amount": "0.00"},
        {"year": 2026, "months": 12, "amount": "1.00"},  # it comes in November
        {"year": 2027, "months": 1, "amount": "1.00"},
        {"year": 1950, "months": 1, "amount": "1.00"},
        {"year": 2024, "months": 1, "amount": "1.00"},  # twice
    ],
)
def test_a_year_that_can_not_be_is_refused(year: dict[str, object]) -> None:
    with pytest.raises(ContentInvalid):
        comes(bases=[*YEARS[:1], year])


@pytest.mark.parametrize(
    ("year", "months", "most"),
    [
        (2025, 12, "258672.00"),  # 21,556 a month
        (2026, 2, "43544.00"),  # 21,772
        (2010, 1, "17925.00"),  # not configured: the first that is, of 2021
    ],
)
def test_no_year_is_above_its_ceiling(year: int, months: int, most: str) -> None:
    fen = Money.yuan(most).fen
    above = {"year": year, "months": months, "amount": str(Money(fen + 1))}

    with pytest.raises(BasesTooHigh, match="请对方更正信息表") as no:
        comes(bases=[above], places=[], difference_reason="演示")
    assert no.value.facts == {"year": year}
    comes(certificate="PZ-2", bases=[{**above, "amount": most}], places=[])
    assert brought()[year].fen == fen


@pytest.mark.parametrize("other", [HEFEI, HANGZHOU])
def test_of_months_in_another_province_a_reason_tells_why_a_year_is_above(other: str) -> None:
    high = [{"year": 2024, "months": 12, "amount": "300000.00"}]

    with pytest.raises(BasesTooHigh, match="写明原因和依据"):
        comes(other, bases=high)
    comes(other, certificate="PZ-2", bases=high, difference_reason="杭州当年上限较高 演示")

    assert brought()[2024].fen == 300_000_00


def test_no_year_has_more_than_twelve_months() -> None:
    comes()

    with pytest.raises(YearDoubled, match="2025 年本地已有 6 个月"):
        comes(certificate="PZ-2", bases=[{"year": 2025, "months": 7, "amount": "1.00"}])
    comes(certificate="PZ-2", bases=[{"year": 2025, "months": 6, "amount": "1.00"}])
    assert brought()[2025] == BroughtYear(2025, 12, 30_001_00)


def test_months_paid_here_count_in() -> None:
    def paid_here(*, since: Month, **_: object) -> tuple[int, int]:
        return (7, 7) if since == Month(2025, 1) else (0, 0)

    transfer = at_the_letter(direction=Direction.IN, other=HEFEI)
    case = last_step(transfer, amounts=MONEY, bases=YEARS)

    with pytest.raises(YearDoubled, match="2025 年本地已有 7 个月"):
        transfer_money.check_receiving(case, known_months=paid_here)


def from_hefei(**changes: Any) -> int:
    """Whether Wang's sheet is received, who was insured here from 2020 to October 2026."""
    transfer = at_the_letter(direction=Direction.IN, other=HEFEI)
    case = last_step(transfer, amounts=MONEY, bases=YEARS[:1], **changes)
    return transfer_money.check_receiving(case, known_months=months_of_year)


def test_months_that_the_old_system_billed_count_in() -> None:
    with pytest.raises(YearDoubled, match="2024 年本地已有 12 个月"):
        from_hefei(difference_reason="演示")


def test_who_was_not_insured_here_then_brings_the_year() -> None:
    of_2020 = enrolled.months("2020-01", "2021-01")
    enrolled.enrolment(person_id=builders.wang().pk, scheme="110", valid=of_2020)

    assert from_hefei() == 0


def test_of_who_worked_for_himself_a_reason_tells_that_he_did_not_pay() -> None:
    enrolled.enrolment(
        person_id=builders.wang().pk, scheme="110", kind=Kind.FLEXIBLE, payer_id=None,
        valid=enrolled.months("2020-01", "2026-11"),
    )  # fmt: skip

    with pytest.raises(YearDoubled, match="登记而没有缴费的，写明原因"):
        from_hefei()
    transfer = Transfer.objects.get()
    case = last_step(transfer, amounts=MONEY, bases=YEARS[:1], difference_reason="没有缴费 演示")
    assert transfer_money.check_receiving(case, known_months=months_of_year) == 0


def test_what_came_goes_along_with_the_next_transfer() -> None:
    comes()

    with pytest.raises(BasesDiffer, match=r"2024 年信息表 12 个月、缴费基数合计 59999\.99 元"):
        goes(HANGZHOU, "PZ-2", (2024, "59999.99"), (2025, "30000.00"))
    goes(HANGZHOU, "PZ-2", (2024, "60000.00"), (2025, "30000.00"))

    assert brought() == {}


@pytest.mark.parametrize(("months", "amount"), [(5, "30000.00"), (7, "30000.00"), (6, "30000.01")])
def test_neither_other_months_nor_other_bases_go_without_a_reason(months: int, amount: str) -> None:
    comes(bases=YEARS[1:])
    transfer = at_the_letter(other=HEFEI, certificate="PZ-2")
    bases = [{"year": 2025, "months": months, "amount": amount}]

    with pytest.raises(BasesDiffer, match=f"2025 年信息表 {months} 个月"):
        send(last_step(transfer, bases=bases))

    assert send(last_step(transfer, bases=bases, difference_reason="演示"))


@pytest.mark.parametrize("bases", [None, [], [{"year": 2025}], [{"year": 2025, "amount": "1.00"}]])
def test_within_the_province_the_record_tells_the_years(bases: object) -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    transfer = at_the_letter(other=HEFEI)

    with pytest.raises(LeavingInvalid, match="逐年写明缴费月数"):
        send(last_step(transfer, bases=bases))


def test_where_nothing_was_ever_paid_a_record_without_years_goes() -> None:
    assert goes(HEFEI, "PZ-2") == 2


def test_what_went_by_record_the_pool_does_not_send_again() -> None:
    goes(HEFEI, "PZ-2", (2025, "60000.00"))

    with pytest.raises(BasesSentAway, match="2025 年"):
        goes(HANGZHOU, "PZ-3", (2025, "60000.00"), difference_reason="演示")


def test_what_was_paid_here_since_stays_beside_what_had_come() -> None:
    """Of 2026 three months came, eight were paid here; a ninth was, after all of them went."""
    comes(bases=[{"year": 2026, "months": 3, "amount": "15000.00"}])
    goes(HANGZHOU, "PZ-2", (2026, "55000.00"))

    def paid(*, since: Month, unpaid_at: object = None, **_: object) -> tuple[int, int]:
        if since > Month(2026, 1):
            return 0, 0
        return (1, 5_000_00) if unpaid_at else (9, 45_000_00)

    def again(amount: str, **changes: Any) -> int:
        bases = [{"year": 2026, "months": 1, "amount": amount}]
        case = last_step(transfer, bases=bases, **changes)
        return transfer_money.check_sending(case, draws=lambda **_: False, known_base=paid)

    transfer = at_the_letter(certificate="PZ-3")
    with pytest.raises(BasesDiffer, match="写明原因"):
        again("5000.00")
    assert again("5000.00", difference_reason="八月的补缴 演示") == 0
    with pytest.raises(BasesSentAway, match=r"合计 5000\.00 元"):
        again("5000.01", difference_reason="八月的补缴 演示")


def test_a_year_that_did_not_come_back_the_pool_does_not_send_again() -> None:
    comes()
    goes(HANGZHOU, "PZ-2", (2024, "60000.00"), (2025, "30000.00"))
    comes(HANGZHOU, certificate="PZ-3", bases=YEARS[1:])

    with pytest.raises(BasesSentAway, match="2024 年"):
        goes(HANGZHOU, "PZ-4", (2024, "60000.00"), difference_reason="演示")
    goes(HANGZHOU, "PZ-4", (2025, "30000.00"))


def test_who_came_back_has_the_years_of_the_last_sheet_alone() -> None:
    comes()
    goes(HANGZHOU, "PZ-2", (2024, "60000.00"), (2025, "30000.00"))
    assert Transfer.objects.count() == 2

    comes(HANGZHOU, certificate="PZ-3", on=date(2026, 11, 3).isoformat())

    assert brought()[2024] == BroughtYear(2024, 12, 60_000_00)
