"""The month's enrolment folder: stray, half-written and wrong files hold up no others."""

import json
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.city import enrolment_steps
from backend.city.exchange import digest_of_file
from insurance.enrolment.models import Enrolment, EnrolmentFile
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.enrolment_builders import NOV
from tests.insurance.enrolment.feed_files import roster_row, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    of.employer()
    place = enrolment_steps.enrolment_folder(period=NOV)
    place.mkdir(parents=True)
    return place


def take_in(*, quiet_seconds: float = 0) -> list[str]:
    """What is told when the folder is looked at."""
    told: list[str] = []
    enrolment_steps.take_in_enrolments(
        period=NOV, today=builders.TODAY, quiet_seconds=quiet_seconds, tell=told.append
    )
    return told


def test_a_description_waits_for_its_table_and_the_rest_goes_on(folder: Path) -> None:
    (folder / "a-stray.json").write_text("{}")
    write(folder, [roster_row()])

    told = take_in()

    assert "等待 a-stray.csv" in told[0]
    assert "1 行" in told[1]
    assert not EnrolmentFile.objects.filter(accepted=False).exists()


def test_a_table_waits_for_its_description(folder: Path) -> None:
    write(folder, [roster_row()])
    description = folder / "roster-2026-11.json"
    content = description.read_bytes()
    description.unlink()

    assert "等待 roster-2026-11.json" in take_in()[0]
    description.write_bytes(content)
    take_in()

    assert Enrolment.objects.exists()


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b'{"format": "letter/1"}', b"[" * 100_000])
def test_a_description_that_nobody_can_read_is_refused_once(folder: Path, content: bytes) -> None:
    write(folder, [roster_row()], name="a")
    (folder / "a.json").write_bytes(content)
    write(folder, [roster_row()])

    told = take_in()

    assert "拒收" in told[0]
    assert "1 行" in told[1]
    refused = EnrolmentFile.objects.get(accepted=False)
    assert (refused.kind, refused.name) == ("UNKNOWN", "a.json")
    assert take_in() == []
    assert EnrolmentFile.objects.count() == 2


def test_a_refused_file_is_told_once_and_holds_up_no_other(folder: Path) -> None:
    write(folder, [roster_row(name="李建军")], name="a")
    write(folder, [roster_row()])

    first, again = take_in(), take_in()

    assert ["拒收" in line for line in first] == [True, False]
    assert again == []


def test_a_mended_description_is_another_file(folder: Path) -> None:
    path = write(folder, [roster_row()], rows=7)
    take_in()

    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "rows": 1}))
    told = take_in()

    assert "1 行" in told[0]
    assert list(EnrolmentFile.objects.order_by("pk").values_list("accepted", flat=True)) == [
        False,
        True,
    ]


def test_what_still_changes_is_left_for_later(folder: Path) -> None:
    write(folder, [roster_row()])

    assert take_in(quiet_seconds=60) == []
    assert not EnrolmentFile.objects.exists()


def test_what_can_not_be_read_now_is_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, [roster_row()], name="a")
    write(folder, [roster_row()])

    def vanished(path: Path) -> str:
        if path.stem == "a":
            raise FileNotFoundError(2, "No such file or directory")
        return digest_of_file(path)

    monkeypatch.setattr("backend.city.enrolment_steps.digest_of_file", vanished)
    told = take_in()

    assert "暂时不能读取" in told[0]
    assert "1 行" in told[1]
