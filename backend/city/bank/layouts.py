"""The two layouts of bank files: how an instruction is read and a return is written (文件格式)."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from backend.city.bank.accounts import Answer

REGION = "340800"
YUAN = re.compile(r"[0-9]{1,13}\.[0-9]{2}", re.ASCII)
FEN = re.compile(r"[0-9]{1,15}", re.ASCII)
COUNT = re.compile(r"[0-9]{1,8}", re.ASCII)
REF_MOST, ACCOUNT_MOST, NAME_MOST, BATCH_NO_MOST = 24, 32, 120, 40
NAME_SURE = NAME_MOST // 4  # no character of GB18030 has more than four bytes


class MalformedError(Exception):
    """The file is refused whole; ``line`` is counted from 1."""

    def __init__(self, code: str, reason: str, line: int = 1) -> None:
        super().__init__(f"{code} 第{line}行:{reason}")
        self.code = code


class Header(NamedTuple):
    """The first line of an instruction."""

    serial: str
    batch_no: str
    lines: int
    fen: int


class Line(NamedTuple):
    """One payment, as instructed or as answered."""

    seq: int
    ref: str
    account: str
    name: str
    fen: int
    answer: Answer = Answer.PAID


@dataclass(frozen=True)
class Totals:
    """What the head of a return says of its lines."""

    count: int = 0
    paid: int = 0
    paid_fen: int = 0
    returned: int = 0
    returned_fen: int = 0

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "Totals":
        """Count ``lines`` once."""
        paid = [line.fen for line in lines if line.answer is Answer.PAID]
        paid_fen, all_fen = sum(paid), sum(line.fen for line in lines)
        returned = len(lines) - len(paid)
        return cls(len(lines), len(paid), paid_fen, returned, all_fen - paid_fen)

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.count + other.count,
            self.paid + other.paid,
            self.paid_fen + other.paid_fen,
            self.returned + other.returned,
            self.returned_fen + other.returned_fen,
        )


class Layout(ABC):
    """One bank's way to write."""

    bank: ClassVar[str]
    name_pattern: ClassVar[re.Pattern[str]]
    separator: ClassVar[str]
    newline: ClassVar[str]
    fields: ClassVar[int] = 6
    codes: ClassVar[dict[Answer, str]]

    def split(self, text: str, fields: int, line: int) -> list[str]:
        """The fields of one line.

        Raises:
            MalformedError: when there are not exactly so many.
        """
        found = text.split(self.separator)
        if len(found) != fields:
            raise MalformedError("FIELDS", f"应有{fields}个字段,实有{len(found)}个", line)
        return found

    @abstractmethod
    def header(self, text: str) -> Header:
        """Read the first line."""

    @abstractmethod
    def line(self, text: str, number: int) -> Line:
        """Read one payment; ``number`` is its line in the file."""

    @abstractmethod
    def trailer(self, text: str, number: int) -> tuple[int, int, str]:
        """Read the last line: count, total in fen, digest."""

    @abstractmethod
    def return_name(self, serial: str, part: int) -> str:
        """The name of a return file."""

    @abstractmethod
    def return_header(self, header: Header, part: int, totals: Totals) -> str:
        """The first line of a return."""

    @abstractmethod
    def return_line(self, line: Line) -> str:
        """One answered payment."""

    @abstractmethod
    def return_trailer(self, count: int, digest: str) -> str:
        """The last line of a return."""

    def checked(self, line: Line, number: int) -> Line:
        """The line, when its fields have the agreed lengths and an amount above nothing."""
        _, ref, account, name, fen, _ = line
        if not (0 < len(ref) <= REF_MOST and ref.isascii()):
            raise MalformedError("REF", "明细编号应为1至24个ASCII字符", number)
        if len(account) > ACCOUNT_MOST or not (account.isascii() or _fits(account)):
            raise MalformedError("ACCOUNT", "账号超过32字节", number)
        if not name or (len(name) > NAME_SURE and len(name.encode("gb18030")) > NAME_MOST):
            raise MalformedError("NAME", "户名为空或超过120字节", number)
        if fen <= 0:
            raise MalformedError("AMOUNT", "金额必须大于零", number)
        return line


