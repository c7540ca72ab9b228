"""Writing a file that goes out (税务文件): rows as they come, then the JSON that describes them."""

from pathlib import Path
from typing import NamedTuple

from backend.city.make.files import RowFile, write_json
from backend.city.tax.layouts import HEADERS, STEMS, yuan


class Finished(NamedTuple):
    """A file in the desk, ready to go out."""

    form: str
    stem: str
    csv: str
    json: str
    fen: int


class OutFile:
    """One file of a form; nothing is left of it when no row was added."""

    def __init__(self, *, desk: Path, form: str, source: str, period: str, use: str) -> None:
        self.fen = 0
        self._open = True
        self._desk = desk
        self._form = form
        self._source = source
        self._period = period
        self._file = RowFile(path=desk / f".{STEMS[form]}-{use}.csv", header=HEADERS[form])

    def __enter__(self) -> "OutFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what waits; once or more often."""
        if self._open:
            self._open = False
            self._file.__exit__(None, None, None)

    @property
    def rows(self) -> int:
        """How many rows were added."""
        return self._file.rows

    def add(self, row: str, fen: int) -> None:
        """Add a row and its amount."""
        self._file.add(row)
        self.fen += fen

    def drop(self) -> None:
        """Forget an empty file."""
        self._file.path.unlink()

    def finish(self, *, serial: int) -> Finished:
        """Give the file its name and describe it; asked after closing."""
        stem = f"{STEMS[self._form]}-{serial:06d}"
        self._file.path.replace(self._desk / f"{stem}.csv")
        self._describe(f"{stem}.json", serial, self.fen)
        return Finished(self._form, stem, f"{stem}.csv", f"{stem}.json", self.fen)

    def describe_wrongly(self, *, serial: int, fen: int) -> str:
        """Another description, with a total that the rows do not make; its name in the desk."""
        name = f"{STEMS[self._form]}-{serial:06d}.wrong.json"
        self._describe(name, serial, fen)
        return name

    def _describe(self, name: str, serial: int, fen: int) -> None:
        content = {
            "format": self._form,
            "source": self._source,
            "serial": serial,
            "period": self._period,
            "rows": self._file.rows,
            "total": yuan(fen),
            "sha256": self._file.sha256(),
        }
        write_json(path=self._desk / name, content=content)
