"""One act on a person's unemployment insurance at a time (并发控制)."""

from django.db import connection

ONE = "SELECT pg_advisory_xact_lock(hashtextextended('unemployment.person/' || %s, 0))"


def lock_person(*, person_id: int) -> None:
    """Wait for other acts on this person's unemployment until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(ONE, [person_id])
