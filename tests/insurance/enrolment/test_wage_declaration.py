"""A yearly declaration enters the register: whole with the file as its source, or not at all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from backend.audit.models import Act
from backend.feeds.refused import RefusedRow
from backend.kernel.identity import IdKind, Sex
from backend.people.models import Alias
from insurance.enrolment.assess import LowerNeedsTwo, NameDiffers, PayerUnknown, PersonUnknown
from insurance.enrolment.models import EnrolmentFile, FileKind, Source, Wage, WageSource
from insurance.enrolment.wage_declaration import (
    EmployerNameDiffers,
    LowerUnconfirmed,
    NotInsuredHere,
    PersonTwice,
    YearOver,
    YearTooFar,
    take_wages,
)
from insurance.enrolment.wage_layout import WageHead
from insurance.enrolment.wage_template import WageLine
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.wage_builders import HEAD, LI, LI_ROW, ZHOU, declaration

pytestmark = pytest.mark.django_db
Take = Callable[..., tuple[EnrolmentFile, list[RefusedRow]]]


@pytest.fixture
def zhou() -> int:
    party_id: int = builders.person(
        name=ZHOU.name, birth_date=date(1990, 2, 3), sex=Sex.FEMALE, number=ZHOU.id_number
    ).pk
    return party_id


@pytest.fixture(autouse=True)
def insured(zhou: int) -> None:
    """Li and Zhou work at the firm that declares."""
    of.employer(name=HEAD.employer_name)
    of.enrolment()
    of.enrolment(person_id=zhou, valid=of.months("2025-06"))


@pytest.fixture
def take(tmp_path: Path) -> Take:
    def taking(*lines: WageLine, head: WageHead = HEAD) -> tuple[EnrolmentFile, list[RefusedRow]]:
        path = tmp_path / "wages.xlsx"
        path.write_bytes(declaration(*(lines or (LI, ZHOU)), head=head))
        refused: list[RefusedRow] = []
        return take_wages(path=path, today=builders.TODAY, refused=refused), refused

    return taking


def test_wages_hold_from_january_of_the_year_declared_for(take: Take, zhou: int) -> None:
    file, refused = take()

    assert (file.accepted, file.kind, file.row_count, refused) == (True, FileKind.WAGES, 2, [])
    rows = Wage.objects.order_by("monthly_fen")
    assert [(row.person_id, row.monthly_fen, row.confirmed) for row in rows] == [
        (builders.li().pk, 6_500_00, True),
        (zhou, 7_142_86, False),
    ]
    assert {(row.source, row.source_id, row.wage_source) for row in rows} == {
        (Source.WAGES, file.pk, WageSource.DECLARED)
    }
    assert {row.valid for row in rows} == {of.months("2026-01")}


def test_what_was_known_before_gives_way(take: Take) -> None:
    of.wage(fen=5_000_00)

    take()

    kept = Wage.objects.filter(person=builders.li().pk, superseded_at__isnull=True)
    assert sorted((row.valid.lower, row.monthly_fen) for row in kept) == [
        (date(2020, 1, 1), 5_000_00),
        (date(2026, 1, 1), 6_500_00),
    ]


@pytest.mark.parametrize(
    ("confirmed", "words"), [(False, LowerUnconfirmed.words), (True, LowerNeedsTwo.words)]
)
def test_no_sheet_lowers_a_wage_of_the_year(
    take: Take, zhou: int, *, confirmed: bool, words: str
) -> None:
    take()
    less = replace(ZHOU, yearly_fen=40_000_00, confirmed=confirmed)

    file, (refused,) = take(LI, less)

    assert (file.accepted, refused.line, refused.column) == (False, LI_ROW + 1, "H")
    assert refused.reason == words
    assert Wage.objects.get(person=zhou, superseded_at=None).monthly_fen == 7_142_86


def test_the_same_bytes_again_change_nothing(take: Take) -> None:
    first, _ = take()
    acts = Act.objects.count()

    again, _ = take()

    assert (again.pk, Act.objects.count()) == (first.pk, acts)
    assert EnrolmentFile.objects.count() == 1


def test_the_audit_counts_file_and_wages(take: Take) -> None:
    take()

    acts = Act.objects.filter(name__in=("enrolment.file_taken", "enrolment.wages_declared"))
    assert sorted(acts.values_list("rows", flat=True)) == [1, 2]


def test_a_merged_person_is_who_lives_on_and_stands_there_once(take: Take) -> None:
    number = builders.id_number(birth_date=date(1985, 7, 1), sex=Sex.MALE, serial=77)
    twin = builders.person(name=LI.name, birth_date=date(1985, 7, 1), number=number)
    Alias.objects.create(party_id=twin.pk, survivor_id=builders.li().pk, case_id=1)
    under_old_number = replace(LI, id_number=number)

    _, refused = take(LI, under_old_number)
    file, _ = take(under_old_number)

    assert [row.reason for row in refused] == [PersonTwice.words] * 2
    assert file.accepted
    assert Wage.objects.get().person_id == builders.li().pk


@pytest.mark.parametrize(
    ("head", "place", "words"),
    [
        (replace(HEAD, credit_code=of.credit_code(serial=9)), "E", PayerUnknown.words),
        (replace(HEAD, employer_name="安庆演示别家有限公司"), "B", EmployerNameDiffers.words),
        (replace(HEAD, year=2027), "H", YearTooFar.words),
        (replace(HEAD, year=2025), "H", YearOver.words),
    ],
)
def test_a_head_that_the_register_does_not_bear_out(
    take: Take, head: WageHead, place: str, words: str
) -> None:
    file, refused = take(head=head)

    assert (file.accepted, file.code, file.line) == (False, "enrolment_rows_refused", 2)
    assert (refused[0].line, refused[0].column, refused[0].reason) == (2, place, words)
    assert not Wage.objects.exists()


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        (WageLine("不在库", IdKind.PASSPORT, "E99999999", 1_00, 1, True), "D", PersonUnknown.words),
        (replace(LI, name="李建军"), "B", NameDiffers.words),
    ],
)
def test_a_person_that_the_register_does_not_bear_out(
    take: Take, line: WageLine, place: str, words: str
) -> None:
    file, refused = take(ZHOU, line)

    assert not file.accepted
    assert [(row.line, row.column, row.reason) for row in refused] == [(LI_ROW + 1, place, words)]
    assert not Wage.objects.exists()


def test_who_is_not_insured_there_is_refused(take: Take) -> None:
    number = builders.id_number(birth_date=date(1979, 2, 28), sex=Sex.MALE, serial=303)
    builders.zhao()

    _, refused = take(LI, replace(LI, name="赵志强", id_number=number))

    assert [(row.line, row.reason) for row in refused] == [(LI_ROW + 1, NotInsuredHere.words)]


def test_who_left_before_the_year_is_refused(take: Take) -> None:
    leaver = builders.zhao().pk
    of.enrolment(person_id=leaver, valid=of.months("2020-01", "2026-01"))
    number = builders.id_number(birth_date=date(1979, 2, 28), sex=Sex.MALE, serial=303)

    _, refused = take(replace(LI, name="赵志强", id_number=number))

    assert [row.reason for row in refused] == [NotInsuredHere.words]


def test_every_fault_of_the_sheet_is_reported_with_its_place(take: Take) -> None:
    wrong = replace(ZHOU, confirmed=None)

    file, refused = take(LI, wrong)

    assert (file.accepted, file.code, file.line) == (False, "sheet_refused", LI_ROW + 1)
    assert [(row.line, row.column) for row in refused] == [(LI_ROW + 1, "H")]


def test_the_report_masks_numbers(take: Take) -> None:
    _, refused = take(replace(LI, name="李建军"))

    assert refused[0].shown == "李*军"


def test_the_command_takes_a_declaration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wages.xlsx"
    path.write_bytes(declaration(LI, ZHOU))

    call_command("import_enrolments", str(path))

    assert "wages.xlsx：2行" in capsys.readouterr().out
    path.write_bytes(declaration(replace(LI, name="李建军")))
    report = tmp_path / "refused.csv"
    with pytest.raises(CommandError, match="第4行"):
        call_command("import_enrolments", str(path), report=report)
    assert f"{NameDiffers.words},{NameDiffers.code}\n" in report.read_text("utf-8")
