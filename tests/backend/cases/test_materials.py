"""What is handed in is kept as it came, under a name by chance, and read on record only."""

import os
import stat
import uuid
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.test import Client, override_settings
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from backend.access.callers import BOUND_TO
from backend.access.looked import LOOKED
from backend.access.models import Staff
from backend.audit.models import Act
from backend.cases.materials import folder, hand_in
from backend.cases.models import Case, Material
from insurance.issuing import stage_invariants
from tests import builders
from tests.backend.access.terminal_builders import machine
from tests.backend.cases import filing_builders as ours
from tests.backend.uploads import scans

pytestmark = pytest.mark.django_db
PHOTO, SCAN = scans.image("JPEG"), scans.image("PNG")
PURPOSE = {"purpose": "核对原件"}


@pytest.fixture
def kept(tmp_path: Path) -> Any:
    """A folder of this test's own."""
    with override_settings(MATERIALS_DIR=str(tmp_path / "materials")):
        yield tmp_path / "materials"


@pytest.fixture
def taker() -> Staff:
    return ours.clerk().staff


@pytest.fixture
def clerk(client: Client, taker: Staff, kept: Path) -> Client:
    client.force_login(taker)
    return client


@pytest.fixture
def case() -> Case:
    return ours.filed(builders.member(role="CLERK", of=builders.li()))


def post(client: Client, case: Case, content: bytes = PHOTO, **fields: Any) -> Any:
    body = {"title": "身份证", "form": "ORIGINAL", **fields}
    file = SimpleUploadedFile("../../etc/passwd\u202e", content)
    return client.post(
        f"/api/v1/cases/{case.pk}/materials/",
        {**body, "file": file},
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


def files(kept: Path) -> list[Path]:
    return [path for path in kept.rglob("*") if path.is_file()]


def test_a_scan_is_kept_as_it_came(clerk: Client, taker: Staff, case: Case, kept: Path) -> None:
    row = post(clerk, case).json()

    material = Material.objects.get(pk=row["id"])
    (file,) = files(kept)
    assert file.read_bytes() == PHOTO
    assert (file.name, file.parent.name) == (material.stored_name, material.stored_name[:2])
    assert (row["content_type"], row["form_label"], row["pages"]) == ("image/jpeg", "原件", 1)
    assert row["received_by"] == taker.person_id
    assert "stored_name" not in row


def test_only_this_user_reads_what_is_kept(clerk: Client, case: Case, kept: Path) -> None:
    post(clerk, case)

    (file,) = files(kept)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent, kept)]
    assert modes == [0o600, 0o700, 0o700]


def test_two_equal_scans_are_two_files_under_names_by_chance(
    clerk: Client, case: Case, kept: Path
) -> None:
    post(clerk, case)
    post(clerk, case)

    assert len({file.name for file in files(kept)}) == 2


def test_a_scan_of_some_megabytes_is_handed_in_at_a_terminal(
    taker: Staff, case: Case, kept: Path
) -> None:
    desk, scan = machine(), scans.noise(3_000_000)
    desk.client.force_login(taker)
    session = desk.client.session
    session[BOUND_TO] = desk.row.pk
    session.save()
    path, file = f"/api/v1/cases/{case.pk}/materials/", SimpleUploadedFile("a.png", scan)
    body = encode_multipart(BOUNDARY, {"title": "身份证", "form": "ORIGINAL", "file": file})
    signed = desk.headers("POST", path, body=body) | {"Idempotency-Key": uuid.uuid4().hex}

    answer = desk.client.generic("POST", path, body, MULTIPART_CONTENT, headers=signed)

    assert (answer.status_code, answer.json().get("size")) == (201, len(scan))


@pytest.mark.parametrize("name", ["a web page", "a PDF with a script", "half a photograph"])
def test_what_is_no_scan_leaves_nothing_behind(
    clerk: Client, case: Case, kept: Path, name: str
) -> None:
    content, fault = scans.REFUSED[name]

    answer = post(clerk, case, content)

    assert (answer.status_code, answer.json()["code"]) == (422, "material_refused")
    assert answer.json()["fault"] == fault
    assert (files(kept), Material.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    "wrong",
    [{"title": ""}, {"title": "证"}, {"title": "证" * 61}, {"form": "FAX"}, {"replaces": 0}],
)
def test_a_material_without_a_name_or_form_is_refused(
    clerk: Client, case: Case, kept: Path, wrong: dict[str, Any]
) -> None:
    assert post(clerk, case, **wrong).status_code in (400, 422)
    assert files(kept) == []


