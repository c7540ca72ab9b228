"""A batch's files keep the layout of the day of its seal; a live database uses no invented one."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from payments import bank_files, batch_profiles, returns
from payments.bank_folders import bank_folder
from payments.banks import profile as profiles
from payments.banks.profile import FOLDER, ProfileNotVerified
from payments.batches import NoBank, open_batches, seal
from payments.models import BankFile, Batch, BatchState, ReturnFile
from payments.signing import APPROVE, CHECK, SEND
from tests.builders import NOW
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import EMPLOYEES, PAY_DATE, PERIOD

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=2)
NEW_SINCE = (NOW + timedelta(days=1)).date()


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def new_layout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """From tomorrow on the NSB wants files of version 2.0."""
    folder = tmp_path / "profiles"
    folder.mkdir()
    for path in FOLDER.glob("*.toml"):
        (folder / path.name).write_bytes(path.read_bytes())
    old = (FOLDER / "nsb.toml").read_text(encoding="utf-8")
    since = "from = 2015-01-01"
    new = old[old.index("\n[[profile]]") :].replace('"1.0"', '"2.0"')
    text = old.replace(since, f"{since}\nto = {NOW.date()}")
    text += "\n" + new.replace(since, f"from = {NEW_SINCE}")
    (folder / "nsb.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(profiles, "FOLDER", folder)
    forget()
    yield
    forget()


def forget() -> None:
    """Read the profiles from their files again."""
    for known in (profiles.bank_codes, profiles.profile_of, profiles._known):
        known.cache_clear()


def live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_profiles, "is_demo", lambda: False)
    monkeypatch.setattr(returns, "is_demo", lambda: False)


def approved_later() -> Batch:
    """A batch that is sealed when the new layout is in force; its file is written."""
    batch = pay.draft(scheme=EMPLOYEES)
    seal(batch_ids=[batch.id], made_by=None, now=LATER)
    batch.refresh_from_db()
    pay.sign(pay.sign(batch, CHECK), APPROVE)
    bank_files.prepare_file(batch_id=batch.id)
    return batch


def sent_later() -> Batch:
    return pay.deliver(pay.sign(approved_later(), SEND))


def first_line(batch: Batch, folder: str = "prepared") -> str:
    path = bank_folder(bank="NSB", name=folder) / BankFile.objects.get(batch=batch).name
    return path.read_bytes().decode("gb18030").splitlines()[0]


def received(content: bytes) -> ReturnFile:
    path = bank_folder(bank="NSB", name="returns") / "answer.txt"
    path.write_bytes(content)
    return returns.receive_return(bank="NSB", path=path)


def in_the_new_layout(content: bytes) -> bytes:
    body = content[: content.rindex(b"T|")].replace(b"R|1.0", b"R|2.0")
    count = body.count(b"\r\n") - 1
    return body + f"T|{count}|{hashlib.sha256(body).hexdigest()}\r\n".encode()


@pytest.mark.usefixtures("new_layout")
def test_a_file_is_written_in_the_layout_of_the_day_of_its_seal() -> None:
    before, after = pay.approved(), approved_later()

    assert first_line(before).startswith("H|1.0|")
    assert first_line(after).startswith("H|2.0|")


@pytest.mark.usefixtures("new_layout")
def test_a_lost_file_of_before_is_written_again_as_it_was() -> None:
    batch = pay.approved()
    approved_later()
    path = bank_folder(bank="NSB", name="prepared") / BankFile.objects.get(batch=batch).name
    path.unlink()

    bank_files.prepare_file(batch_id=batch.id)

    assert first_line(batch).startswith("H|1.0|")


@pytest.mark.usefixtures("new_layout")
def test_each_answer_is_read_in_the_layout_of_its_batch() -> None:
    before, after = pay.sent(), sent_later()
    lines = [pay.Said(line) for line in pay.lines_of(after)]

    pay.answer(before)
    file = received(in_the_new_layout(pay.return_bytes(batch=after, said=lines)))

    assert (file.accepted, file.batch) == (True, after)
    states = Batch.objects.filter(pk__in=[before.pk, after.pk]).values_list("state", flat=True)
    assert set(states) == {BatchState.RETURNED}


@pytest.mark.usefixtures("new_layout")
def test_an_answer_in_another_layout_than_its_batchs_is_refused() -> None:
    before, after = pay.sent(), sent_later()
    old = pay.return_bytes(batch=after, said=[pay.Said(x) for x in pay.lines_of(after)])
    new = pay.return_bytes(batch=before, said=[pay.Said(x) for x in pay.lines_of(before)])

    for content in (old, in_the_new_layout(new)):
        file = received(content)
        assert (file.accepted, file.code, file.line) == (False, "other_layout", 1)


def test_a_live_database_opens_no_batches_at_banks_of_invented_layouts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pay.book()
    live(monkeypatch)

    with pytest.raises(NoBank, match="没有一家银行的文件格式") as refused:
        open_batches(period=PERIOD, pay_date=PAY_DATE, today=PAY_DATE)

    assert refused.value.code == "batch_no_bank"
    assert not Batch.objects.exists()


def test_a_live_database_seals_no_batch_of_an_invented_layout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = pay.draft()
    live(monkeypatch)

    with pytest.raises(ProfileNotVerified, match="演示"):
        seal(batch_ids=[batch.id], made_by=None, now=NOW)

    batch.refresh_from_db()
    assert batch.state == BatchState.DRAFT


def test_a_live_database_writes_no_file_of_an_invented_layout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = pay.sign(pay.sign(pay.sealed(), CHECK), APPROVE)
    live(monkeypatch)

    with pytest.raises(ProfileNotVerified):
        bank_files.prepare_file(batch_id=batch.id)

    assert not BankFile.objects.exists()


def test_a_live_database_reads_no_answer_of_an_invented_layout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = pay.sent()
    content = pay.return_bytes(batch=batch, said=[pay.Said(x) for x in pay.lines_of(batch)])
    live(monkeypatch)

    with pytest.raises(ProfileNotVerified):
        received(content)

    assert not ReturnFile.objects.exists()
