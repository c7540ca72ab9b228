"""What the simulated bank says of an account of the agency (对账单, 演示): text, day by day."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

OTHER, OTHER_NAME = "340000000001", "示例往来单位（演示）"


class Moved(NamedTuple):
    """Money that came (above zero) or went, on a day; ``ref`` is what the agency called it."""

    day: date
    fen: int
    ref: str
    summary: str


def statement_text(
    *, account: str, start: date, end: date, opening_fen: int, moved: Sequence[Moved]
) -> bytes:
    """Write a statement of NSB; on a day what came stands before what went."""
    days = f"{start:%Y%m%d}|{end:%Y%m%d}"
    number = f"DZ{account[-5:]}{end:%Y%m}"
    lines = [f"S|1.0|NSB|{number}|{account}|{days}|{_yuan(opening_fen)}"]
    balance = opening_fen
    for seq, one in enumerate(sorted(moved, key=lambda x: (x.day, x.fen < 0)), start=1):
        balance += one.fen
        lines.append(
            f"{seq:06d}|{one.day:%Y%m%d}|{'贷' if one.fen > 0 else '借'}|{_yuan(abs(one.fen))}"
            f"|{_yuan(balance)}|{number}{seq:06d}|{one.ref}|{OTHER}|{OTHER_NAME}|{one.summary}"
        )
    body = "".join(f"{line}\r\n" for line in lines).encode("gb18030")
    went = [-one.fen for one in moved if one.fen < 0]
    came = [one.fen for one in moved if one.fen > 0]
    end_line = (
        f"E|{len(went)}|{_yuan(sum(went))}|{len(came)}|{_yuan(sum(came))}"
        f"|{_yuan(balance)}|{hashlib.sha256(body).hexdigest()}\r\n"
    )
    return body + end_line.encode("gb18030")


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
