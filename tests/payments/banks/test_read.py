"""Return files are read whole or refused whole, with line and reason."""

import io
from collections.abc import Sequence
from typing import Any

import pytest

from payments.banks.read import Answers, ReturnReader
from payments.banks.refusal import BankFileRefused
from tests.payments.bank_builders import (
    MONEY,
    NO_ACCOUNT,
    PAID,
    UNKNOWN,
    Answer,
    closed,
    profile,
    return_file,
)

BANKS = sorted(MONEY)
NO = "34080001-110-202611-NSB-1"


def rows(bank: str) -> list[Answer]:
    account = "9900010010000000013"
    return [
        Answer("1000001-1", account, "王秀英", 123_456, PAID[bank]),
        Answer("1000002-1", account, "阿依古丽·买买提", 7, NO_ACCOUNT[bank]),
        Answer("1000003-12", account, "\U00020bb7野家\\t", 9_900, UNKNOWN[bank]),
        Answer("X-9", "", "", 100, PAID[bank]),
    ]


def good(bank: str, of: Sequence[Answer] | None = None, **said: Any) -> bytes:
    return return_file(bank=bank, serial=7, no=NO, rows=rows(bank) if of is None else of, **said)


def read(bank: str, content: bytes) -> list[Answers]:
    reader = ReturnReader(profile=profile(bank), file=io.BytesIO(content))
    return list(reader.answers())


def refusal(bank: str, content: bytes) -> BankFileRefused:
    with pytest.raises(BankFileRefused) as refused:
        read(bank, content)
    return refused.value


@pytest.mark.parametrize("bank", BANKS)
def test_what_the_bank_wrote_is_read_back(bank: str) -> None:
    (answers,) = read(bank, good(bank))

    assert answers.due_refs == ["1000001", "1000002", "1000003", ""]
    assert answers.ns == ["1", "1", "12", ""]
    assert answers.refs == ["", "", "", "X-9"]
    assert answers.names == ["王秀英", "阿依古丽·买买提", "\U00020bb7野家\\t", ""]
    assert answers.fens == [123_456, 7, 9_900, 100]


@pytest.mark.parametrize("bank", BANKS)
def test_the_head_is_known_at_once(bank: str) -> None:
    head = ReturnReader(profile=profile(bank), file=io.BytesIO(good(bank, part=3))).head

    assert (head.serial, head.batch_no, head.part, head.count) == (7, NO, 3, 4)
    assert (head.paid_count, head.paid_fen) == (2, 123_556)
    assert (head.returned_count, head.returned_fen) == (1, 7)


@pytest.mark.parametrize("bank", BANKS)
def test_a_file_is_read_the_same_in_blocks_of_any_size(
    bank: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in (1, 7, 64, 1000):
        monkeypatch.setattr("payments.banks.text_lines.BLOCK_BYTES", size)

        assert sum(len(answers.codes) for answers in read(bank, good(bank))) == 4


@pytest.mark.parametrize("bank", BANKS)
def test_a_file_cut_anywhere_is_refused(bank: str) -> None:
    content = good(bank)

    for length in range(len(content)):
        assert refusal(bank, content[:length]).fault in {
            "empty", "truncated", "wrong_frame", "broken_line", "unreadable",
        }  # fmt: skip


@pytest.mark.parametrize("bank", BANKS)
def test_a_file_with_any_byte_altered_is_refused(bank: str) -> None:
    content = good(bank)

    for place in range(len(content)):
        for bit in (0x01, 0x10, 0x80):
            altered = bytearray(content)
            altered[place] ^= bit
            refusal(bank, bytes(altered))


def test_a_refusal_names_line_and_reason() -> None:
    content = good("NSB").replace(b"|7|", b"|7|").replace(b"|0.07|", b"|0,07|")

    refused = refusal("NSB", content)

    assert (refused.fault, refused.line) == ("broken_line", 3)
    assert "第 3 行" in refused.detail


@pytest.mark.parametrize("bank", BANKS)
@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"count": 5}, "wrong_count"),
        ({"paid": 1}, "wrong_total"),
        ({"returned": 2}, "wrong_total"),
    ],
)
def test_a_head_that_says_otherwise_is_refused(bank: str, said: dict[str, Any], fault: str) -> None:
    assert refusal(bank, good(bank, **said)).fault == fault


def test_a_wrong_total_is_refused() -> None:
    assert refusal("NSB", good("NSB", paid_total="1235.57")).fault == "wrong_total"
    assert refusal("CSB", good("CSB", returned_total=8)).fault == "wrong_total"


def test_a_last_line_with_another_count_is_refused() -> None:
    body = good("NSB").rpartition(b"T|")[0]

    assert refusal("NSB", closed(body, "NSB", 3)).fault == "wrong_count"


@pytest.mark.parametrize("bank", BANKS)
def test_lines_out_of_order_are_no_fault(bank: str) -> None:
    assert read(bank, good(bank, rows(bank)[::-1]))


@pytest.mark.parametrize("bank", BANKS)
def test_utf8_instead_of_gb18030_is_refused_even_with_the_right_hash(bank: str) -> None:
    body, mark, _ = good(bank).decode("gb18030").rpartition("T|" if bank == "NSB" else "END\t")
    assert mark

    assert refusal(bank, closed(body.encode(), bank, 4)).fault in {"unreadable", "broken_line"}
    assert refusal(bank, good(bank).decode("gb18030").encode()).line is not None


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", "\ufeff".encode("gb18030")])
def test_a_byte_order_mark_is_refused(mark: bytes) -> None:
    assert refusal("NSB", mark + good("NSB")).fault == "byte_mark"


def test_other_line_ends_are_refused() -> None:
    assert refusal("NSB", good("NSB").replace(b"\r\n", b"\n")).line == 1
    assert refusal("CSB", good("CSB").replace(b"\n", b"\r\n")).line == 1


def test_the_file_of_another_bank_is_refused() -> None:
    assert refusal("NSB", good("CSB")).fault == "other_bank"
    assert refusal("CSB", good("NSB")).fault == "other_bank"


def test_an_endless_line_does_not_fill_the_memory() -> None:
    content = good("NSB").partition(b"\r\n")[0] + b"\r\n" + b"9" * 3_000_000

    assert refusal("NSB", content).fault == "broken_line"


@pytest.mark.parametrize("bank", BANKS)
def test_no_lines_at_all_are_read_as_none(bank: str) -> None:
    assert read(bank, good(bank, [])) == []


def test_a_name_wider_than_agreed_is_refused() -> None:
    wide = Answer("1000001-1", "9", "\U00020bb7" * 31, 1, "0000")

    assert refusal("NSB", good("NSB", [wide])).line == 2
