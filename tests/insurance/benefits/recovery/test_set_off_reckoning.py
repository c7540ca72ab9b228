"""What is kept says how it came about: what was ordered, kept month by month, and is left."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.money import Money
from insurance.benefits.recovery.amounts import set_off
from insurance.benefits.recovery.invariants import EXPLAINED, broken_promises
from insurance.benefits.recovery.models import Recovery, SetOff, SetOffDecision
from insurance.benefits.recovery.reckoning import ORDER
from insurance.benefits.recovery.rest import months_kept
from insurance.benefits.recovery.set_off_reckoning import (
    Limit,
    MonthKept,
    Rest,
    account_steps,
    month_step,
    once_steps,
    pension_steps,
    rest_steps,
    share_steps,
)
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong, holds
from insurance.policy.steps import Step
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import JANUARY
from tests.insurance.benefits.recovery import recovery_builders as r

FIFTH = 200_000
ORDERED = (
    Step("告知金额", (("告知金额", "360.00"),), "360.00", "", "", ORDER, "与告知的金额相同。", ""),
)
REST = Rest(ORDERED, 36_000, 0, (), once_fen=0, registered_fen=36_000, planned_fen=0)
LIMIT = Limit(JANUARY, (("基础养老金", 10_000), ("个人账户养老金", 3_150)), FIFTH, "v", "比照")


def told(steps: tuple[Step, ...]) -> dict[str, str]:
    assert first_wrong(steps=steps) is None
    return {step.name: step.result for step in steps}


def test_a_fifth_of_the_month_at_most_and_so_many_months() -> None:
    steps = pension_steps(rest=REST, limit=LIMIT, fen=2_500)

    assert list(told(steps).items())[1:] == [
        ("还应退回的", "360.00"), ("月待遇", "131.50"), ("每月最多抵扣", "26.30"),
        ("每月抵扣", "25.00"), ("抵满的月数", "14"), ("最后一个月抵扣", "10.00"),
    ]  # fmt: skip


def test_what_was_kept_and_came_back_is_taken_off() -> None:
    both = (JANUARY, JANUARY.next)
    months = tuple(MonthKept(month, 13_150, 2_000, FIFTH, 2_000) for month in both)
    rest = replace(REST, months=months, received_fen=5_000, once_fen=1_000)

    said = told(rest_steps(rest=rest))

    assert (said["按月抵扣合计"], said["已经抵扣的"], said["还应退回的"]) == (
        "40.00", "50.00", "260.00",
    )  # fmt: skip


def test_no_more_is_taken_than_the_register_says_is_owed() -> None:
    rest = replace(REST, registered_fen=10_000, planned_fen=2_000)

    assert told(pension_steps(rest=rest, limit=LIMIT, fen=2_000))["现在可以抵扣的"] == "80.00"


def test_what_is_left_of_a_share_is_told() -> None:
    of = share_steps(label="丧葬补助金", share_fen=100_000, had_fen=30_000)

    said = told(once_steps(rest=REST, of=of, fen=36_000))

    assert (said["抵扣金额"], said["丧葬补助金应付余下的"]) == ("360.00", "340.00")
    assert said["抵扣以后还应退回的"] == "0.00"


def test_what_is_left_of_an_account_is_told() -> None:
    of = account_steps(month=JANUARY, held_fen=50_000)

    assert told(once_steps(rest=REST, of=of, fen=30_000))["个人账户余额余下的"] == "200.00"


@given(due=st.integers(1, 10**6), most=st.integers(1, 10**6), ppm=st.integers(1, 999_999))
def test_what_a_run_keeps_comes_out_of_its_step(due: int, most: int, ppm: int) -> None:
    fen = set_off(due_fen=due, most_fen=most, most_ppm=ppm)

    assert holds(step=month_step(kept=MonthKept(JANUARY, due, most, ppm, fen)))


@given(
    parts=st.lists(st.integers(1, 10**6), min_size=1, max_size=3),
    ppm=st.integers(1, 999_999),
    asked=st.integers(1, 10**6),
    registered=st.integers(1, 10**6),
    once=st.integers(0, 30_000),
)
def test_whatever_is_kept_of_a_pension_comes_out_of_its_steps(
    parts: list[int], ppm: int, asked: int, registered: int, once: int
) -> None:
    named = tuple((f"项目{place}", fen) for place, fen in enumerate(parts))
    limit = Limit(JANUARY, named, ppm, "v", "")
    fen = max(1, min(asked, limit.most_fen))
    if limit.most_fen == 0:
        return
    rest = replace(REST, registered_fen=registered, once_fen=once)

    said = told(pension_steps(rest=rest, limit=limit, fen=fen))

    assert said["每月抵扣"] == str(Money(fen))


@pytest.mark.django_db
def test_months_that_a_run_kept_are_told_when_it_ends() -> None:
    wang = r.overpaid()
    recovery = r.served()
    r.done("RECOVERY_SET_OFF", entitlement=wang.pk, monthly="20.00", from_month="2027-01")
    m.sealed(JANUARY)
    ends = SetOff.objects.get(superseded_at__isnull=True).pk
    r.done("RECOVERY_SET_OFF", ends=ends, from_month="2027-02")

    said = told(read(rows=SetOffDecision.objects.latest("recorded_at").reckoned))

    assert said["2027年1月抵扣"] == "20.00"
    assert said["还应退回的"] == "340.00"
    assert [one.due_fen for one in months_kept(recovery=recovery)] == [13_150]


@pytest.mark.django_db
def test_an_amount_without_steps_breaks_a_promise() -> None:
    wang = r.overpaid()
    r.served()
    r.done("RECOVERY_SET_OFF", entitlement=wang.pk, monthly="20.00", from_month="2027-01")
    assert EXPLAINED not in [row.promise for row in broken_promises()]

    known = SetOff.objects.get()
    SetOff.objects.create(
        recovery=Recovery.objects.get(),
        entitlement=wang,
        fen=1_000,
        most_ppm=FIFTH,
        document="没有步骤的",
        valid=known.valid,
        case_id=known.case_id + 1_000,
        superseded_at=known.recorded_at,
    )

    assert EXPLAINED in [row.promise for row in broken_promises()]
