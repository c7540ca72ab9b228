"""Adjust all pensions in payment (养老金调整): a decided case orders a run, jobs do and seal it.

``open_run`` fixes by which figures, over whom, and until when all is known; ``run_chunk`` computes
a range of entitlements in one transaction; ``seal_run`` proves that it is whole. Whatever a run
writes is a difference to what the runs of the same adjustment said before: repeated, it writes
nothing. The monthly run pays what was missed since the first month by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import OperationalError, connection, transaction

from backend.audit.record import record
from backend.deployment import is_demo
from backend.jobs.faultpoint import faultpoint
from backend.jobs.models import Job, JobState
from backend.jobs.queue import enqueue, enqueue_all
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.benefits.life.queries import persons_without_adjustment
from insurance.benefits.life.settle import form_rules
from insurance.benefits.models import Entitlement
from insurance.benefits.models import Run as MonthlyRun
from insurance.pension.adjusting import adjusting_sql as sql
from insurance.pension.adjusting.completeness import prove_whole
from insurance.pension.adjusting.custody import Custody
from insurance.pension.adjusting.figures import Figures, basic_figures, yearly_figures
from insurance.pension.adjusting.kind_sql import DRAWN_IN
from insurance.pension.adjusting.models import Chunk, Kind, Run, RunState
from insurance.policy import parameters as policy
from payments.ledger.models import Book

CHUNK_SIZE = 50_000
OPEN_JOB, CHUNK_JOB, SEAL_JOB = "adjusting.open", "adjusting.chunk", "adjusting.seal"
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('adjusting.run'))"
LOCK = "SELECT pg_advisory_xact_lock(hashtext('adjusting.run'))"
LAST_CHUNK = "SELECT pg_advisory_xact_lock(hashtext('adjusting.chunk'))"
DISTRICTS = f"""
SELECT DISTINCT {DRAWN_IN} FROM benefits_entitlement e
WHERE book_id = ANY (%s) AND start_month < %s ORDER BY 1
"""


class RunStillOpen(Refusal):
    """Each run counts on what the one before wrote (有调整尚未算完)."""

    code = "adjustment_still_open"


class AdjustmentTooEarly(Refusal):
    """Nothing is adjusted before its first month has come (尚未到调整的起始月)."""

    code = "adjustment_too_early"


class AdjustmentsInOrder(Refusal):
    """A later adjustment rests on the earlier ones (须按年度依次调整)."""

    code = "adjustment_out_of_order"


class NothingToAdjust(Refusal):
    """The region pays no pensions of this scheme (本地区没有该险种的在发待遇)."""

    code = "adjustment_nothing_there"


class FactsMovedError(OperationalError):
    """Somebody changed a component while it was being adjusted: the job is done again."""


@dataclass(frozen=True)
class Asked:
    """What shall be adjusted, from which month on (调整事项)."""

    kind: Kind
    region: str
    since: Month
    by_old_system: bool = False  # it adjusted whom it paid; here the others are adjusted


def require_adjustable(*, asked: Asked, today: date) -> Figures:
    """Refuse what can not be adjusted by the figures and books there are; give the figures.

    Raises:
        AdjustmentTooEarly, AdjustmentsInOrder, NothingToAdjust; NotConfigured, NotVerified: a
        figure; StandardNotRaised.
    """
    if today < asked.since.first_day and not _is_being_paid(asked.since):
        raise AdjustmentTooEarly(f"{asked.since} 起的调整尚未开始。", since=str(asked.since))
    of_kind = Run.objects.filter(kind=asked.kind, region=asked.region, ordinal=1)
    later = of_kind.filter(since__gt=asked.since.first_day).order_by("since").first()
    if later is not None and not asked.by_old_system:  # a later one follows for those few
        raise AdjustmentsInOrder(
            f"{Month.of(later.since)} 起的调整已办理，不能再办理 {asked.since} 起的。"
        )
    return _figures(asked)


def order_run(*, asked: Asked, case_id: int, today: date) -> str:
    """Let a job open the run that a case decided, once for ever; its key.

    What could refuse the job refuses the decision; it waits for nothing.

    Raises:
        RunStillOpen; as ``require_adjustable``.
    """
    key = f"{OPEN_JOB}/{case_id}"
    if Job.objects.filter(key=key).exists():
        return key
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK)
        (free,) = cursor.fetchone()
    if not free or is_busy():
        raise RunStillOpen("另一次调整尚未算完，请稍后再办结。")
    require_adjustable(asked=asked, today=today)
    enqueue(
        kind=OPEN_JOB,
        key=key,
        arguments={
            "kind": asked.kind.value,
            "region": asked.region,
            "since": str(asked.since),
            "by_old_system": asked.by_old_system,
            "case_id": case_id,
            "today": today.isoformat(),
        },
    )
    return key


def is_busy() -> bool:
    """Whether a run is being computed, or one that was decided is not open yet."""
    ordered = Job.objects.filter(kind=OPEN_JOB).exclude(state=JobState.DONE)
    return Run.objects.filter(state=RunState.OPEN).exists() or ordered.exists()


@transaction.atomic
def open_run(*, asked: Asked, case_id: int, today: date) -> Run:
    """Open a run over everybody, and its jobs; the one that this case opened is given as it is.

    Raises:
        as ``require_adjustable``.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    there = Run.objects.filter(case_id=case_id, period__isnull=True).first()
    if there is not None:
        return there
    figures = require_adjustable(asked=asked, today=today)
    books = books_of(asked=asked)
    refresh_statistics()
    run = Run.objects.create(
        kind=asked.kind,
        region=asked.region,
        since=asked.since.first_day,
        ordinal=len(_runs_before(asked)) + 1,
        case_id=case_id,
        known_at=known_now(),
        policy_version=figures.policy_version,
        parameters={
            **figures.as_json(),
            "books": books,
            "by_old_system": asked.by_old_system,
            "earlier": _runs_before(asked),
            "without": without_part(since=asked.since, custody=figures.custody),
            "chunks": _ranges(),
        },
    )
    begin(run=run, listed=0)
    return run