def test_a_file_whose_row_is_not_written_does_not_stay(
    clerk: Client, case: Case, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> None:
        raise hand_in.MaterialInvalid("不能登记。")

    monkeypatch.setattr(hand_in, "_record", failing)

    assert post(clerk, case).status_code == 422
    assert files(kept) == []


def test_the_scan_is_read_for_a_purpose_and_the_look_is_kept(clerk: Client, case: Case) -> None:
    pk = post(clerk, case).json()["id"]
    address = f"/api/v1/materials/{pk}/file"

    refused, answer = clerk.get(address), clerk.get(address, PURPOSE)

    assert (refused.status_code, refused.json()["code"]) == (400, "purpose_missing")
    assert answer.content == PHOTO
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == f'attachment; filename="material-{pk}.jpeg"'
    assert answer["Cache-Control"] == "no-store"
    look = Act.objects.get(name=LOOKED)
    assert (look.party_id, look.details["purpose"]) == (case.party_id, "核对原件")


def test_what_was_altered_on_the_disk_is_not_given_out(
    clerk: Client, case: Case, kept: Path
) -> None:
    pk = post(clerk, case).json()["id"]
    (file,) = files(kept)

    file.write_bytes(SCAN)
    altered = clerk.get(f"/api/v1/materials/{pk}/file", PURPOSE)
    file.unlink()
    gone = clerk.get(f"/api/v1/materials/{pk}/file", PURPOSE)

    assert {altered.json()["code"], gone.json()["code"]} == {"material_altered"}


def test_a_file_that_is_gone_or_cut_is_found(clerk: Client, case: Case, kept: Path) -> None:
    pk = post(clerk, case).json()["id"]
    (file,) = files(kept)
    assert stage_invariants.broken_promises() == []

    file.write_bytes(PHOTO[:-1])
    cut = stage_invariants.broken_promises()
    file.unlink()
    gone = stage_invariants.broken_promises()

    assert [one.subject for one in (*cut, *gone)] == [f"材料 {pk}"] * 2


def test_what_is_replaced_stays_and_is_replaced_once(clerk: Client, case: Case, kept: Path) -> None:
    first = post(clerk, case).json()["id"]

    second = post(clerk, case, SCAN, replaces=first).json()["id"]
    again = post(clerk, case, replaces=first)

    listed = clerk.get(f"/api/v1/cases/{case.pk}/materials/").json()["results"]
    assert [(row["id"], row["replaced_by"]) for row in listed] == [(second, None), (first, second)]
    assert again.json()["code"] == "material_not_replaceable"
    assert len(files(kept)) == 2


def test_another_cases_material_is_not_replaced(clerk: Client, case: Case) -> None:
    other = builders.case()
    first = post(clerk, other).json()["id"]

    assert post(clerk, case, replaces=first).json()["code"] == "material_not_replaceable"


def test_what_was_decided_on_is_not_replaced_but_added_to(clerk: Client, case: Case) -> None:
    first = post(clerk, case).json()["id"]
    ours.declined(case, ours.reviewer())

    assert post(clerk, case, replaces=first).json()["code"] == "material_not_replaceable"
    assert post(clerk, case, title="送达回证").status_code == 201


def test_no_material_is_changed_or_deleted(clerk: Client, case: Case) -> None:
    post(clerk, case)

    for change in (
        lambda: Material.objects.update(title="别的"),
        lambda: Material.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_another_agency_adds_nothing(clerk: Client, case: Case) -> None:
    at = builders.agency(code="34080008", name="演示区社保中心")
    stranger = Client()
    stranger.force_login(builders.member(role="CLERK", of=builders.chen(), at=at).staff)

    assert post(stranger, case).json()["code"] == "case_not_found"


def test_a_case_takes_no_more_than_somebody_can_look_through(
    clerk: Client, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_in, "MATERIALS_MAX", 1)
    post(clerk, case)

    assert post(clerk, case).json()["code"] == "materials_full"


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 32, "0" * 31, ""])
def test_no_name_leads_out_of_the_folder(name: str, kept: Path) -> None:
    with pytest.raises(ValueError, match="no name of ours"):
        folder.read(name=name)


def aged(file: Path) -> None:
    """As it was two days ago."""
    then = file.stat().st_mtime - 2 * 24 * 3600
    os.utime(file, (then, then))


def swept(*options: str) -> str:
    said = StringIO()
    call_command("sweep_materials", *options, stdout=said)
    return said.getvalue()


def test_a_file_that_no_row_names_is_listed_and_removed_on_record(
    clerk: Client, case: Case, kept: Path
) -> None:
    post(clerk, case)
    left, fresh = folder.new_name(), folder.new_name()
    for name in (left, fresh):
        folder.keep(name=name, source=BytesIO(PHOTO))
    for file in files(kept):
        if file.name != fresh:
            aged(file)

    assert swept() == f"{left}\n没有登记的材料影像 1 份。\n"
    assert len(files(kept)) == 3
    swept("--remove")

    assert left not in {file.name for file in files(kept)}
    assert len(files(kept)) == 2
    assert Act.objects.get(name="cases.materials_swept").details == {"files": 1}
    assert swept("--remove") == "已删除的材料影像 0 份。\n"
    assert Act.objects.filter(name="cases.materials_swept").count() == 1
