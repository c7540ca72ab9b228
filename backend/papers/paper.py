"""What stands on a paper (文书的内容), before anything is known of pages and fonts. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TypeAlias

from backend.kernel.errors import Refusal

NUMBER = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{4,30})[A-Z0-9]", re.ASCII)


class PaperNumberInvalid(Refusal):
    """A paper's number goes into its address: capitals, digits, hyphens (文书编号不正确)."""

    code = "paper_number_invalid"


class Mark(Enum):
    """Why a paper may not be taken for a plain one (标记), and what that means to its reader."""

    UNVERIFIED = (
        "未核实",
        "所用政策数字有的没有核对过原文，只供演示，不能据以领取、支付待遇。",
    )
    DEMO = ("演示", "本文书的人员和数字有的是演示用的虚构内容，没有法律效力。")
    INTERIM = ("预发", "依法先按暂定数字发放；正式数字公布以后重新计算，多退少补。")

    def __init__(self, label: str, meaning: str) -> None:
        self.label = label
        self.meaning = meaning


class Style(Enum):
    """How a piece of text is set (字号)."""

    BODY = "body"
    STRONG = "strong"
    SMALL = "small"  # where the text comes from, never what it says
    AMOUNT = "amount"


class Align(Enum):
    """Where text stands in its cell (对齐)."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True)
class Piece:
    """Text that begins a line of its own."""

    text: str
    style: Style = Style.BODY


@dataclass(frozen=True)
class Field:
    """A label and its value (表格栏目); a wide one takes the whole row."""

    label: str
    value: str
    wide: bool = False
    style: Style = Style.BODY


@dataclass(frozen=True)
class Fields:
    """A form of labels and values (表)."""

    entries: tuple[Field, ...]
    heading: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table; the shares of a table make up its width."""

    title: str
    share: int
    align: Align = Align.LEFT


@dataclass(frozen=True)
class Table:
    """Rows under titles that come again on every page (明细表)."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[tuple[Piece, ...], ...], ...]
    heading: str = ""
    note: str = ""  # small, below the table


@dataclass(frozen=True)
class Paragraphs:
    """Plain sentences (正文)."""

    texts: tuple[str, ...]
    heading: str = ""


Block: TypeAlias = Fields | Table | Paragraphs


@dataclass(frozen=True)
class Signature:
    """Where somebody signs (签名栏): who, what is signed for, who did it already and when."""

    role: str
    name: str = ""
    signed_on: date | None = None
    statement: tuple[str, ...] = ()
    wide: bool = False


@dataclass(frozen=True)
class Paper:
    """A paper of the agency (文书). With an addressee it is a letter, else a form."""

    title: str
    number: str
    agency: str
    issued_on: date
    body: tuple[Block, ...]
    addressee: str = ""
    remedy: tuple[str, ...] = ()  # 救济途径
    signatures: tuple[Signature, ...] = ()
    marks: tuple[Mark, ...] = ()

    def __post_init__(self) -> None:
        if not NUMBER.fullmatch(self.number):
            raise PaperNumberInvalid(
                "文书编号只能是6至32位大写字母、数字和连字符。", number=self.number[:40]
            )
