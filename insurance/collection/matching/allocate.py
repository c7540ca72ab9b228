"""Allocate funds to line keys (核销), set-wise: what all matches have in common.

A match is opened, allocates what comes in or takes back what was matched, and is closed: in one
transaction of the caller, while nobody else matches. The database refuses to close it unless all
of its funds are allocated or in suspense.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, product
from typing import Any

from django.db import connection

from backend.audit.record import record
from backend.kernel.months import Month
from insurance.collection.matching import match_sql as sql
from insurance.collection.models import LinePart, Match, MatchKind, TaxFile
from insurance.collection.rules.match import Criterion, Named, Order, Purse
from insurance.policy.steps import authority

STEPS = {
    "match_asked": sql.ASKED,
    "match_key": sql.KEYS,
    "match_difference": sql.DIFFERENCES,
    "match_matched": sql.MATCHED,
    "match_late": sql.LATE,
    "match_closed": sql.CLOSED,
}
OF_CREDITS = {"match_left": sql.LEFT}
OF_REST = {"match_rest": sql.REST, "match_entry": sql.ENTRIES}
# What their funds name is ours: it counts whatever the order says of what payers name.
DECIDED = (MatchKind.CREDITS, MatchKind.SUSPENSE)
COLUMNS = {Criterion.MONTH: "month", Criterion.PART: "array_position(%(parts)s::smallint[], part)"}
SAME = (" AND s.month = k.month", " AND s.person_id = k.person_id", "")


# Of a receipt ``r``: which parts its money may pay; ``purses`` gives the parameters.
PURSE = """(CASE WHEN r.channel = 'FISCAL' THEN %(fiscal)s WHEN r.late_fee THEN %(fees)s
    ELSE %(tax)s END)::smallint[]"""


def purses() -> dict[str, list[int]]:
    """Give the parts that the money of receipts may pay, as ``PURSE`` calls them."""
    named = {"fiscal": Purse.FISCAL, "fees": Purse.LATE_FEE, "tax": Purse.TAX}
    return {name: parts_of(purse=purse) for name, purse in named.items()}


@dataclass(frozen=True)
class Stretch:
    """Days of arrival between which nothing closes: after one day, up to another."""

    after: date
    until: date
    some_closed: bool  # whether anything is closed at all

    @property
    def values(self) -> dict[str, date]:
        """For ``match_sql.SERVED``."""
        return {"after": self.after, "until": self.until}


def parts_of(*, purse: Purse) -> list[int]:
    """Give the numbers of the parts that a purse may pay."""
    return sorted(LinePart[part.name].value for part in purse.value)


def wait_for_others() -> None:
    """Let nobody else match until this transaction ends, and see what others matched before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT collection_match_alone()")


def open_match(
    *,
    kind: MatchKind,
    period: Month,
    today: date,
    file: TaxFile | None = None,
    case_id: int | None = None,
    order: Order | None = None,
) -> Match:
    """Open a match; whoever matches at the same time waits until this transaction ends."""
    wait_for_others()
    with connection.cursor() as cursor:
        _drop(cursor, sql.TABLES)
        cursor.execute(sql.MADE)
    return Match.objects.create(
        kind=kind,
        period=period.first_day,
        matched_on=today,
        file=file,
        case_id=case_id,
        order_source=authority(order.source) if order else "",
    )


def allocate(
    *,
    match: Match,
    select: str,
    parameters: Mapping[str, Any],
    order: Order,
    heeds_last_day: bool = True,
) -> int:
    """Let funds pay what is open, in the stated order; gives the allocations written.

    Who pays of his own will may do so up to the last day, unless two people decide otherwise.

    ``select`` gives (funds_id, payer_id, scheme, fen, arrived, month, person_id, part, purse): see
    ``match_sql.FUNDS``. What is called later sees what was billed and allocated meanwhile.
    """
    given = {
        **parameters,
        "heeded": order.named is Named.ONLY or match.kind in DECIDED,
        "heeds_last_day": heeds_last_day,
        "today": match.matched_on,
    }
    leaves = match.kind == MatchKind.CREDITS
    with connection.cursor() as cursor:
        _drop(cursor, sql.OF_FUNDS)
        cursor.execute(sql.FUNDS.format(select=select), given)
        cursor.execute("ANALYZE match_funds")
        for table, statement in (STEPS | OF_CREDITS if leaves else STEPS).items():
            cursor.execute(statement, given)
            cursor.execute(f"ANALYZE {table}")
        rows = 0
        passes = list(product(_ways(cursor), _stretches(cursor)))
        for turn, (way, days) in enumerate(passes, 1):
            _group(cursor, way, days)
            statement = _pass(
                way=way,
                order=order,
                is_last=turn == len(passes),
                closes=days.some_closed,
                leaves=leaves,
            )
            values: dict[str, Any] = {"match": match.pk, "turn": turn, "parts": _places(order)}
            cursor.execute(statement, {**values, **days.values})
            rows += cursor.rowcount
    return rows


