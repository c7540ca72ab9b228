"""Whatever name a person may have goes to the bank and comes back as it was."""

import io
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from payments.banks.profile import BankProfile, bank_codes
from payments.banks.read import ReturnReader
from payments.banks.write import InstructionHead, encode, encode_lines
from tests.payments.bank_builders import MONEY, PAID, Answer, profile, return_file

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
RARE = st.one_of(
    st.characters(min_codepoint=0x3400, max_codepoint=0x4DB5),
    st.characters(min_codepoint=0x20000, max_codepoint=0x2FA1D),
    st.characters(min_codepoint=0x30000, max_codepoint=0x323AF),
    st.sampled_from("〇㐀\ufa0e\ue815A· ’-"),
)
NAMES = st.text(st.one_of(HAN, RARE), min_size=1, max_size=25).map(lambda s: "王" + s[1:])
LINES = st.lists(st.tuples(NAMES, st.integers(1, 10**13)), min_size=1, max_size=40)


def cells(profile: BankProfile, line: str) -> list[str]:
    return line.removesuffix(profile.newline).split(profile.separator)


@given(lines=LINES, bank=st.sampled_from(bank_codes(demo=True)))
@settings(deadline=None, max_examples=60)
def test_an_instruction_says_what_was_given(lines: list[tuple[str, int]], bank: str) -> None:
    own = profile(bank)
    rows = [(f"{n}-1", f"{n:019d}", name, fen) for n, (name, fen) in enumerate(lines, start=1)]
    total = sum(fen for _, fen in lines)
    head = InstructionHead(
        batch_no="X-1",
        pay_date=date(2026, 11, 10),
        count=len(rows),
        fen=total,
        purpose="居民养老金",
    )

    written = encode_lines(profile=own, head=head, rows=rows)
    content = b"".join(encode(profile=own, head=head, serial=1, lines=written))
    found = content.decode("gb18030").split(own.newline)

    names = own.instruction.detail_fields
    for (ref, account, name, fen), line in zip(rows, found[1:-2], strict=True):
        said = dict(zip(names, cells(own, line), strict=True))
        assert (said["ref"], said["account"], said["name"]) == (ref, account, name)
        assert said["amount"] == MONEY[bank](fen)


@given(lines=LINES, bank=st.sampled_from(bank_codes(demo=True)))
@settings(deadline=None, max_examples=60)
def test_an_answer_is_read_as_it_was_given(lines: list[tuple[str, int]], bank: str) -> None:
    rows = [Answer(f"{n}-1", "99", name, fen, PAID[bank]) for n, (name, fen) in enumerate(lines, 1)]
    content = return_file(bank=bank, serial=1, no="X-1", rows=rows)

    blocks = list(ReturnReader(profile=profile(bank), file=io.BytesIO(content)).answers())

    read = [
        (int(due_ref), name, fen)
        for block in blocks
        for due_ref, name, fen in zip(block.due_refs, block.names, block.fens, strict=True)
    ]
    assert read == [(n, name, fen) for n, (name, fen) in enumerate(lines, start=1)]
