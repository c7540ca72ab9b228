"""The bank refuses a file whole, with line and reason, and answers no serial twice."""

import os
import sqlite3
from pathlib import Path

import pytest

from tests.backend.city.bank_builders import Exchange, file_name, instruction, payments


@pytest.fixture(params=["NSB", "CSB"])
def exchange(request: pytest.FixtureRequest, tmp_path: Path) -> Exchange:
    return Exchange(folder=tmp_path, bank=request.param)


def refused(exchange: Exchange, serial: int, content: bytes) -> str:
    """Put the bytes in, let the bank work, give its reason; nothing else may come out."""
    before = set(exchange.outbox.glob("[HR]*_*"))
    name = exchange.put(file_name(exchange.bank, serial), content).name
    exchange.work()
    assert set(exchange.outbox.glob("[HR]*_*")) == before
    return exchange.refusals[f"{name}.refused"]


def test_an_altered_amount(exchange: Exchange) -> None:
    content = instruction(exchange.bank, 1, payments(exchange.bank, 9, first=1000))

    amount = (b"|10.05|", b"|90.05|") if exchange.bank == "NSB" else (b"\t1005\t", b"\t9005\t")
    assert "DIGEST" in refused(exchange, 1, content.replace(*amount))


def test_a_truncated_file(exchange: Exchange) -> None:
    content = instruction(exchange.bank, 1, payments(exchange.bank, 9))

    assert "TRUNCATED" in refused(exchange, 1, content[:-9])


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n", b"\xff\xff\xff\n", b"H|1.0\r\n"])
def test_what_is_no_instruction(exchange: Exchange, content: bytes) -> None:
    assert "第1行" in refused(exchange, 1, content)


def test_a_file_without_its_last_line(exchange: Exchange) -> None:
    content = instruction(exchange.bank, 1, payments(exchange.bank, 2))

    end = content.rindex(b"\n", 0, -1) + 1
    assert "第3行" in refused(exchange, 1, content[:end])


def test_a_line_that_is_missing(exchange: Exchange) -> None:
    first, second, _, *rest = instruction(exchange.bank, 1, payments(exchange.bank, 9)).splitlines(
        keepends=True
    )

    assert "SEQ 第3行" in refused(exchange, 1, b"".join([first, second, *rest]))


def test_a_file_under_another_serial(exchange: Exchange) -> None:
    content = instruction(exchange.bank, 2, payments(exchange.bank, 1))

    assert "SERIAL" in refused(exchange, 1, content)


def test_amount_and_name_that_cannot_be(exchange: Exchange) -> None:
    (line,) = payments(exchange.bank, 1)

    assert "AMOUNT" in refused(exchange, 1, instruction(exchange.bank, 1, [line._replace(fen=0)]))
    too_long = line._replace(name="𠮷" * 31)
    assert "NAME" in refused(exchange, 1, instruction(exchange.bank, 1, [too_long]))


def test_a_gap_in_the_serials_until_it_is_filled(exchange: Exchange) -> None:
    reason = refused(exchange, 2, instruction(exchange.bank, 2, payments(exchange.bank, 1)))
    assert "SERIAL_GAP" in reason
    assert "00000001" in reason

    exchange.instruct(1, payments(exchange.bank, 1, first=7))
    exchange.work()

    assert len(exchange.returned(1)) == len(exchange.returned(2)) == 1
    assert exchange.refusals == {}


def test_a_serial_is_not_answered_twice(exchange: Exchange) -> None:
    path = exchange.instruct(1, payments(exchange.bank, 2))
    exchange.work()
    for answer in exchange.outbox.glob("*_01.*"):
        answer.unlink()

    os.utime(path, (1, 1))
    exchange.work()
    assert list(exchange.outbox.glob("*_01.*")) == []

    other = instruction(exchange.bank, 1, payments(exchange.bank, 2, first=50))
    assert "SERIAL_TWICE" in refused(exchange, 1, other)


def test_a_refused_file_may_be_put_right(exchange: Exchange) -> None:
    content = instruction(exchange.bank, 1, payments(exchange.bank, 3))
    refused(exchange, 1, content[:-1])

    exchange.put(file_name(exchange.bank, 1), content)
    exchange.work()

    assert len(exchange.returned(1)) == 3
    assert exchange.refusals == {}


def test_killed_at_work_it_has_paid_nobody(exchange: Exchange) -> None:
    exchange.instruct(1, payments(exchange.bank, 60_000))
    with exchange.start() as bank:
        while not list(exchange.outbox.glob(".books/*.lines")):
            assert bank.poll() is None
        bank.kill()
    assert list(exchange.outbox.glob("[HR]*_*")) == []

    exchange.work()

    assert {line.code for line in exchange.returned(1)} <= {"0000", "S"}


def test_killed_before_delivery_it_delivers_the_same_answer(exchange: Exchange) -> None:
    exchange.instruct(1, payments(exchange.bank, 2))
    exchange.work()
    (answer,) = exchange.outbox.glob("*_01.*")
    content = answer.read_bytes()
    answer.rename(exchange.outbox / ".books" / answer.name)
    with sqlite3.connect(exchange.outbox / ".books" / "books.sqlite3") as books:
        books.execute("UPDATE outgoing SET delivered = 0")
    books.close()

    exchange.work()

    assert answer.read_bytes() == content
    assert {line.code for line in exchange.returned(1)} <= {"0000", "S"}
