"""A file leaves only when its release stands in the archive (归档后送盘, INV-18).

Where the database's log is archived as it is written (``archive_mode``), no file goes to a bank
whose release a restore could lose with the machine. Where nothing is archived nothing is waited
for.
"""

from django.db import connection

from backend.jobs.runner import NotYetError

# Names of pieces are compared without their timeline, in the order in which they are archived. What
# lies ahead of this server's log was written by another, of whose archive or dump this one is made.
STANDS = """
SELECT current_setting('archive_mode') = 'off' OR %(through)s::pg_lsn > pg_current_wal_insert_lsn()
    OR coalesce(substr(last_archived_wal, 9, 16)
        >= substr(pg_walfile_name(%(through)s::pg_lsn), 9, 16), false)
FROM pg_stat_archiver
"""


def is_on() -> bool:
    """Whether the server archives its log."""
    return bool(_asked("SELECT current_setting('archive_mode') <> 'off'"))


def written_through() -> str:
    """How far the log is written now: with all that is committed by now."""
    return str(_asked("SELECT pg_current_wal_insert_lsn()::text"))


def require_archived(*, through: str) -> None:
    """Whatever was written by ``through`` stands in the archive, where there is one.

    Raises:
        NotYetError: it does not yet.
    """
    if not _asked(STANDS, through=through):
        raise NotYetError("放款签名还没有归档，归档后自动送盘；归档停了的请查看归档盘。")


def _asked(statement: str, **values: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]
