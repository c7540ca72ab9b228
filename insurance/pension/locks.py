"""One act on a person's pension at a time (并发控制)."""

from django.db import connection

ONE = "SELECT pg_advisory_xact_lock(hashtextextended('pension.person/' || %s, 0))"

RECALCULATIONS = "SELECT pg_advisory_xact_lock(hashtext('pension.recalculation'))"
LAST_CHUNK = "SELECT pg_advisory_xact_lock(hashtext('pension.recalculation_chunk'))"


def lock_person(*, person_id: int) -> None:
    """Wait for other acts on this person's pension until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(ONE, [person_id])


def lock_recalculations() -> None:
    """Let no recalculation begin until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(RECALCULATIONS)


def lock_last_chunk() -> None:
    """Let chunks of a recalculation look one after the other whether they are the last.

    Not the lock above: who holds that one waits for everybody who writes awards, as chunks do.
    """
    with connection.cursor() as cursor:
        cursor.execute(LAST_CHUNK)
