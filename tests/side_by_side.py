"""Two transactions that meet (两个事务相遇): each goes on while the other waits, or is done."""

from collections.abc import Callable, Sequence
from threading import Event, Thread

from django.db import DatabaseError, connections, transaction

Act = Callable[[], object]
SOMEBODY_WAITS = """
SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity s ON s.pid = l.pid
    WHERE NOT l.granted AND s.datname = current_database())
"""


def side_by_side(first: Sequence[Act], second: Sequence[Act]) -> None:
    """Two transactions: when the first has done its first act, the second begins; when that waits
    or is done, the first goes on. Whoever is chosen as the victim of a deadlock fails."""
    begun, failed = Event(), list[DatabaseError]()

    def run_second() -> None:
        begun.wait()
        try:
            with transaction.atomic():
                for act in second:
                    act()
        except DatabaseError as error:
            failed.append(error)
        finally:
            connections.close_all()

    thread = Thread(target=run_second)
    thread.start()
    try:
        with transaction.atomic():
            first[0]()
            begun.set()
            until_it_waits(thread)
            for act in first[1:]:
                act()
    finally:
        begun.set()
        thread.join()
    assert failed == []


def until_it_waits(thread: Thread) -> None:
    """Look until somebody waits for a lock, or there is nobody who could."""
    with connections["owner"].cursor() as cursor:
        while thread.is_alive():
            cursor.execute(SOMEBODY_WAITS)
            if cursor.fetchone() == (True,):
                return
            thread.join(timeout=0.02)
