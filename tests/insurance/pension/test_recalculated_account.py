"""An account is computed again once the rates of its years are announced (储存额重算)."""

from functools import cache

import pytest

from backend.kernel.months import Month
from insurance.benefits.models import Component
from insurance.pension import recalculation
from insurance.pension.award_changes import compared_of
from insurance.pension.award_steps import before_of, known_to, steps_of
from insurance.pension.invariants import broken_promises
from insurance.pension.models import Award
from insurance.pension.recalculation import Waiting, open_recalculation, waiting
from insurance.pension.reckoning import recalculate
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension import recalculation_builders as r

pytestmark = pytest.mark.django_db
HERE = Waiting("340800", 2026)
PEOPLE = 400


@pytest.fixture
def award() -> Award:
    """120,000 yuan since January 2026 bear seven months at 1.5 %, the newest rate."""
    p.recognise()
    p.approve()
    p.with_account()
    return p.awarded()


def broken() -> list[str]:
    return [one.promise for one in broken_promises() if "签名" not in one.promise]


def account_in_payment(award: Award) -> int:
    return Component.objects.get(
        entitlement=award.entitlement, component="ACCOUNT", superseded_at=None
    ).fen


def test_the_award_counts_interim_interest_and_keeps_what_bears_it(award: Award) -> None:
    assert award.balance_fen == 121_050_00
    assert award.account_years is not None
    (year,) = award.account_years["years"]
    assert (year["year"], year["months"]) == (2026, 7)


def test_with_the_base_alone_the_balance_stays_and_waits_on(
    award: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    p.publish_base(monkeypatch)
    p.recalculated()

    again = Award.objects.get(previous=award)
    assert (again.balance_fen, again.account_fen) == (award.balance_fen, award.account_fen)
    assert (again.account_years, waiting()) == (award.account_years, [])
    assert open_recalculation(of=HERE, known_on=p.TODAY) is None


def test_once_the_rate_is_announced_it_is_topped_up(
    award: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    p.publish_base(monkeypatch)
    p.recalculated()
    p.publish_rate(monkeypatch)
    assert waiting() == [HERE]

    p.recalculated()

    once = Award.objects.get(previous=award)
    again = Award.objects.get(previous=once)
    # 120,000 × 2 % × 7 ÷ 12 are 1,400.00; the pension is divided by the same months.
    assert (again.balance_fen, again.account_years) == (121_400_00, None)
    assert again.account_fen - once.account_fen in (255, 256)
    assert (again.basic_fen, again.transitional_fen) == (once.basic_fen, once.transitional_fen)
    assert account_in_payment(award) == again.account_fen
    assert (waiting(), broken()) == ([], [])


def test_it_says_why(award: Award, monkeypatch: pytest.MonkeyPatch) -> None:
    p.publish_base(monkeypatch)
    p.recalculated()
    p.publish_rate(monkeypatch)
    p.recalculated()
    again = Award.objects.get(account_years__isnull=True)

    steps = {step.name: step for step in steps_of(award=again)}
    compared = compared_of(award=again)

    assert first_wrong(steps=steps.values()) is None
    assert (steps["2026年利息"].result, steps["个人账户储存额"].result) == ("1400.00", "121400.00")
    assert "先按" not in steps["2026年利息"].sentence
    assert steps["每月补差"].sentence.startswith("按公布的记账利率重算，每月比预发多")
    assert compared is not None
    assert "演示利率通知" in compared.because
    assert "计发基数已公布" not in compared.because


def test_known_together_one_recalculation_does_both(
    award: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    p.publish_base(monkeypatch)
    p.publish_rate(monkeypatch)

    p.recalculated()

    again = Award.objects.get(previous=award)
    assert (again.balance_fen, again.base_fen, again.account_years) == (121_400_00, 8_200_00, None)
    assert "2026年的计发基数和公布的记账利率" in steps_of(award=again)[-1].sentence


def test_many_are_what_the_rule_gives_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    people = r.generated(people=PEOPLE, seed=21)
    before = r.awarded(people=people, bearing=r.accounts(people=people, seed=21))
    p.publish_base(monkeypatch, fen=r.BASE_FEN)
    for year in r.ACCOUNT_YEARS:
        p.publish_rate(monkeypatch, year=year, ratio="0.0150")

    run = p.recalculated()

    known, kept = cache(r.known_at), cache(known_to)
    after = {award.previous_id: award for award in Award.objects.filter(recalculation=run)}
    for one in before:
        wanted = recalculate(
            before=before_of(award=one, steps=read(rows=one.steps or [])),
            known=known(Month.of(one.retirement_month)),
        )
        award = after[one.pk]
        assert (award.balance_fen, award.account_fen, award.standing) == (
            wanted.award.facts.account_fen,
            wanted.award.account_fen,
            wanted.standing.value,
        )
        assert award.account_years is None
        assert steps_of(award=award, known=kept)[-1] == wanted.steps[-1]
    moved = [one for one in before if after[one.pk].balance_fen != one.balance_fen]
    assert len(moved) > PEOPLE // 4


def test_a_chunk_writes_nothing_of_who_waits_for_another_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = r.generated(people=40, seed=22)
    r.awarded(people=people, bearing=r.accounts(people=people, seed=22))
    p.publish_base(monkeypatch, fen=r.BASE_FEN)
    p.recalculated()
    waiting_on = Award.objects.filter(account_years__isnull=False, successor=None).count()
    assert waiting_on > 5

    assert open_recalculation(of=HERE, known_on=p.TODAY) is None
    assert recalculation.waiting() == []
