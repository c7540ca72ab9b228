"""A due that is owed and that somebody cancels by SQL, as the application's own role, is found."""

from datetime import date

import pytest
from django.db import connection

from backend.kernel.months import Month
from insurance.benefits.invariants import CANCELLED, broken_promises
from insurance.benefits.models import Cancelled
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER

pytestmark = pytest.mark.django_db
CANCEL = "INSERT INTO benefits_cancelled (due_ref, run_period) SELECT due_ref, %s FROM benefits_due"


def cancel(*, in_run: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(CANCEL, [in_run])


def broken() -> set[str]:
    return {row.promise for row in broken_promises()}


@pytest.mark.parametrize("month", [NOVEMBER, DECEMBER])
def test_a_held_due_that_is_owed_is_not_cancelled_unseen(month: Month) -> None:
    m.hold(of=m.entitlement())
    m.sealed(NOVEMBER)
    assert broken() == set()

    cancel(in_run=month.first_day)

    assert broken() == {CANCELLED}


def test_a_due_of_a_month_after_a_death_is_rightly_cancelled() -> None:
    wang = m.entitlement()
    m.hold(of=wang)
    m.sealed(NOVEMBER)
    m.death(of=wang, on=date(2026, 10, 20))
    m.sealed(DECEMBER)

    assert (Cancelled.objects.count(), broken()) == (1, set())
