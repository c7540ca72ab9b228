"""Damaged files are refused whole: recorded with line and reason, and nothing else happens."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, transaction

from backend.audit.models import Act
from backend.cluster import CHECKOUT
from payments.bank_folders import sha256_of
from payments.ledger.models import Entry
from payments.models import (
    AccountBlock,
    BankFile,
    Batch,
    BatchState,
    Discrepancy,
    Outcome,
    ReturnFile,
)
from payments.returns import ReturnTooEarly, _lock, receive_return
from tests.conftest import OwnDatabase
from tests.payments import bank_builders as bank
from tests.payments.bank_builders import Line

THREADS = 6
PROCESSES = 4
PATIENCE_SECONDS = 120.0
TAKE_IN = """
import sys
from pathlib import Path

import django
from django.test import override_settings

django.setup()

from payments.returns import receive_return

with override_settings(VAR_DIR=Path(sys.argv[1])):
    print(receive_return(bank="NSB", path=Path(sys.argv[2])).id)
"""


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def written() -> tuple[int, ...]:
    models = (Outcome, Discrepancy, AccountBlock, Entry)
    return tuple(model.objects.count() for model in models)


def cut(at: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(len(content) * at)]


def marked(mark: bytes, at: int) -> Callable[[bytes], bytes]:
    """With a character in a field of the first line that nobody can see."""

    def damage(content: bytes) -> bytes:
        head, rest = content.split(b"\r\n", 1)
        fields = head.split(b"|")
        fields[at % len(fields)] += mark
        return b"|".join(fields) + b"\r\n" + rest

    return damage


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    **{f"cut at {part}/7": cut(part / 7) for part in range(7)},
    "without its last byte": lambda content: content[:-1],
    "without its last line": lambda content: content[: content.rindex(b"T|")],
    "without a line": lambda content: b"".join(
        x for i, x in enumerate(content.splitlines(keepends=True)) if i != 2
    ),
    "with a byte altered": lambda content: content.replace(b"800.00", b"800.01"),
    "with a line twice": lambda content: content.replace(
        (line := content.splitlines(keepends=True)[2]), line * 2
    ),
    "in UTF-8": lambda content: content.decode("gb18030").encode(),
    "with a mark": lambda content: b"\xef\xbb\xbf" + content,
    "with other line ends": lambda content: content.replace(b"\r\n", b"\n"),
    "twice in one": lambda content: content * 2,
    "as zeros": lambda content: bytes(len(content)),
    **{
        f"with {mark!r} in field {at} of its head": marked(mark, at)
        for mark in (b"\0", b"\x1b", b"\r")
        for at in range(9)
    },
}


@pytest.mark.django_db
def test_a_damaged_file_changes_nothing(tmp_path: Path) -> None:
    lines = bank.lines(5)
    batch = bank.sent(by=bank.office(), of=lines)
    content = bank.file_of(batch=batch, rows=bank.answers("NSB", lines))
    before = written()

    for name, damage in DAMAGES.items():
        file = receive_return(bank="NSB", path=bank.put(tmp_path, damage(content)), received_by=7)

        assert not file.accepted, name
        assert file.code, name
        assert file.detail, name
        assert (file.batch_id, file.part, file.received_by) == (None, None, 7)

    assert written() == before
    assert Batch.objects.get(id=batch.id).state == BatchState.SENT
    assert Act.objects.filter(name="payments.return_refused").count() == len(DAMAGES)
    assert receive_return(bank="NSB", path=bank.put(tmp_path, content)).accepted


@pytest.mark.django_db
def test_a_head_that_lies_about_its_lines_is_refused(tmp_path: Path) -> None:
    lines = bank.lines(3)
    batch = bank.sent(by=bank.office(), of=lines)
    rows = bank.answers("NSB", lines)

    lies: tuple[tuple[dict[str, Any], str], ...] = (
        ({"count": 4}, "wrong_count"),
        ({"paid": 2}, "wrong_total"),
        ({"paid_total": "2400.52"}, "wrong_total"),
        ({"returned": 1}, "wrong_total"),
        ({"serial": 9}, "unknown_serial"),
        ({"no": "34080001-110-202612-NSB-1"}, "other_batch"),
    )
    for said, code in lies:
        content = bank.file_of(batch=batch, rows=rows, **said)
        file = receive_return(bank="NSB", path=bank.put(tmp_path, content))

        assert (file.accepted, file.code) == (False, code)

    assert not Outcome.objects.exists()


@pytest.mark.django_db
def test_the_answer_on_another_batch_is_refused(tmp_path: Path) -> None:
    office = bank.office()
    mine, theirs = bank.lines(2), bank.lines(2, first=8_000_001)
    batch = bank.sent(by=office, of=mine)
    other = bank.sent(by=office, of=theirs, ordinal=2)
    serial = BankFile.objects.get(batch=batch).serial
    content = bank.return_file(
        bank="NSB", serial=serial, no=other.no, rows=bank.answers("NSB", theirs)
    )

    file = receive_return(bank="NSB", path=bank.put(tmp_path, content))

    assert (file.accepted, file.code, file.line) == (False, "other_batch", 1)


@pytest.mark.django_db
def test_the_file_of_another_bank_is_refused(tmp_path: Path) -> None:
    lines = bank.lines(2)
    batch = bank.sent(by=bank.office(), bank="CSB", of=lines)
    content = bank.file_of(batch=batch, rows=bank.answers("CSB", lines))

    assert receive_return(bank="NSB", path=bank.put(tmp_path, content)).code == "other_bank"
    assert receive_return(bank="CSB", path=bank.put(tmp_path, content)).accepted


@pytest.mark.django_db
def test_an_answer_before_delivery_is_recorded_waits(tmp_path: Path) -> None:
    lines = bank.lines(2)
    batch = bank.sending(by=bank.office(), of=lines)
    path = bank.put(tmp_path, bank.file_of(batch=batch, rows=bank.answers("NSB", lines)))

    with pytest.raises(ReturnTooEarly):
        receive_return(bank="NSB", path=path)

    assert not ReturnFile.objects.exists()
    assert not list((tmp_path / "bank" / "NSB" / "received").iterdir())


def test_the_same_file_from_many_at_once_is_taken_in_once(
    own_database: OwnDatabase, tmp_path: Path
) -> None:
    lines: list[Line] = bank.lines(50)
    batch = bank.sent(by=bank.office(), of=lines)
    path = bank.put(tmp_path, bank.file_of(batch=batch, rows=bank.answers("NSB", lines)))
    found: list[int] = []

    def take_in() -> None:
        try:
            found.append(receive_return(bank="NSB", path=path).id)
        finally:
            connection.close()

    threads = [threading.Thread(target=take_in) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == THREADS
    assert len(set(found)) == 1
    assert Outcome.objects.count() == 50


def waiting() -> int:
    """How many sessions of this database wait for somebody's lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted"
        )
        found: int = cursor.fetchone()[0]
        return found


