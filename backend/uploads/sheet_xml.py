"""A sheet as XML (表内容检查): what a reader of values does not show: formulas, hidden, merged.

Walked with expat, which only the standard library's own parser state can exhaust: a document type
ends it at once, so no entity is ever expanded and nothing outside is asked for. The encoding is
UTF-8 whatever the file declares, as for the reader of values after it. Of a sheet's hundred
thousand rows those of the usual shape are recognised by a pattern first and not walked.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from xml.parsers import expat

from backend.uploads.container import BROKEN
from backend.uploads.refused import refused

Attributes = Mapping[str, str]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TRUE = frozenset({"1", "true", "on"})
REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
# Conditions of colours and drop-down lists stand in <f> too, of a namespace of their own.
CONDITION = "http://schemas.microsoft.com/office/excel/2006/main f"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")  # expat follows them against what it is told
STRING_CHARACTERS_MAX = 500

# A row that shows all it holds: its cells in their places from the left, each with a plain value.
# It is recognised as Excel, WPS and XlsxWriter write it; any other row is walked cell by cell.
TEXT = rb"[^<&\x00-\x1f]*+"
HEIGHT_LEAST, WIDTH_LEAST = 6, 1  # points, characters: below it nobody reads what stands there
SIZE_TOLD = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
SIZE = rb"(?:[6-9]|[1-9][0-9]{1,3})(?:\.[0-9]{1,6})?"
ROW_LOOKS = (
    rb'(?: (?:spans="[0-9: ]+"|s="[0-9]+"|customFormat="1"|customHeight="1"|ht="' + SIZE + rb'"'
    rb'|x14ac:dyDescent="[0-9.]+"))*+'
)
CELL = (
    rb'(?:<c r="%s\1"(?: s="[0-9]{1,5}")?(?: t="(?:n|s|b|str|inlineStr)")?(?:/>|>(?:<v>'
    + TEXT
    + rb"</v>|<is><t(?: xml:space=\"preserve\")?>"
    + TEXT
    + rb"</t></is>)?</c>))?+"
)
FULL_ROW = b'<row r="%d"><c r="%s%d"/></row>'  # ends at the last column: no cell may follow


@dataclass(frozen=True)
class Shape:
    """What a sheet may hold: its name, and how far it reaches from A1; at most 26 columns."""

    sheet: str
    columns: int
    rows: int

    @property
    def last_column(self) -> str:
        """The letter of the last column."""
        return LETTERS[self.columns - 1]


def local(name: str) -> str:
    """A name without its namespace: who reads the values looks at no more either."""
    return name.rpartition(" ")[2]


def walk(
    *,
    xml: bytes,
    start: Callable[[str, dict[str, str]], None],
    text: Callable[[str], None] | None = None,
    parted: Callable[..., None] | None = None,
) -> None:
    """Give each element's name and attributes to ``start``, each text to ``text``; what parts a
    text in two, comments and the like, goes to ``parted``.

    Raises:
        SheetRefused: the part is no XML, or has a document type.
    """
    if xml.startswith(UTF16_MARKS):
        raise refused("broken_xml", BROKEN)
    parser = expat.ParserCreate("UTF-8", " ")  # names are "namespace name"
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _no_document_type
    if parted is not None:
        parser.CommentHandler = parser.ProcessingInstructionHandler = parted
        parser.StartCdataSectionHandler = parted
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise refused("broken_xml", BROKEN) from error


def check_plain(*, xml: bytes) -> None:
    """Require well-formed XML without a document type."""
    walk(xml=xml, start=lambda name, attributes: None)


def check_strings(*, xml: bytes) -> None:
    """Require short shared strings: each may be named by every cell of the sheet."""
    length = 0

    def start(name: str, attributes: Attributes) -> None:
        nonlocal length
        if local(name) == "si":
            length = 0

    def text(characters: str) -> None:
        nonlocal length
        length += len(characters)
        if length > STRING_CHARACTERS_MAX:
            raise refused("long_text", f"有单元格的文字超过 {STRING_CHARACTERS_MAX} 个字，请缩短。")

    walk(xml=xml, start=start, text=text, parted=_no_parts)


def check_sheet(*, xml: bytes, shape: Shape) -> None:
    """Require visible plain values within ``shape``, each in its place.

    Raises:
        SheetRefused: with the first row and column that hold anything else.
    """
    _require_utf8(xml)
    walk(xml=_without_plain_rows(xml, shape), start=_SheetCheck(shape).start, parted=_no_parts)


def _without_plain_rows(xml: bytes, shape: Shape) -> bytes:
    """Leave of each run of plain rows its first and its last: where it stands is still checked."""
    last_column = shape.last_column.encode()
    kept: list[bytes] = []
    first = last = end = 0
    for row in _plain_row(shape.columns).finditer(xml):
        number = int(row[1])
        if row.start() != end or number != last + 1:
            kept += (*_marks(first, last, last_column), xml[end : row.start()])
            first = number
        last, end = number, row.end()
    return b"".join((*kept, *_marks(first, last, last_column), xml[end:]))


def _marks(first: int, last: int, column: bytes) -> Iterator[bytes]:
    """The first and the last row of a run, empty but for the last column; of no run none."""
    return (FULL_ROW % (number, column, number) for number in sorted({first, last} - {0}))


@cache
def _plain_row(columns: int) -> re.Pattern[bytes]:
    """A whole row of the usual shape; its number is group 1."""
    cells = b"".join(CELL % letter.encode() for letter in LETTERS[:columns])
    return re.compile(rb'<row r="([1-9][0-9]{0,6})"' + ROW_LOOKS + rb">" + cells + rb"</row>")


def _require_utf8(xml: bytes) -> None:
    """What is recognised by a pattern is not seen by expat any more."""
    try:
        xml.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused("broken_xml", BROKEN) from error


def _no_document_type(*_: object) -> None:
    raise refused("document_type", "文件内含有不允许的 XML 声明，请用 Excel 或 WPS 重新保存。")


def _no_parts(*_: object) -> None:
    """Who reads the values may see of a value in parts only the first."""
    raise refused("comment", "文件的内容里夹有注释，请用 Excel 或 WPS 重新保存。")


class _SheetCheck:
    """Where the walk through a sheet is; cells come by the million."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._allowed = LETTERS[: shape.columns]
        self._row: str | None = None
        self._row_number = 0
        self._reference = ""
        self._acts: dict[str, Callable[[Attributes], None]] = {
            "c": self._on_cell,
            "row": self._on_row,
            "col": self._on_col,
            "f": self._on_formula,
            "mergeCell": self._on_merge,
            "sheetFormatPr": self._on_format,
        }
        self._acts_by_name: dict[str, Callable[[Attributes], None]] = {CONDITION: _nothing}

    def start(self, name: str, attributes: Attributes) -> None:
        act = self._acts_by_name.get(name)
        if act is None:
            act = self._acts_by_name[name] = self._acts.get(local(name), _nothing)
        act(attributes)

    def _on_cell(self, attributes: Attributes) -> None:
        reference = attributes.get("r", "")
        # In its own row, right of the cell before it, within the shape.
        if (
            reference[1:] != self._row
            or reference[0] not in self._allowed
            or reference[0] <= self._reference[:1]
        ):
            self._misplaced(reference)
        if self._row_number > self._shape.rows:
            raise refused(
                "too_many_rows", f"超过 {self._shape.rows} 行，请分开申报。", row=self._row_number
            )
        self._reference = reference
        if attributes.get("t") == "e":
            raise refused(
                "error_value",
                "单元格是错误值（如 #REF!）。",
                row=self._row_number,
                column=reference[0],
            )

    def _misplaced(self, reference: str) -> None:
        found = REFERENCE.fullmatch(reference)
        if found and found[2] == self._row and (len(found[1]) > 1 or found[1] > self._allowed[-1]):
            raise refused(
                "extra_column",
                f"表样只到 {self._allowed[-1]} 列，多出的列（含只有格式的列）请整列删除。",
                row=self._row_number,
                column=found[1],
            )
        raise refused(
            "no_reference",
            "单元格没有标明位置或位置错乱，请用 Excel 或 WPS 重新保存。",
            row=self._row_number or None,
        )

    def _on_row(self, attributes: Attributes) -> None:
        row = attributes.get("r", "")
        if not (row.isascii() and row.isdigit() and len(row) <= 7 and int(row) > self._row_number):
            raise refused("no_reference", "行没有标明位置或次序错乱，请用 Excel 或 WPS 重新保存。")
        self._row, self._row_number, self._reference = row, int(row), ""
        if attributes.get("hidden") in TRUE or _is_below(HEIGHT_LEAST, attributes.get("ht")):
            raise refused(
                "hidden_row", "是隐藏行，请取消隐藏或筛选后再上传。", row=self._row_number
            )

    def _on_col(self, attributes: Attributes) -> None:
        first = max(1, _number(attributes.get("min"), unknown=1))
        last = _number(attributes.get("max"), unknown=first)
        width = attributes.get("width")
        hidden = attributes.get("hidden") in TRUE or _is_below(WIDTH_LEAST, width)
        if hidden and first <= min(last, self._shape.columns):
            raise refused(
                "hidden_column", "是隐藏列，请取消隐藏后再上传。", column=LETTERS[first - 1]
            )

    def _on_formula(self, _: Attributes) -> None:
        raise refused(
            "formula",
            "单元格是公式，请用“选择性粘贴—数值”改为数值。",
            row=self._row_number,
            column=self._reference[:1],
        )

    def _on_merge(self, attributes: Attributes) -> None:
        found = REFERENCE.match(attributes.get("ref", ""))
        raise refused(
            "merged",
            "有合并单元格，请取消合并。",
            row=int(found[2]) if found else None,
            column=found[1] if found else None,
        )

    def _on_format(self, attributes: Attributes) -> None:
        height, width = (attributes.get(f"default{size}") for size in ("RowHeight", "ColWidth"))
        if attributes.get("zeroHeight") in TRUE or _is_below(HEIGHT_LEAST, height):
            raise refused("hidden_row", "表中的行默认隐藏，请取消隐藏后再上传。")
        if _is_below(WIDTH_LEAST, width) or _is_below(1, attributes.get("baseColWidth")):
            raise refused("hidden_column", "表中的列默认隐藏，请取消隐藏后再上传。")


def _nothing(_: Attributes) -> None:
    """Most elements hold values or looks."""


def _number(told: str | None, *, unknown: int) -> int:
    """The number of a column; ``unknown`` where none is told."""
    if told is None or not (told.isascii() and told.isdigit() and len(told) < 6):
        return unknown
    return int(told)


def _is_below(least: int, size: str | None) -> bool:
    """Tell whether a height or width (xsd:double) leaves nothing to see; one that cannot be told
    does, too."""
    if size is None:
        return False
    told = SIZE_TOLD.fullmatch(size)
    return told is None or Decimal(size) < least
