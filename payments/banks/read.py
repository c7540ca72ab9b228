"""Read a return file (回盘文件), whole or not at all. Pure: bytes in, columns of answers out.

The last line carries the SHA-256 of all bytes before it: not one bit of a file can change unseen.
The file is read once, block by block; what stands in it counts only when the last block was right.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from backend.kernel.errors import Refusal
from payments.banks.profile import (
    CONTROL,
    YUAN,
    BankProfile,
    bank_codes,
    field_of,
    profiles_of,
)

BLOCK_BYTES = 1 << 20
LINE_BYTES = 4096
UTF8_MARK, GB18030_MARK = b"\xef\xbb\xbf", b"\x84\x31\x95\x33"
UTF8_HAN = re.compile(rb"[\xe3-\xe9][\x80-\xbf][\x80-\xbf]")
COUNTER = re.compile("[0-9]{1,12}", re.ASCII)
COUNTERS = frozenset(("count", "serial", "part", "paid_count", "returned_count"))


class ReturnFileRefused(Refusal):
    """A return file is taken whole or refused whole, with line and reason (回盘文件拒收)."""

    code = "return_file_refused"

    def __init__(self, fault: str, detail: str, *, line: int | None = None) -> None:
        super().__init__(detail, fault=fault, line=line)
        self.fault = fault
        self.line = line


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
        ReturnFileRefused: anywhere on the way; nothing that was read before counts then.
    """

    def __init__(self, *, profile: BankProfile, file: BinaryIO) -> None:
        self.profile = profile
        self._file = file
        self._pattern = _detail_pattern(profile)
        self._line_no = 1
        self._seems_utf8 = False
        self._is_gb = False
        self._last = b""
        first = file.readline(LINE_BYTES)
        if not first:
            raise ReturnFileRefused("empty", "文件是空的。", line=1)
        if first.startswith((UTF8_MARK, GB18030_MARK)):
            raise ReturnFileRefused("byte_mark", "文件开头有多余的编码标记(BOM)。", line=1)
        self._digest = hashlib.sha256(first)
        self.head = self._read_head(first)

    def answers(self) -> Iterator[Answers]:
        """Yield the lines block by block, then check hash, counts and totals."""
        sums = _Sums()
        for lines in self._whole_lines():
            answers = self._parsed(lines)
            sums.add(profile=self.profile, answers=answers)
            self._digest.update(lines)
            yield answers
        self._check_end(sums)

    def _whole_lines(self) -> Iterator[bytes]:
        """Whole lines in blocks, all but the last one, which stays in ``_last``."""
        rest = b""
        while block := self._file.read(BLOCK_BYTES):
            rest += block
            last = rest.rfind(b"\n", 0, rest.rfind(b"\n")) + 1
            lines, rest = rest[:last], rest[last:]
            if len(rest) > 2 * LINE_BYTES:
                raise ReturnFileRefused("broken_line", "文件中有过长的行。")
            if lines:
                yield lines
        self._last = rest

    def _parsed(self, lines: bytes) -> Answers:
        # One flat list, of which every column is a slice: a third of the time of a tuple each line.
        flat = self._pattern.split(self._decoded(lines))
        width = self._pattern.groups + 1
        if any(flat[::width]):
            raise self._broken(lines, "栏目数、内容或行尾与约定不符")
        self._line_no += len(flat) // width
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

    def _decoded(self, lines: bytes) -> str:
        try:
            text = lines.decode(self.profile.encoding)
        except UnicodeDecodeError as error:
            line = self._line_no + lines[: error.start].count(b"\n") + 1
            raise ReturnFileRefused(
                "unreadable", f"第 {line} 行不是 GB18030 编码，无法读取。", line=line
            ) from None
        if not self._is_gb:
            self._look_for_utf8(lines)
        return text

    def _look_for_utf8(self, lines: bytes) -> None:
        """Chinese in UTF-8 often decodes as GB18030, to other characters."""
        try:
            lines.decode("utf-8")
        except UnicodeDecodeError:
            self._is_gb = True
        else:
            self._seems_utf8 = self._seems_utf8 or bool(UTF8_HAN.search(lines))

    def _require_short(self, names: Sequence[str]) -> None:
        """The pattern counts characters; those of a name may have several bytes."""
        encoding, limit = self.profile.encoding, self.profile.max_bytes["name"]
        if max(map(len, names), default=0) * 4 <= limit:
            return
        for number, name in enumerate(names):
            if len(name) * 4 > limit and len(name.encode(encoding)) > limit:
                line = self._line_no - len(names) + number + 1
                raise ReturnFileRefused("broken_line", f"第 {line} 行有栏目过长。", line=line)

    def _broken(self, lines: bytes, fault: str) -> ReturnFileRefused:
        """Name the first line that is not as agreed."""
        line = self._line_no + 1
        for whole in lines.splitlines(keepends=True) if lines else ():
            if not self._pattern.fullmatch(whole.decode(self.profile.encoding, "replace")):
                break
            line += 1
        return ReturnFileRefused("broken_line", f"第 {line} 行的{fault}。", line=line)

    def _read_head(self, first: bytes) -> ReturnHead:
        values = self._values(first, self.profile.answer.header, line=1)
        money, number = self.profile.money_fen, int
        try:
            return ReturnHead(
                serial=number(values["serial"]),
                batch_no=values["batch_no"],
                part=number(values["part"]),
                count=number(values["count"]),
                paid_count=number(values["paid_count"]),
                paid_fen=money(values["paid_total"]),
                returned_count=number(values["returned_count"]),
                returned_fen=money(values["returned_total"]),
            )
        except ValueError:
            raise ReturnFileRefused(
                "wrong_frame", "首行的序号、笔数或金额无法识别。", line=1
            ) from None

    def _check_end(self, sums: _Sums) -> None:
        line = self._line_no + 1
        values = self._values(self._last, self.profile.answer.trailer, line=line)
        if self._seems_utf8 and not self._is_gb:
            raise ReturnFileRefused("unreadable", "文件是 UTF-8 编码，不是 GB18030。", line=2)
        if self._digest.hexdigest() != values["sha256"]:
            raise ReturnFileRefused("wrong_hash", "内容与末行的校验值不符，文件被改动。", line=line)
        head = self.head
        if not sums.count == head.count == int(values["count"]):
            raise ReturnFileRefused(
                "wrong_count",
                f"首行写{head.count}笔，末行写{values['count']}笔，实有{sums.count}笔。",
                line=line,
            )
        paid = (sums.paid_count, sums.paid_fen) == (head.paid_count, head.paid_fen)
        back = (sums.returned_count, sums.returned_fen) == (head.returned_count, head.returned_fen)
        if not (paid and back):
            side = "失败" if paid else "成功"
            raise ReturnFileRefused("wrong_total", f"首行的{side}合计与明细不符。", line=1)

    def _values(self, line_bytes: bytes, items: Sequence[str], *, line: int) -> dict[str, str]:
        """Match a line against its layout: literals must be the same, fields are given back."""
        where = "首行" if line == 1 else "末行"
        values = _matched(profile=self.profile, line=line_bytes, items=items)
        if values is not None:
            return values
        if not line_bytes.endswith(b"\n") or line > 1:
            raise ReturnFileRefused("truncated", f"文件不完整：{where}残缺。", line=line)
        others = (one for bank in bank_codes(demo=True) for one in profiles_of(bank, demo=True))
        for other in others:
            if other.bank == self.profile.bank:
                continue
            if _matched(profile=other, line=line_bytes, items=other.answer.header) is not None:
                raise ReturnFileRefused("other_bank", f"这是{other.name}的回盘文件。", line=1)
        raise ReturnFileRefused(
            "wrong_frame", f"首行不是{self.profile.name}回盘文件的格式。", line=1
        )


