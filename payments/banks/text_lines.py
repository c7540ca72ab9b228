"""Files of lines (行式文件), cells between separators or of fixed bytes: written and cut. Pure.

The last line carries the SHA-256 of all bytes before it: not one bit of a file can change unseen.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from struct import Struct
from typing import BinaryIO

from payments.banks.form import CONTROL, Form, Layout, field_of, is_counter, is_number
from payments.banks.refusal import BankFileRefused

BLOCK_BYTES = 1 << 20
LINE_BYTES = 4096
UTF8_MARK, GB18030_MARK = b"\xef\xbb\xbf", b"\x84\x31\x95\x33"
UTF8_HAN = re.compile(rb"[\xe3-\xe9][\x80-\xbf][\x80-\xbf]")
COUNTER = re.compile("[0-9]{1,12}", re.ASCII)
CELL, LINE = "\x1f", "\n"  # where a file has no separators of its own
BLANK = " "


class DelimitedPen:
    """Writes lines of cells with separators between them."""

    def __init__(self, *, form: Form, layout: Layout) -> None:
        self._form, self._layout = form, layout

    def opening(self, values: Mapping[str, str]) -> bytes:
        """The first line."""
        return self._line(self._layout.header, values)

    def lines(self, columns: Sequence[Iterable[str]]) -> bytes:
        """Many lines, from the columns of the detail's fields."""
        newline = self._form.newline
        lines = map(self._form.separator.join, zip(*columns, strict=False))
        return (newline.join(lines) + newline).encode(self._form.encoding)

    def closing(self, values: Mapping[str, str]) -> bytes:
        """The last line."""
        return self._line(self._layout.trailer, values)

    def carries(self, texts: str) -> bool:
        """Whether nothing in a text, or in many put together, can stand in the way."""
        return self._form.separator not in texts

    def fault(self, text: str) -> str | None:
        """Why a text without control characters cannot be a cell."""
        return None if self.carries(text) else "含有分隔符或控制字符，不能写入银行文件"

    def _line(self, items: Sequence[str], values: Mapping[str, str]) -> bytes:
        texts = [values[field] if (field := field_of(item)) else item for item in items]
        return (self._form.separator.join(texts) + self._form.newline).encode(self._form.encoding)


class FixedPen:
    """Writes lines of cells that have so many bytes each: no character is ever cut."""

    def __init__(self, *, form: Form, layout: Layout) -> None:
        self._form, self._layout = form, layout

    def opening(self, values: Mapping[str, str]) -> bytes:
        """The first line."""
        return self._line(self._layout.header, values)

    def lines(self, columns: Sequence[Iterable[str]]) -> bytes:
        """Many lines, from the columns of the detail's fields."""
        items = self._layout.detail
        cells = [self._column(item, texts) for item, texts in zip(items, columns, strict=True)]
        end = self._form.newline.encode()
        return b"".join(b"".join(line) + end for line in zip(*cells, strict=False))

    def closing(self, values: Mapping[str, str]) -> bytes:
        """The last line."""
        return self._line(self._layout.trailer, values)

    def carries(self, texts: str) -> bool:
        """Whether nothing in a text, or in many put together, can stand in the way."""
        return BLANK not in texts

    def fault(self, text: str) -> str | None:
        """Why a text without control characters cannot be a cell: its blanks are the padding's."""
        return None if text == text.strip(BLANK) else "首尾有空格，定长文件分不出来"

    def _line(self, items: Sequence[str], values: Mapping[str, str]) -> bytes:
        texts = [values[field] if (field := field_of(item)) else item for item in items]
        cells = map(self._cell, items, texts)
        return b"".join(cells) + self._form.newline.encode()

    def _column(self, item: str, texts: Iterable[str]) -> Iterator[bytes]:
        return (self._cell(item, text) for text in texts)

    def _cell(self, item: str, text: str) -> bytes:
        field, cell = field_of(item), text.encode(self._form.encoding)
        if field is None:
            return cell
        size = self._form.cell_bytes(field)
        if len(cell) > size:
            raise ValueError(f"{field} takes {len(cell)} bytes of {size}")
        return cell.rjust(size, b"0") if is_number(field) else cell.ljust(size)


