"""What only shows between the rows of a staged feed (行间检查), as rules in SQL."""

from dataclasses import dataclass
from typing import Any

from backend.feeds import copying
from backend.feeds.copying import TooManyRefused
from backend.feeds.fields import masked
from backend.feeds.refused import ROW_REFUSED, RefusedRow


@dataclass(frozen=True)
class Rule:
    """``bad`` selects (line, value) of staged rows of a file that are left out for ``reason``."""

    name: str
    column: str
    reason: str
    bad: str


def leave_out(*, cursor: Any, rule: Rule, refused: list[RefusedRow]) -> None:
    """Mark the rows of ``take_…`` that a rule refuses; later rules see only what stands.

    Raises:
        TooManyRefused: when ``refused`` grows beyond REFUSED_MAX.
    """
    cursor.execute(
        f"""UPDATE take_{rule.name} t SET refused = true
        FROM (SELECT DISTINCT ON (line) line, value FROM ({rule.bad}) r (line, value)) b
        WHERE b.line = t.line RETURNING t.line, b.value"""
    )
    for line, value in cursor.fetchmany(copying.REFUSED_MAX + 1):
        shown = masked(column=rule.column, value=value or "")
        refused.append(
            RefusedRow(f"{rule.name}.csv", line, rule.column, shown, rule.reason, ROW_REFUSED)
        )
    if len(refused) > copying.REFUSED_MAX:
        raise TooManyRefused


def overlapping_rows(*, column: str, rows: str, owner: str) -> str:
    """Select (line, value) of rows whose ``valid`` overlaps with that of another row of one owner.

    ``rows`` names a staging table as ``t`` (line, valid, refused), joined with others at will; of
    rows that exclude each other all are given: nobody can say here which of them is right.
    """
    return f"""SELECT line, {column} FROM (
            SELECT t.line, t.{column},
                lower(t.valid) < max(coalesce(upper(t.valid), 'infinity')) OVER (
                    one ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                OR coalesce(upper(t.valid), 'infinity') > lead(lower(t.valid)) OVER one
                AS overlapping
            FROM {rows} WHERE NOT t.refused
            WINDOW one AS (PARTITION BY {owner} ORDER BY lower(t.valid), t.line)) w
        WHERE overlapping"""
