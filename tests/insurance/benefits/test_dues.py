"""A due rests on an entitlement, however it comes into the table."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

NOBODYS_ENTITLEMENT = 987_654_321
NOVEMBER = date(2026, 11, 1)


@pytest.mark.django_db
def test_a_due_without_an_entitlement_is_refused_at_once() -> None:
    with (
        pytest.raises(IntegrityError, match="rests on an entitlement"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO benefits_due (entitlement_id, payee_id, kind, for_month, run_period, fen, "
            "parts) VALUES (%s, 1, 1, %s, %s, 100, '{100}')",
            [NOBODYS_ENTITLEMENT, NOVEMBER, NOVEMBER],
        )
