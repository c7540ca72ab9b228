"""Whatever name a person may have goes to the bank and comes back as it was, or does not go."""

import io
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from payments.banks.read import ReturnReader
from payments.banks.write import NotWritable, fault_of
from tests.payments.banks.carrier_builders import (
    BANKS,
    HOSTILE,
    Told,
    answer,
    cut_by_hand,
    instruction,
    own,
)

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
RARE = st.one_of(
    st.characters(min_codepoint=0x3400, max_codepoint=0x4DB5),
    st.characters(min_codepoint=0x20000, max_codepoint=0x2FA1D),
    st.characters(min_codepoint=0x30000, max_codepoint=0x323AF),
    st.sampled_from("〇㐀\ufa0e\ue815A· ’-"),
)
NAMES = st.text(st.one_of(HAN, RARE), min_size=1, max_size=15).map(lambda s: "王" + s[1:])
ANYTHING = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(), max_size=20),
    st.text(st.sampled_from("王𠮷䶮 |\t\r\n'\"<>&;,=+-@\\　Ａ\x1f%{}]"), max_size=12),
)
LINES = st.lists(
    st.tuples(st.one_of(NAMES, ANYTHING), st.integers(1, 10**13)), min_size=1, max_size=20
)
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize("bank", BANKS)
@given(lines=LINES)
@example(lines=[(name, 1) for name in HOSTILE])
@settings(deadline=None, max_examples=40)
def test_an_instruction_says_what_was_given_or_is_not_written(
    bank: str, lines: list[tuple[str, int]]
) -> None:
    profile = own(bank)
    rows = [(f"{n}-1", f"{n:019d}", name, fen) for n, (name, fen) in enumerate(lines, start=1)]
    faults = [fault_of(profile=profile, field="name", text=name) for name, _ in lines]
    good = [row for row, fault in zip(rows, faults, strict=True) if fault is None]

    for fault, row in zip(faults, rows, strict=True):
        if fault is not None:
            with pytest.raises(NotWritable) as refused:
                instruction(profile, [*good, row])
            assert refused.value.facts["ref"] == row[0]
            assert CHINESE.search(fault)
            assert fault in refused.value.detail
    found = cut_by_hand(profile, instruction(profile, good))

    said = [(line["ref"], line["account"], line["name"]) for line in found]
    assert said == [row[:3] for row in good]
    assert [profile.money_fen(line["amount"]) for line in found] == [row[3] for row in good]


@pytest.mark.parametrize("bank", BANKS)
@given(lines=LINES)
@example(lines=[(name, 1) for name in HOSTILE])
@settings(deadline=None, max_examples=40)
def test_an_answer_is_read_as_it_was_given(bank: str, lines: list[tuple[str, int]]) -> None:
    profile = own(bank)
    told = [
        Told(f"{n}-1", "99", name, fen, profile.paid_codes[0])
        for n, (name, fen) in enumerate(lines, start=1)
        if fault_of(profile=profile, field="name", text=name) is None
    ]

    reader = ReturnReader(profile=profile, file=io.BytesIO(answer(profile, told)))

    read = [
        (f"{due_ref}-{n}", name, fen)
        for block in reader.answers()
        for due_ref, n, name, fen in zip(
            block.due_refs, block.ns, block.names, block.fens, strict=True
        )
    ]
    assert read == [(one.ref, one.name, one.fen) for one in told]
    assert reader.head.paid_fen == sum(one.fen for one in told)


@pytest.mark.parametrize("bank", BANKS)
@pytest.mark.parametrize("name", ["王秀英", "阿依古丽·买买提", "𠮷野家", "䶮㛃𬎆", "O'Brien"])
def test_a_good_name_goes_to_every_bank(bank: str, name: str) -> None:
    assert fault_of(profile=own(bank), field="name", text=name) is None


@pytest.mark.parametrize(
    ("bank", "name", "fault"),
    [
        ("FSB", "王" * 31, "占62个字节，银行文件最多60个"),
        ("FSB", "王秀英 ", "首尾有空格，定长文件分不出来"),
        ("NSB", "王|秀英", "含有分隔符或控制字符，不能写入银行文件"),
        ("XSB", "王\ufffe", "含有 XML 不能写的字符"),
        ("CSB", "", "是空的"),
    ],
)
def test_what_a_bank_cannot_be_told_is_said_in_words(bank: str, name: str, fault: str) -> None:
    assert fault_of(profile=own(bank), field="name", text=name) == fault
