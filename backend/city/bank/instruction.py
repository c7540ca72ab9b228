"""Reading one instruction file in chunks, checked as a bank checks it (代发文件核验)."""

from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path

from backend.city.bank.layouts import Layout, Line, MalformedError

CHUNK_BYTES = 1 << 18


class Instruction:
    """An instruction file; what is read of it counts only when ``chunks`` has ended.

    Memory is that of one chunk. Lines are decoded before they are split: in GB18030 the second
    byte of a character can be the byte of ``|``.
    """

    def __init__(self, *, path: Path, layout: Layout) -> None:
        self.path = path
        self.digest = ""
        self._layout = layout
        self._sum = sha256()
        self._number = 1
        self._fen = 0
        with path.open("rb") as file:
            self.header = layout.header(self._only(file.readline()))
        self._check_name()

    def chunks(self) -> Iterator[list[Line]]:
        """The payments, some thousands at a time.

        Raises:
            MalformedError: for anything that a bank does not accept; forget what was read before.
        """
        with self.path.open("rb") as file:
            self._sum.update(file.readline())
            held_back = b""  # the last line may be the trailer, which is not digested
            while data := file.read(CHUNK_BYTES):
                data = held_back + data + file.readline()
                cut = data.rfind(b"\n", 0, len(data) - 1) + 1
                data, held_back = data[:cut], data[cut:]
                if data:
                    self._sum.update(data)
                    yield self._lines(data)
        self._check_trailer(held_back)

    def _lines(self, data: bytes) -> list[Line]:
        read = list(map(self._layout.line, self._texts(data), count(self._number + 1)))
        self._fen += sum(line.fen for line in read)
        self._number += len(read)
        return read

    def _texts(self, data: bytes) -> list[str]:
        """The lines in ``data`` without their line ends."""
        try:
            texts = data.decode("gb18030").split(self._layout.newline)
        except UnicodeDecodeError:
            raise MalformedError("ENCODING", "不是GB18030编码", self._number) from None
        if texts.pop():
            raise MalformedError("TRUNCATED", "最后一行没有换行,文件不完整", self._number)
        return texts

    def _only(self, data: bytes) -> str:
        """The one line in ``data``."""
        texts = self._texts(data)
        if len(texts) != 1:
            raise MalformedError("TRUNCATED", "文件不完整", self._number)
        return texts[0]

    def _check_name(self) -> None:
        named = self._layout.name_pattern.fullmatch(self.path.name)
        if named is None or named[1] != self.header.serial:
            raise MalformedError("SERIAL", "文件名与文件头的批次序号不一致")

    def _check_trailer(self, data: bytes) -> None:
        number = self._number + 1
        lines, fen, digest = self._layout.trailer(self._only(data), number)
        counted, told = (self._number - 1, self._fen), (self.header.lines, self.header.fen)
        if digest != self._sum.hexdigest():
            raise MalformedError("DIGEST", "文件摘要不符,内容可能被改动", number)
        if counted != (lines, fen) or counted != told:
            raise MalformedError("TOTALS", "笔数或金额与明细合计不符", number)
        self.digest = digest
