"""One act on a person's pension at a time (并发控制)."""

from django.db import connection

ONE = "SELECT pg_advisory_xact_lock(hashtextextended('pension.person/' || %s, 0))"

RECALCULATIONS = "SELECT pg_advisory_xact_lock(hashtext('pension.recalculation'))"


def lock_person(*, person_id: int) -> None:
    """Wait for other acts on this person's pension until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(ONE, [person_id])


def lock_recalculations() -> None:
    """Let no recalculation begin, or end, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(RECALCULATIONS)
