"""Death, emigration, too few years: interest to date, the whole balance out, every fen placed."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.cases.models import Case
from backend.kernel.money import Money
from backend.people.models import Alias, Death, Person
from insurance.accounts.entries import balance
from insurance.accounts.invariants import broken_promises
from insurance.accounts.leaving import (
    InterestRunning,
    NotDead,
    NothingThere,
    inherit,
    pay_lump_sum,
)
from insurance.accounts.models import AccountEntry, FixedRate, Outgoing
from insurance.accounts.settling import LeavingInvalid
from insurance.accounts.shares import divided, share_steps
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.accounts import account_builders as of

database = pytest.mark.django_db


def died() -> None:
    Death.objects.create(
        person_id=builders.wang().pk,
        death_date=date(2026, 6, 20),
        source="POLICE",
        confirmed=True,
        evidence="演示",
        case_id=1,
    )


def decided(case: Case) -> Case:
    """Decided in September 2026, whatever today is."""
    case.decided_at = datetime(2026, 9, 15, tzinfo=UTC)
    return case


def inheritance(**changes: Any) -> Case:
    content = {"scheme": "110", "month": "2026-07"} | changes
    return decided(builders.case(kind="ACCOUNT_INHERITANCE", content=content))


def heirs(*people: Person) -> list[tuple[int, int]]:
    """Each the same share."""
    return [(person.pk, 1) for person in people]


def lump_sum(**changes: Any) -> Case:
    content = {"scheme": "110", "month": "2026-07", "reason": "EMIGRATED"} | changes
    return decided(builders.case(kind="ACCOUNT_LUMP_SUM", content=content))


def kinds_and_fen() -> list[tuple[str, int]]:
    return list(AccountEntry.objects.order_by("pk").values_list("kind", "fen"))


@database
def test_three_heirs_have_the_whole_balance_with_its_interest() -> None:
    died()
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)

    rows = inherit(inheritance(), heirs=heirs(builders.li(), builders.zhao(), builders.chen()))

    interest = 7_500  # six months at 1.5 %
    assert kinds_and_fen()[1:] == [("INTEREST", interest), ("INHERITED", -1_007_500)]
    shares = list(Outgoing.objects.order_by("pk").values_list("fen", flat=True))
    assert shares == [335_834, 335_833, 335_833]
    assert sum(shares) == 1_007_500
    assert balance(person_id=builders.wang().pk, scheme="110") == 0
    assert rows == 7  # two entries, the rate, the steps, three heirs


@database
def test_a_year_that_no_run_has_closed_yet_is_settled_too() -> None:
    of.entry(person_id=builders.wang().pk, month="2025-01", fen=1_000_000)

    pay_lump_sum(lump_sum(month="2026-01"))

    assert kinds_and_fen()[1:] == [("INTEREST", 15_000), ("LUMP_SUM", -1_015_000)]
    fixed = FixedRate.objects.order_by("year").values_list("year", "ratio", "ratio_of_year")
    assert list(fixed) == [
        (2025, Decimal("0.015"), 2025),
        (2026, Decimal("0.015"), 2025),
    ]


@database
def test_what_was_closed_by_an_interim_rate_stays_by_it() -> None:
    of.finished_run(year=2025, interim=True)
    of.entry(person_id=builders.wang().pk, month="2025-01", arrival="2026-01", fen=1_000_000)

    pay_lump_sum(lump_sum())

    assert set(FixedRate.objects.values_list("year", flat=True)) == {2025, 2026}
    assert Outgoing.objects.get().fen == 1_007_500


@database
def test_who_comes_back_and_leaves_again_has_the_rate_that_was_fixed() -> None:
    wang = builders.wang().pk
    of.entry(person_id=wang, month="2026-01", fen=1_000_000)
    pay_lump_sum(lump_sum(month="2026-03"))
    of.entry(person_id=wang, month="2026-05", fen=200_000)

    pay_lump_sum(lump_sum(month="2026-09"))

    assert FixedRate.objects.count() == 1
    assert [fen for _, fen in kinds_and_fen()[-2:]] == [1_000, -201_000]


@database
def test_every_year_that_was_closed_by_an_interim_rate_stays_by_it() -> None:
    for year in (2024, 2025):
        of.finished_run(year=year, interim=True)
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)

    pay_lump_sum(lump_sum())

    years = FixedRate.objects.order_by("year").values_list("year", "ratio_of_year")
    assert list(years) == [(2024, 2023), (2025, 2024), (2026, 2025)]


@database
def test_a_year_that_was_trued_up_is_not_fixed() -> None:
    of.finished_run(year=2025, interim=True)
    of.finished_run(year=2025, interim=False)
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)

    pay_lump_sum(lump_sum())

    assert [row.year for row in FixedRate.objects.all()] == [2026]


@database
@pytest.mark.parametrize("month", ["2026-10", "2028-12"])
def test_nothing_leaves_in_a_month_to_come(month: str) -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)

    with pytest.raises(LeavingInvalid, match="尚未到来"):
        pay_lump_sum(lump_sum(month=month))
    assert kinds_and_fen() == [("CREDIT", 1_000_000)]


@database
def test_nothing_leaves_in_a_year_that_is_closed() -> None:
    of.entry(person_id=builders.wang().pk, month="2025-01", fen=1_000_000)
    of.finished_run(year=2025, interim=False)

    with pytest.raises(LeavingInvalid, match="2026-01"):
        pay_lump_sum(lump_sum(month="2025-12"))


def merged() -> None:
    """Li's account was found to be Wang's."""
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=20_000)
    of.entry(person_id=builders.li().pk, month="2026-01", fen=30_000)
    Alias.objects.create(party_id=builders.li().pk, survivor_id=builders.wang().pk, case_id=1)


@database
@pytest.mark.parametrize("of_survivor", [True, False])
def test_heirs_get_what_stands_under_a_merged_entry_too(of_survivor: bool) -> None:
    merged()
    died()
    case = inheritance()
    case.party_id = (builders.wang() if of_survivor else builders.li()).pk

    inherit(case, heirs=heirs(builders.chen()))

    interest = 150 + 225
    assert Outgoing.objects.get().fen == 50_000 + interest
    for person in (builders.wang(), builders.li()):
        assert balance(person_id=person.pk, scheme="110") == 0
    assert not [row for row in broken_promises() if "支付去向" in row.promise]


@database
def test_nobody_inherits_from_the_living() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01")

    with pytest.raises(NotDead):
        inherit(inheritance(), heirs=heirs(builders.li()))


@database
@pytest.mark.parametrize("changes", [{"reason": "WANTS_IT"}, {"scheme": "210"}])
def test_no_early_withdrawal(changes: dict[str, Any]) -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01")

    with pytest.raises(LeavingInvalid):
        pay_lump_sum(lump_sum(**changes))


@database
def test_an_account_is_not_emptied_before_its_last_entry() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-08")

    with pytest.raises(LeavingInvalid):
        pay_lump_sum(lump_sum())


@database
def test_an_empty_account_pays_nothing() -> None:
    with pytest.raises(NothingThere):
        pay_lump_sum(lump_sum())
    of.entry(person_id=builders.wang().pk, month="2026-01")
    pay_lump_sum(lump_sum())

    with pytest.raises(NothingThere):
        pay_lump_sum(lump_sum())


@database
def test_while_a_year_is_computed_nobody_leaves() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01")
    of.open_run(year=2025)

    with pytest.raises(InterestRunning):
        pay_lump_sum(lump_sum())


@given(st.integers(0, 10**12), st.lists(st.integers(1, 1_000), min_size=1, max_size=20))
def test_shares_add_up_and_are_fair(fen: int, weights: list[int]) -> None:
    shares = divided(fen=fen, weights=weights)

    assert sum(shares) == fen
    whole = sum(weights)
    assert all(
        abs(share * whole - fen * weight) < whole
        for share, weight in zip(shares, weights, strict=True)
    )
    steps = share_steps(of=("合计", fen), shares=list(zip(weights, shares, strict=True)))
    assert first_wrong(steps=steps) is None
    told = [str(Money(share)) for share in shares] if len(shares) > 1 else []
    assert [step.result for step in steps] == told


@pytest.mark.parametrize("weights", [[], [0], [1, -1], [1, 0]])
def test_shares_need_weights(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        divided(fen=1, weights=weights)
