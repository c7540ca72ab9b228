"""Who takes a payee's account away by SQL, as the application's own role, is found."""

import pytest
from django.db import connection

from payments.invariants import ENDED, broken_promises
from tests.insurance.benefits import month_builders as m

pytestmark = pytest.mark.django_db


def test_an_account_that_nothing_replaced_is_found() -> None:
    m.entitlement()
    assert ENDED not in {row.promise for row in broken_promises()}

    with connection.cursor() as cursor:
        cursor.execute("UPDATE payments_payeeaccount SET superseded_at = clock_timestamp()")

    assert ENDED in {row.promise for row in broken_promises()}