def begin(*, run: Run, listed: int) -> None:
    """Register the jobs of a run that was just opened, and put it on record."""
    keys = enumerate(chunk_keys(run=run))
    enqueue_all(
        kind=CHUNK_JOB, arguments={key: {"run_id": run.pk, "chunk": chunk} for chunk, key in keys}
    )
    record(
        name="adjusting.open",
        subject_kind="adjusting.run",
        subject_id=str(run.pk),
        rows=1 + listed,
        details={
            "kind": run.kind,
            "region": run.region,
            "since": str(Month.of(run.since)),
            "ordinal": run.ordinal,
            "case_id": run.case_id,
            "policy_version": run.policy_version,
        },
    )
    faultpoint("adjusting.opened")


def refresh_statistics() -> None:
    """Let the planner know what is there; before anybody has to wait for a run that opens."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT adjusting_refresh_statistics()")


def known_now() -> datetime:
    """Wait until every writer of facts has finished: what is written later has a later instant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT adjusting_known_now()")
        (instant,) = cursor.fetchone()
    assert isinstance(instant, datetime)
    return instant


def chunk_keys(*, run: Run) -> list[str]:
    """The job keys of all ranges of a run."""
    return [f"{CHUNK_JOB}/{run.pk}/{chunk}" for chunk in range(len(run.parameters["chunks"]))]


