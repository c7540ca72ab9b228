"""Who is logged in (登录的人): the account with the roles that it holds today, by one statement.

Each call asks for both before anything else is done, so that a right which was taken away counts no
more at the next call.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db import connection
from django.utils import timezone

from backend.access.models import RoleAssignment, Staff, that_count
from backend.postgresql.planned import planned_once

# In the order of the models' fields, as ``from_db`` takes them.
ACCOUNT = (
    "password", "last_login", "id", "username", "person_id", "agency_id", "hall_id", "village_id",
    "is_active", "totp_sealed", "totp_last_step", "password_initial",
)  # fmt: skip
ASSIGNED = (
    "id", "staff_id", "person_id", "role", "level", "employer_id", "valid", "ended_at",
    "delegation_id", "certificate",
)  # fmt: skip
WITH_ROLES = """
SELECT s.password, s.last_login, s.id, s.username, s.person_id, s.agency_id, s.hall_id,
    s.village_id, s.is_active, s.totp_sealed, s.totp_last_step, s.password_initial,
    r.id, r.staff_id, r.person_id, r.role, r.level, r.employer_id, r.valid, r.ended_at,
    r.delegation_id, r.certificate
FROM access_staff s
LEFT JOIN access_roleassignment r ON r.staff_id = s.id AND r.valid @> %(day)s::date
WHERE s.id = %(staff)s AND s.is_active
ORDER BY r.delegation_id DESC, r.id
"""


class Accounts(ModelBackend):
    """The accounts of staff, for Django's sessions."""

    def get_user(self, user_id: Any) -> Staff | None:
        """Give the account of a session with its roles of today, unless it was closed."""
        day = timezone.localdate()
        with planned_once() as cursor:
            cursor.execute(WITH_ROLES, {"staff": user_id, "day": day})
            rows = cursor.fetchall()
        if not rows:
            return None
        alias, width = connection.alias, len(ACCOUNT)
        staff = Staff.from_db(alias, ACCOUNT, rows[0][:width])
        held = [
            RoleAssignment.from_db(alias, ASSIGNED, row[width:])
            for row in rows
            if row[width] is not None
        ]
        staff.read_with = day, that_count(held, day=day)
        return staff
