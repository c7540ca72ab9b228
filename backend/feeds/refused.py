"""What a feed can not give us (不予接收的行): as rows of a report, as a sentence on a terminal."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from backend.feeds.spreadsheet import as_text
from backend.kernel.errors import Refusal

REFUSED = 2  # exit code of a command that takes nothing
ROW_REFUSED = "row_refused"  # a row by itself, where no rule has a code of its own
LISTED = "row_listed"  # a row that a person must look at (须人工查看)
HEADER = ("文件", "行", "列", "值(已遮蔽)", "原因", "代码")


@dataclass(frozen=True)
class RefusedRow:
    """A row that is not taken, or must be looked at, as the report shows it (不予接收的行): why in
    a sentence, and by which rule's ``code``."""

    file: str
    line: int
    column: str
    shown: str
    reason: str
    code: str


def write_report(*, path: Path, rows: Iterable[RefusedRow]) -> None:
    """Write the rows as CSV; what a spreadsheet would take for a formula is quoted."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for row in rows:
            writer.writerow(
                (row.file, row.line, row.column, as_text(row.shown), row.reason, row.code)
            )


def refusal_sentence(refusal: Refusal) -> str:
    """Where and why, for the operator's terminal."""
    file, line = refusal.facts.get("file"), refusal.facts.get("line")
    where = f"{file or ''}{f'第{line}行' if line else ''}"
    return f"{where}：{refusal.detail}[{refusal.code}]" if where else str(refusal.detail)