def test_the_same_file_in_several_processes_at_once_is_taken_in_once(
    own_database: OwnDatabase, tmp_path: Path
) -> None:
    lines: list[Line] = bank.lines(50)
    batch = bank.sent(by=bank.office(), of=lines)
    path = bank.put(tmp_path, bank.file_of(batch=batch, rows=bank.answers("NSB", lines)))
    command = [sys.executable, "-c", TAKE_IN, str(tmp_path), str(path)]

    with transaction.atomic():  # all of them stand before the file's lock when it is let go
        _lock(f"payments.return/NSB/{sha256_of(path)}")
        processes = [
            subprocess.Popen(
                command,
                cwd=CHECKOUT,
                env={**own_database.environment, "DJANGO_SETTINGS_MODULE": "backend.settings"},
                stdout=subprocess.PIPE,
            )
            for _ in range(PROCESSES)
        ]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while waiting() < PROCESSES:
            assert time.monotonic() < deadline
            assert all(process.poll() is None for process in processes)
            time.sleep(0.05)
    told = {process.communicate(timeout=PATIENCE_SECONDS)[0] for process in processes}

    assert [process.returncode for process in processes] == [0] * PROCESSES
    assert told == {f"{ReturnFile.objects.get().id}\n".encode()}
    assert Outcome.objects.count() == 50
    assert Entry.objects.filter(source="payments.return").count() <= 1
    assert Act.objects.filter(name="payments.return").count() == 1
