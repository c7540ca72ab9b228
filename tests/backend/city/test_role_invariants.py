"""A pair that the database lost, a role or a case without its certificate, or a role that nobody
asked for, is named."""

import pytest
from django.db import connection, connections
from django.utils import timezone

from backend.access.administer import give_role
from backend.access.models import Staff
from backend.access.staff import enter_staff
from backend.city.role_invariants import BY_TWO, CERTIFIED, TABLE, TAKEN, broken_promises
from backend.kernel.months import DateRange
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


@pytest.mark.django_db
def test_a_case_that_sql_took_in_is_named() -> None:
    case = builders.case()
    assert broken_promises() == []

    case.pk, case.origin = case.pk + 1, "演示"
    case.save(force_insert=True)

    (broken,) = broken_promises()
    assert (broken.promise, broken.subject) == (TAKEN, f"业务件 {case.pk}")


def opened() -> Staff:
    return enter_staff(
        username="li.jianguo",
        person_id=builders.li().pk,
        agency=builders.agency(),
        hall=None,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("first", [True, False], ids=["first", "further"])
def test_a_role_that_one_gave_alone_is_named(first: bool) -> None:
    today = timezone.localdate()
    clerk = opened() if first else builders.member(role="CLERK").staff
    giver = builders.administering(builders.administrator())

    given = give_role(to=clerk, role="VILLAGE", valid=DateRange(today), by=giver, today=today)

    (broken,) = broken_promises()
    assert (broken.promise, broken.subject) == (BY_TWO, f"任职 {given.pk}")


def test_a_pair_that_the_database_lost_is_named(own_database: OwnDatabase) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM access_roleconflict WHERE pair = 'CASHIER|FINANCE'")

    assert [(one.promise, one.subject) for one in broken_promises()] == [
        (TABLE, "CASHIER、FINANCE")
    ]
