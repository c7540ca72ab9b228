"""Files of any layout for tests, and how each carrier is cut by hand, without its reader (演示)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from xml.etree import ElementTree

from payments.banks.carriers import pen_of
from payments.banks.form import FIXED, XML, field_of
from payments.banks.profile import BankProfile, bank_codes, profile_of
from payments.banks.write import InstructionHead, Row, encode, encode_lines

IN_FORCE = date(2027, 1, 1)  # all layouts are
BANKS = bank_codes(demo=True, on=IN_FORCE)
# What people, machines and attackers write where a name belongs.
HOSTILE = (
    *("王|秀英", "王\t秀英", "王\r\n秀英", "王\n", "王,秀英", '王"秀英"', "王'秀英", "王\\t秀英"),
    *("王<秀英>", "王&amp;秀英", "王]]>", "<!--王-->", "&#29579;", "%s", "{name}", "王\x1f秀英"),
    *("=1+1", "+王", "-王", "@SUM(A1)", " 王秀英", "王秀英 ", "　王秀英", "王 秀 英", " ", "　"),
    *("ＷＡＮＧ", "王\u00a0秀英", "王\x00秀英", "王\x85", "王\u2028", "王\ufffe", "王\ud800", ""),
    *("䶮", "㛃", "𠮷野家", "𬎆𬎆", "王\u3400", "\U000323b0", "王\ue815", "阿依古丽·买买提", "é"),
    *(
        "王" * 29,
        "王" * 30,
        "王" * 31,
        "王" * 60,
        "王" * 61,
        "𠮷" * 15,
        "𠮷" * 16,
        "A" * 141,
        "王" * 999,
    ),
)


@dataclass(frozen=True)
class Told:
    """One line of a return."""

    ref: str
    account: str
    name: str
    fen: int
    code: str


def own(bank: str) -> BankProfile:
    """The bank's layout when all are in force."""
    return profile_of(bank, on=IN_FORCE, demo=True)


def instruction(profile: BankProfile, rows: Sequence[Row]) -> bytes:
    """A file with these lines, as we write it."""
    head = InstructionHead("X-1", IN_FORCE, len(rows), sum(row[3] for row in rows), "居民养老金")
    lines = encode_lines(profile=profile, head=head, rows=rows)
    return b"".join(encode(profile=profile, head=head, serial=7, lines=lines))


def answer(profile: BankProfile, told: Sequence[Told], **said: str) -> bytes:
    """A file that answers, as a bank with the same pen writes it; ``said`` overrides its head."""
    pen = pen_of(form=profile, layout=profile.answer)
    paid = [one.fen for one in told if one.code in profile.paid_codes]
    back = [one.fen for one in told if one.code in profile.reasons]
    money, number = profile.money_text, profile.number_text
    head = {
        "serial": number("serial", 7),
        "batch_no": "X-1",
        "part": number("part", 1),
        "count": str(len(told)),
        "paid_count": str(len(paid)),
        "paid_total": money(sum(paid)),
        "returned_count": str(len(back)),
        "returned_total": money(sum(back)),
    } | said
    columns = {
        "seq": [number("seq", n) for n in range(1, len(told) + 1)],
        "ref": [one.ref for one in told],
        "account": [one.account for one in told],
        "name": [one.name for one in told],
        "amount": [money(one.fen) for one in told],
        "code": [one.code for one in told],
    }
    cells = [
        columns[field] if (field := field_of(item)) else [item] * len(told)
        for item in profile.answer.detail
    ]
    body = pen.opening(head) + (pen.lines(cells) if told else b"")
    return body + pen.closing({"count": head["count"], "sha256": hashlib.sha256(body).hexdigest()})


def cut_by_hand(profile: BankProfile, content: bytes) -> list[dict[str, str]]:
    """The lines of an instruction by field, cut without what the house reads with."""
    items = profile.instruction.detail
    fields = [field_of(item) or item for item in items]
    if profile.carrier == XML:
        space = f"{{{profile.instruction.namespace}}}"
        places = [
            "/".join(space + step.partition("@")[0] for step in path.split("/")[2:])
            for path in profile.instruction.where["detail"]
        ]
        found = ElementTree.fromstring(content).iter(f"{space}CdtTrfTxInf")  # noqa: S314 - we wrote it
        return [
            dict(zip(fields, [line.findtext(place, "") for place in places], strict=True))
            for line in found
        ]
    lines = content.split(profile.newline.encode())[1:-2]
    if profile.carrier == FIXED:
        sizes = [profile.cell_bytes(f) if field_of(f"{{{f}}}") and f in WIDE else 1 for f in fields]
        ends = list(accumulate(sizes))
        return [
            {
                field: line[end - size : end].decode(profile.encoding).rstrip(" ")
                for field, size, end in zip(fields, sizes, ends, strict=True)
            }
            for line in lines
        ]
    texts = content.decode(profile.encoding).split(profile.newline)[1:-2]
    return [dict(zip(fields, text.split(profile.separator), strict=True)) for text in texts]


WIDE = ("seq", "ref", "account", "name", "amount", "purpose")
