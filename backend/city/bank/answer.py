"""The bank at work: pays what it can, returns the rest, answers every serial once (代发处理)."""

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from backend.city.bank.accounts import Answer, look_up, other_name
from backend.city.bank.books import Books
from backend.city.bank.instruction import Instruction
from backend.city.bank.layouts import Header, Layout, Line, MalformedError, Totals
from backend.city.bank.lies import Liar, Lies

COPY_BYTES = 1 << 20


class Bank:
    """One bank with its inbox, outbox and books; honest unless it has a ``liar``."""

    def __init__(
        self, *, layout: Layout, inbox: Path, outbox: Path, books: Books, liar: Liar | None
    ) -> None:
        self._layout = layout
        self._inbox = inbox
        self._outbox = outbox
        self._desk = outbox / ".books"
        self._books = books
        self._liar = liar
        self._refused: dict[str, tuple[int, int, str]] = {}

    def work(self) -> list[str]:
        """Answer what has arrived, in the order of serials; tell what was done."""
        for name in self._books.undelivered():
            self._deliver(name)
        told = []
        for path in self._arrived():
            state = self._state(path)
            if self._refused.get(path.name) == state:
                continue
            try:
                told += self._answer(path)
            except MalformedError as error:
                self._refused[path.name] = state
                self._write(self._outbox / f"{path.name}.refused", f"{error}\n")
                told.append(f"{path.name} 拒收:{error}")
        return told

    def _arrived(self) -> list[Path]:
        """Instruction files of this bank that it has not answered as they are now."""
        found = []
        for path in sorted(self._inbox.iterdir()):
            named = self._layout.name_pattern.fullmatch(path.name)
            if named:
                stat = path.stat()
                if not self._books.has_seen(named[1], stat.st_size, stat.st_mtime_ns):
                    found.append(path)
        return found

    def _state(self, path: Path) -> tuple[int, int, str]:
        """A refused file is looked at again when it, or the serial that is due, has changed."""
        stat = path.stat()
        return stat.st_size, stat.st_mtime_ns, self._books.next_serial()

    def _answer(self, path: Path) -> list[str]:
        stat = path.stat()
        instruction = Instruction(path=path, layout=self._layout)
        serial = instruction.header.serial
        answered = self._books.digest_of(serial)
        if answered is not None:
            for _ in instruction.chunks():
                pass
            if instruction.digest != answered:
                raise MalformedError("SERIAL_TWICE", "该批次序号已处理过,内容却不同")
            self._books.answer(serial, answered, stat.st_size, stat.st_mtime_ns)
            return []
        if serial != self._books.next_serial():
            due = self._books.next_serial()
            raise MalformedError("SERIAL_GAP", f"批次序号不连续,应为{due}")
        with self._books.one_file():
            totals = self._prepare(instruction)
            self._books.answer(serial, instruction.digest, stat.st_size, stat.st_mtime_ns)
        for name in self._books.undelivered():
            self._deliver(name)
        (self._outbox / f"{path.name}.refused").unlink(missing_ok=True)
        return [f"{path.name} 共{totals.count}笔,入账{totals.paid}笔,退回{totals.returned}笔"]

    def _prepare(self, instruction: Instruction) -> Totals:
        """Write the return files beside the books; only a commit makes them count."""
        header = instruction.header
        lies = self._lies(instruction)
        first = ReturnFile(desk=self._desk, layout=self._layout, header=header, part=1)
        with first:
            for chunk in instruction.chunks():
                honest = self._decide(chunk)
                first.add(lies.told(honest) if lies else honest)
        self._books.send(first.finish())
        if lies:
            if lies.late:
                later = ReturnFile(desk=self._desk, layout=self._layout, header=header, part=2)
                with later:
                    later.add(lies.late)
                self._books.send(later.finish())
            for said in lies.truths:
                self._books.confess(said)
        return first.totals

    def _decide(self, chunk: Sequence[Line]) -> list[Line]:
        """What the bank finds for each line; no ref is paid twice."""
        bank = self._layout.bank
        answers = [look_up(bank=bank, account=line.account) for line in chunk]
        payable = [place for place, answer in enumerate(answers) if answer is Answer.PAID]
        for place in self._books.pay([chunk[place].ref for place in payable]):
            answers[payable[place]] = Answer.DUPLICATE
        return [
            line if answer is Answer.PAID else _returned(line, answer)
            for line, answer in zip(chunk, answers, strict=True)
        ]

    def _lies(self, instruction: Instruction) -> Lies | None:
        if self._liar is None:
            return None
        return self._liar.schedule(
            header=instruction.header, elsewhere=self._line_of_another(instruction.path)
        )

    def _line_of_another(self, own: Path) -> Line | None:
        """A payment of another instruction in the inbox."""
        for path in sorted(self._inbox.iterdir()):
            if path != own and self._layout.name_pattern.fullmatch(path.name):
                try:
                    other = Instruction(path=path, layout=self._layout)
                    for chunk in other.chunks():
                        return chunk[-1]
                except MalformedError:
                    continue
        return None

    def _deliver(self, name: str) -> None:
        """Move a finished return into the outbox; it may have arrived before a crash."""
        ready = self._desk / name
        if ready.exists():
            ready.replace(self._outbox / name)
            _keep(self._outbox)
        self._books.deliver(name)

    def _write(self, path: Path, text: str) -> None:
        ready = self._desk / path.name
        with ready.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        ready.replace(path)
        _keep(path.parent)


class ReturnFile:
    """A return whose head is known last: the lines first, then head, lines and tail as one."""

    def __init__(self, *, desk: Path, layout: Layout, header: Header, part: int) -> None:
        self.totals = Totals()
        self._layout = layout
        self._header = header
        self._part = part
        self._path = desk / layout.return_name(header.serial, part)
        self._lines = self._path.with_suffix(".lines")
        self._file = self._lines.open("wb")

    def __enter__(self) -> "ReturnFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, lines: Sequence[Line]) -> None:
        """Add answered lines as they are to be read."""
        self.totals += Totals.of(lines)
        self._file.write("".join(map(self._layout.return_line, lines)).encode("gb18030"))

    def finish(self) -> str:
        """Put the file together, flush it to the disk, give its name."""
        head = self._layout.return_header(self._header, self._part, self.totals).encode("gb18030")
        digest = sha256(head)
        with self._path.open("wb") as whole, self._lines.open("rb") as lines:
            whole.write(head)
            while data := lines.read(COPY_BYTES):
                digest.update(data)
                whole.write(data)
            tail = self._layout.return_trailer(self.totals.count, digest.hexdigest())
            whole.write(tail.encode("gb18030"))
            whole.flush()
            os.fsync(whole.fileno())
        self._lines.unlink()
        return self._path.name


def _returned(line: Line, answer: Answer) -> Line:
    name = other_name(line.name) if answer is Answer.OTHER_NAME else line.name
    return line._replace(answer=answer, name=name)


def _keep(folder: Path) -> None:
    """Flush the folder: a rename survives a power cut only then."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
