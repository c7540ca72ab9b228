"""A year is owed while one of its months is enrolled: without any, its entry on the roll ends."""

from datetime import date

import pytest

from backend.kernel.months import Month, MonthRange
from backend.people.models import Alias
from insurance.enrolment.correct import correct
from insurance.enrolment.leave import leave
from insurance.enrolment.models import Enrolment, Kind, RollEntry, Source
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 5)


def enrolled(valid: tuple[str, str] = ("2026-01", "2027-01"), **changes: object) -> Enrolment:
    facts: dict[str, object] = {"scheme": "390", "kind": Kind.RESIDENT, "valid": of.months(*valid)}
    return of.enrolment(**{**facts, **changes})  # type: ignore[arg-type]


def on_roll(year: int = 2026, *, village_id: int = 0, person_id: int = 0) -> RollEntry:
    return RollEntry.objects.create(
        person_id=person_id or builders.li().pk,
        scheme="390",
        village_id=village_id or of.village().pk,
        subsidised=True,
        valid=of.months(f"{year}-01", f"{year + 1}-01"),
        source=Source.DESK,
    )


def owed() -> list[int]:
    """Years of which an entry stands."""
    rows = RollEntry.objects.filter(superseded_at__isnull=True)
    return sorted(row.valid.lower.year for row in rows)


def put_right(row: Enrolment, months: MonthRange | None) -> None:
    correct(enrolment_id=row.pk, months=months, reason="误登记", today=TODAY)


def test_who_was_never_enrolled_owes_nothing() -> None:
    on_roll()

    put_right(enrolled(), None)

    assert owed() == []


def test_one_month_owes_the_whole_year() -> None:
    on_roll()

    put_right(enrolled(), MonthRange(Month(2026, 1), Month(2026, 2)))

    assert owed() == [2026]


def test_who_leaves_before_the_year_does_not_owe_it() -> None:
    on_roll(2026)
    on_roll(2027)
    row = enrolled(("2026-01", "2028-01"))

    leave(
        person_id=row.person_id, schemes=["390"], payer_id=row.payer_id,
        last_month=Month(2026, 12), today=TODAY,
    )  # fmt: skip

    assert owed() == [2026]


def test_another_village_has_its_own_entry() -> None:
    elsewhere = of.village(district="340822100201").pk
    on_roll(village_id=elsewhere)
    on_roll()
    enrolled(payer_id=elsewhere)

    put_right(enrolled(), None)

    assert RollEntry.objects.get(superseded_at__isnull=True).village_id == elsewhere


def test_what_was_entered_under_another_number_counts_as_the_same_person() -> None:
    twin = builders.chen().pk
    on_roll(person_id=twin)
    Alias.objects.create(party_id=twin, survivor_id=builders.li().pk, case_id=1)

    put_right(enrolled(), None)

    assert owed() == []


def test_an_employee_has_no_years() -> None:
    on_roll()

    put_right(of.enrolment(valid=of.months("2026-01")), None)

    assert owed() == [2026]
