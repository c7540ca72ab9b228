"""XML messages (XML 报文), one element for each line: put together and cut. Pure.

Nothing is resolved: a document type, an entity, a reference to elsewhere is refused. What is not
described is refused too. The last elements carry the SHA-256 of all bytes before them.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from payments.banks.form import CONTROL, Form, Layout, field_of, is_counter
from payments.banks.refusal import BankFileRefused
from payments.banks.text_lines import CELL, COUNTER, GB18030_MARK, LINE, UTF8_MARK

PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n'
PROLOG_READ = re.compile(
    rb"<\?xml version=(\"1\.0\"|'1\.0')( encoding=(\"UTF-8\"|'UTF-8'|\"utf-8\"|'utf-8'))?"
    rb"( standalone=(\"yes\"|'yes'))?\s*\?>"
)
START_BYTES, END_BYTES, BLOCK_BYTES = 4096, 4096, 1 << 20
SILENT_BYTES = 1 << 20  # without any element that ends
DEEPEST = 16
LINES_AT_ONCE = 5_000
SEGMENT = re.compile(r"([A-Za-z0-9]+)(?:#[2-9])?(?:@([A-Za-z]+):([A-Za-z0-9]+))?")
HOLE = "\x00"  # in no XML
NONCHARACTERS = re.compile("[\ufffe\uffff\ud800-\udfff]")


class XmlPen:
    """Writes a message: what is said once, the elements of the lines, what ends it."""

    def __init__(self, *, form: Form, layout: Layout) -> None:
        self._layout = layout
        self._root = tuple(layout.root.split("/"))
        self._inside = (*self._root, *layout.element.split("/")[:-1])
        self._line = self._written(layout.detail, self._placed("detail"), self._inside) + LINE

    def opening(self, values: Mapping[str, str]) -> bytes:
        """The prolog, and all before the first line."""
        written = self._written(self._layout.header, self._placed("header"), ())
        first = f"<{self._root[0]}"
        written = written.replace(first, f'{first} xmlns="{self._layout.namespace}"', 1)
        return (PROLOG + _filled(written, self._layout.header, values) + LINE).encode()

    def lines(self, columns: Sequence[Iterable[str]]) -> bytes:
        """Many lines, from the columns of the detail's items."""
        escaped = [map(escape, column) for column in columns]
        return "".join(self._line % line for line in zip(*escaped, strict=False)).encode()

    def closing(self, values: Mapping[str, str]) -> bytes:
        """All behind the last line."""
        written = self._written(self._layout.trailer, self._placed("trailer"), self._inside, ())
        return (_filled(written, self._layout.trailer, values) + LINE).encode()

    def carries(self, texts: str) -> bool:
        """Whether nothing in a text, or in many put together, can stand in the way."""
        return not NONCHARACTERS.search(texts)

    def fault(self, text: str) -> str | None:
        """Why a text without control characters cannot be in a message."""
        return None if self.carries(text) else "含有 XML 不能写的字符"

    def _placed(self, kind: str) -> list[tuple[str, ...]]:
        return [(*self._root, *path.split("/")) for path in self._layout.where[kind]]

    def _written(
        self,
        items: Sequence[str],
        paths: Sequence[Sequence[str]],
        start: Sequence[str],
        end: Sequence[str] | None = None,
    ) -> str:
        """The elements of these items, with ``%s`` for each text, begun and left where it says."""
        at = list(start)
        parts: list[str] = []
        for path in paths:
            parts += [*_steps(at, path[:-1]), f"<{_named(path[-1], True)}>%s</{_named(path[-1])}>"]
            at = list(path[:-1])
        return "".join([*parts, *_steps(at, self._inside if end is None else end)])