class NsbLayout(Layout):
    """Profile A: upright lines, CR LF, yuan with two decimals."""

    bank = "NSB"
    name_pattern = re.compile(r"DF340800NSB([0-9]{8})\.txt")
    separator = "|"
    newline = "\r\n"
    codes: ClassVar[dict[Answer, str]] = {
        Answer.PAID: "0000",
        Answer.NO_ACCOUNT: "3009",
        Answer.LOST: "3016",
        Answer.FROZEN: "3017",
        Answer.CLOSED: "3018",
        Answer.OTHER_NAME: "3031",
        Answer.DORMANT: "3034",
        Answer.DUPLICATE: "3099",
    }

    def header(self, text: str) -> Header:
        """``H|1.0|340800|NSB|serial|batch_no|date|count|total``."""
        kind, version, region, bank, serial, batch_no, day, count, total = self.split(text, 9, 1)
        if (kind, version, region, bank) != ("H", "1.0", REGION, self.bank):
            raise MalformedError("HEADER", "文件头不是本行的代发文件")
        return _header(serial, batch_no, day, _count(count, 1), _yuan(total, 1))

    def line(self, text: str, number: int) -> Line:
        """``seq|ref|account|name|amount|purpose``."""
        seq, ref, account, name, amount, _ = self.split(text, self.fields, number)
        return self.checked(
            Line(_seq(seq, number), ref, account, name, _yuan(amount, number)), number
        )

    def trailer(self, text: str, number: int) -> tuple[int, int, str]:
        """``T|count|total|sha256``."""
        kind, count, total, digest = self.split(text, 4, number)
        if kind != "T":
            raise MalformedError("TRUNCATED", "最后一行不是文件尾", number)
        return _count(count, number), _yuan(total, number), digest

    def return_name(self, serial: str, part: int) -> str:
        """``HP340800NSB<serial>_<nn>.txt``."""
        return f"HP{REGION}{self.bank}{serial}_{part:02d}.txt"

    def return_header(self, header: Header, part: int, totals: Totals) -> str:
        """``R|1.0|340800|NSB|serial|batch_no|nn|count|paid|total|returned|total``."""
        return (
            f"R|1.0|{REGION}|{self.bank}|{header.serial}|{header.batch_no}|{part:02d}"
            f"|{totals.count}|{totals.paid}|{_in_yuan(totals.paid_fen)}"
            f"|{totals.returned}|{_in_yuan(totals.returned_fen)}\r\n"
        )

    def return_line(self, line: Line) -> str:
        """``seq|ref|account|name|amount|code``; closed accounts have two codes."""
        code = self.codes[line.answer]
        if line.answer is Answer.CLOSED and line.seq % 2:
            code = "3039"
        amount = f"{line.fen // 100}.{line.fen % 100:02d}"
        return f"{line.seq:08d}|{line.ref}|{line.account}|{line.name}|{amount}|{code}\r\n"

    def return_trailer(self, count: int, digest: str) -> str:
        """``T|count|sha256``."""
        return f"T|{count}|{digest}\r\n"


