"""A resident's year doubled by employment is taken back by difference, and its money goes back."""

from functools import partial

import pytest
from django.db.models import Sum

from backend.access.models import Agency
from backend.cases.models import Case
from backend.kernel.months import Month
from insurance.accounts.models import AccountEntry
from insurance.accounts.refunds import refund_cleared
from insurance.collection.cases import refund
from insurance.collection.cases.refund import ClearedAlready
from insurance.collection.debts.gap_queries import gaps_of
from insurance.collection.matching.credit_accounts import credit_accounts
from insurance.collection.matching.set_off import set_off_credits
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import Allocation, LinePart
from insurance.collection.rules.lines import Part
from insurance.enrolment import merge_months as merging
from insurance.enrolment.models import Enrolment, Kind
from tests import builders
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection import match_city as city
from tests.insurance.collection.bill_builders import DEC, NOV
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
merge_months = partial(merging.merge_months, blockers=())


@pytest.fixture(autouse=True)
def _agencies() -> None:
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")


def doubled(scheme: str, *, employed_as: str) -> tuple[Enrolment, Enrolment]:
    """Wang stands on the village's roll of 2026 and works at a company all the year."""
    wang = builders.wang().pk
    facts = {"person_id": wang, "valid": of.months("2026-01", "2027-01")}
    resident = of.enrolment(scheme=scheme, kind=Kind.RESIDENT, **facts)
    b.on_roll(scheme=scheme)
    return resident, of.enrolment(scheme=employed_as, **facts)


def closed(goes: Enrolment, stays: Enrolment, *, first: str = "2026-01") -> None:
    months = {"from_month": first, "last_month": "2026-12"}
    merge_months(
        builders.case(
            kind="ENROLMENT_MERGE",
            party=builders.wang(),
            content={"close": goes.pk, "keep": stays.pk, **months},
        )
    )


def paid(scheme: str, *amounts: tuple[int, Part]) -> None:
    """Parts of the year come in: subsidies from the treasury, all else by the tax bureau."""
    receipts = [
        Came(
            of.village().pk, scheme, fen, month=Month(2026, 1), person_id=builders.wang().pk,
            part=LinePart[part.name], fiscal=part is Part.SUBSIDY,
        )
        for fen, part in amounts
    ]  # fmt: skip
    file = city.write_file(receipts=receipts)
    work_off(file_id=file.pk, period=NOV, today=NOV.last_day)


def account_fen() -> int:
    rows = AccountEntry.objects.filter(person=builders.wang().pk, scheme="170")
    return int(rows.aggregate(fen=Sum("fen"))["fen"] or 0)


def asked(scheme: str, amount: str = "560.00") -> Case:
    content = {
        "amount": amount,
        "whole": amount,
        "payer": of.village().pk,
        "person": builders.wang().pk,
        "scheme": scheme,
        "from_month": "2026-01",
        "last_month": "2026-01",
        "reason": "DOUBLED",
        "evidence": "重复参保归并 演示1号",
    }
    return cases.decided(kind="COLLECTION_REFUND", party_id=builders.wang().pk, content=content)


def owed_of(scheme: str) -> dict[Part, int]:
    return {key.part: fen for key, fen in b.sums().items() if key.scheme == scheme}


def test_an_unpaid_year_leaves_no_gap_and_no_subsidy() -> None:
    goes, stays = doubled("170", employed_as="110")
    b.bill(NOV)
    assert owed_of("170") == {Part.PERSON: 500_00, Part.SUBSIDY: 60_00}

    closed(goes, stays)
    b.bill(DEC)

    assert owed_of("170") == {}
    assert gaps_of(person_id=builders.wang().pk, today=DEC.last_day) == {}


def test_a_year_of_which_a_month_is_left_is_owed_whole() -> None:
    goes, stays = doubled("170", employed_as="110")
    b.bill(NOV)

    closed(goes, stays, first="2026-02")
    b.bill(DEC)

    assert owed_of("170") == {Part.PERSON: 500_00, Part.SUBSIDY: 60_00}


def test_what_was_paid_for_medical_insurance_is_refunded() -> None:
    goes, stays = doubled("390", employed_as="310")
    b.bill(NOV)
    paid("390", (400_00, Part.PERSON), (670_00, Part.SUBSIDY))

    closed(goes, stays)
    b.bill(DEC)
    refund.decide(asked("390", amount="1070.00"), blockers=())

    assert owed_of("390") == {}
    assert Allocation.objects.aggregate(fen=Sum("fen"))["fen"] == 0


def test_what_the_accounts_give_back_is_no_credit_and_is_not_refunded_twice() -> None:
    goes, stays = doubled("170", employed_as="110")
    b.on_roll(scheme="170", person_id=builders.zhao().pk)
    b.on_roll(scheme="170", valid=of.months("2027-01", "2028-01"))  # his own next year is open
    b.bill(NOV)
    paid("170", (500_00, Part.PERSON), (60_00, Part.SUBSIDY))
    assert account_fen() == 560_00

    closed(goes, stays)
    b.bill(DEC)
    for act in (refund.check, refund.decide):
        with pytest.raises(ClearedAlready):
            act(asked("170"), blockers=())
    match = set_off_credits(period=DEC, today=DEC.last_day)
    assert match is not None
    credit_accounts(match=match)
    refund_cleared(month=DEC)

    assert account_fen() == 0  # 500 to him, and the government's 60 to its next subsidy
    moved = Allocation.objects.filter(match=match).values_list("fen", flat=True)
    assert sorted(moved) == [-60_00, 60_00]
