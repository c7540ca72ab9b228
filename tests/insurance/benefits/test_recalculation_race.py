"""Cancelling a returned due and trying it again exclude each other (撤销与二次发放互斥)."""

from datetime import date

import pytest
from django.db import OperationalError, connection, connections, transaction

from insurance.benefits import monthly_run
from insurance.benefits.models import Cancelled, Run
from payments.models import OutcomeState
from tests.conftest import OwnDatabase
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER


@pytest.fixture
def december(own_database: OwnDatabase) -> Run:
    """Wang's November came back from the bank, and Wang had died before it."""
    wang = m.entitlement()
    m.sealed()
    m.answered(m.line(wang), OutcomeState.RETURNED)
    m.death(of=wang, on=date(2026, 10, 31))
    return m.opened(DECEMBER)


def compute(run: Run) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '100ms'")
        monthly_run.run_chunk(run_id=run.id, chunk=0)


def test_cancelling_waits_for_a_reissue_that_is_under_way(december: Run) -> None:
    with transaction.atomic(using="owner"), connections["owner"].cursor() as reissue:
        reissue.execute("SELECT pg_advisory_xact_lock(hashtext('payments.reissue'))")

        with pytest.raises(OperationalError, match="lock timeout"):
            compute(december)

    compute(december)
    assert Cancelled.objects.count() == 1


def test_a_reissue_waits_for_a_chunk_that_cancels(december: Run) -> None:
    taken = "SELECT pg_try_advisory_xact_lock(hashtext('payments.reissue'))"

    with transaction.atomic():
        compute(december)
        with connections["owner"].cursor() as reissue:
            reissue.execute(taken)
            assert reissue.fetchone() == (False,)

    with connections["owner"].cursor() as reissue:
        reissue.execute(taken)
        assert reissue.fetchone() == (True,)
