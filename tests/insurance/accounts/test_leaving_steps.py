"""The balance of an emptied account comes out again from its month products and rates."""

from datetime import UTC, datetime

import pytest

from backend.cases.models import Case
from backend.people.models import Alias
from insurance.accounts.leaving import pay_lump_sum
from insurance.accounts.models import EntryKind, LeftAccount, Outgoing
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from insurance.policy.steps import Step
from tests import builders
from tests.insurance.accounts import account_builders as of

pytestmark = pytest.mark.django_db


def lump_sum() -> Case:
    content = {"scheme": "110", "month": "2026-07", "reason": "EMIGRATED"}
    case: Case = builders.case(kind="ACCOUNT_LUMP_SUM", content=content)
    case.decided_at = datetime(2026, 9, 15, tzinfo=UTC)
    return case


def explained() -> dict[str, Step]:
    case = lump_sum()
    pay_lump_sum(case)
    steps = read(rows=LeftAccount.objects.get(case_id=case.pk).steps)
    assert first_wrong(steps=steps) is None
    return {step.name: step for step in steps}


def test_each_amount_is_told_with_the_months_it_stood_in_the_account() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    of.entry(person_id=builders.wang().pk, month="2026-03", fen=50_000)

    steps = explained()

    product = steps["2026年月积数"]
    assert product.formula == "2026年初余额 × 6 + 2026-01 收支 × 6 + 2026-03 收支 × 4"
    assert product.result == "62000.00"
    assert steps["2026年结算利息"].result == "77.50"  # 62,000.00 × 1.5 % ÷ 12
    assert steps["支付前账户余额"].result == "10500.00"


def test_years_that_no_run_closed_are_told_one_after_the_other() -> None:
    of.entry(person_id=builders.wang().pk, month="2025-01", fen=1_000_000)

    steps = explained()

    assert steps["2025年结算利息"].result == "150.00"
    assert steps["2026年初余额"].result == "10150.00"
    assert steps["2026年月积数"].result == "60900.00"
    assert Outgoing.objects.get().fen == 1_015_000 + 7_613


def test_interest_that_was_entered_before_is_taken_off() -> None:
    of.finished_run(year=2025)
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    of.entry(person_id=builders.wang().pk, kind=EntryKind.INTEREST, month="2026-03", fen=1_000)

    steps = explained()

    assert steps["2026年利息"].result == "75.05"
    assert steps["2026年结算利息"].result == "65.05"


def test_several_accounts_of_a_person_are_told_apart_and_added_up() -> None:
    wang, li = builders.wang(), builders.li()
    of.entry(person_id=wang.pk, month="2026-01", fen=1_000_000)
    of.entry(person_id=li.pk, month="2026-01", fen=100_000)
    Alias.objects.create(party_id=li.pk, survivor_id=wang.pk, case_id=1)

    steps = explained()

    assert steps["账户1·2026年结算利息"].result == "75.00"
    assert steps["账户2·2026年结算利息"].result == "7.50"
    assert steps["2026年结算利息"].result == "82.50"
    assert steps["支付前账户余额"].result == "11000.00"
