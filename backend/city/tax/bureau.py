"""The tax bureau at its desk (税务征收): takes bills and refunds in, lets its own files go out."""

import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

from backend.city.tax.bill_files import BillFile
from backend.city.tax.books import Books
from backend.city.tax.call import Call
from backend.city.tax.in_files import NAME, FileRefusedError, InFile
from backend.city.tax.mistakes import Mistakes
from backend.city.tax.refund_files import RefundFile

Kind = TypeVar("Kind", bound=InFile)


class Bureau:
    """One call of the tax bureau for a period; honest unless there are ``mistakes``."""

    def __init__(
        self,
        *,
        inbox: Path,
        outbox: Path,
        desk: Path,
        books: Books,
        period: str,
        mistakes: Mistakes | None = None,
    ) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._desk = desk
        self._books = books
        self._period = period
        self._mistakes = mistakes

    def work(self, *, declared: Path | None, fiscal: Path | None) -> list[str]:
        """Answer what is new; tell what was done. What is answered is not answered again."""
        self._deliver()
        told: list[str] = []
        bills = self._checked(BillFile, told)
        refunds = self._checked(RefundFile, told)
        with self._books.one_call(), ExitStack() as open_files:
            self._books.release()
            told += Call(
                desk=self._desk,
                books=self._books,
                period=self._period,
                mistakes=self._mistakes,
                open_files=open_files,
            ).answer(bills=bills, refunds=refunds, declared=declared, fiscal=fiscal)
        self._deliver()
        return told

    def _checked(self, kind: type[Kind], told: list[str]) -> list[Kind]:
        """The files of a kind that are next and right; the others are refused with the reason."""
        found, following = [], self._books.following(kind.stem)
        for path in sorted(p for p in self._inbox.iterdir() if _is_of(kind, p)):
            try:
                file = kind(path=path)
                answered = self._books.digest_of(kind.stem, file.serial)
                if answered == file.digest:
                    continue
                if answered is not None:
                    raise FileRefusedError("SERIAL_TWICE", "该序号已处理过,内容却不同")
                if file.serial != following:
                    raise FileRefusedError("SERIAL_GAP", f"序号不连续,应为{following}")
                file.check()
            except FileRefusedError as error:
                self._put(self._outbox / f"{path.stem}.refused", f"{error}\n".encode())
                told.append(f"{path.name} 拒收:{error}")
                continue
            (self._outbox / f"{path.stem}.refused").unlink(missing_ok=True)
            found.append(file)
            following += 1
        return found

    def _deliver(self) -> None:
        """Copy what is ready into the outbox, the description last."""
        for out in self._books.undelivered():
            for source, suffix in ((out.csv, ".csv"), (out.json, ".json")):
                hidden = self._outbox / f".{out.stem}{suffix}"
                shutil.copyfile(self._desk / source, hidden)
                _place(hidden, self._outbox / f"{out.stem}{suffix}")
            self._books.deliver(out.number)
            for name in (out.csv, out.json):
                if not self._books.waits(name):
                    (self._desk / name).unlink(missing_ok=True)

    def _put(self, path: Path, content: bytes) -> None:
        hidden = path.with_name(f".{path.name}")
        hidden.write_bytes(content)
        _place(hidden, path)


def _is_of(kind: type[InFile], path: Path) -> bool:
    found = NAME.fullmatch(path.name)
    return found is not None and found[1] == kind.stem


def _place(hidden: Path, path: Path) -> None:
    """Flush the file, give it its name, flush the folder: a rename survives a power cut so."""
    with hidden.open("rb") as file:
        os.fsync(file.fileno())
    hidden.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