class XmlReading:
    """A message being cut: its ``opening`` at once, then ``blocks`` of text whose cells and lines
    end with ``joint`` and ``end``, then its ``closing``.

    Raises:
        BankFileRefused: anywhere on the way; nothing that was read before counts then.
    """

    joint, end = CELL, LINE

    def __init__(self, *, form: Form, layout: Layout, file: BinaryIO, called: str) -> None:
        self.form, self.layout = form, layout
        self.line = 0  # of the elements that were read
        self._refuse_other(file.read(START_BYTES), called)
        self._said = _intact(file, XmlPen(form=form, layout=layout), layout)
        file.seek(0)
        self._records = _records(file, layout)
        kind, found = next(self._records)
        self.opening = self._values(kind, found)

    def blocks(self) -> Iterator[str]:
        """The lines, many at a time; the record behind them is kept for the end."""
        more = True
        while more:
            lines: list[str] = []
            for kind, found in self._records:
                if kind == "trailer":
                    self._require_same(self._values(kind, found))
                    more = False
                    break
                lines.append(CELL.join(self._cells(found, self.line + len(lines) + 1)))
                if len(lines) == LINES_AT_ONCE:
                    break
            if lines:
                yield LINE.join(lines) + LINE
                self.line += len(lines)

    def closing(self) -> dict[str, str]:
        """What the last elements say, which belong to all before them."""
        return self._said

    def _refuse_other(self, start: bytes, called: str) -> None:
        if not start:
            raise BankFileRefused("empty", "文件是空的。", line=1)
        if start.startswith((UTF8_MARK, GB18030_MARK)):
            raise BankFileRefused("byte_mark", "文件开头有多余的编码标记(BOM)。", line=1)
        if self.layout.namespace.encode() not in start:
            text = f"首行不是{self.form.name}{called}的格式。"
            raise BankFileRefused("wrong_frame", text, line=1)
        if not PROLOG_READ.match(start):
            text = "文件开头不是 UTF-8 编码的 XML 声明。"
            raise BankFileRefused("unreadable", text, line=1)

    def _values(self, kind: str, found: Mapping[str, str]) -> dict[str, str]:
        """What stands in the elements of one kind: all of them, and none besides."""
        items = dict(zip(self.layout.where[kind], self.layout.items(kind), strict=True))
        wrong = [path for path in items.keys() | found.keys() if _differs(path, items, found)]
        if wrong:
            raise BankFileRefused("wrong_frame", f"{min(wrong)} 缺少、多余或与约定不符。")
        values = {f: found[path] for path, item in items.items() if (f := field_of(item))}
        for field, text in values.items():
            if CONTROL.search(text) or (is_counter(field) and not COUNTER.fullmatch(text)):
                raise BankFileRefused("wrong_frame", f"{field} 的内容无法识别。")
        return values

    def _cells(self, found: Mapping[str, str], line: int) -> list[str]:
        """The fields of a line in their order; an empty one may be left out."""
        items = dict(zip(self.layout.where["detail"], self.layout.detail, strict=True))
        strange = found.keys() - items.keys()
        if strange:
            text = f"第 {line} 笔有未约定的内容 {min(strange)}。"
            raise BankFileRefused("broken_line", text, line=line)
        for path, item in items.items():
            if field_of(item) is None and found.get(path) != item:
                text = f"第 {line} 笔的 {path} 与约定不符。"
                raise BankFileRefused("broken_line", text, line=line)
        return [found.get(path, "") for path, item in items.items() if field_of(item)]

    def _require_same(self, said: Mapping[str, str]) -> None:
        if said != self._said:
            raise BankFileRefused("truncated", "文件不完整：末尾残缺。")


class _Metered:
    """A file of which only so much is read before an element ends."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.silent = 0

    def read(self, size: int = -1, /) -> bytes:
        """As a file does."""
        if self.silent > SILENT_BYTES:
            raise BankFileRefused("broken_line", "文件中有过长的内容。")
        block = self._file.read(size)
        self.silent += len(block)
        return block


def _records(file: BinaryIO, layout: Layout) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the header, each detail and the trailer, as texts by path below the root.

    Raises:
        BankFileRefused: it is no such message.
    """
    try:
        yield from _walked(_Metered(file), layout)
    except DefusedXmlException:
        text = "文件含有文档类型或实体声明，可能夹带外部内容，一律拒收。"
        raise BankFileRefused("forbidden", text) from None
    except (ParseError, UnicodeDecodeError) as error:
        raise BankFileRefused("unreadable", f"不是完整的 XML：{error}。"[:200]) from None


