"""The report of a take-over (接管报告): every row that was not taken, and why."""

import csv
from collections.abc import Iterable
from pathlib import Path

from insurance.benefits.baseline.staging import RefusedRow

HEADER = ("文件", "行", "列", "值(已遮蔽)", "原因")
FORMULA = ("=", "+", "-", "@", "\t")


def write_report(*, path: Path, rows: Iterable[RefusedRow]) -> None:
    """Write the rows as CSV; what a spreadsheet would take for a formula is quoted."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for row in rows:
            shown = f"'{row.shown}" if row.shown.startswith(FORMULA) else row.shown
            writer.writerow((row.file, row.line, row.column, shown, row.reason))
