"""Where a household is registered is kept in time, told at the desk or by a roster (户籍所在地)."""

from datetime import date
from pathlib import Path

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.feeds.refused import RefusedRow
from backend.kernel.identity import Sex
from backend.kernel.months import Month
from backend.people.models import Alias, Person
from insurance.enrolment.households import Household, household_of, note_household
from insurance.enrolment.join import join
from insurance.enrolment.models import EnrolmentFile, HouseholdPlace, Kind, Source, TemporaryAccount
from insurance.enrolment.roster import HEADER, OPTIONAL, take_roster
from insurance.enrolment.temporary_accounts import household_untold, temporary_account
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.enrolment_builders import NOV
from tests.insurance.enrolment.feed_files import number_of, roster_row, write

pytestmark = pytest.mark.django_db
HANGZHOU, HEFEI, WUHAN = "330100", "340100", "420100"
BOOK = "户口簿 演示1号"


def elder() -> Person:
    """A man of 56."""
    born = date(1970, 2, 3)
    number = builders.id_number(birth_date=born, sex=Sex.MALE, serial=312)
    return builders.person(name="何向东", birth_date=born, number=number)


def joins(household: str, month: Month = NOV) -> None:
    join(
        person_id=elder().pk,
        kind=Kind.EMPLOYED,
        schemes=("110",),
        payer_id=of.employer().pk,
        month=month,
        wage_fen=600_000,
        household=Household(household, BOOK),
        today=builders.TODAY,
        pensions=of.nobody_draws,
    )


def row_of(household: str, **changes: str) -> str:
    return f"{roster_row(number=number_of(elder().pk), name='何向东', **changes)},{household}"


def take(folder: Path, *rows: str, name: str = "roster") -> tuple[EnrolmentFile, list[RefusedRow]]:
    of.employer()
    refused: list[RefusedRow] = []
    path = write(folder, rows, header=(*HEADER, *OPTIONAL), name=name)
    file = take_roster(
        path=path, today=builders.TODAY, refused=refused, blockers=(), pensions=of.nobody_draws
    )
    return file, refused


def places() -> list[tuple[str, date, date | None]]:
    """What is known now, in time."""
    rows = HouseholdPlace.objects.filter(superseded_at__isnull=True).order_by("valid")
    return [(row.region, row.valid.lower, row.valid.upper) for row in rows]


@pytest.mark.parametrize("region", [HEFEI, HANGZHOU], ids=["in the province", "in another"])
def test_what_the_desk_is_told_is_kept_from_that_month_on(region: str) -> None:
    joins(region)
    joins(region)

    row = HouseholdPlace.objects.get()
    assert places() == [(region, date(2026, 11, 1), None)]
    assert (row.evidence, row.source) == (BOOK, Source.DESK)
    assert TemporaryAccount.objects.exists() is (region == HANGZHOU)


def test_a_place_holds_until_another_is_told() -> None:
    for region, month in ((HEFEI, NOV), (WUHAN, NOV.plus(4)), (HANGZHOU, NOV.plus(2))):
        note_household(person_id=elder().pk, household=Household(region, BOOK), month=month)

    assert places() == [
        (HEFEI, date(2026, 11, 1), date(2027, 1, 1)),
        (HANGZHOU, date(2027, 1, 1), date(2027, 3, 1)),
        (WUHAN, date(2027, 3, 1), None),
    ]
    found = [household_of(person_id=elder().pk, month=NOV.plus(n)) for n in (-1, 0, 1, 2, 4)]
    assert [one and one.region for one in found] == [None, HEFEI, HEFEI, HANGZHOU, WUHAN]


def test_told_again_for_the_same_month_it_is_put_right() -> None:
    for region in (HEFEI, HEFEI, HANGZHOU):
        note_household(person_id=elder().pk, household=Household(region, BOOK), month=NOV)

    assert places() == [(HANGZHOU, date(2026, 11, 1), None)]
    assert HouseholdPlace.objects.count() == 2


