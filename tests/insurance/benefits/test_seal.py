"""Sealed is complete (封存即完整, INV-04): nothing missing, and all of it frozen."""

import pytest
from django.db import DatabaseError, connection, connections

from backend.audit.models import Act
from backend.jobs.faultpoint import FaultError
from backend.kernel.months import Month
from insurance.benefits import monthly_run
from insurance.benefits.completeness import RunIncomplete
from insurance.benefits.models import RunChunk, RunState
from insurance.benefits.monthly_run import RunNotThere
from payments.models import Batch, BatchState
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import NOVEMBER

TABLES = ("benefits_due", "benefits_held", "payments_attempt")


def seal(period: Month = NOVEMBER) -> monthly_run.SealedRun:
    return monthly_run.seal_run(period=period, now=m.now(period))


def as_owner(statement: str) -> None:
    """What only the owner can do, and only with the triggers off."""
    with connections["owner"].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        cursor.execute(statement)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only")


@pytest.mark.django_db
def test_a_complete_month_is_sealed_once() -> None:
    m.entitlement()
    first = m.sealed()
    acts = Act.objects.count()

    again = seal()

    assert (first.run.state, first.run.sealed_at) == (RunState.SEALED, m.now(NOVEMBER))
    assert first.rows > 0
    assert again.rows == 0
    assert Act.objects.count() == acts


@pytest.mark.django_db
def test_a_month_that_was_not_opened_is_not_sealed() -> None:
    with pytest.raises(RunNotThere, match="2026-11"):
        seal()


@pytest.mark.django_db
def test_a_missing_chunk_blocks_the_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monthly_run, "CHUNK_SIZE", 1)
    m.entitlement(), m.entitlement(of=builders.li())
    run = m.opened()
    monthly_run.run_chunk(run_id=run.id, chunk=0)

    with pytest.raises(RunIncomplete, match="分块没有算完"):
        seal()

    assert set(Batch.objects.values_list("state", flat=True)) == {BatchState.DRAFT}


@pytest.mark.django_db
def test_a_chunk_that_only_says_it_was_computed_blocks_the_seal() -> None:
    wang = m.entitlement()
    run = m.opened()
    RunChunk.objects.create(
        run=run,
        chunk=0,
        first_id=wang.id,
        last_id=wang.id,
        due_count=0,
        due_fen=0,
        held_count=0,
        held_fen=0,
    )

    with pytest.raises(RunIncomplete, match=f"当月应发 {m.PENSION_FEN} 分，计发 0 分"):
        seal()


@pytest.mark.parametrize("lost", ["line", "held", "due"])
def test_a_row_that_got_lost_blocks_the_seal(own_database: OwnDatabase, lost: str) -> None:
    wang, li = m.entitlement(), m.entitlement(of=builders.li())
    m.hold(of=li)
    m.computed()
    ref = m.line(wang).due_ref
    as_owner(
        {
            "line": f"DELETE FROM payments_attempt WHERE due_ref = {ref}",
            "held": "DELETE FROM benefits_held",
            "due": f"DELETE FROM benefits_due WHERE due_ref = {ref}",
        }[lost]
    )

    with pytest.raises(RunIncomplete):
        seal()


@pytest.mark.django_db
def test_the_seal_freezes_what_the_batches_hold() -> None:
    wang = m.entitlement()
    m.sealed()

    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="draft batch"):
        cursor.execute(
            "INSERT INTO payments_attempt (due_ref, n, batch_id, chunk, payee_id, fen, parts, "
            "account_no, holder_name) VALUES (1, 1, %s, 0, %s, 1, '{1}', '1', '王')",
            [m.line(wang).batch_id, wang.person_id],
        )


def test_a_seal_that_breaks_leaves_the_month_open(
    own_database: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    m.entitlement()
    m.computed()
    monkeypatch.setenv("FAULTPOINTS", "payments.seal.digested:1:raise")

    with pytest.raises(FaultError):
        seal()

    assert set(Batch.objects.values_list("state", flat=True)) == {BatchState.DRAFT}
    assert seal().run.state == RunState.SEALED


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE benefits_run SET summary = summary || '{\"people\": 0}'",
        "UPDATE benefits_run SET known_at = now()",
        "UPDATE benefits_run SET state = 'OPEN'",
        "DELETE FROM benefits_run",
    ],
)
def test_a_sealed_run_says_what_it_said(statement: str) -> None:
    m.entitlement()
    m.sealed()

    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute(statement)
