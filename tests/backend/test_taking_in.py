"""Whatever path a command is given, it says what is wrong with it: no traceback, nothing taken."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from backend.feeds.lines import NO_FILE
from insurance.collection.models import TaxFile
from insurance.enrolment.models import EnrolmentFile
from tests.insurance.collection import tax_builders as tax
from tests.insurance.enrolment import feed_files as feeds

pytestmark = pytest.mark.django_db
COMMANDS = ("import_enrolments", "import_tax_file", "import_death_match", "import_checks")


def nothing(folder: Path) -> Path:
    return folder / "nothing.json"


def folder_called_so(folder: Path) -> Path:
    (folder / "letter.json").mkdir()
    return folder / "letter.json"


def in_a_circle(folder: Path) -> Path:
    (folder / "circle.json").symlink_to(folder / "circle.json")
    return folder / "circle.json"


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


@pytest.mark.parametrize("path", [nothing, folder_called_so, in_a_circle])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_path_without_a_file_gets_a_sentence(
    tmp_path: Path, command: str, path: Callable[[Path], Path]
) -> None:
    with pytest.raises(CommandError, match=r"未(接收|导入)：") as told:
        call_command(command, str(path(tmp_path)))

    assert told.value.returncode == 2


@pytest.mark.parametrize("name", ["wages.xlsx", "folder.xlsx"])
def test_a_sheet_that_is_no_file_gets_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.xlsx").mkdir()

    with pytest.raises(CommandError, match=NO_FILE):
        call_command("import_enrolments", str(tmp_path / name))


@pytest.mark.parametrize("kind", ["roster", "receipts"])
def test_a_table_that_is_a_folder_refuses_the_file(tmp_path: Path, kind: str) -> None:
    roster = kind == "roster"
    path = feeds.write(tmp_path, ["x"]) if roster else tax.write(tmp_path, [tax.receipt()])
    path.with_suffix(".csv").unlink()
    path.with_suffix(".csv").mkdir()

    with pytest.raises(CommandError, match=NO_FILE):
        call_command("import_enrolments" if roster else "import_tax_file", str(path))

    assert not EnrolmentFile.objects.filter(accepted=True).exists()
    assert not TaxFile.objects.filter(accepted=True).exists()
