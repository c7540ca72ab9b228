"""What is asked back says how it came about: month by month, to the fen, and comes out again."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.benefits.recovery.models import Recovery, RecoveryStage
from insurance.benefits.recovery.reckoning import (
    Asked,
    MonthPaid,
    notice_steps,
    order_steps,
)
from insurance.benefits.recovery.steps import step_of
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from insurance.policy.steps import Step
from tests.insurance.benefits.recovery import recovery_builders as r

SEPTEMBER, DECEMBER = Month(2026, 9), Month(2026, 12)


def month(
    month: Month, *, paid: int = 22_000, due: int = 10_000, entitlement: int = 7
) -> MonthPaid:
    return MonthPaid(entitlement, month, paid, due, found_in=DECEMBER)


THREE = tuple(month(one) for one in (SEPTEMBER, SEPTEMBER.next, SEPTEMBER.next.next))
ALL_OF_IT = Asked(THREE, owed_fen=36_000, back_fen=0, elsewhere_fen=0, fen=36_000)


def told(steps: tuple[Step, ...]) -> list[tuple[str, str]]:
    return [(step.name, step.result) for step in steps]


def test_months_that_are_alike_are_told_together() -> None:
    assert told(notice_steps(asked=ALL_OF_IT)) == [
        ("2026年9月至2026年11月多发", "360.00"), ("多发合计", "360.00"), ("告知金额", "360.00"),
    ]  # fmt: skip


def test_months_that_differ_or_do_not_follow_each_other_are_told_apart() -> None:
    months = (*THREE[:2], month(Month(2026, 11), due=12_000), month(Month(2027, 1), due=12_000))
    asked = replace(ALL_OF_IT, months=months, owed_fen=44_000, fen=44_000)

    assert told(notice_steps(asked=asked))[:4] == [
        ("2026年9月至2026年10月多发", "240.00"), ("2026年11月多发", "100.00"),
        ("2027年1月多发", "100.00"), ("多发合计", "440.00"),
    ]  # fmt: skip


def test_what_came_back_and_what_others_ask_for_is_taken_off() -> None:
    asked = Asked(THREE, owed_fen=30_000, back_fen=6_000, elsewhere_fen=4_000, fen=20_000)

    assert told(notice_steps(asked=asked))[1:] == [
        ("多发合计", "360.00"), ("还没有退回的", "300.00"), ("没有立案追回的", "260.00"),
        ("告知金额", "200.00"),
    ]  # fmt: skip


def test_an_order_says_what_the_view_of_the_party_changed() -> None:
    noticed = notice_steps(asked=ALL_OF_IT)

    last = order_steps(noticed=noticed, notified_fen=36_000, fen=24_000)[-1]

    assert (last.name, last.result) == ("责令退回金额", "240.00")
    assert ("听取意见、核实后不再要求的", "120.00") in last.inputs


@given(
    months=st.lists(
        st.builds(
            month,
            st.integers(24_300, 24_330).map(Month.from_index),
            paid=st.integers(0, 10**6),
            due=st.integers(0, 10**6),
            entitlement=st.integers(1, 3),
        ),
        max_size=12,
        unique_by=lambda one: (one.entitlement, one.month),
    ),
    other=st.integers(0, 10**6),
    back=st.integers(0, 10**6),
    elsewhere=st.integers(0, 10**6),
    left=st.integers(0, 10**6),
    dropped=st.integers(0, 10**6),
)
def test_whatever_was_paid_each_amount_comes_out_of_its_steps(
    months: list[MonthPaid], other: int, back: int, elsewhere: int, left: int, dropped: int
) -> None:
    over = sum(one.paid_fen - one.due_fen for one in months)
    owed = over + other - back
    asked = Asked(tuple(months), owed, back, elsewhere, owed - elsewhere - left)

    noticed = notice_steps(asked=asked)
    ordered = order_steps(noticed=noticed, notified_fen=asked.fen, fen=asked.fen - dropped)

    assert first_wrong(steps=ordered) is None
    assert noticed[-1].result == str(Money(asked.fen))
    assert ordered[-1].result == str(Money(asked.fen - dropped))


@pytest.mark.django_db
def test_a_notice_and_an_order_keep_how_their_amounts_came_about() -> None:
    r.overpaid()
    r.done("RECOVERY_NOTICE")
    r.done("RECOVERY_ORDER", amount="300.00")
    recovery = Recovery.objects.get()

    for stage, last in ((RecoveryStage.NOTIFIED, "360.00"), (RecoveryStage.ORDERED, "300.00")):
        step = step_of(recovery=recovery, stage=stage)
        assert step is not None
        steps = read(rows=step.reckoned)
        assert steps[0].sentence == "2026年9月至2026年11月，每月发了 251.50 元，应发 131.50 元。"
        assert first_wrong(steps=steps) is None
        assert steps[-1].result == last
