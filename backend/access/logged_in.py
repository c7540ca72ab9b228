"""Who is logged in (登录的人): the account with its roles of today, read with the session.

Each call asks for all three before anything else is done, so that a right which was taken away
counts no more at the next call.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from backend.access.models import RoleAssignment, Staff, that_count

# In the order of the models' fields, as ``from_db`` takes them.
ACCOUNT = (
    "password", "last_login", "id", "username", "person_id", "agency_id", "hall_id", "village_id",
    "is_active", "totp_sealed", "totp_last_step", "password_initial",
)  # fmt: skip
ASSIGNED = (
    "id", "staff_id", "person_id", "role", "level", "employer_id", "valid", "ended_at",
    "delegation_id", "certificate",
)  # fmt: skip
# Of a session ``l``: one row for each role, his own first, or one without any.
COLUMNS = """
s.password, s.last_login, s.id, s.username, s.person_id, s.agency_id, s.hall_id, s.village_id,
s.is_active, s.totp_sealed, s.totp_last_step, s.password_initial,
r.id AS assignment_id, r.staff_id, r.person_id, r.role, r.level, r.employer_id, r.valid,
r.ended_at, r.delegation_id, r.certificate
"""
JOINED = """
LEFT JOIN access_staff s ON s.id = l.staff_id AND s.is_active
LEFT JOIN access_roleassignment r ON r.staff_id = s.id AND r.valid @> %(day)s::date
"""
ORDERED = "ORDER BY delegation_id DESC, assignment_id"


def account_of(rows: Sequence[Sequence[Any]], *, day: date) -> Staff | None:
    """Give the account of a session with its roles of a day, unless it was closed."""
    width = len(ACCOUNT)
    alias, told = connection.alias, rows[0][:width]
    if told[ACCOUNT.index("id")] is None:
        return None
    staff = Staff.from_db(alias, ACCOUNT, told)
    held = [
        RoleAssignment.from_db(alias, ASSIGNED, row[width:])
        for row in rows
        if row[width] is not None
    ]
    staff.read_with = day, that_count(held, day=day)
    return staff
