"""A pension awarded to who is in prison or missing: which is known first never matters."""

from datetime import date
from itertools import permutations

import pytest

from backend.kernel.identity import Sex
from backend.kernel.months import Month
from backend.people.models import Alias, Person
from insurance.benefits.life import invariants as life
from insurance.benefits.merging import merge_persons
from insurance.benefits.models import Entitlement, Hold, Stop
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.life import life_builders as events
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
AWARD = ("AWARD", "")
CUSTODY = (("WANTED", "2026-05-10"), ("DETAINED", "2026-08-10"), ("SENTENCED", "2026-10-20"))


def men(count: int) -> list[Person]:
    """Each of them retires in July 2026."""
    born = date(1966, 5, 16)
    numbers = [
        builders.id_number(birth_date=born, sex=Sex.MALE, serial=401 + 2 * n) for n in range(count)
    ]
    return [builders.person(name="胡德胜", birth_date=born, number=number) for number in numbers]


def happened(man: Person, what: str, day: str) -> None:
    if what == "AWARD":
        p.recognise(of=man)
        p.approve(of=man)
        p.awarded(of=man)
    else:
        events.happened(what, day, of=man)


def found(man: Person) -> tuple[list[object], list[object]]:
    """Months that are stopped, and held with their reason."""
    pension = Entitlement.objects.get(person=man.pk)
    stops = Stop.objects.filter(entitlement=pension, superseded_at=None)
    holds = Hold.objects.filter(entitlement=pension, superseded_at=None)
    return (
        [row.valid for row in stops.order_by("valid")],
        [(row.reason, row.valid) for row in holds.order_by("valid")],
    )


def test_whichever_of_the_award_and_what_happened_is_known_first() -> None:
    orders = list(permutations((AWARD, *CUSTODY)))
    of_order = dict(zip(men(len(orders)), orders, strict=True))

    for man, order in of_order.items():
        for what, day in order:
            happened(man, what, day)

    assert {str(found(man)) for man in of_order} == {str(([m.months(Month(2026, 6), None)], []))}
    assert life.broken_promises() == []


@pytest.mark.parametrize("award_first", [True, False])
@pytest.mark.parametrize(
    ("form", "day", "stops", "holds"),
    [
        ("SENTENCED", "2026-10-20", [(Month(2026, 11), None)], []),
        ("DETAINED", "2026-10-20", [], [("IN_PRISON", Month(2026, 11))]),
        ("MISSING", "2026-05-20", [], [("MISSING", Month(2026, 6))]),
        ("PROBATION", "2026-10-20", [], []),
    ],
)
def test_an_award_is_stopped_or_held_as_if_it_had_been_there(
    award_first: bool,
    form: str,
    day: str,
    stops: list[tuple[Month, Month | None]],
    holds: list[tuple[str, Month]],
) -> None:
    (man,) = men(1)
    order = [AWARD, (form, day)] if award_first else [(form, day), AWARD]

    for what, on in order:
        happened(man, what, on)

    assert found(man) == (
        [m.months(*one) for one in stops],
        [(reason, m.months(since, None)) for reason, since in holds],
    )


def test_a_sentence_that_was_served_before_the_pension_is_awarded_stops_its_months_alone() -> None:
    (man,) = men(1)
    happened(man, "SENTENCED", "2026-05-10")
    happened(man, "RELEASED", "2026-09-20")
    happened(man, *AWARD)

    m.sealed()

    pension = Entitlement.objects.get(person=man.pk)
    assert found(man) == ([m.months(Month(2026, 6), Month(2026, 10))], [])
    assert [month for month, _, _ in m.dues(pension)] == [Month(2026, 10), m.NOVEMBER]


def test_what_was_told_of_an_entry_that_is_merged_holds_for_the_pension_of_the_other() -> None:
    (man,) = men(1)
    happened(man, *AWARD)
    events.happened("SENTENCED", "2026-10-20", of=builders.li())

    case = builders.case(kind="MERGE", party=builders.li(), content={"survivor_id": man.pk})
    merge_persons(case)

    assert Alias.objects.get().survivor_id == man.pk
    assert found(man) == ([m.months(m.NOVEMBER, None)], [])
