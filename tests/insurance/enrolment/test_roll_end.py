"""A year is owed while one of its months is enrolled: without any, its entry on the roll ends."""

from datetime import date
from pathlib import Path

import pytest

from backend.feeds.refused import RefusedRow
from backend.kernel.months import Month, MonthRange
from backend.people.models import Alias, ClockTimestamp
from insurance.enrolment.correct import correct
from insurance.enrolment.invariants import broken_promises
from insurance.enrolment.leave import leave
from insurance.enrolment.merge_months import merge_months
from insurance.enrolment.models import Enrolment, Kind, RollEntry, Source
from insurance.enrolment.roll import YearCleared, take_roll
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.feed_files import roll_row, write_roll

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
    correct(enrolment_id=row.pk, months=months, blockers=(), reason="误登记", today=TODAY)


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
        blockers=(), person_id=row.person_id, schemes=["390"], payer_id=row.payer_id,
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

    put_right(of.enrolment(valid=of.months("2026-09")), None)

    assert owed() == [2026]


def test_a_roll_does_not_bring_back_what_was_cleared(tmp_path: Path) -> None:
    """Chen's year was closed as doubled; a roll that comes later still has it."""
    chen = builders.chen().pk
    goes = enrolled(("2027-01", "2028-01"), person_id=chen)
    on_roll(2027, person_id=chen)
    stays = of.enrolment(person_id=chen, scheme="310", valid=of.months("2026-01"))
    content = {"close": goes.pk, "keep": stays.pk, "from_month": "2027-01", "last_month": "2027-12"}
    case = builders.case(kind="ENROLMENT_MERGE", party=builders.chen(), content=content)
    merge_months(case, blockers=())
    refused: list[RefusedRow] = []

    path = write_roll(tmp_path, [roll_row(scheme="390")])
    file = take_roll(path=path, today=TODAY, refused=refused, pensions=of.nobody_draws)

    assert (file.accepted, [row.reason for row in refused]) == (False, [YearCleared.words])
    assert owed() == []


def test_an_entry_without_a_month_left_shows() -> None:
    """As if an enrolment were taken away in plain SQL."""
    row = enrolled()
    entry = on_roll()
    RollEntry.objects.filter(pk=entry.pk).update(superseded_at=ClockTimestamp())
    RollEntry.objects.create(
        person_id=entry.person_id, scheme="390", village_id=entry.village_id, subsidised=True,
        valid=entry.valid, source=Source.ROLL, source_id=1,
    )  # fmt: skip
    assert broken_promises() == []

    Enrolment.objects.filter(pk=row.pk).update(superseded_at=ClockTimestamp())

    assert [one.promise for one in broken_promises()] == ["名册中的居民当年已参保"]