def leave_rest(*, match: Match) -> int:
    """Put what is left of the match's receipts into suspense (待处理款); gives the rows written."""
    with connection.cursor() as cursor:
        for table, statement in OF_REST.items():
            cursor.execute(statement)
            cursor.execute(f"ANALYZE {table}")
        cursor.execute(sql.SUSPENSE, {"match": match.pk})
        return int(cursor.rowcount)


def take_back(*, match: Match, select: str, parameters: Mapping[str, Any]) -> int:
    """Take from keys what ``select`` gives as (key_id, fen above zero), and of the account what
    is not credited of the rest; zero fen only puts the account part right. Gives rows written.
    """
    statement = sql.TAKE_BACK.format(select=select, falls_to=sql.FALLS_TO)
    with connection.cursor() as cursor:
        cursor.execute(statement, {**parameters, "match": match.pk})
        return int(cursor.rowcount)


def write_totals(*, match: Match) -> int:
    """Write the totals of what the match allocated and no totals hold yet; gives the rows written.

    What is called later must allocate to other parts.
    """
    values: dict[str, Any] = {
        "match": match.pk,
        "day": match.matched_on,
        "of_receipts": match.pays_by_receipts,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.TOTALS, values)
        rows = int(cursor.rowcount)
        cursor.execute(sql.TOTALLED)
    return rows


def close_match(*, match: Match) -> int:
    """Write the totals of the match and close it for ever; gives the rows written.

    Raises:
        IntegrityError: what came in is not what was allocated and left.
    """
    rows = write_totals(match=match)
    with connection.cursor() as cursor:
        cursor.execute(sql.SUMMARY, {"match": match.pk})
        matched, late_fee, suspended, suspense = cursor.fetchone()
    match.summary = {
        "matched_fen": matched,
        "late_fee_fen": late_fee,
        "suspense": suspended,
        "suspense_fen": suspense,
    }
    match.save(update_fields=["summary"])
    return rows


def record_match(*, match: Match, rows: int) -> None:
    """Put a closed match on record."""
    record(
        name="collection.match",
        subject_kind="collection.match",
        subject_id=str(match.pk),
        rows=rows,
        details={"kind": match.kind, "file": match.file_id, **(match.summary or {})},
    )


def _drop(cursor: Any, tables: Sequence[str]) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{table}' for table in tables)}")


def _ways(cursor: Any) -> list[sql.Way]:
    """The ways of naming that occur, in the order in which they are served."""
    cursor.execute("SELECT DISTINCT names_month, names_person, names_part FROM match_funds")
    found = set(cursor.fetchall())
    return [way for way in sql.WAYS if way in found]


def _stretches(cursor: Any) -> list[Stretch]:
    """The days of arrival, cut where something closes; nearly always one stretch."""
    cursor.execute(sql.DAYS)
    days = [day for (day,) in cursor.fetchall()]
    cursor.execute("SELECT EXISTS (SELECT FROM match_closed)")
    (closed,) = cursor.fetchone()
    return [Stretch(*pair, closed) for pair in pairwise((date.min, *days, date.max))]


def _group(cursor: Any, way: sql.Way, days: Stretch) -> None:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.match_group")
    cursor.execute(sql.GROUPS.format(way=_named(way)), days.values)
    cursor.execute("ANALYZE match_group")


def _named(way: sql.Way) -> str:
    return ", ".join(str(named) for named in way)


def _places(order: Order) -> list[int]:
    return [LinePart[part.name].value for part in order.parts]


def _pass(*, way: sql.Way, order: Order, is_last: bool, closes: bool, leaves: bool) -> str:
    by = [COLUMNS[criterion] for criterion in order.by]
    return sql.MATCH.format(
        served=sql.SERVED.format(way=_named(way)),
        closed=sql.LOST if closes else "",
        lost=sql.LOST_FEN if closes else "0",
        not_left=sql.NOT_LEFT if leaves else "",
        same="".join(same for named, same in zip(way, SAME, strict=True) if named),
        order=", ".join((*by, *COLUMNS.values(), "coalesce(person_id, 0)", "payer_id")),
        credited_to=sql.CREDITED.format(matched="before + to_fen"),
        credited_from=sql.CREDITED.format(matched="before + from_fen"),
        kept="" if is_last else sql.KEPT,
    )
