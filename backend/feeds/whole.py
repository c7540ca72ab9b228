"""All rows of a staged feed stand, or none is taken (整份接收): rules between rows, in SQL."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from backend.feeds import copying
from backend.feeds.fields import masked
from backend.feeds.refused import ROW_REFUSED, RefusedRow


@dataclass(frozen=True)
class Rule:
    """``bad`` selects (line, value) of staged rows that can not be taken for ``reason``, by the
    rule of that ``code``."""

    column: str
    reason: str
    bad: str
    place: str = ""  # what the report calls the column, if not so
    code: str = ROW_REFUSED


def gather_bad(*, cursor: Any, file: str, rules: Iterable[Rule], refused: list[RefusedRow]) -> None:
    """Add the rows that a rule refuses to ``refused``, each for its first reason, in their order.

    It ends when there are more than a report needs.
    """
    seen = {row.line for row in refused}
    for rule in rules:
        if len(refused) > copying.REFUSED_MAX:
            break
        cursor.execute(f"SELECT DISTINCT line, value FROM ({rule.bad}) b (line, value) ORDER BY 1")
        for line, value in cursor.fetchmany(copying.REFUSED_MAX):
            if line not in seen:
                seen.add(line)
                shown = masked(column=rule.column, value=value or "")
                place = rule.place or rule.column
                refused.append(RefusedRow(file, line, place, shown, rule.reason, rule.code))
    refused.sort(key=lambda row: row.line)
