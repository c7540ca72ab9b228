"""Residents by village and year: enrolled, with level, group, aid and subsidy."""

from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from backend.feeds.refused import RefusedRow
from backend.feeds.signed import read_json
from backend.people.models import Alias, Death
from insurance.enrolment import roll, roster
from insurance.enrolment.assess import Dead, PayerUnknown, TooYoung
from insurance.enrolment.groups import groups
from insurance.enrolment.join import join
from insurance.enrolment.models import Enrolment, EnrolmentFile, Kind, RollEntry, SupportGroup
from insurance.enrolment.roll import (
    OnRollOtherwise,
    RowTwice,
    YearOver,
    YearTooFar,
    take_roll,
)
from tests import builders
from tests.backend.city.bank_builders import ROOT
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.enrolment_builders import NOV
from tests.insurance.enrolment.feed_files import number_of, roll_row, write_roll

pytestmark = pytest.mark.django_db
SAMPLES = ROOT / "docs" / "formats" / "samples"


@pytest.fixture(autouse=True)
def village() -> int:
    builders.chen()
    party_id: int = of.village().pk
    return party_id


def take(folder: Path, *rows: str) -> tuple[EnrolmentFile, list[RefusedRow]]:
    refused: list[RefusedRow] = []
    path = write_roll(folder, rows)
    return take_roll(
        path=path, today=builders.TODAY, refused=refused, pensions=of.nobody_draws
    ), refused


def test_residents_are_enrolled_for_the_year(tmp_path: Path, village: int) -> None:
    row = roll_row(group="SUBSISTENCE", collective="50.00")

    file, _ = take(tmp_path, row, roll_row(scheme="390", group="SUBSISTENCE", subsidised="0"))

    year = of.months("2027-01", "2028-01")
    enrolled = Enrolment.objects.order_by("scheme").values_list("scheme", "payer", "valid")
    assert list(enrolled) == [("170", village, year), ("390", village, year)]
    entry = RollEntry.objects.get(scheme="170")
    assert (entry.chosen_fen, entry.collective_fen, entry.subsidised) == (100_000, 5_000, True)
    assert RollEntry.objects.get(scheme="390").chosen_fen is None
    assert SupportGroup.objects.get().source_id == file.pk


def test_the_year_goes_on_from_roll_to_roll(tmp_path: Path) -> None:
    take(tmp_path, roll_row(year="2026"))
    take(tmp_path, roll_row(year="2027"))

    assert Enrolment.objects.count() == RollEntry.objects.count() == 2


def test_a_second_roll_adds_only_who_is_new(tmp_path: Path) -> None:
    take(tmp_path, roll_row())
    wang = roll_row(number=number_of(builders.wang().pk), name="王秀英")

    file, _ = take(tmp_path, roll_row(), wang)

    assert file.accepted
    assert RollEntry.objects.count() == 2


def test_who_joined_at_the_desk_is_not_enrolled_twice(tmp_path: Path, village: int) -> None:
    join(
        person_id=builders.chen().pk, kind=Kind.RESIDENT, schemes=["390"], payer_id=village,
        month=NOV, today=builders.TODAY, pensions=of.nobody_draws,
    )  # fmt: skip

    take(tmp_path, roll_row(scheme="390", year="2026"))

    assert Enrolment.objects.count() == RollEntry.objects.count() == 1


def test_another_level_in_the_same_year_is_refused(tmp_path: Path) -> None:
    take(tmp_path, roll_row())

    file, refused = take(tmp_path, roll_row(level="2000.00"))

    assert (file.accepted, file.line) == (False, 2)
    assert refused[0].reason == OnRollOtherwise.words


def test_a_supplement_tells_the_group_of_who_is_on_the_roll(tmp_path: Path) -> None:
    take(tmp_path, roll_row())

    file, _ = take(tmp_path, roll_row(group="SUBSISTENCE"))

    assert file.accepted
    row = SupportGroup.objects.get()
    assert (row.group, row.source_id) == ("SUBSISTENCE", file.pk)
    take(tmp_path, roll_row(), roll_row(scheme="390", group="SUBSISTENCE"))
    assert SupportGroup.objects.count() == 1, "a row without a group says nothing of it"


def test_the_roll_of_a_year_that_is_over_is_closed(tmp_path: Path) -> None:
    _, refused = take(tmp_path, roll_row(year="2025"))

    assert [row.reason for row in refused] == [YearOver.words]


