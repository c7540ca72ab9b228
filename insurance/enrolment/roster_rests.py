"""Leavers of a roster whose months a benefit rests on (增减员文件中有待遇依据的月份)."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from backend.feeds.whole import Rule
from backend.kernel.months import Month
from backend.web.scope import whole_city
from insurance.enrolment.rests import Blocker, MonthsRestedOn, months_lost, sentences

# Leavers whose last month lies before the last that is over; what is so already is not asked.
LEFT_BEFORE = """
SELECT p.line, p.person_id, p.scheme, p.month, r.died
FROM roster_parts p JOIN roster_rows r USING (line)
WHERE p.change = 'LEAVE' AND p.until < %(now)s AND NOT EXISTS (
    SELECT FROM roster_done d WHERE (d.line, d.scheme) = (p.line, p.scheme))
ORDER BY p.line, p.scheme
"""


def rested_rules(*, cursor: Any, today: date, blockers: Sequence[Blocker]) -> Iterator[Rule]:
    """Give a rule for each scheme of a staged leaver whose lost months a benefit rests on, saying
    which; as ``leave`` at the desk."""
    cursor.execute(LEFT_BEFORE, {"now": Month.of(today).first_day})
    for line, person_id, scheme, month, died in cursor.fetchall():
        months = months_lost(
            last_month=Month.of(month), today=today, died=Month.of(died) if died else None
        )
        if months is None:
            continue
        with whole_city():  # of whichever agency
            reasons = sentences(
                blockers=blockers, person_id=person_id, scheme=scheme, months=months
            )
        if reasons:
            bad = f"SELECT {line}, '{month}'"
            yield Rule("month", "；".join(reasons), bad, code=MonthsRestedOn.code)
