"""Who paid on for five years pays at once for the missing months (一次性缴费至最低年限)."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from backend.kernel.months import Month
from backend.kernel.parameters import NotVerified
from insurance.accounts.models import AccountEntry
from insurance.collection import case_invariants, invariants, match_invariants
from insurance.collection.cases.one_off_bill import MonthTaken
from insurance.collection.contributed import billed_of
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import Bill, BillLine
from insurance.enrolment.models import Kind
from insurance.pension import one_off
from insurance.pension.award_steps import steps_of
from insurance.pension.invariants import broken_promises
from insurance.pension.models import OneOffPayment
from insurance.pension.one_off import (
    AlreadyBilled,
    ArchiveMissing,
    InsuredTooLate,
    MonthsEnough,
    NothingChanged,
    NotPaidOn,
)
from insurance.pension.one_off_paid import OneOffOpen
from insurance.pension.retirement import MonthsMissing
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import correction_builders as c
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
KIND, LIST = "ONE_OFF_PAYMENT", "/api/v1/pension/one-off-payments/"
NOVEMBER = Month(2026, 11)
MONTHLY, TO_ACCOUNT = 870_80, 348_32  # of the floor of 2026, 4354.00: 20 % and 8 %


def recognised(birth: str = "1961-03") -> None:
    """Born in March 1961 he was to retire in March 2021; 130 months are deemed."""
    records = [{"paper": "招工登记表", "recorded_on": "1985-03-02", "birth_month": birth}]
    p.recognise(birth_month=birth, birth_records=records)


def asked(**changes: Any) -> dict[str, Any]:
    """130 deemed months and 40 paid ones: ten are missing."""
    content: dict[str, Any] = {
        "scheme": "110",
        "paid_months": 170,
        "missing": 10,
        "evidence": "原系统缴费明细 演示1号",
        "insured_since": "1996-01",
        "insured_evidence": "原系统参保登记 演示2号",
    }
    return {**content, **changes}


def decided(**changes: Any) -> OneOffPayment:
    case = p.decided(kind=KIND, content=asked(**changes))
    one_off.decide(case)
    return OneOffPayment.objects.get(case_id=case.pk)


def came(fen: int, month: Month = NOVEMBER) -> None:
    receipt = Came(p.man().pk, "110", fen, date(2026, 11, 20), month=month, person_id=p.man().pk)
    file = city.write_file(receipts=[receipt])
    work_off(file_id=file.pk, period=NOVEMBER, today=p.TODAY)


def retires(**changes: Any) -> None:
    p.approve(
        route="CONTINUED",
        retirement_month="2026-11",
        contribution_months=180,
        months_at_age=130,
        **changes,
    )


def broken() -> list[str]:
    found = [
        *broken_promises(),
        *invariants.broken_promises(),
        *match_invariants.broken_promises(),
        *case_invariants.broken_promises(),
    ]
    return [one.promise for one in found if "签名" not in one.promise]


def test_it_is_billed_as_any_contribution_by_the_floor_and_who_pays_alone() -> None:
    recognised()

    row = decided()

    bill = Bill.objects.get()
    assert (bill.payer_id, bill.fen, bill.kind) == (p.man().pk, 10 * MONTHLY, "FLEXIBLE")
    assert (row.months, row.fen, row.account_fen) == (10, 10 * MONTHLY, 10 * TO_ACCOUNT)
    steps = read(rows=row.steps)
    assert first_wrong(steps=steps) is None
    assert (steps[-1].name, steps[-1].result) == ("一次性缴费金额", "8708.00")
    assert "第13号" in steps[-1].article
    assert broken() == []


def test_it_is_no_month_s() -> None:
    recognised()
    decided()
    came(10 * MONTHLY)

    assert billed_of(person_id=p.man().pk, scheme="110", since=NOVEMBER, until=NOVEMBER) == []


def test_until_it_is_paid_nobody_lets_him_retire() -> None:
    recognised()
    decided()
    came(10 * MONTHLY - 1)

    with pytest.raises(OneOffOpen, match="尚未缴清"):
        retires()


def test_once_it_is_paid_he_retires_and_its_months_count() -> None:
    recognised()
    decided()
    came(10 * MONTHLY)
    retires()

    award = p.awarded(earlier_months=40, earlier_until="2026-03")

    steps = {step.name: step for step in steps_of(award=award)}
    assert first_wrong(steps=steps.values()) is None
    assert (award.total_months, award.figures["one_off_months"]) == (180, 10)
    assert ("一次性缴费月数", "10") in steps["累计缴费月数"].inputs
    assert sum(AccountEntry.objects.values_list("fen", flat=True)) == 10 * TO_ACCOUNT
    assert broken() == []


def test_without_it_the_months_are_missing() -> None:
    recognised()
    retires()

    with pytest.raises(MonthsMissing):
        p.awarded(earlier_months=40, earlier_until="2026-03")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"insured_since": "2011-07"}, InsuredTooLate),
        ({"paid_months": 180, "missing": 0}, MonthsEnough),
    ],
)
def test_only_who_may(changes: dict[str, Any], refusal: type[Exception]) -> None:
    recognised()

    with pytest.raises(refusal):
        decided(**changes)


@pytest.mark.parametrize(("birth", "may"), [("1961-11", True), ("1961-12", False)])
def test_not_before_five_years_are_over(birth: str, *, may: bool) -> None:
    recognised(birth)

    if may:
        assert decided().months == 10
        return
    with pytest.raises(NotPaidOn, match="2026-12"):
        decided()


def test_not_before_the_archive_is_recognised() -> None:
    with pytest.raises(ArchiveMissing):
        decided()


def test_not_in_a_month_in_which_he_is_insured() -> None:
    recognised()
    of.enrolment(person_id=p.man().pk, kind=Kind.FLEXIBLE, valid=of.months("2026-11"))

    with pytest.raises(MonthTaken, match="停保"):
        decided()


def test_not_by_a_rule_that_nobody_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    recognised()
    monkeypatch.setattr(one_off, "is_demo", lambda: False)

    with pytest.raises(NotVerified):
        decided()


def test_once() -> None:
    recognised()
    row = decided()

    with pytest.raises(AlreadyBilled):
        decided()
    with pytest.raises(IntegrityError, match="one time"):
        OneOffPayment.objects.create(
            person_id=row.person_id,
            month=row.month,
            months=1,
            base_fen=1,
            fen=1,
            account_fen=0,
            steps=[],
            standing="CITED",
            policy_version="",
            case_id=1,
        )


def test_what_was_told_wrongly_is_billed_by_difference() -> None:
    recognised()
    row = decided()

    again = decided(corrects=row.pk, paid_months=172, missing=8, **c.FOUND)

    assert (again.months, again.corrects_id) == (8, row.pk)
    with pytest.raises(NothingChanged):
        decided(corrects=again.pk, paid_months=172, missing=8, **c.FOUND)
    assert sum(BillLine.objects.values_list("fen", flat=True)) == 8 * MONTHLY
    assert broken() == []


def test_withdrawn_nothing_is_owed_and_nothing_counts() -> None:
    recognised()
    row = decided()

    decided(corrects=row.pk, withdrawn=True, **c.FOUND)

    assert sum(BillLine.objects.values_list("fen", flat=True)) == 0
    retires()
    with pytest.raises(MonthsMissing):
        p.awarded(earlier_months=40, earlier_until="2026-03")


def test_the_month_run_of_bills_leaves_it_as_it_is() -> None:
    recognised()
    decided()
    of.enrolment(person_id=p.man().pk, kind=Kind.FLEXIBLE, valid=of.months("2026-11"))

    bills.bill(NOVEMBER)

    assert sum(BillLine.objects.filter(scheme="110").values_list("fen", flat=True)) == 10 * MONTHLY


def test_it_is_shown_over_the_api() -> None:
    recognised()
    decided()
    client = Client()
    client.force_login(builders.member(role="CLERK").staff)

    (row,) = client.get(f"{LIST}?person={p.man().pk}").json()["results"]

    assert (row["person_name"], row["months"], row["amount"]) == ("胡*胜", 10, "8708.00")
