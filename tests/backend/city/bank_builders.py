"""Instruction files as a bureau writes them, and returns as it reads them; both by hand."""

import json
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from backend.city.make.numbers import account_number

SCHEMES = {"NSB": "170", "CSB": "110"}
ROOT = Path(__file__).resolve().parents[3]


class Payment(NamedTuple):
    """One line of an instruction."""

    ref: str
    account: str
    name: str = "汪桂兰"
    fen: int = 21501


class Answered(NamedTuple):
    """One line of a return."""

    ref: str
    seq: str
    account: str
    name: str
    fen: int
    code: str


def payments(bank: str, count: int, *, first: int = 1, marker: str = "300") -> list[Payment]:
    """Payments to good accounts, unless ``marker`` says otherwise."""
    return [
        Payment(f"{order}-1", account_number(bank=bank, marker=marker, order=order), fen=order)
        for order in range(first, first + count)
    ]


def instruction(bank: str, serial: int, lines: list[Payment]) -> bytes:
    """The bytes of an instruction file."""
    batch_no = f"34080001-{SCHEMES[bank]}-202611-{bank}-{serial}"
    total = sum(line.fen for line in lines)
    if bank == "NSB":
        head = f"H|1.0|340800|NSB|{serial:08d}|{batch_no}|20261110|{len(lines)}|{_yuan(total)}\r\n"
        body = "".join(
            f"{seq:08d}|{line.ref}|{line.account}|{line.name}|{_yuan(line.fen)}|养老金\r\n"
            for seq, line in enumerate(lines, 1)
        )
        tail = f"T|{len(lines)}|{_yuan(total)}|%s\r\n"
    else:
        head = f"BATCH\t340800\tCSB\t{serial:08d}\t{batch_no}\t20261110\t{len(lines)}\t{total}\n"
        body = "".join(
            f"{line.ref}\t{line.name}\t{line.account}\t{line.fen}\t{seq:08d}\t养老金\n"
            for seq, line in enumerate(lines, 1)
        )
        tail = f"END\t{len(lines)}\t{total}\t%s\n"
    content = (head + body).encode("gb18030")
    return content + (tail % sha256(content).hexdigest()).encode()


def file_name(bank: str, serial: int) -> str:
    """The agreed name of an instruction file."""
    prefix, suffix = {"NSB": ("DF340800NSB", "txt"), "CSB": ("PAY_CSB_340800_", "dat")}[bank]
    return f"{prefix}{serial:08d}.{suffix}"


@dataclass
class Exchange:
    """A bank's folders, and the bank as the process that it is."""

    folder: Path
    bank: str

    @property
    def inbox(self) -> Path:
        """Where instructions are put."""
        return self.folder / "in"

    @property
    def outbox(self) -> Path:
        """Where returns are found."""
        return self.folder / "out"

    @property
    def refusals(self) -> dict[str, str]:
        """The refused files and why."""
        return {p.name: p.read_text(encoding="utf-8") for p in self.outbox.glob("*.refused")}

    def instruct(self, serial: int, lines: list[Payment]) -> Path:
        """Put an instruction into the inbox."""
        return self.put(file_name(self.bank, serial), instruction(self.bank, serial, lines))

    def put(self, name: str, content: bytes) -> Path:
        """Put any bytes into the inbox."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        path = self.inbox / name
        path.write_bytes(content)
        return path

    def work(self, *, lies: str | None = None) -> list[dict[str, Any]]:
        """Let the bank work once; its lies, when it is asked to lie."""
        truth = self.folder / "truth.json"
        options = [] if lies is None else ["--lies", lies, "--truth", str(truth)]
        subprocess.run(
            self._command(*options), cwd=ROOT, check=True, capture_output=True, timeout=60
        )
        return json.loads(truth.read_text(encoding="utf-8")) if lies is not None else []

    def start(self) -> subprocess.Popen[bytes]:
        """The bank at work, to be disturbed."""
        return subprocess.Popen(self._command(), cwd=ROOT, stdout=subprocess.DEVNULL)

    def _command(self, *options: str) -> list[str]:
        bank = [sys.executable, "-m", "backend.city.bank", "--bank", self.bank]
        return [*bank, "--inbox", str(self.inbox), "--outbox", str(self.outbox), *options]

    def returned(self, serial: int, part: int = 1) -> list[Answered]:
        """The lines of a return whose head and tail agree with them."""
        name = {
            "NSB": f"HP340800NSB{serial:08d}_{part:02d}.txt",
            "CSB": f"RES_CSB_340800_{serial:08d}_{part:02d}.dat",
        }[self.bank]
        return read_return(self.bank, (self.outbox / name).read_bytes())


def read_return(bank: str, content: bytes) -> list[Answered]:
    """Read a return and hold it to its own counts, totals and digest."""
    separator, newline = ("|", "\r\n") if bank == "NSB" else ("\t", "\n")
    head, *body, tail, rest = content.decode("gb18030").split(newline)
    assert rest == ""
    lines = [_answered(bank, text.split(separator)) for text in body]
    paid = [line.fen for line in lines if line.code in ("0000", "S")]
    others = sum(line.fen for line in lines) - sum(paid)
    told = head.split(separator)[-5:]
    if bank == "NSB":
        told[2], told[4] = told[2].replace(".", ""), told[4].replace(".", "")
    assert list(map(int, told)) == [
        len(lines),
        len(paid),
        sum(paid),
        len(lines) - len(paid),
        others,
    ]
    digested = content[: content.rindex(newline.encode(), 0, -len(newline)) + len(newline)]
    assert tail.split(separator)[1:] == [str(len(lines)), sha256(digested).hexdigest()]
    return lines


def _answered(bank: str, fields: list[str]) -> Answered:
    if bank == "NSB":
        seq, ref, account, name, amount, code = fields
        return Answered(ref, seq, account, name, int(amount.replace(".", "")), code)
    ref, seq, account, name, amount, code = fields
    return Answered(ref, seq, account, name, int(amount), code)


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
