"""Months that the register shows as insured (登记的参保月数), to hold what papers say against."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from backend.kernel.errors import Refusal
from backend.kernel.months import Month, months_between
from backend.people.queries import family_of

# Months enrolled from ``since`` and before ``until``: each once in whatever capacities (身份), and
# those with an employer, each once.
REGISTERED = """
SELECT min(lower(r)), coalesce(sum(months) FILTER (WHERE NOT employed), 0)::int,
    coalesce(sum(months) FILTER (WHERE employed), 0)::int
FROM (
    SELECT r, employed, (extract(year FROM age(upper(r), lower(r))) * 12
        + extract(month FROM age(upper(r), lower(r))))::int AS months
    FROM (SELECT employed, unnest(range_agg(
            valid * daterange(%(since)s::date, %(until)s::date))) AS r
        FROM enrolment_enrolment JOIN (VALUES (false), (true)) of (employed)
            ON kind = 'EMPLOYED' OR NOT employed
        WHERE person_id = ANY (%(ids)s) AND scheme = %(scheme)s AND superseded_at IS NULL
        GROUP BY employed) k
    WHERE NOT isempty(r)) m
"""


class MonthsDiffer(Refusal):
    """The months that papers say are not those of the register (填写的月数与登记不符)."""

    code = "register_months_differ"


@dataclass(frozen=True)
class Registered:
    """What the register knows of a time (登记的参保)."""

    first: Month | None  # none: nobody was insured then
    months: int
    employed_months: int  # of these: whoever works for himself may leave months unpaid

    def bounds(self, *, since: Month, deemed: Collection[Month] = ()) -> tuple[int, int]:
        """The fewest and the most months that can have been paid from ``since`` on, beside those
        deemed: before the first known month anything may have been."""
        if self.first is None:
            return 0, 0
        within = sum(one >= self.first for one in deemed)
        before = months_between(since, self.first) - (len(deemed) - within)
        return max(0, self.employed_months - within), self.months + max(0, before)


def registered(*, person_id: int, scheme: str, since: Month, until: Month) -> Registered:
    """Give what the register knows from ``since`` and before ``until``, of all entries."""
    if not since < until:
        return Registered(None, 0, 0)
    values: dict[str, Any] = {
        "ids": list(family_of(party_id=person_id)),
        "scheme": scheme,
        "since": since.first_day,
        "until": until.first_day,
    }
    with connection.cursor() as cursor:
        cursor.execute(REGISTERED, values)
        first, months, employed = cursor.fetchone()
    return Registered(Month.of(first) if first else None, months, employed)


def differs(
    *,
    said: int,
    known: Registered,
    since: Month,
    last: Month,
    deemed: Collection[Month] = (),
    brought: int = 0,
    paid_here: int = 0,
) -> str:
    """Say how paid months that papers show differ from the register, those ``brought`` from
    elsewhere, and those ``paid_here``; empty where they agree, or where nothing is known."""
    if brought and said < brought:
        return f"填写 {said} 个月；关系转移信息表至 {last} 已有 {brought} 个月"
    if paid_here and said < paid_here:
        return f"填写 {said} 个月；至 {last} 在本地已缴 {paid_here} 个月"
    if known.first is None:
        return ""
    least, most = known.bounds(since=since, deemed=deemed)
    most += brought
    if least <= said <= most:
        return ""
    return (
        f"填写 {said} 个月；登记自 {known.first} 至 {last} 参保 {known.months} 个月，"
        f"连同以前应在 {least} 至 {most} 个月之间"
    )