def readers(*, profiles: Sequence[BankProfile], file: BinaryIO) -> Iterator[ReturnReader]:
    """Yield a reader at the file's beginning for each profile whose first line it has.

    Raises:
        ReturnFileRefused: it has that of none; why is said by the first profile.
    """
    refused, fits = None, False
    for profile in profiles:
        file.seek(0)
        try:
            reader = ReturnReader(profile=profile, file=file)
        except ReturnFileRefused as refusal:
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


def _matched(*, profile: BankProfile, line: bytes, items: Sequence[str]) -> dict[str, str] | None:
    try:
        text = line.decode(profile.encoding)
    except UnicodeDecodeError:
        return None
    texts = text.removesuffix(profile.newline).split(profile.separator)
    if not text.endswith(profile.newline) or len(texts) != len(items):
        return None
    pairs = list(zip(map(field_of, items), items, texts, strict=True))
    if any(text != item for field, item, text in pairs if field is None):
        return None
    if any(map(CONTROL.search, texts)):
        return None
    if any(not COUNTER.fullmatch(text) for field, _, text in pairs if field in COUNTERS):
        return None
    return {field: text for field, _, text in pairs if field is not None}


def _detail_pattern(profile: BankProfile) -> re.Pattern[str]:
    """One whole line, a named group for each column."""
    visible = "".join(re.escape(chr(c)) for c in range(33, 127) if chr(c) != profile.separator)
    money = r"[0-9]{1,13}\.[0-9]{2}" if profile.money == YUAN else "[0-9]{1,15}"
    cells = {
        "seq": f"[0-9]{{{profile.width['seq']}}}",
        "ref": "(?:(?P<due_ref>[1-9][0-9]{0,17})-(?P<n>[1-9][0-9]{0,3})"
        f"|(?P<ref>[{visible}]{{1,{profile.max_bytes['ref']}}}))",
        "account": f"(?P<account>[{visible}]{{0,{profile.max_bytes['account']}}})",
        "name": f"(?P<name>[^\x00-\x1f\x7f{re.escape(profile.separator)}]"
        f"{{0,{profile.max_bytes['name']}}})",
        "amount": f"(?P<amount>{money})",
        "code": "(?P<code>[0-9A-Za-z]{1,8})",
    }
    detail = (cells[field] for field in profile.answer.detail_fields)
    line = re.escape(profile.separator).join(detail)
    return re.compile(f"^{line}{re.escape(profile.newline)}", re.MULTILINE)