class CsbLayout(Layout):
    """Profile B: tabs, LF, whole fen."""

    bank = "CSB"
    name_pattern = re.compile(r"PAY_CSB_340800_([0-9]{8})\.dat")
    separator = "\t"
    newline = "\n"
    codes: ClassVar[dict[Answer, str]] = {
        Answer.PAID: "S",
        Answer.NO_ACCOUNT: "E01",
        Answer.CLOSED: "E02",
        Answer.FROZEN: "E03",
        Answer.LOST: "E04",
        Answer.OTHER_NAME: "E05",
        Answer.DORMANT: "E06",
        Answer.DUPLICATE: "E99",
    }

    def header(self, text: str) -> Header:
        """``BATCH 340800 CSB serial batch_no date count total``."""
        kind, region, bank, serial, batch_no, day, count, total = self.split(text, 8, 1)
        if (kind, region, bank) != ("BATCH", REGION, self.bank):
            raise MalformedError("HEADER", "文件头不是本行的代发文件")
        return _header(serial, batch_no, day, _count(count, 1), _fen(total, 1))

    def line(self, text: str, number: int) -> Line:
        """``ref name account fen seq purpose``."""
        ref, name, account, amount, seq, _ = self.split(text, self.fields, number)
        return self.checked(
            Line(_seq(seq, number), ref, account, name, _fen(amount, number)), number
        )

    def trailer(self, text: str, number: int) -> tuple[int, int, str]:
        """``END count total sha256``."""
        kind, count, total, digest = self.split(text, 4, number)
        if kind != "END":
            raise MalformedError("TRUNCATED", "最后一行不是文件尾", number)
        return _count(count, number), _fen(total, number), digest

    def return_name(self, serial: str, part: int) -> str:
        """``RES_CSB_340800_<serial>_<nn>.dat``."""
        return f"RES_{self.bank}_{REGION}_{serial}_{part:02d}.dat"

    def return_header(self, header: Header, part: int, totals: Totals) -> str:
        """``RESULT 340800 CSB serial batch_no nn count paid fen returned fen``."""
        return (
            f"RESULT\t{REGION}\t{self.bank}\t{header.serial}\t{header.batch_no}\t{part:02d}"
            f"\t{totals.count}\t{totals.paid}\t{totals.paid_fen}"
            f"\t{totals.returned}\t{totals.returned_fen}\n"
        )

    def return_line(self, line: Line) -> str:
        """``ref seq account name fen code``."""
        code = self.codes[line.answer]
        return f"{line.ref}\t{line.seq:08d}\t{line.account}\t{line.name}\t{line.fen}\t{code}\n"

    def return_trailer(self, count: int, digest: str) -> str:
        """``END count sha256``."""
        return f"END\t{count}\t{digest}\n"


LAYOUTS: dict[str, Layout] = {"NSB": NsbLayout(), "CSB": CsbLayout()}


def _header(serial: str, batch_no: str, day: str, count: int, fen: int) -> Header:
    if not re.fullmatch("[0-9]{8}", serial, re.ASCII):
        raise MalformedError("SERIAL", "批次序号应为8位数字")
    if not re.fullmatch("[0-9]{8}", day, re.ASCII):
        raise MalformedError("DATE", "发放日期应为8位数字")
    if not (0 < len(batch_no) <= BATCH_NO_MOST and batch_no.isascii()):
        raise MalformedError("BATCH_NO", "批次号应为1至40个ASCII字符")
    return Header(serial, batch_no, count, fen)


def _fits(account: str) -> bool:
    return len(account.encode("gb18030")) <= ACCOUNT_MOST


def _seq(text: str, line: int) -> int:
    """The payments are numbered from 1, without gaps, in eight digits."""
    due = line - 1
    if text != f"{due:08d}":
        raise MalformedError("SEQ", f"明细序号不连续,应为{due:08d}", line)
    return due


def _count(text: str, line: int) -> int:
    if not COUNT.fullmatch(text):
        raise MalformedError("COUNT", "笔数格式不正确", line)
    return int(text)


def _yuan(text: str, line: int) -> int:
    if not YUAN.fullmatch(text):
        raise MalformedError("AMOUNT", "金额应为两位小数的元", line)
    return int(text[:-3] + text[-2:])


def _fen(text: str, line: int) -> int:
    if not FEN.fullmatch(text):
        raise MalformedError("AMOUNT", "金额应为整数分", line)
    return int(text)


def _in_yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
