"""One change of a person at a time, and no single change beside a file (并发控制)."""

from django.db import connection

SHARED = "SELECT pg_advisory_xact_lock_shared(hashtextextended('enrolment', 0))"
ALL = "SELECT pg_advisory_xact_lock(hashtextextended('enrolment', 0))"
ONE = "SELECT pg_advisory_xact_lock(hashtextextended('enrolment.person/' || %s, 0))"


def lock_person(*, person_id: int) -> None:
    """Wait for other changes of this person, and for files, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(SHARED)
        cursor.execute(ONE, [person_id])


def lock_all() -> None:
    """Wait for every other change of enrolments until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(ALL)
