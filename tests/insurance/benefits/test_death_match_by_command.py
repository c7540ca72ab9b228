"""What is damaged refuses a death match whole; the command says so (导入死亡比对)."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people.models import Death
from insurance.benefits.death_match import import_death_match
from insurance.benefits.models import DeathMatch
from tests.insurance.benefits.baseline_files import LI, WANG
from tests.insurance.benefits.death_match_files import MatchFiles, files_in, told, wang

pytestmark = pytest.mark.django_db


@pytest.fixture
def match(tmp_path: Path, settings: LazySettings) -> MatchFiles:
    return files_in(tmp_path, settings)


def truncated(raw: bytes) -> bytes:
    return raw[:-5]


def altered(raw: bytes) -> bytes:
    return raw.replace(b"2026-10-20", b"2026-10-21")


def doubled(raw: bytes) -> bytes:
    return raw + raw.splitlines(keepends=True)[-1]


def gb18030(raw: bytes) -> bytes:
    return raw.decode().encode("gb18030")


@pytest.mark.parametrize("damage", [truncated, altered, doubled, gb18030])
def test_a_damaged_file_is_refused_whole(
    match: MatchFiles, damage: Callable[[bytes], bytes]
) -> None:
    path = match.write(told(wang()[1]))
    csv = path.with_suffix(".csv")
    csv.write_bytes(damage(csv.read_bytes()))

    with pytest.raises(Refusal) as caught:
        import_death_match(path=path)

    assert caught.value.code == "file_damaged"
    assert not DeathMatch.objects.exists()
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "row",
    [
        told(WANG, died="2026-11-06"),
        told(WANG, died="20261101"),
        f"CITIZEN,{WANG},王秀英,2026-10-20,RUMOUR",
        f"LIBRARY,{WANG},王秀英,2026-10-20,POLICE",
    ],
)
def test_a_row_that_can_not_be_refuses_the_file(match: MatchFiles, row: str) -> None:
    with pytest.raises(Refusal) as caught:
        import_death_match(path=match.write(told(wang()[1]), row))

    assert caught.value.facts == {"file": "deaths-2026-11.csv", "line": 3}
    assert not Death.objects.exists()


def test_the_command_says_what_was_found(match: MatchFiles) -> None:
    path, said = match.write(told(wang()[1]), told(LI)), StringIO()

    call_command("import_death_match", path, stdout=said)

    assert "新立案1，原已登记0，须人工查看1" in said.getvalue()


def test_the_command_exits_with_two_when_it_refuses(match: MatchFiles) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("import_death_match", match.folder / "nothing.json")

    assert caught.value.returncode == 2


def test_a_second_call_leaves_the_report_of_the_first(match: MatchFiles) -> None:
    path, report = match.write(told(LI)), match.folder / "report.csv"
    call_command("import_death_match", path, report=report, stdout=StringIO())
    first = report.read_bytes()

    call_command("import_death_match", path, report=report, stdout=StringIO())

    assert b"deaths-2026-11.csv,2," in first
    assert report.read_bytes() == first
