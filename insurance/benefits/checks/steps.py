"""What is tried with whom no proof came from (催办), step by step; the database keeps the order.

Data match, message or call, visit, signed list: each step is a row of its own. A step is written
only for who is still to be checked and stands one step before it.
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from backend.audit.record import record
from backend.kernel.errors import Refusal
from insurance.benefits.checks.due import Area, due_sql, due_values
from insurance.benefits.checks.rules import Stage

CHANNELS = {"SMS": "短信", "CALL": "电话", "LETTER": "信函"}

# Who has taken the step before, no later, and none after it.
TRY = """
INSERT INTO benefits_checkstep
    (person_id, since, stage, channel, done_on, by_person_id, by_name, note, file_id)
SELECT u.person_id, u.since, %(to)s, %(channel)s, %(done_on)s, %(by_person)s, %(by_name)s, %(note)s,
    %(file)s
FROM ({due}) u WHERE coalesce(u.stage, 0) <= %(to)s AND (%(to)s = 1 OR EXISTS (
    SELECT FROM benefits_checkstep b WHERE b.person_id = u.person_id AND b.since = u.since
        AND b.stage = %(to)s - 1 AND b.done_on <= %(done_on)s))
ON CONFLICT (person_id, since, stage, channel) DO NOTHING
"""


class ContactInvalid(Refusal):
    """There is no such way to reach somebody, or the day is to come (提醒方式或日期不正确)."""

    code = "check_contact_invalid"


@dataclass(frozen=True)
class By:
    """How a step was taken, when, and by whom: a member of staff, somebody named, or a file."""

    channel: str
    done_on: date
    person_id: int | None = None
    name: str = ""
    note: str = ""
    file_id: int | None = None


def contact(
    *, area: Area, channel: str, done_on: date, today: date, by_person: int, note: str = ""
) -> int:
    """Put down that all of an area whom the data did not show were reminded; how many.

    Raises:
        ContactInvalid; NotConfigured, NotVerified.
    """
    if channel not in CHANNELS or done_on > today:
        raise ContactInvalid("请写明提醒方式（短信、电话、信函）和不晚于今天的日期。")
    with transaction.atomic():
        rows = take_step(
            area=area,
            day=today,
            stage=Stage.CONTACTED,
            by=By(channel=channel, done_on=done_on, person_id=by_person, note=note),
        )
        record(
            name="benefits.check_contacted",
            subject_kind="benefits.check",
            subject_id=area.district or str(area.village or ""),
            rows=rows,
            person_id=by_person,
            details={"channel": channel, "done_on": str(done_on)},
        )
    return rows


def take_step(*, area: Area, day: date, stage: Stage, by: By) -> int:
    """Write a step for everybody of an area who stands just before it; rows written.

    The caller holds the transaction and records its act.
    """
    given = {
        **due_values(area=area, day=day),
        "to": stage.value,
        "channel": by.channel,
        "done_on": by.done_on,
        "by_person": by.person_id,
        "by_name": by.name,
        "note": by.note,
        "file": by.file_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(TRY.format(due=due_sql(area=area)), given)
        return int(cursor.rowcount)
