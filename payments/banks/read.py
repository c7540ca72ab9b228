"""Read a return file (回盘文件), whole or not at all. Pure: bytes in, columns of answers out.

The file is read once, block by block; what stands in it counts only when the last block was right.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from payments.banks.carriers import Reading, reading_of
from payments.banks.form import field_of
from payments.banks.profile import BankProfile, bank_codes, profiles_of
from payments.banks.refusal import BankFileRefused

CALLED = "回盘文件"


@dataclass(frozen=True)
class ReturnHead:
    """What the bank says of its own file."""

    serial: int
    batch_no: str
    part: int
    count: int
    paid_count: int
    paid_fen: int
    returned_count: int
    returned_fen: int


@dataclass(frozen=True)
class Answers:
    """Some lines of the file, by columns. ``due_refs`` and ``ns`` are decimal numbers, or empty
    where ``refs`` holds a reference that cannot be ours; ``fen_digits`` are ``fens`` as read."""

    due_refs: Sequence[str]
    ns: Sequence[str]
    refs: Sequence[str]
    accounts: Sequence[str]
    names: Sequence[str]
    fens: Sequence[int]
    fen_digits: Sequence[str]
    codes: Sequence[str]


@dataclass
class _Sums:
    """What the lines read so far come to; what is neither paid nor unknown is returned."""

    count: int = 0
    paid_count: int = 0
    paid_fen: int = 0
    returned_count: int = 0
    returned_fen: int = 0

    def add(self, *, profile: BankProfile, answers: Answers) -> None:
        others = [
            place for place, code in enumerate(answers.codes) if code not in profile.paid_codes
        ]
        returned = [n for n in others if answers.codes[n] not in profile.unknown_codes]
        self.count += len(answers.codes)
        self.paid_count += len(answers.codes) - len(others)
        self.paid_fen += sum(answers.fens) - sum(answers.fens[place] for place in others)
        self.returned_count += len(returned)
        self.returned_fen += sum(answers.fens[place] for place in returned)


class ReturnReader:
    """A return file being read: its ``head`` at once, then ``answers`` to the last line.

    Raises:
        BankFileRefused: anywhere on the way; nothing that was read before counts then.
    """

    def __init__(self, *, profile: BankProfile, file: BinaryIO) -> None:
        self.profile = profile
        self._reading = _begun(profile, file)
        self._pattern = _detail_pattern(profile, self._reading)
        self.head = self._read_head()

    def answers(self) -> Iterator[Answers]:
        """Yield the lines block by block, then check hash, counts and totals."""
        sums = _Sums()
        for text in self._reading.blocks():
            answers = self._parsed(text)
            sums.add(profile=self.profile, answers=answers)
            yield answers
        self._check_end(sums)

    def _parsed(self, text: str) -> Answers:
        # One flat list, of which every column is a slice: a third of the time of a tuple each line.
        flat = self._pattern.split(text)
        width = self._pattern.groups + 1
        if any(flat[::width]):
            raise self._broken(text)
        columns = {field: flat[place::width] for field, place in self._pattern.groupindex.items()}
        self._require_short(columns["name"])
        digits = "\n".join(columns["amount"]).replace(".", "").split()
        return Answers(
            due_refs=_filled(columns["due_ref"]),
            ns=_filled(columns["n"]),
            refs=_filled(columns["ref"]),
            accounts=columns["account"],
            names=columns["name"],
            fens=list(map(int, digits)),
            fen_digits=digits,
            codes=columns["code"],
        )

    def _require_short(self, names: Sequence[str]) -> None:
        """The pattern counts characters; those of a name may have several bytes."""
        encoding, limit = self.profile.encoding, self.profile.max_bytes["name"]
        if max(map(len, names), default=0) * 4 <= limit:
            return
        for number, name in enumerate(names):
            if len(name) * 4 > limit and len(name.encode(encoding)) > limit:
                line = self._reading.line + number + 1
                raise BankFileRefused("broken_line", f"第 {line} 行有栏目过长。", line=line)

    def _broken(self, text: str) -> BankFileRefused:
        """Name the first line that is not as agreed."""
        line = self._reading.line
        for whole in text.split("\n"):
            line += 1
            if not self._pattern.fullmatch(f"{whole}\n"):
                break
        fault = f"第 {line} 行的栏目数、内容或行尾与约定不符。"
        return BankFileRefused("broken_line", fault, line=line)

    def _read_head(self) -> ReturnHead:
        values, money = self._reading.opening, self.profile.money_fen
        try:
            return ReturnHead(
                serial=int(values["serial"]),
                batch_no=values["batch_no"],
                part=int(values["part"]),
                count=int(values["count"]),
                paid_count=int(values["paid_count"]),
                paid_fen=money(values["paid_total"]),
                returned_count=int(values["returned_count"]),
                returned_fen=money(values["returned_total"]),
            )
        except ValueError:
            raise BankFileRefused(
                "wrong_frame", "首行的序号、笔数或金额无法识别。", line=1
            ) from None

    def _check_end(self, sums: _Sums) -> None:
        values, head = self._reading.closing(), self.head
        if not sums.count == head.count == int(values["count"]):
            raise BankFileRefused(
                "wrong_count",
                f"首行写{head.count}笔，末行写{int(values['count'])}笔，实有{sums.count}笔。",
                line=self._reading.line + 1,
            )
        paid = (sums.paid_count, sums.paid_fen) == (head.paid_count, head.paid_fen)
        back = (sums.returned_count, sums.returned_fen) == (head.returned_count, head.returned_fen)
        if not (paid and back):
            side = "失败" if paid else "成功"
            raise BankFileRefused("wrong_total", f"首行的{side}合计与明细不符。", line=1)


def readers(*, profiles: Sequence[BankProfile], file: BinaryIO) -> Iterator[ReturnReader]:
    """Yield a reader at the file's beginning for each profile whose first line it has.

    Raises:
        BankFileRefused: it has that of none; why is said by the first profile.
    """
    refused, fits = None, False
    for profile in profiles:
        file.seek(0)
        try:
            reader = ReturnReader(profile=profile, file=file)
        except BankFileRefused as refusal:
            refused = refused or refusal
        else:
            fits = True
            yield reader
    if refused is not None and not fits:
        raise refused


def _filled(texts: Sequence[str | None]) -> Sequence[str]:
    """Of a line's two kinds of reference one is empty, nearly always the same."""
    if None not in texts:
        return cast(Sequence[str], texts)
    return [text or "" for text in texts] if any(texts) else [""] * len(texts)


