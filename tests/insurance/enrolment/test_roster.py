"""Joiners and leavers by file: whole or not at all, by the same rules as at the desk."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from backend.audit.models import Act
from backend.feeds.refused import RefusedRow
from backend.kernel.months import Month, MonthRange
from backend.people.models import Alias, Death
from insurance.enrolment import assess
from insurance.enrolment.join import join
from insurance.enrolment.leave import leave
from insurance.enrolment.models import Deregistration, Enrolment, EnrolmentFile, Kind, Source, Wage
from insurance.enrolment.rests import Blocker, MonthsRestedOn
from insurance.enrolment.roster import take_roster
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.feed_files import number_of, roster_row, write

pytestmark = pytest.mark.django_db
TODAY = builders.TODAY


@pytest.fixture(autouse=True)
def company() -> None:
    builders.li()
    of.employer()


def take(
    folder: Path, *rows: str, blockers: Sequence[Blocker] = (), **changes: Any
) -> tuple[EnrolmentFile, list[RefusedRow]]:
    refused: list[RefusedRow] = []
    path = write(folder, rows, **changes)
    file = take_roster(
        path=path, today=TODAY, refused=refused, blockers=blockers, pensions=of.nobody_draws
    )
    return file, refused


def current() -> list[tuple[str, str, str]]:
    rows = Enrolment.objects.filter(superseded_at__isnull=True).order_by("scheme", "valid")
    return [(r.scheme, str(r.valid.lower), str(r.valid.upper or "")) for r in rows]


def test_joiners_are_enrolled_with_their_wage(tmp_path: Path) -> None:
    file, _ = take(tmp_path, roster_row(schemes="110+310"))

    assert (file.accepted, file.row_count) == (True, 1)
    assert current() == [("110", "2026-11-01", ""), ("310", "2026-11-01", "")]
    row = Enrolment.objects.first()
    assert row is not None
    assert (row.source, row.source_id, row.district) == ("ROSTER", file.pk, "340802")
    assert Wage.objects.get().monthly_fen == 600_000
    assert Act.objects.get(name="enrolment.file_taken").rows == 1 + 3


def test_leavers_end_with_their_last_month(tmp_path: Path) -> None:
    of.enrolment(scheme="110")
    of.enrolment(scheme="310")

    file, _ = take(tmp_path, roster_row(change="LEAVE", schemes="110"))

    assert file.accepted
    assert current() == [("110", "2020-01-01", "2026-12-01"), ("310", "2020-01-01", "")]


def rests(*, person_id: int, scheme: str, months: MonthRange) -> list[str]:
    return [f"以 {months.start} 起的 {scheme} 为依据。"] if scheme == "110" else []


def leaver(last_month: str) -> str:
    return roster_row(change="LEAVE", schemes="110+310", month=last_month)


@pytest.fixture
def li_is_insured() -> None:
    for scheme in ("110", "310"):
        of.enrolment(scheme=scheme)


@pytest.mark.usefixtures("li_is_insured")
def test_a_leaver_takes_no_month_away_on_which_a_benefit_rests(tmp_path: Path) -> None:
    file, refused = take(tmp_path, leaver("2026-09"), blockers=(rests,))

    assert not file.accepted
    assert [(row.line, row.column, row.shown, row.reason, row.code) for row in refused] == [
        (2, "month", "2026-09-01", "以 2026-10 起的 110 为依据。", MonthsRestedOn.code)
    ]
    assert {until for _, _, until in current()} == {""}


@pytest.mark.usefixtures("li_is_insured")
def test_a_leaver_who_takes_no_month_away_that_is_over_is_not_asked_about(tmp_path: Path) -> None:
    file, _ = take(tmp_path, leaver(str(Month.of(TODAY).previous)), blockers=(rests,))

    assert file.accepted


@pytest.mark.usefixtures("li_is_insured")
def test_of_the_dead_no_month_after_the_death_is_asked_about(tmp_path: Path) -> None:
    Death.objects.create(
        person_id=builders.li().pk, death_date=date(2026, 9, 15), source="OFFICE", evidence=""
    )

    file, _ = take(tmp_path, leaver("2026-09"), blockers=(rests,))

    assert file.accepted


def test_the_same_bytes_twice_change_nothing(tmp_path: Path) -> None:
    first, _ = take(tmp_path, roster_row())
    again, _ = take(tmp_path, roster_row())

    assert again == first
    assert (Enrolment.objects.count(), EnrolmentFile.objects.count()) == (3, 1)


def test_another_file_with_the_same_facts_writes_no_row_anew(tmp_path: Path) -> None:
    take(tmp_path, roster_row())
    file, _ = take(tmp_path, roster_row(schemes="310+210+110"))

    assert file.accepted
    assert (Enrolment.objects.count(), Wage.objects.count()) == (3, 1)


def test_a_file_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    good, bad = roster_row(), roster_row(number=number_of(builders.zhao().pk), name="赵强")

    file, refused = take(tmp_path, good, bad)

    assert (file.accepted, file.code, file.line) == (False, "enrolment_rows_refused", 3)
    assert assess.NameDiffers.words in file.detail
    assert (refused[0].shown, refused[0].code) == ("赵*", assess.NameDiffers.code)
    assert not Enrolment.objects.exists()


def test_a_refused_file_may_come_again_when_the_cause_is_mended(tmp_path: Path) -> None:
    row = roster_row(code=of.credit_code(serial=7))
    refused, _ = take(tmp_path, row)

    of.employer(serial=7)
    taken, _ = take(tmp_path, row)

    assert (refused.accepted, taken.accepted) == (False, True)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"change": "MOVE", "wage": "1.00"}, "change"),
        ({"number": "340802198507010000"}, "id_number"),
        ({"name": "李1"}, "name"),
        ({"code": "91340802MA0000019X"}, "credit_code"),
        ({"schemes": "110+110"}, "schemes"),
        ({"schemes": "170"}, "schemes"),
        ({"schemes": ""}, "schemes"),
        ({"month": "2026-13"}, "month"),
        ({"wage": ""}, "wage"),
        ({"wage": "0.00"}, "wage"),
        ({"wage": "6000"}, "wage"),
        ({"change": "LEAVE", "wage": "1.00"}, "wage"),
    ],
)
def test_a_row_that_can_not_be_is_refused(tmp_path: Path, row: dict[str, str], column: str) -> None:
    file, refused = take(tmp_path, roster_row(**row))

    assert (file.accepted, file.line) == (False, 2)
    assert [r.column for r in refused] == [column]


def test_somebody_stands_in_one_row_of_a_file(tmp_path: Path) -> None:
    rows = (roster_row(schemes="110"), roster_row(schemes="310"))

    _, refused = take(tmp_path, *rows)

    assert [row.line for row in refused] == [2, 3]


@pytest.mark.parametrize(
    "changes", [{"rows": 2}, {"sha256": "0" * 64}, {"format": "x"}, {"source": ""}, {"more": 1}]
)
def test_what_is_not_as_described_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    file, _ = take(tmp_path, roster_row(), **changes)

    assert not file.accepted
    assert not Enrolment.objects.exists()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, [])
    path.with_suffix(".csv").unlink()

    file = take_roster(path=path, today=TODAY, refused=[], blockers=(), pensions=of.nobody_draws)

    assert (file.accepted, file.code) == (False, "file_damaged")


def died() -> None:
    Death.objects.create(
        person_id=builders.li().pk, death_date=date(2026, 10, 31), source="OFFICE", evidence=""
    )


def gone() -> None:
    Deregistration.objects.create(
        payer_id=of.employer().pk, evidence="演示", valid=of.months("2026-11"), source=Source.DESK
    )


def employed(start: str, end: str = "") -> None:
    of.enrolment(valid=of.months(start, end))


def twice_employed() -> None:
    employed("2020-01", "2026-10")
    employed("2026-11")


def flexible() -> None:
    of.enrolment(kind=Kind.FLEXIBLE, valid=of.months("2020-01"))


def merged_and_employed() -> None:
    twin = builders.person(name="李建囯", birth_date=date(1985, 7, 1))
    of.enrolment(person_id=twin.pk)
    Alias.objects.create(party_id=twin.pk, survivor_id=builders.li().pk, case_id=1)


def of_a_merged_employer() -> None:
    gone = of.employer(serial=2).pk
    of.enrolment(payer_id=gone)
    Alias.objects.create(party_id=gone, survivor_id=of.employer().pk, case_id=1)


@pytest.mark.parametrize("change", ["JOIN", "LEAVE"])
@pytest.mark.parametrize(
    "month",
    [
        *("1985-06", "2026-06", "2026-07", "2026-08", "2026-10", "2026-11", "2026-12", "2027-01"),
    ],
)
@pytest.mark.parametrize(
    "before",
    [
        lambda: None,
        died,
        gone,
        flexible,
        merged_and_employed,
        of_a_merged_employer,
        lambda: employed("2026-11"),
        lambda: employed("2026-12"),
        lambda: employed("2020-01", "2026-11"),
        lambda: employed("2020-01", "2026-12"),
        twice_employed,
    ],
)
def test_file_and_desk_decide_alike(tmp_path: Path, change: str, month: str, before: Any) -> None:
    before()
    file, refused = take(tmp_path, roster_row(change=change, month=month, schemes="110"))
    by_file = refused[0].reason if refused else ""
    if file.accepted:  # the desk finds it done, and changes nothing
        rows = Enrolment.objects.count()
    by_desk = desk(change, Month.parse(month))

    assert by_file == by_desk
    if file.accepted:
        assert Enrolment.objects.count() == rows


def desk(change: str, month: Month) -> str:
    """What the desk says; empty when it does it."""
    facts: dict[str, Any] = {
        "person_id": builders.li().pk,
        "schemes": ["110"],
        "payer_id": of.employer().pk,
        "today": TODAY,
    }
    try:
        if change == "JOIN":
            join(
                kind=Kind.EMPLOYED, month=month, wage_fen=600_000, pensions=of.nobody_draws, **facts
            )
        else:
            leave(blockers=(), last_month=month, **facts)
    except assess.RuleSaysNo as refusal:
        return refusal.detail
    return ""
