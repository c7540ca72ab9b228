"""Instruction files: byte for byte as agreed, and never with a text that breaks them."""

import hashlib
from datetime import date

import pytest

from payments.banks.write import InstructionHead, NotWritable, Row, encode, encode_lines, file_name
from payments.ledger import rules
from tests.payments.bank_builders import profile

WANG = ("1000001-1", "9900010010000000013", "王秀英", 123_456)
AYI = ("1000002-1", "9900010010000000021", "阿依古丽·买买提", 7)
BANKS = ("CSB", "NSB")


def written(bank: str, *rows: Row, fen: int | None = None, purpose: str = "居民养老金") -> bytes:
    head = InstructionHead(
        batch_no="34080001-110-202611-NSB-1",
        pay_date=date(2026, 11, 10),
        count=len(rows),
        fen=sum(row[3] for row in rows) if fen is None else fen,
        purpose=purpose,
    )
    own = profile(bank)
    lines = encode_lines(profile=own, head=head, rows=rows)
    return b"".join(encode(profile=own, head=head, serial=7, lines=lines))


def with_hash(body: str, trailer: str) -> bytes:
    digest = hashlib.sha256(body.encode("gb18030")).hexdigest()
    return (body + trailer.format(digest)).encode("gb18030")


def test_layout_a_is_written_as_agreed() -> None:
    body = (
        "H|1.0|340800|NSB|00000007|34080001-110-202611-NSB-1|20261110|2|1234.63\r\n"
        "00000001|1000001-1|9900010010000000013|王秀英|1234.56|居民养老金\r\n"
        "00000002|1000002-1|9900010010000000021|阿依古丽·买买提|0.07|居民养老金\r\n"
    )

    assert written("NSB", WANG, AYI) == with_hash(body, "T|2|1234.63|{}\r\n")


def test_layout_b_is_written_as_agreed() -> None:
    body = (
        "BATCH\t340800\tCSB\t00000007\t34080001-110-202611-NSB-1\t20261110\t2\t123463\n"
        "1000001-1\t王秀英\t9900010010000000013\t123456\t00000001\t居民养老金\n"
        "1000002-1\t阿依古丽·买买提\t9900010010000000021\t7\t00000002\t居民养老金\n"
    )

    assert written("CSB", WANG, AYI) == with_hash(body, "END\t2\t123463\t{}\n")


def test_files_are_named_as_the_banks_want() -> None:
    assert file_name(profile=profile("NSB"), serial=7) == "DF340800NSB00000007.txt"
    assert file_name(profile=profile("CSB"), serial=7) == "PAY_CSB_340800_00000007.dat"


def test_numbers_run_over_all_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payments.banks.write.BLOCK", 2)
    rows = [(f"{n}-1", "9900010010000000013", "王秀英", 100) for n in range(1, 6)]

    lines = written("NSB", *rows).split(b"\r\n")[1:-2]

    assert [line[:8] for line in lines] == [b"%08d" % n for n in range(1, 6)]


@pytest.mark.parametrize("bank", BANKS)
@pytest.mark.parametrize(
    "name", ["王\t|秀英", "王\t秀英", "王\r\n秀英", "王\x00秀英", "王\ud800", ""]
)
def test_a_name_that_would_break_the_file_is_refused(bank: str, name: str) -> None:
    with pytest.raises(NotWritable) as refused:
        written(bank, WANG, ("1000009-1", "9900010010000000013", name, 1))

    assert refused.value.code == "bank_file_not_writable"
    assert refused.value.facts["ref"] == "1000009-1"


def test_a_bar_in_a_name_is_refused_only_where_it_separates() -> None:
    row = ("1000009-1", "9900010010000000013", "王|秀英", 1)

    assert written("CSB", row)
    with pytest.raises(NotWritable):
        written("NSB", row)


@pytest.mark.parametrize("account", ["", "99000１", "9" * 33, "99|00", "99\n00"])
def test_an_account_that_would_break_the_file_is_refused(account: str) -> None:
    with pytest.raises(NotWritable):
        written("NSB", ("1000009-1", account, "王秀英", 1))


def test_widths_are_counted_in_bytes_of_the_encoding() -> None:
    rare = "\U00020bb7"  # four bytes in GB 18030

    assert written("NSB", ("1-1", "99", rare * 30, 1))
    with pytest.raises(NotWritable, match="124"):
        written("NSB", ("1-1", "99", rare * 31, 1))


def test_twenty_five_characters_with_dots_fit() -> None:
    name = "·".join(["买买提江", "阿不都热合曼", "吐尔逊", "艾合买提江库"])[:25]

    assert name.encode("gb18030") in written("CSB", ("1-1", "99", name, 1))


def test_a_new_character_that_python_does_not_know_is_no_fault() -> None:
    assert written("NSB", ("1-1", "99", "王\U000323b0", 1))


def test_every_fund_has_a_purpose_that_every_bank_can_print() -> None:
    purposes = {fund.purpose for fund in rules.funds(region="340800", on=date(2026, 11, 10))}

    assert {"职工养老金", "居民养老金"} < purposes
    assert all(written(bank, WANG, purpose=purpose) for bank in BANKS for purpose in purposes)


@pytest.mark.parametrize("purpose", ["", "养老|金", "养老\n金", "居民养老金" * 3 + "金"])
def test_a_purpose_that_would_break_the_file_is_refused(purpose: str) -> None:
    with pytest.raises(NotWritable, match="用途"):
        written("NSB", WANG, purpose=purpose)


def test_lines_that_do_not_come_to_the_sealed_total_are_refused() -> None:
    with pytest.raises(NotWritable):
        written("NSB", WANG, AYI, fen=1)