class LineReading:
    """A file of lines being cut: its ``opening`` at once, then ``blocks`` of text whose cells and
    lines end with ``joint`` and ``end``, then its ``closing``.

    Raises:
        BankFileRefused: anywhere on the way; nothing that was read before counts then.
    """

    def __init__(self, *, form: Form, layout: Layout, file: BinaryIO, called: str) -> None:
        self.form, self.layout, self.called = form, layout, called
        self.joint, self.end = form.separator, form.newline
        self.line = 1  # the last one that was read
        self._file = file
        self._last = b""
        self._is_gb = form.encoding == "utf-8"
        self._seems_utf8 = False
        first = file.readline(LINE_BYTES)
        if not first:
            raise BankFileRefused("empty", "文件是空的。", line=1)
        if first.startswith((UTF8_MARK, GB18030_MARK)):
            raise BankFileRefused("byte_mark", "文件开头有多余的编码标记(BOM)。", line=1)
        self._digest = hashlib.sha256(first)
        self.opening = self._values(first, "header", line=1)

    def blocks(self) -> Iterator[str]:
        """Whole lines, many at a time, all but the first and the last one."""
        for lines in self._whole_lines():
            text = self._text(lines)
            self._digest.update(lines)
            yield text
            self.line += text.count("\n")

    def closing(self) -> dict[str, str]:
        """What the last line says, when it belongs to all before it."""
        line = self.line + 1
        values = self._values(self._last, "trailer", line=line)
        if self._seems_utf8 and not self._is_gb:
            raise BankFileRefused("unreadable", "文件是 UTF-8 编码，不是 GB18030。", line=2)
        if self._digest.hexdigest() != values["sha256"]:
            raise BankFileRefused("wrong_hash", "内容与末行的校验值不符，文件被改动。", line=line)
        return values

    def _whole_lines(self) -> Iterator[bytes]:
        """Whole lines in blocks, all but the last one, which stays in ``_last``."""
        rest = b""
        while block := self._file.read(BLOCK_BYTES):
            rest += block
            last = rest.rfind(b"\n", 0, rest.rfind(b"\n")) + 1
            lines, rest = rest[:last], rest[last:]
            if len(rest) > 2 * LINE_BYTES:
                raise BankFileRefused("broken_line", "文件中有过长的行。")
            if lines:
                yield lines
        self._last = rest

    def _text(self, lines: bytes) -> str:
        try:
            text = lines.decode(self.form.encoding)
        except UnicodeDecodeError as error:
            raise self._unreadable(self.line + lines[: error.start].count(b"\n") + 1) from None
        self._look_for_utf8(lines)
        return text

    def _unreadable(self, line: int) -> BankFileRefused:
        name = self.form.encoding.upper()
        return BankFileRefused("unreadable", f"第 {line} 行不是 {name} 编码，无法读取。", line=line)

    def _look_for_utf8(self, lines: bytes) -> None:
        """Chinese in UTF-8 often decodes as GB18030, to other characters."""
        if self._is_gb:
            return
        try:
            lines.decode("utf-8")
        except UnicodeDecodeError:
            self._is_gb = True
        else:
            self._seems_utf8 = self._seems_utf8 or bool(UTF8_HAN.search(lines))

    def _values(self, line_bytes: bytes, kind: str, *, line: int) -> dict[str, str]:
        """Match a line against its layout: literals must be the same, fields are given back."""
        values = self._matched(line_bytes, self.layout.items(kind))
        if values is not None:
            return values
        if not line_bytes.endswith(b"\n") or line > 1:
            where = "首行" if line == 1 else "末行"
            raise BankFileRefused("truncated", f"文件不完整：{where}残缺。", line=line)
        raise BankFileRefused(
            "wrong_frame", f"首行不是{self.form.name}{self.called}的格式。", line=1
        )

    def _matched(self, line: bytes, items: Sequence[str]) -> dict[str, str] | None:
        try:
            texts = self._cells(line, items)
        except UnicodeDecodeError:
            return None
        if texts is None or any(map(CONTROL.search, texts)):
            return None
        pairs = list(zip(map(field_of, items), items, texts, strict=True))
        if any(text != item for field, item, text in pairs if field is None):
            return None
        if any(f and is_counter(f) and not COUNTER.fullmatch(text) for f, _, text in pairs):
            return None
        return {field: text for field, _, text in pairs if field is not None}

    def _cells(self, line: bytes, items: Sequence[str]) -> list[str] | None:
        text = line.decode(self.form.encoding)
        texts = text.removesuffix(self.form.newline).split(self.form.separator)
        return texts if text.endswith(self.form.newline) and len(texts) == len(items) else None


