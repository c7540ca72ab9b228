"""Checked rows of a feed by COPY into a table (检查后暂存); the others are listed."""

from collections.abc import Callable, Iterable
from typing import Any

from backend.feeds.fields import RowRefused, masked
from backend.feeds.refused import RefusedRow

REFUSED_MAX = 10_000  # a file with more rows that can not be taken is no roll


class TooManyRefused(Exception):  # noqa: N818 - tells the act to stop reading
    """More rows are refused than a roll may have; stops the reading."""


def copy_rows(
    *,
    cursor: Any,
    table: str,
    blocks: Iterable[tuple[int, list[list[str]]]],
    check: Callable[[list[str]], tuple[str, ...]],
    file: str,
    refused: list[RefusedRow],
) -> list[list[str]]:
    """Copy line number and checked columns of each row into ``table``; give the rows left out.

    ``table`` names its columns too. ``check`` gives COPY's text form, or refuses by RowRefused.

    Raises:
        FileDamaged: when the file is not what was signed.
        TooManyRefused: when ``refused`` grows beyond REFUSED_MAX.
    """
    left_out = []
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for first, rows in blocks:
            lines = []
            for line, row in enumerate(rows, first):
                try:
                    lines.append("\t".join((str(line), *check(row))))
                except RowRefused as no:
                    refused.append(refused_row(file=file, line=line, no=no))
                    left_out.append(row)
            if len(refused) > REFUSED_MAX:
                raise TooManyRefused
            if lines:
                copy.write("\n".join(lines) + "\n")
    return left_out


def refused_row(*, file: str, line: int, no: RowRefused) -> RefusedRow:
    """Give the row as a report shows it, its value masked."""
    shown = masked(column=no.column, value=no.value)
    return RefusedRow(file, line, no.column, shown, no.detail, no.said_by)