def run_chunk(*, run_id: int, chunk: int) -> int:
    """Compute one range in the caller's transaction; rows written, 0 when it is done.

    Whoever does the last one orders the seal.

    Raises:
        FactsMovedError: to be done again.
    """
    run = Run.objects.get(pk=run_id)
    if Chunk.objects.filter(run=run, chunk=chunk).exists():
        return 0
    first_id, last_id = run.parameters["chunks"][chunk]
    with connection.cursor() as cursor:
        cursor.execute(sql.BOUNDS, [first_id, last_id])
        first_person, last_person = cursor.fetchone()
        given = sql.parameters(
            run=run,
            chunk=chunk,
            first_id=first_id,
            last_id=last_id,
            first_person=first_person,
            last_person=last_person,
        )
        cursor.execute(sql.rendered(sql.COMPUTE, run=run), given)
        rows, closed, in_force = cursor.fetchone()
    if closed != in_force:
        raise FactsMovedError(f"{in_force - closed} components changed meanwhile")
    faultpoint("adjusting.computed")
    record(
        name="adjusting.chunk",
        subject_kind="adjusting.run",
        subject_id=f"{run.pk}/{chunk}",
        rows=rows,
    )
    _seal_after_last(run)
    return int(rows)


def _seal_after_last(run: Run) -> None:
    """One chunk after the other looks whether it was the last, and sees those before."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_CHUNK)
    if Chunk.objects.filter(run=run).count() == len(run.parameters["chunks"]):
        enqueue(kind=SEAL_JOB, key=f"{SEAL_JOB}/{run.pk}", arguments={"run_id": run.pk})


@transaction.atomic
def seal_run(*, run_id: int, now: datetime) -> int:
    """Prove that a run is whole and seal it with its totals; rows written, 0 when it is sealed.

    Raises:
        AdjustmentIncomplete: see ``prove_whole``.
    """
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.state == RunState.SEALED:
        return 0
    run.summary = prove_whole(run=run)
    run.state, run.sealed_at = RunState.SEALED, now
    run.save(update_fields=["state", "summary", "sealed_at"])
    record(
        name="adjusting.seal",
        subject_kind="adjusting.run",
        subject_id=str(run.pk),
        rows=1,
        details=run.summary,
    )
    return 1


def books_of(*, asked: Asked) -> list[int]:
    """The books that pay these pensions.

    Raises:
        NothingToAdjust: the region has none.
    """
    books = Book.objects.filter(scheme=asked.kind.scheme, agency__region=asked.region)
    found = list(books.order_by("pk").values_list("pk", flat=True))
    if not found or not Entitlement.objects.filter(book__in=found).exists():
        raise NothingToAdjust(f"{asked.region} 没有险种 {asked.kind.scheme} 的在发待遇。")
    return found


def without_part(*, since: Month, custody: Custody) -> list[int]:
    """Persons who on the first day are in a form of custody that takes no part."""
    by = custody.by(law=form_rules())
    return sorted(persons_without_adjustment(since=since, by=by))


def _figures(asked: Asked) -> Figures:
    """By which figures: unverified and invented ones count in a demonstration only."""
    if asked.kind is Kind.YEARLY:
        books_of(asked=asked)
        return yearly_figures(
            tree=policy.load(), region=asked.region, year=asked.since.year, demo=is_demo()
        )
    districts = districts_drawn_in(books=books_of(asked=asked), since=asked.since)
    return basic_figures(
        tree=policy.load(),
        region=asked.region,
        districts=districts or [asked.region],
        since=asked.since,
        demo=is_demo(),
    )


def districts_drawn_in(*, books: Sequence[int], since: Month) -> list[str]:
    """Where pensions are drawn that began before a month."""
    with connection.cursor() as cursor:
        cursor.execute(DISTRICTS, [list(books), since.first_day])
        return [district for (district,) in cursor.fetchall()]


def _is_being_paid(month: Month) -> bool:
    """Whether the month was opened: a demonstration plays months that are to come."""
    return MonthlyRun.objects.filter(period__gte=month.first_day).exists()


def _runs_before(asked: Asked) -> list[int]:
    runs = Run.objects.filter(kind=asked.kind, region=asked.region, since=asked.since.first_day)
    return list(runs.order_by("ordinal").values_list("pk", flat=True))


def _ranges() -> list[list[int]]:
    ids = Entitlement.objects.order_by("pk").values_list("pk", flat=True)
    first, last = ids.first() or 0, ids.last() or 0
    starts = range(first, last + 1, CHUNK_SIZE)
    return [[start, min(start + CHUNK_SIZE - 1, last)] for start in starts]
