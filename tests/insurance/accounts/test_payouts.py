"""The account part of a pension leaves the account as far as that goes; the pool pays on."""

import threading

import pytest
from django.db import connections, transaction

from backend.kernel.months import Month
from backend.people.models import Alias
from insurance.accounts.entries import balance
from insurance.accounts.models import AccountEntry
from insurance.accounts.payouts import PaidOut, give_back, pay_out
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.accounts import account_builders as of

database = pytest.mark.django_db
SELECT = """
SELECT person_id, '110', date '2026-11-01', fen, due, 1
FROM unnest(%(people)s::bigint[], %(amounts)s::bigint[], %(dues)s::bigint[])
    AS d (person_id, fen, due)
"""


def draw(*dues: tuple[int, int, int]) -> PaidOut:
    """Pay out dues of (person, fen, due_ref)."""
    people, amounts, refs = (list(column) for column in zip(*dues, strict=True))
    return pay_out(
        select=SELECT,
        parameters={"people": people, "amounts": amounts, "dues": refs},
        arrival=Month(2026, 11),
    )


@database
def test_each_month_s_part_leaves_the_account() -> None:
    wang, li = builders.wang().pk, builders.li().pk
    of.entry(person_id=wang, month="2026-01", fen=10_000)
    of.entry(person_id=li, month="2026-01", fen=5_000)

    assert draw((wang, 3_000, 1), (li, 2_000, 2)) == PaidOut(2, 5_000, 0)
    assert balance(person_id=wang, scheme="110") == 7_000


@database
def test_the_pool_pays_what_the_account_does_not_hold() -> None:
    wang, li = builders.wang().pk, builders.li().pk
    of.entry(person_id=wang, month="2026-01", fen=10_000)

    assert draw((wang, 12_000, 1), (li, 2_000, 2)) == PaidOut(1, 10_000, 4_000)
    assert balance(person_id=wang, scheme="110") == 0


@database
def test_two_dues_of_one_person_share_what_is_there() -> None:
    wang = builders.wang().pk
    of.entry(person_id=wang, month="2026-01", fen=10_000)

    assert draw((wang, 7_000, 1), (wang, 7_000, 2), (wang, 7_000, 3)) == PaidOut(2, 10_000, 11_000)


def merged() -> tuple[int, int]:
    """Wang, and the entry that turned out to be Wang, too."""
    wang, twin = builders.wang().pk, builders.person(name="王秀英").pk
    Alias.objects.create(party_id=twin, survivor_id=wang, case_id=1)
    return wang, twin


@database
def test_the_account_of_a_merged_entry_pays_when_the_survivor_s_is_empty() -> None:
    wang, twin = merged()
    of.entry(person_id=wang, month="2026-01", fen=4_000)
    of.entry(person_id=twin, month="2026-03", fen=5_000)

    assert draw((wang, 3_000, 1), (wang, 3_000, 2)) == PaidOut(3, 6_000, 0)
    assert draw((wang, 4_000, 3)) == PaidOut(1, 3_000, 1_000)

    left = AccountEntry.objects.filter(kind="PAYOUT").order_by("source_id", "person_id")
    assert list(left.values_list("person_id", "source_id", "fen")) == [
        (wang, 1, -3_000),
        (wang, 2, -1_000),
        (twin, 2, -2_000),
        (twin, 3, -3_000),
    ]


@database
def test_what_came_back_returns_to_each_account_that_paid() -> None:
    wang, twin = merged()
    of.entry(person_id=wang, month="2026-01", fen=1_000)
    of.entry(person_id=twin, month="2026-01", fen=5_000)
    draw((wang, 3_000, 1))

    assert give_back(select="SELECT 1, 1", parameters={}) == 2
    assert [balance(person_id=one, scheme="110") for one in (wang, twin)] == [1_000, 5_000]
    assert draw((wang, 3_000, 1)) == PaidOut(0, 0, 0)


@database
def test_a_due_leaves_once() -> None:
    wang = builders.wang().pk
    of.entry(person_id=wang, month="2026-01", fen=10_000)
    draw((wang, 3_000, 1))

    assert draw((wang, 3_000, 1)) == PaidOut(0, 0, 0)
    assert draw((wang, 3_000, 1), (wang, 2_000, 2)) == PaidOut(1, 2_000, 0)


@database
def test_what_the_bank_returned_comes_back_once() -> None:
    wang = builders.wang().pk
    of.entry(person_id=wang, month="2026-01", fen=10_000)
    draw((wang, 12_000, 1))

    assert give_back(select="SELECT 1, 1", parameters={}) == 1
    assert give_back(select="SELECT 1, 1 UNION ALL SELECT 2, 1", parameters={}) == 0
    assert balance(person_id=wang, scheme="110") == 10_000


@database
def test_nothing_leaves_before_it_came_in_or_in_a_closed_year() -> None:
    wang, li = builders.wang().pk, builders.li().pk
    of.entry(person_id=wang, month="2027-02", fen=10_000)
    of.entry(person_id=li, month="2026-01", fen=10_000)
    of.open_run(year=2026)

    draw((wang, 3_000, 1), (li, 3_000, 2))

    left = AccountEntry.objects.filter(kind="PAYOUT").order_by("source_id")
    assert [row.arrival_month for row in left] == [of.first("2027-02"), of.first("2027-01")]


def test_of_two_at_once_the_second_sees_what_the_first_left(own_database: OwnDatabase) -> None:
    wang = builders.wang().pk
    of.entry(person_id=wang, month="2026-01", fen=10_000)
    drawn, go = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            draw((wang, 8_000, 1))
            drawn.set()
            go.wait(timeout=1)
        connections.close_all()

    thread = threading.Thread(target=first)
    thread.start()
    drawn.wait(timeout=10)
    second = draw((wang, 8_000, 2))
    thread.join()

    assert second == PaidOut(1, 2_000, 6_000)
    assert sorted(AccountEntry.objects.values_list("fen", flat=True)) == [-8_000, -2_000, 10_000]
