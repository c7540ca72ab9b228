"""What keeps reissues, withdrawals and late decisions apart (互斥): taken before any row."""

from django.db import connection


def hold_reissues() -> None:
    """Let nobody reissue or withdraw until this transaction ends; before any row is locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('payments.reissue'))")