def _walked(file: _Metered, layout: Layout) -> Iterator[tuple[str, dict[str, str]]]:
    root = layout.root.split("/")
    found: dict[str, str] = {}
    begun = False
    outer: list[Any] = []  # the elements that are open
    path: list[str] = []
    counts: list[dict[str, int]] = [{}]
    for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            path.append(_segment(element, counts[-1], path, layout))
            outer.append(element)
            counts.append({})
            if path == [*root, *layout.element.split("/")] and not begun:
                yield "header", found
                found, begun = {}, True
            continue
        file.silent = 0
        place = "/".join(path[len(root) :])
        if counts.pop():
            if (element.text or "").strip():
                raise BankFileRefused("broken_line", f"{place} 有多余的文字。")
        elif place != layout.element:
            found[place] = element.text or ""
        if place == layout.element:
            yield "detail", found
            found = {}
        path.pop()
        outer.pop()
        if outer:
            outer[-1].remove(element)
    if not begun:
        yield "header", _of_kind(found, layout, "header")
        found = _of_kind(found, layout, "trailer")
    yield "trailer", found


def _segment(element: Any, counted: dict[str, int], path: Sequence[str], layout: Layout) -> str:
    """How an element is called in a path: with its number from the second on, its attributes."""
    root, depth = layout.root.split("/"), len(path)
    name: str = element.tag.removeprefix(f"{{{layout.namespace}}}")
    counted[name] = counted.get(name, 0) + 1
    if depth < len(root):
        if name != root[depth] or counted[name] > 1:
            raise BankFileRefused("wrong_frame", f"{name[:60]} 不是约定的报文。")
        return name
    if depth >= DEEPEST:
        raise BankFileRefused("broken_line", "文件的层次过深。")
    if [*path[len(root) :], name] == layout.element.split("/"):
        return name
    number = f"#{counted[name]}" if counted[name] > 1 else ""
    return name + number + "".join(f"@{key}:{text}" for key, text in element.attrib.items())


def _of_kind(found: Mapping[str, str], layout: Layout, kind: str) -> dict[str, str]:
    """Of a message without lines, what belongs to its beginning or to its end."""
    other = layout.where["trailer" if kind == "header" else "header"]
    return {path: text for path, text in found.items() if path not in other}


def _differs(path: str, items: Mapping[str, str], found: Mapping[str, str]) -> bool:
    item = items.get(path)
    if item is None or path not in found:
        return True
    return field_of(item) is None and found[path] != item


def _intact(file: BinaryIO, pen: XmlPen, layout: Layout) -> dict[str, str]:
    """What the file's end says, when its digest is that of all bytes before.

    Raises:
        BankFileRefused: truncated, wrong_hash.
    """
    fields = [field for item in layout.trailer if (field := field_of(item))]
    pattern = re.escape(pen.closing({f: f"{HOLE}{f}{HOLE}" for f in fields}).decode())
    for field in fields:
        pattern = pattern.replace(f"{HOLE}{field}{HOLE}", f"(?P<{field}>[0-9a-f.]{{1,64}})")
    size = file.seek(0, 2)
    start = max(0, size - END_BYTES)
    file.seek(start)
    found = re.search(rf"{pattern}\Z", file.read().decode("utf-8", "replace"))
    if found is None:
        raise BankFileRefused("truncated", "文件不完整：末尾残缺。")
    digest, left = hashlib.sha256(), size - len(found[0].encode())
    file.seek(0)
    while left and (block := file.read(min(left, BLOCK_BYTES))):
        digest.update(block)
        left -= len(block)
    if digest.hexdigest() != found["sha256"]:
        raise BankFileRefused("wrong_hash", "内容与末尾的校验值不符，文件被改动。")
    return found.groupdict()


def _steps(at: Sequence[str], to: Sequence[str]) -> list[str]:
    """The tags that lead from inside one element to inside another."""
    shared = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(at, to, strict=False))))
    ended = [f"</{_named(segment)}>" for segment in reversed(at[shared:])]
    return [*ended, *(f"<{_named(segment, True)}>" for segment in to[shared:])]


def _named(segment: str, begins: bool = False) -> str:
    """The name in a tag; in one that begins with its attribute."""
    found = SEGMENT.fullmatch(segment)
    if found is None:
        raise LookupError(f"{segment} is no element")
    name, attribute, text = found.groups()
    return f'{name} {attribute}="{text}"' if begins and attribute else name


def _filled(written: str, items: Sequence[str], values: Mapping[str, str]) -> str:
    texts = (values[field] if (field := field_of(item)) else item for item in items)
    return written % tuple(map(escape, texts))