class FixedReading(LineReading):
    """A file whose cells have so many bytes each."""

    def __init__(self, *, form: Form, layout: Layout, file: BinaryIO, called: str) -> None:
        self._struct = Struct("".join(f"{size}s" for size in _sizes(form, layout.detail)))
        super().__init__(form=form, layout=layout, file=file, called=called)
        self.joint, self.end = CELL, LINE

    def _text(self, lines: bytes) -> str:
        size, newline = self._struct.size, self.form.newline.encode()
        if len(lines) % size or lines.count(newline) * size != len(lines):
            raise self._broken(lines)
        self._look_for_utf8(lines)
        *columns, ends = zip(*self._struct.iter_unpack(lines), strict=True)
        if set(ends) != {newline}:
            raise self._broken(lines)
        cells = [
            self._column(item, column)
            for item, column in zip(self.layout.detail, columns, strict=True)
        ]
        texts = [texts for texts in cells if texts is not None]
        return LINE.join(map(CELL.join, zip(*texts, strict=True))) + LINE

    def _column(self, item: str, column: Sequence[bytes]) -> list[str] | None:
        """One place of all lines; None where the layout has a literal."""
        field = field_of(item)
        if field is None:
            for number, cell in enumerate(column):
                if cell != item.encode():
                    raise self._as_agreed(self.line + number + 1)
            return None
        together = b"\n".join(column)
        try:
            texts = together.decode(self.form.encoding).split("\n")
        except UnicodeDecodeError as error:  # also where a character is cut in two
            raise self._unreadable(self.line + together[: error.start].count(b"\n") + 1) from None
        if len(texts) != len(column):
            raise BankFileRefused("broken_line", "有栏目含有换行符。")
        return texts if is_number(field) else [text.rstrip(BLANK) for text in texts]

    def _cells(self, line: bytes, items: Sequence[str]) -> list[str] | None:
        whole = Struct("".join(f"{size}s" for size in _sizes(self.form, items)))
        if len(line) != whole.size:
            return None
        *cells, end = whole.unpack(line)
        if end != self.form.newline.encode():
            return None
        return [
            cell.decode(self.form.encoding)
            if (field := field_of(item)) is None or is_number(field)
            else cell.decode(self.form.encoding).rstrip(BLANK)
            for item, cell in zip(items, cells, strict=True)
        ]

    def _broken(self, lines: bytes) -> BankFileRefused:
        sizes = [len(line) + 1 for line in lines.split(b"\n")]
        odd = [number for number, size in enumerate(sizes) if size != self._struct.size]
        return self._as_agreed(self.line + odd[0] + 1)

    def _as_agreed(self, line: int) -> BankFileRefused:
        fault = f"第 {line} 行的长度、固定内容或行尾与约定不符。"
        return BankFileRefused("broken_line", fault, line=line)


def _sizes(form: Form, items: Sequence[str]) -> list[int]:
    """The bytes of each cell, and of the line's end."""
    cells = [
        form.cell_bytes(field) if (field := field_of(item)) else len(item.encode())
        for item in items
    ]
    return [*cells, len(form.newline)]