def test_a_merged_entry_s_place_is_the_person_s() -> None:
    note_household(person_id=elder().pk, household=Household(HEFEI, BOOK), month=NOV)
    Alias.objects.create(party_id=elder().pk, survivor_id=builders.li().pk, case_id=1)

    found = household_of(person_id=builders.li().pk, month=NOV)

    assert found is not None
    assert found.region == HEFEI


def test_a_roster_tells_the_place_and_opens_the_temporary_account(tmp_path: Path) -> None:
    file, _ = take(tmp_path, row_of(HANGZHOU))

    assert (file.accepted, places()) == (True, [(HANGZHOU, date(2026, 11, 1), None)])
    row, place = TemporaryAccount.objects.get(), HouseholdPlace.objects.get()
    assert (row.household, row.source, row.source_id) == (HANGZHOU, Source.ROSTER, file.pk)
    assert (place.source, place.source_id) == (Source.ROSTER, file.pk)
    assert place.evidence == "增减员文件 roster.csv"
    assert temporary_account(person_id=elder().pk) == row


def test_by_a_roster_of_this_province_the_account_is_an_ordinary_one_and_in_no_doubt(
    tmp_path: Path,
) -> None:
    take(tmp_path, row_of(HEFEI))

    assert places() == [(HEFEI, date(2026, 11, 1), None)]
    assert not TemporaryAccount.objects.exists()
    assert household_untold(person=elder(), region="340800") is None


def test_a_roster_that_leaves_the_place_empty_tells_none(tmp_path: Path) -> None:
    file, _ = take(tmp_path, row_of(""))

    assert (file.accepted, places()) == (True, [])
    assert household_untold(person=elder(), region="340800") == NOV


def test_who_was_insured_here_before_gets_no_temporary_account(tmp_path: Path) -> None:
    of.enrolment(person_id=elder().pk, scheme="110", valid=of.months("2010-01", "2012-01"))

    take(tmp_path, row_of(HANGZHOU))

    assert places() == [(HANGZHOU, date(2026, 11, 1), None)]
    assert not TemporaryAccount.objects.exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"household": "990100"}, "户籍所在地应为6位行政区划代码，前两位是省级代码。"),
        ({"household": "33010"}, "户籍所在地应为6位行政区划代码，前两位是省级代码。"),
        ({"household": "浙江杭州"}, "户籍所在地应为6位行政区划代码，前两位是省级代码。"),
        ({"household": "330100", "change": "LEAVE"}, "减员不填户籍所在地。"),
    ],
)
def test_a_place_that_can_not_be_is_refused(
    tmp_path: Path, row: dict[str, str], reason: str
) -> None:
    file, refused = take(tmp_path, row_of(**row))

    assert (file.accepted, file.line) == (False, 2)
    assert [(one.column, one.reason) for one in refused] == [("household", reason)]
    assert places() == []


def test_without_the_column_a_roster_is_what_it_was(tmp_path: Path) -> None:
    of.employer()
    path = write(tmp_path, [roster_row(number=number_of(elder().pk), name="何向东")])

    file = take_roster(
        path=path, today=builders.TODAY, refused=[], blockers=(), pensions=of.nobody_draws
    )

    assert (file.accepted, places()) == (True, [])


def test_a_file_whose_place_is_another_today_brings_nothing_back(tmp_path: Path) -> None:
    take(tmp_path, row_of(HEFEI))
    again, _ = take(tmp_path, row_of(HEFEI))
    note_household(person_id=elder().pk, household=Household(WUHAN, BOOK), month=NOV)

    overtaken, _ = take(tmp_path, row_of(HEFEI))

    assert again.accepted
    assert (overtaken.accepted, overtaken.code) == (False, "enrolment_file_overtaken")
    assert places() == [(WUHAN, date(2026, 11, 1), None)]


def test_no_two_places_hold_at_once() -> None:
    note_household(person_id=elder().pk, household=Household(HEFEI, BOOK), month=NOV)

    with pytest.raises(Exception, match="two rows of enrolment_householdplace at a time"):
        HouseholdPlace.objects.create(
            person_id=elder().pk,
            region=WUHAN,
            evidence=BOOK,
            valid=SqlRange(date(2027, 1, 1), None),
            source=Source.DESK,
        )
