"""Bill a month (月度核定): what employers, flexible workers and residents owe, as known now.

``open_bills`` fixes what is known and by which figures, ``bill_chunk`` assesses a range of persons
in one transaction, ``finish_run`` adds what is nobody's, writes the bills and closes the run.
"""

from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from backend.audit.record import record
from backend.jobs.faultpoint import faultpoint
from backend.jobs.queue import enqueue
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.collection.bills import bill_run, employers, individuals, residents_year, top_up
from insurance.collection.bills import bill_sql as sql
from insurance.collection.bills.bill_run import (
    Opening,
    Shape,
    Written,
    open_run,
    require_nothing_open,
    values_of,
)
from insurance.collection.models import (
    BillChange,
    BillChunk,
    BillRun,
    BillRunKind,
    NotBilled,
    RunState,
)
from insurance.enrolment.queries import known_now

MONTHLY = {
    BillRunKind.EMPLOYERS: employers.SHAPE,
    BillRunKind.INDIVIDUALS: individuals.SHAPE,
    BillRunKind.RESIDENTS: residents_year.SHAPE,
}
SHAPES: dict[str, Shape] = {
    str(kind): shape for kind, shape in (*MONTHLY.items(), *top_up.SHAPES.items())
}
chunk_keys = bill_run.chunk_keys


class BillsOutOfOrder(Refusal):
    """Months are billed one after the other (须按月依次核定)."""

    code = "collection_bills_out_of_order"


class BillsNotComputed(Refusal):
    """Nothing to finish: not opened, or not all computed (核定未开始或未算完)."""

    code = "collection_bills_not_computed"


@transaction.atomic
def open_bills(*, period: Month, today: date) -> list[BillRun]:
    """Open the three runs of a month at one instant of knowledge; the runs that are there, if any.

    What was published by ``today`` counts. The first month of a database is billed alone; later
    ones assess again whoever changed, from that first month on.

    Raises:
        BillsOutOfOrder: it is not the next month.
        RunStillOpen: an earlier run is still open, or a top-up that was decided is not yet.
        NotConfigured, NotVerified: a figure is missing.
    """
    with connection.cursor() as cursor:
        cursor.execute(bill_run.LOCK)
    there = list(_monthly().filter(period=period.first_day).order_by("pk"))
    if there:
        return there
    previous = _require_next(period)
    known_at = known_now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT enrolment_refresh_statistics()")
    first = _monthly().order_by("period").values_list("period", flat=True).first()
    runs = [
        open_run(
            shape=shape,
            opening=Opening(
                kind=kind,
                period=period,
                today=today,
                known_at=known_at,
                known_before=previous.known_at if previous else None,
                first_month=Month.of(first) if first else None,
            ),
        )
        for kind, shape in MONTHLY.items()
    ]
    faultpoint("collection.bills.opened")
    return runs


def bill_chunk(*, run_id: int, chunk: int) -> int:
    """Assess one range of persons in the caller's transaction; rows written, 0 when it is done."""
    run = BillRun.objects.get(pk=run_id)
    if BillChunk.objects.filter(run=run, chunk=chunk).exists():
        return 0
    shape = SHAPES[run.kind]
    first_id, last_id = run.parameters["chunks"][chunk]
    values = values_of(run=run, kinds=shape.kinds, first_id=first_id, last_id=last_id)
    done = shape.bill(run, values)
    if BillChange.objects.filter(run=run, person_id__range=(first_id, last_id)).exists():
        done += shape.bill_again(run, values)
    BillChunk.objects.create(run=run, chunk=chunk, line_count=done.lines, fen=done.fen)
    faultpoint("collection.bills.computed")
    record(
        name="collection.bill_chunk",
        subject_kind="collection.run",
        subject_id=f"{_name(run)}/{chunk}",
        rows=done.lines + 1,
    )
    return done.lines + 1


def order_finish(*, run: BillRun) -> str:
    """Let a job finish a run whose chunks are all there, once for ever; its key.

    Raises:
        BillsNotComputed: a chunk is missing.
    """
    _require_computed(run)
    key = f"collection.finish/{run.pk}"
    enqueue(kind=bill_run.FINISH_JOB, key=key, arguments={"run_id": run.pk})
    return key


@transaction.atomic
def finish_run(*, run_id: int) -> int:
    """Write what is nobody's and the bills, and close the run; rows written, 0 when it is done.

    Raises:
        BillsNotComputed: there is no such run, or a chunk is missing.
    """
    run = BillRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise BillsNotComputed("没有这次核定。", run=run_id)
    if run.state == RunState.DONE:
        return 0
    _require_computed(run)
    done = SHAPES[run.kind].complete(run) if run.kind in SHAPES else Written()
    bills = _write_bills(run)
    run.state, run.done_at, run.summary = RunState.DONE, timezone.now(), _summary(run)
    run.save(update_fields=["state", "done_at", "summary"])
    record(
        name="collection.finish_bills",
        subject_kind="collection.run",
        subject_id=_name(run),
        rows=done.lines + bills + 1,
        details=run.summary,
    )
    faultpoint("collection.bills.finished")
    return done.lines + bills + 1


def _monthly() -> QuerySet[BillRun]:
    return BillRun.objects.filter(kind__in=MONTHLY)


def _name(run: BillRun) -> str:
    return f"{run.kind}/{Month.of(run.period)}/{run.ordinal}"


def _require_next(period: Month) -> BillRun | None:
    """The run before; nothing may be open that could write the same differences."""
    last = _monthly().order_by("-period", "pk").first()
    if last is not None and Month.of(last.period).next != period:
        done = Month.of(last.period)
        raise BillsOutOfOrder(f"{done} 已核定，应接着核定 {done.next}，不能核定 {period}。")
    require_nothing_open()
    top_up.require_none_ordered()
    return last


def _require_computed(run: BillRun) -> None:
    missing = len(run.parameters["chunks"]) - BillChunk.objects.filter(run=run).count()
    if missing:
        raise BillsNotComputed(f"这次核定还有 {missing} 个分块没有算完。", run=run.pk)


def _write_bills(run: BillRun) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT collection_refresh_statistics()")
        cursor.execute(sql.WRITE_BILLS, values_of(run=run, kinds=()))
        return int(cursor.rowcount)


def _summary(run: BillRun) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql.SUMMARY, {"run_id": run.pk})
        rows = cursor.fetchall()
    return {
        "bills": sum(bills for _, _, _, bills in rows),
        "lines": sum(lines for _, lines, _, _ in rows),
        "fen": sum(fen for _, _, fen, _ in rows),
        "by_scheme": {scheme: fen for scheme, _, fen, _ in rows},
        "not_billed": NotBilled.objects.filter(run=run).count(),
    }
