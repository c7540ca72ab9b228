"""A pair that the database lost, or a role without its certificate, is named."""

import pytest
from django.db import connection, connections

from backend.city.role_invariants import CERTIFIED, TABLE, broken_promises
from tests import builders
from tests.conftest import OwnDatabase


@pytest.mark.django_db
def test_roles_as_they_were_given_break_no_promise() -> None:
    builders.member(role="APPROVER")

    assert broken_promises() == []


@pytest.mark.django_db
def test_a_role_without_its_certificate_is_named() -> None:
    builders.member(role="CASHIER")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_roleassignment SET certificate = ''")

    (broken,) = broken_promises()
    assert (broken.promise, broken.found) == (CERTIFIED, "CASHIER 的任职证明缺失或无效")


def test_a_pair_that_the_database_lost_is_named(own_database: OwnDatabase) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM access_roleconflict WHERE pair = 'CASHIER|FINANCE'")

    assert [(one.promise, one.subject) for one in broken_promises()] == [
        (TABLE, "CASHIER、FINANCE")
    ]
