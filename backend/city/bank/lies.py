"""Lies of a bank that is not to be believed, planted by a seeded schedule (只供测试)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from backend.city.bank.accounts import Answer, other_name
from backend.city.bank.layouts import REF_MOST, Header, Line

LEAST_LINES = 30
MORE_FROM = 300
# the first five change one paid line; the last two add a line after it
KINDS = (
    "WRONG_AMOUNT",
    "DUPLICATE",
    "MISSING",
    "NAME_DIFFERS",
    "LATE_RETURN",
    "EXTRA",
    "OTHER_BATCH",
)


@dataclass
class Lies:
    """The lies of one file, each told about a line that is honestly paid."""

    bank: str
    header: Header
    waiting: list[tuple[int, str]]  # (from this line on, kind), the next one last
    elsewhere: Line | None
    draw: Random
    late: list[Line] = field(default_factory=list)
    truths: list[str] = field(default_factory=list)

    def told(self, honest: Sequence[Line]) -> list[Line]:
        """The lines as the bank tells them."""
        told: list[Line] = []
        for line in honest:
            due = self.waiting and self.waiting[-1][0] <= line.seq
            if due and line.answer is Answer.PAID:
                told += self._lie(self.waiting.pop()[1], line)
            else:
                told.append(line)
        return told

    def _lie(self, kind: str, line: Line) -> list[Line]:
        lines, about = self._lines(kind, line)
        if kind == "LATE_RETURN":
            self.late.append(line._replace(answer=Answer.CLOSED))
        truth = {
            "kind": kind,
            "bank": self.bank,
            "serial": self.header.serial,
            "batch_no": self.header.batch_no,
            "seq": about.seq,
            "ref": about.ref,
            "fen": line.fen if kind == "WRONG_AMOUNT" else about.fen,
            "told_fen": about.fen,
            "told_name": about.name,
        }
        self.truths.append(json.dumps(truth, ensure_ascii=False))
        return lines

    def _lines(self, kind: str, line: Line) -> tuple[list[Line], Line]:
        """What is told in place of ``line``, and the line that the lie is about."""
        if kind == "WRONG_AMOUNT":
            wrong = line._replace(fen=line.fen + self.draw.choice((1, 10, 900, 10000)))
            return [wrong], wrong
        if kind == "DUPLICATE":
            return [line, line], line
        if kind == "MISSING":
            return [], line
        if kind == "NAME_DIFFERS":
            differs = line._replace(name=other_name(line.name))
            return [differs], differs
        if kind == "EXTRA":
            extra = line._replace(seq=self.header.lines + 1, ref=_unknown_ref(line.ref))
            return [line, extra], extra
        if kind == "OTHER_BATCH" and self.elsewhere is not None:
            return [line, self.elsewhere], self.elsewhere
        return [line], line


@dataclass(frozen=True)
class Liar:
    """Plans the lies of each file; the same seed tells the same lies."""

    seed: str
    bank: str

    def schedule(self, *, header: Header, elsewhere: Line | None) -> Lies:
        """At least one lie of each kind in a file of 30 lines and more, none in a smaller one."""
        draw = Random(f"{self.seed}/{self.bank}/{header.serial}")
        kinds = [kind for kind in KINDS if kind != "OTHER_BATCH" or elsewhere]
        if header.lines < LEAST_LINES:
            kinds = []
        elif header.lines >= MORE_FROM:
            kinds += [kind for kind in KINDS[:5] if draw.random() < 0.5]
        draw.shuffle(kinds)
        places = draw.sample(range(1, header.lines * 3 // 4 + 1), len(kinds))
        return Lies(
            bank=self.bank,
            header=header,
            waiting=list(zip(sorted(places, reverse=True), kinds, strict=True)),
            elsewhere=elsewhere,
            draw=draw,
        )


def _unknown_ref(ref: str) -> str:
    """A ref of the same shape that nobody sent: its number is far above all given ones."""
    due = ref.rpartition("-")[0] or ref
    unknown = f"99{due}-1"
    return unknown if len(unknown) <= REF_MOST else f"99{due[2 : REF_MOST - 2]}-1"