def test_what_was_told_of_a_year_that_is_over_may_be_told_again_but_no_group(
    tmp_path: Path,
) -> None:
    take(tmp_path, roll_row(year="2026"))
    rows = (
        roll_row(year="2026", collective="0.00"),
        roll_row(year="2026", group="SUBSISTENCE"),
    )

    again, added = (
        take_roll(
            path=write_roll(tmp_path, [row]),
            today=date(2027, 2, 1),
            refused=[],
            pensions=of.nobody_draws,
        )
        for row in rows
    )

    assert again.accepted, again.detail
    assert OnRollOtherwise.words in added.detail


def test_who_was_merged_is_on_the_roll_once(tmp_path: Path) -> None:
    twin = builders.person(name="陈桂芳", birth_date=date(1950, 1, 1))
    take(tmp_path, roll_row(number=number_of(twin.pk)))
    Alias.objects.create(party_id=twin.pk, survivor_id=builders.chen().pk, case_id=1)

    file, _ = take(tmp_path, roll_row(collective="0.00"))

    assert file.accepted, file.detail
    assert RollEntry.objects.count() == Enrolment.objects.count() == 1


def test_a_child_joins_390_and_not_170(tmp_path: Path) -> None:
    born_in = {2011: False, 2012: True}
    for year, too_young in born_in.items():
        child = builders.person(name="江小雨", birth_date=date(year, 12, 31))
        facts = {"number": number_of(child.pk), "name": "江小雨"}
        _, refused = take(tmp_path, roll_row(**facts))
        assert [row.reason for row in refused] == [TooYoung.words] * too_young
        assert take(tmp_path, roll_row(scheme="390", **facts))[0].accepted


def test_who_died_before_the_year_is_refused(tmp_path: Path) -> None:
    Death.objects.create(
        person_id=builders.chen().pk, death_date=date(2026, 12, 31), source="OFFICE", evidence=""
    )

    _, refused = take(tmp_path, roll_row())

    assert [row.reason for row in refused] == [Dead.words]
    assert take(tmp_path, roll_row(year="2026"))[0].accepted


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"village": "340802"}, "village"),
        ({"scheme": "110"}, "scheme"),
        ({"year": "27"}, "year"),
        ({"level": ""}, "level"),
        ({"scheme": "390", "level": "400.00"}, "level"),
        ({"group": "RICH"}, "group"),
        ({"scheme": "390", "group": "SEVERE_DISABILITY"}, "group"),
        ({"group": "SUBSISTENCE", "year": "2019"}, "group"),
        ({"collective": "-1.00"}, "collective"),
        ({"subsidised": ""}, "subsidised"),
    ],
)
def test_a_row_that_can_not_be_is_refused(tmp_path: Path, row: dict[str, str], column: str) -> None:
    file, refused = take(tmp_path, roll_row(**row))

    assert not file.accepted
    assert [r.column for r in refused] == [column]


def test_what_the_register_does_not_bear_out_is_refused(tmp_path: Path) -> None:
    for rows, words in (
        ([roll_row(village="340802001999")], PayerUnknown.words),
        ([roll_row(), roll_row(level="2000.00")], RowTwice.words),
        ([roll_row(year="2028")], YearTooFar.words),
    ):
        assert take(tmp_path, *rows)[1][0].reason == words


def test_groups_name_their_documents() -> None:
    known = groups(on=builders.TODAY)

    assert known["SEVERE_DISABILITY"].schemes == {"170"}
    assert all(group.document and group.pays == "GOVERNMENT" for group in known.values())


def test_the_samples_are_what_the_programs_read() -> None:
    page = (ROOT / "docs" / "formats" / "roster.md").read_text("utf-8")
    for shape, name in ((roster.SHAPE, "roster-2026-11"), (roll.SHAPE, "roll-2027")):
        header, *rows = (SAMPLES / f"{name}.csv").read_text("utf-8").splitlines()
        assert header == ",".join(shape.header)
        assert f"`{header}`" in page
        assert read_json(SAMPLES / f"{name}.json")["rows"] == len(rows)
        assert all(shape.check(row.split(",")) for row in rows)


def test_the_command_takes_or_says_why_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    year = str(timezone.localdate().year)
    path = write_roll(tmp_path, [roll_row(year=year)])
    report = tmp_path / "refused.csv"

    call_command("import_enrolments", str(path))
    assert "1行" in capsys.readouterr().out
    path = write_roll(tmp_path, [roll_row(year=year, level="200.00")])
    with pytest.raises(CommandError, match=r"第2行.*enrolment_rows_refused") as refused:
        call_command("import_enrolments", str(path), report=report)

    assert refused.value.returncode == 2
    assert OnRollOtherwise.words in report.read_text("utf-8")