def _begun(profile: BankProfile, file: BinaryIO) -> Reading:
    """Begin to read; the file of another bank is called so."""
    try:
        return reading_of(form=profile, layout=profile.answer, file=file, called=CALLED)
    except BankFileRefused as refusal:
        if refusal.fault != "wrong_frame":
            raise
        others = (one for bank in bank_codes(demo=True) for one in profiles_of(bank, demo=True))
        for other in others:
            if other.bank != profile.bank and _begins_as(other, file):
                text = f"这是{other.name}的回盘文件。"
                raise BankFileRefused("other_bank", text, line=1) from None
        raise


def _begins_as(profile: BankProfile, file: BinaryIO) -> bool:
    file.seek(0)
    try:
        reading_of(form=profile, layout=profile.answer, file=file, called=CALLED)
    except BankFileRefused:
        return False
    return True


def _detail_pattern(profile: BankProfile, reading: Reading) -> re.Pattern[str]:
    """One whole line, a named group for each column."""
    joint, end = re.escape(reading.joint), re.escape(reading.end)
    visible = "".join(re.escape(chr(c)) for c in range(33, 127) if chr(c) != profile.separator)
    cells = {
        "seq": f"[0-9]{{{profile.width['seq']}}}",
        "ref": "(?:(?P<due_ref>[1-9][0-9]{0,17})-(?P<n>[1-9][0-9]{0,3})"
        f"|(?P<ref>[{visible}]{{1,{profile.max_bytes['ref']}}}))",
        "account": f"(?P<account>[{visible}]{{0,{profile.max_bytes['account']}}})",
        "name": f"(?P<name>[^\x00-\x1f\x7f{re.escape(profile.separator)}]"
        f"{{0,{profile.max_bytes['name']}}})",
        "amount": f"(?P<amount>{profile.money_pattern})",
        "code": "(?P<code>[0-9A-Za-z]{1,8})",
    }
    detail = (cells[field] for item in profile.answer.detail if (field := field_of(item)))
    return re.compile(f"^{joint.join(detail)}{end}", re.MULTILINE)
