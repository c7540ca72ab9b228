"""Reading a file that comes in, checked as a bureau checks it: whole, or refused whole."""

import csv
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from backend.city.tax.layouts import fen_of

NAME = re.compile(r"(bills|refunds)-([0-9]{6})\.json")
FIELDS = {"format", "source", "serial", "period", "rows", "total", "sha256"}
READ_BYTES = 1 << 20


class FileRefusedError(Exception):
    """The file is refused whole; ``line`` is counted from 1."""

    def __init__(self, code: str, reason: str, line: int | None = None) -> None:
        where = f" 第{line}行" if line else ""
        super().__init__(f"{code}{where}:{reason}")
        self.code = code


class InFile(ABC):
    """A file of one form; nothing of it counts before ``check`` has ended."""

    form: ClassVar[str]
    stem: ClassVar[str]
    header: ClassVar[tuple[str, ...]]

    def __init__(self, *, path: Path) -> None:
        self.path = path
        self._csv = path.with_suffix(".csv")
        told = self._description()
        self.serial: int = told["serial"]
        self.rows: int = told["rows"]
        self.digest: str = told["sha256"]
        self._total = signed(told["total"])

    @abstractmethod
    def fen_of_row(self, fields: list[str], line: int) -> int:
        """Hold a row against the agreement; its amount."""

    def check(self) -> None:
        """Hold every row, the count, the total and the digest against what is described.

        Raises:
            FileRefusedError: for the first thing that is wrong.
        """
        if not self._csv.is_file():
            raise FileRefusedError("MISSING", "没有数据文件")
        if _digest(self._csv) != self.digest:
            raise FileRefusedError("DIGEST", "文件摘要不符,内容可能被改动")
        rows = fen = 0
        for line, fields in self.lines():
            rows, fen = rows + 1, fen + self.fen_of_row(fields, line)
        if rows != self.rows:
            raise FileRefusedError("ROWS", f"有{rows}行,说明是{self.rows}行")
        if fen != self._total:
            raise FileRefusedError("TOTAL", "金额合计与各行不符")

    def lines(self) -> Iterator[tuple[int, list[str]]]:
        """The rows with their numbers, one by one."""
        try:
            with self._csv.open(encoding="utf-8", newline="") as file:
                reader = csv.reader(file, strict=True)
                if tuple(next(reader, ())) != self.header:
                    raise FileRefusedError("HEADER", "标题行不正确", 1)
                for line, fields in enumerate(reader, 2):
                    if len(fields) != len(self.header):
                        raise FileRefusedError(
                            "FIELDS", f"应有{len(self.header)}列,实有{len(fields)}列", line
                        )
                    yield line, fields
        except (UnicodeDecodeError, csv.Error):
            raise FileRefusedError("ENCODING", "不是UTF-8的CSV文件") from None

    def _description(self) -> dict[str, Any]:
        try:
            told = json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError:
            raise FileRefusedError("DESCRIPTION", "说明文件读不了") from None
        if not isinstance(told, dict) or set(told) != FIELDS or told["format"] != self.form:
            raise FileRefusedError("DESCRIPTION", f"说明文件不是 {self.form}")
        if type(told["serial"]) is not int or type(told["rows"]) is not int:
            raise FileRefusedError("DESCRIPTION", "序号、行数不正确")
        if not all(isinstance(told[key], str) for key in ("period", "total", "sha256")):
            raise FileRefusedError("DESCRIPTION", "月份、合计、摘要不正确")
        if f"{self.stem}-{told['serial']:06d}.json" != self.path.name:
            raise FileRefusedError("SERIAL", "文件名与序号不一致")
        return told


def signed(amount: str) -> int | None:
    """``-200.00`` too."""
    fen = fen_of(amount.removeprefix("-"))
    return -fen if fen and amount.startswith("-") else fen


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
