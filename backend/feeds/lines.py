"""Read a signed CSV file in blocks (分块读取): counted, digested, refused whole when damaged.

The digest is known only at the end of the file: nothing of it may be kept before that.
"""

import csv
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol

from backend.kernel.errors import Refusal

BLOCK_BYTES = 1 << 19
LINE_BYTES_MAX = 4096
NO_FILE = "文件不存在，或者不是文件。"
BOM = b"\xef\xbb\xbf"
FORBIDDEN = {b"\0": "有空字符", b"\r": "有回车符，行尾应只有换行符"}


class FileDamaged(Refusal):
    """A file is not what was signed, or is no readable CSV (文件损坏); ``line`` says where."""

    code = "file_damaged"


class Signed(Protocol):
    """What was signed of a file."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def rows(self) -> int:
        """Its rows, without the header."""

    @property
    def sha256(self) -> str:
        """The digest of all its bytes."""


def read_rows(
    *, folder: Path, signed: Signed, header: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[tuple[int, list[list[str]]]]:
    """Give blocks of rows, each with the line number of its first row; ``optional``: columns that
    may follow those of the header, all or none.

    Raises:
        FileDamaged: at the line that can not be read, or at the end when count or digest differ.
    """
    digest = sha256()
    line, rows = 1, 0
    path = folder / signed.name
    if not path.is_file():
        raise FileDamaged(NO_FILE, file=signed.name)
    with path.open("rb") as file:
        if optional and _first_line(file) == ",".join((*header, *optional)):
            header = (*header, *optional)
        for block in _blocks(file, signed.name):
            digest.update(block)
            found = _parsed(block, signed.name, line, len(header))
            if line == 1:
                _check_header(found.pop(0), header, signed.name)
                line = 2
            yield line, found
            line += len(found)
            rows += len(found)
    if line == 1:
        raise FileDamaged("文件是空的，连标题行也没有。", file=signed.name, line=1)
    if rows != signed.rows:
        raise FileDamaged(
            f"文件有{rows}行数据，清单上是{signed.rows}行。", file=signed.name, line=line
        )
    if digest.hexdigest() != signed.sha256:
        raise FileDamaged("文件内容与清单上的摘要不符。", file=signed.name)


def _first_line(file: BinaryIO) -> str:
    """The header as it stands there; the file is read from its beginning again."""
    line = file.readline(LINE_BYTES_MAX).decode(errors="replace").removesuffix("\n")
    file.seek(0)
    return line


def _blocks(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Whole lines, about BLOCK_BYTES at a time, however long a damaged line may be."""
    while block := file.read(BLOCK_BYTES):
        if not block.endswith(b"\n"):
            block += file.readline(LINE_BYTES_MAX + 1)
        yield block


def _parsed(block: bytes, name: str, line: int, columns: int) -> list[list[str]]:
    if line == 1 and block.startswith(BOM):
        raise FileDamaged("文件开头有字节顺序标记(BOM)，应为不带BOM的UTF-8。", file=name, line=1)
    for byte, words in FORBIDDEN.items():
        if byte in block:
            raise FileDamaged(f"文件中{words}。", file=name, line=line + _line_of(block, byte))
    try:
        lines = block.decode().split("\n")
    except UnicodeDecodeError as error:
        at = line + block.count(b"\n", 0, error.start)
        raise FileDamaged("文件不是 UTF-8 编码。", file=name, line=at) from None
    unfinished = lines.pop()
    _check_lengths([*lines, unfinished], name, line)
    if unfinished:
        raise FileDamaged("最后一行不完整，文件可能被截断。", file=name, line=line + len(lines))
    return _split(lines, name, line, columns)


def _split(lines: list[str], name: str, line: int, columns: int) -> list[list[str]]:
    try:
        rows = list(csv.reader(lines, strict=True))
    except csv.Error:
        rows = []
    if len(rows) != len(lines):
        at = line + _first_not_a_row(lines)
        raise FileDamaged("引号使用不正确，或引号中有换行。", file=name, line=at)
    for order, row in enumerate(rows):
        if len(row) != columns:
            raise FileDamaged(
                f"应有{columns}列，此行有{len(row)}列。", file=name, line=line + order
            )
    return rows


def _first_not_a_row(lines: list[str]) -> int:
    """The order of the first line that is not a row by itself."""
    for order, text in enumerate(lines):
        try:
            list(csv.reader([text], strict=True))
        except csv.Error:
            return order
    return len(lines)


def _check_lengths(lines: list[str], name: str, line: int) -> None:
    if max(map(len, lines)) > LINE_BYTES_MAX:
        order = next(n for n, text in enumerate(lines) if len(text) > LINE_BYTES_MAX)
        raise FileDamaged("此行过长。", file=name, line=line + order)


def _check_header(found: list[str], header: Sequence[str], name: str) -> None:
    if found != list(header):
        raise FileDamaged(f"标题行应为 {','.join(header)}。", file=name, line=1)


def _line_of(block: bytes, byte: bytes) -> int:
    return block.count(b"\n", 0, block.index(byte))
