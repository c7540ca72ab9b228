"""Nobody calls without end (调用次数限制): ``throttles.toml`` says how often, the database counts.

All web workers share the counts. A window begins at a multiple of its length, and a row counts one
limit of one caller or place: a call costs one statement, which waits for no disk. It also looks
whether the call was answered before.
"""

import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.postgresql.planned import planned_once
from backend.web import idempotency
from backend.web.idempotency import KEPT
from backend.web.lookups import seen
from backend.web.policy import Member
from backend.web.source import current_source

if TYPE_CHECKING:  # the views import their permission class by name
    from rest_framework.views import APIView

THROTTLES_FILE = Path(__file__).with_name("throttles.toml")
# In one order, or two calls that count under the same two limits could wait for each other. What is
# counted comes as JSON: arrays, with whose length it reckons, the server would plan at each call.
COUNT = """
INSERT INTO web_callcount AS c (counter, who, since, calls)
SELECT counter, who, since, 1
FROM json_to_recordset(%(counts)s) AS asked (counter text, who text, since timestamptz)
ORDER BY counter, who
ON CONFLICT (counter, who) DO UPDATE SET
    since = greatest(c.since, excluded.since),
    calls = CASE WHEN c.since >= excluded.since THEN c.calls + 1 ELSE 1 END
RETURNING counter, since, calls
"""
# Whoever sends a key may have been answered before: that is looked for in the same statement.
COUNT_AND_LOOK = f"""
WITH counted AS ({COUNT})
SELECT counted.*, kept.* FROM counted LEFT JOIN ({KEPT}) AS kept ON true
"""


class Per(StrEnum):
    """Whose calls are counted together; what each is stands in the table."""

    CALLER = "CALLER"
    PLACE = "PLACE"
    STRANGER = "STRANGER"


@dataclass(frozen=True)
class Limit:
    """At most ``most`` calls within ``seconds``."""

    name: str
    label: str
    per: Per
    most: int
    seconds: int
    routes: frozenset[str]

    def counts(self, *, route: str, method: str, known: bool) -> bool:
        """Whether a call counts under it."""
        if (self.per is Per.CALLER and not known) or (self.per is Per.STRANGER and known):
            return False
        return not self.routes or route in self.routes or f"{route} {method}" in self.routes

    def since(self, *, now: datetime) -> datetime:
        """When the window that holds ``now`` began."""
        return datetime.fromtimestamp(now.timestamp() // self.seconds * self.seconds, tz=UTC)


class TooManyCalls(Refusal):
    """There were too many calls of this kind (请求过于频繁)."""

    code = "too_many_calls"
    status = 429


class CallLimits(BasePermission):
    """The second permission of every view: no throttle of the framework's, for those come after
    all permissions, and a count must stand whatever becomes of the call."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Count the call.

        Raises:
            TooManyCalls: with ``wait``, the seconds until the next is let in.
        """
        match = request.resolver_match
        found = limits_of(
            route=match.view_name if match else "",
            method=request.method or "",
            known=bool(request.user and request.user.is_authenticated),
        )
        if found:
            key = idempotency.key_sought(request, view)
            count(limits=found, request=request, key=key, now=timezone.now())
        return True


@cache
def limits() -> tuple[Limit, ...]:
    """All limits of the table."""
    table = tomllib.loads(THROTTLES_FILE.read_text(encoding="utf-8"))
    return tuple(
        Limit(
            name=name,
            label=row["label"],
            per=Per(row["per"]),
            most=row["most"],
            seconds=row["seconds"],
            routes=frozenset(row.get("routes", ())) | (_seen() if row.get("seen") else set()),
        )
        for name, row in table.items()
    )


@cache
def limits_of(*, route: str, method: str, known: bool) -> tuple[Limit, ...]:
    """The limits under which a call counts."""
    return tuple(one for one in limits() if one.counts(route=route, method=method, known=known))


def count(*, limits: Sequence[Limit], request: Request, key: str, now: datetime) -> None:
    """Count one call under each of some limits, and note what is kept under its key, if it has one.

    Raises:
        TooManyCalls: the first over a limit is put on record, for whoever supervises.
    """
    who = {one.name: _who(one, request) for one in limits}
    counts = [
        {"counter": one.name, "who": who[one.name], "since": one.since(now=now).isoformat()}
        for one in limits
    ]
    asked = {"counts": json.dumps(counts)}
    if key:
        asked |= {"actor": cast(Member, request.user).actor, "key": key}
    with planned_once() as cursor:
        cursor.execute(COUNT_AND_LOOK if key else COUNT, asked)
        rows = cursor.fetchall()
    counted = {name: (since, calls) for name, since, calls, *_ in rows}
    for one in limits:
        since, calls = counted[one.name]
        if calls > one.most:
            _refuse(one, since=since, first=calls == one.most + 1, who=who[one.name], now=now)
    _, _, _, *kept = rows[0]
    if any(kept):
        idempotency.found(request, tuple(kept))


def _seen() -> set[str]:
    return {f"{route} GET" for route in seen()}


def longest() -> timedelta:
    """After so long no count matters any more."""
    return timedelta(seconds=max(one.seconds for one in limits()))


def _who(limit: Limit, request: Request) -> str:
    return cast(Member, request.user).actor if limit.per is Per.CALLER else current_source()


def _refuse(limit: Limit, *, since: datetime, first: bool, who: str, now: datetime) -> None:
    facts: Mapping[str, object] = {"limit": limit.most, "seconds": limit.seconds}
    if first:
        record(
            name="web.calls_refused",
            subject_kind="web.limit",
            subject_id=limit.name,
            details={"who": who, **facts},
        )
    wait = max(1, math.ceil((since + timedelta(seconds=limit.seconds) - now).total_seconds()))
    most = f"每 {limit.seconds} 秒最多 {limit.most} 次"
    raise TooManyCalls(f"{limit.label}过于频繁（{most}），请 {wait} 秒后再试。", wait=wait, **facts)
