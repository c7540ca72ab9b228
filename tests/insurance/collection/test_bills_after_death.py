"""Nothing is owed for the months after a confirmed death, whoever did not report the leaver."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest
from django.db import transaction

from backend.kernel.months import Month
from backend.people.models import Alias, ClockTimestamp, Death
from insurance.collection.debts.gap_queries import gaps_of
from insurance.collection.models import BillLine
from insurance.collection.rules.lines import LineKey
from tests import builders
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection.bill_builders import DEC, JAN, NOV
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
FEB = Month(2027, 2)


def dies(person_id: int, on: date, *, confirmed: bool = True) -> None:
    Death.objects.create(
        person_id=person_id, death_date=on, source="OFFICE", confirmed=confirmed, evidence=""
    )


def lives_after_all() -> None:
    Death.objects.filter(superseded_at=None).update(superseded_at=ClockTimestamp())


def months_owed(*, scheme: str = "110") -> list[Month]:
    return sorted({key.month for key in b.sums() if key.scheme == scheme})


def test_the_month_of_death_is_the_last_that_is_billed() -> None:
    li = b.li_works()
    dies(li.pk, date(2026, 11, 1))

    b.bill(NOV)
    b.bill(DEC)

    assert months_owed() == [NOV]


def test_months_billed_before_the_death_was_confirmed_are_taken_back_under_their_keys() -> None:
    li = b.li_works(schemes=("110",))
    b.bill(NOV)
    b.bill(DEC)
    dies(li.pk, date(2026, 11, 30))

    b.bill(JAN)

    assert months_owed() == [NOV]
    first, back = BillLine.objects.filter(month=DEC.first_day, part=1).order_by("pk")
    assert (back.key_id, back.fen, back.account_fen) == (first.pk, -first.fen, -first.account_fen)


def test_a_death_that_is_only_reported_ends_nothing() -> None:
    li = b.li_works(schemes=("110",))
    dies(li.pk, date(2026, 10, 3), confirmed=False)

    b.bill(NOV)

    assert months_owed() == [NOV]


def test_a_death_that_was_withdrawn_is_billed_as_if_it_had_never_been() -> None:
    li = b.li_works(schemes=("110",))
    dies(li.pk, date(2026, 10, 3))
    b.bill(NOV)
    b.bill(DEC)
    assert not b.sums()
    lives_after_all()

    b.bill(JAN)

    assert months_owed() == [NOV, DEC, JAN]


def test_who_pays_alone_gathers_no_gaps_after_death() -> None:
    chen = b.chen_is_flexible()
    b.bill(NOV)
    b.bill(DEC)
    dies(chen.pk, date(2026, 11, 20))

    b.bill(JAN)

    gaps = gaps_of(person_id=chen.pk, today=date(2027, 3, 1))
    assert [gap.month for gap in gaps["110"]] == [NOV]


def test_a_residents_year_is_owed_by_who_lived_to_see_it() -> None:
    wang = builders.wang().pk
    b.on_roll(scheme="170")
    b.on_roll(scheme="390", valid=of.months("2027-01", "2028-01"))
    b.bill(NOV)
    assert months_owed(scheme="390") == [Month(2027, 1)]
    dies(wang, date(2026, 12, 31))

    b.bill(DEC)

    assert months_owed(scheme="170") == [Month(2026, 1)]
    assert months_owed(scheme="390") == []
    lives_after_all()
    b.bill(JAN)
    assert months_owed(scheme="390") == [Month(2027, 1)]


def test_a_death_known_of_one_entry_ends_the_other() -> None:
    b.li_works(schemes=("110",))
    zhao = builders.zhao()
    dies(zhao.pk, date(2026, 10, 3))
    b.bill(NOV)
    Alias.objects.create(party_id=zhao.pk, survivor_id=builders.li().pk, case_id=1)

    b.bill(DEC)

    assert not b.sums()


def test_no_order_of_events_owes_another_amount() -> None:
    def confirmed() -> None:
        dies(builders.li().pk, date(2026, 11, 20))

    def insured() -> None:
        b.li_works(schemes=("110",))

    def found_twice() -> None:
        Alias.objects.create(party_id=builders.zhao().pk, survivor_id=builders.li().pk, case_id=1)

    owed = [after(events) for events in permutations((confirmed, insured, found_twice))]

    assert all(one == owed[0] for one in owed)
    assert [key.month for key in owed[0]] == [NOV, NOV]


def after(events: tuple[Callable[[], None], ...]) -> dict[LineKey, int]:
    """What is owed in the end when these became known one after the other, a run between them."""
    with transaction.atomic():
        for event, period in zip(events, (NOV, DEC, JAN), strict=True):
            b.bill(period)
            event()
        b.bill(FEB)
        found = {replace(key, payer_id=0, person_id=None): fen for key, fen in b.sums().items()}
        transaction.set_rollback(True)
    return found
