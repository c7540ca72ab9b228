"""Pay this month's benefits (待遇月度发放): what is owed becomes lines of batches, or is held.

``open_run`` fixes what is known and by which figures, ``run_chunk`` computes a range of
entitlements in one transaction, ``seal_run`` proves that nothing is missing and seals all batches.
"""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.db import connection, transaction
from django.db.models import Min
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from backend.audit.record import record
from backend.jobs.faultpoint import faultpoint
from backend.jobs.queue import enqueue_all
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.benefits import monthly_sql as sql
from insurance.benefits.completeness import prove_complete
from insurance.benefits.conditions import require_conditions
from insurance.benefits.items import item_ordinals
from insurance.benefits.models import Baseline, Entitlement, Run, RunState
from insurance.benefits.recovery import run_set_offs
from insurance.policy import parameters as policy
from payments.batch_profiles import banks_to_pay_through, lines_per_file
from payments.batches import open_batches, seal
from payments.ledger import memo
from payments.locks import share_reissues
from payments.models import Batch, BatchKind
from payments.withdrawals import post_withdrawn

# A month is shared among workers in ranges of entitlements: enough of them that none waits long for
# the last, none so small that opening it costs more than its rows.
CHUNK_SIZE, CHUNK_LEAST, CHUNKS_AT_LEAST = 20_000, 5_000, 16
# A large bank's month is several batches: two workers share it, and a file that a bank refuses
# whole stops the pensions of some, not of all. What a small bank gets is one.
LINES_PER_BATCH = 50_000
ASKED = 4_000  # entitlements, evenly chosen, that tell how many a bank has
MEMO_SOURCE = "benefits.run"


class RunNotThere(Refusal):
    """The month has not been opened (本月尚未开始计算)."""

    code = "run_not_found"


class NoEntitlements(Refusal):
    """Nothing has been taken over or awarded yet (没有在发待遇)."""

    code = "run_no_entitlements"


class MonthsInOrder(Refusal):
    """A month is run once, after the one before (须按月依次发放)."""

    code = "run_out_of_order"


class BeforeTakeOver(Refusal):
    """The old system pays until the first month that was taken over (接管首月之前由原系统发放)."""

    code = "run_before_take_over"


@dataclass(frozen=True)
class SealedRun:
    """What was sealed: lines and fen (封存结果)."""

    run: Run
    rows: int


def open_run(*, period: Month, pay_date: date, now: datetime) -> Run:
    """Open the month once: the instant of knowledge, draft batches, list of recalculation, jobs.

    What becomes known later is not in it, and there is no way back: so the deaths come first.

    Raises:
        MonthsInOrder: a later month exists, or the one before is not sealed.
        BeforeTakeOver: the old system pays it.
        NoEntitlements: there is nothing to pay.
        ConditionMissing: the deaths are not known, and nobody has signed to go without.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('benefits.run'))")
        existing = Run.objects.filter(period=period.first_day).first()
        if existing is not None:
            return existing
        previous = _previous_run(period=period)
        require_conditions(period=period, pay_date=pay_date)
        cursor.execute("SELECT benefits_known_now()")
        (known_at,) = cursor.fetchone()
        size, chunks = _chunks()
        today = timezone.localdate(now)
        account_date = max(pay_date, today)
        splits = _splits(chunks=chunks, account_date=account_date, today=today)
        run = Run.objects.create(
            period=period.first_day,
            pay_date=pay_date,
            known_at=known_at,
            known_before=previous.known_at if previous else None,
            policy_version=policy.version(),
            parameters={
                "items": [[s, c, n] for (s, c), n in sorted(item_ordinals().items())],
                "previous": previous.period.isoformat() if previous else None,
                "chunks": chunks,
                "splits": splits,
                "account_date": account_date.isoformat(),
            },
            chunk_size=size,
        )
        batches = open_batches(
            period=period,
            pay_date=pay_date,
            today=today,
            counts=_counts(splits),
        )
        cursor.execute(sql.rendered(sql.LIST_CHANGES, run=run), sql.parameters(run=run))
        changes = cursor.rowcount + run_set_offs.plan(run=run)
        cursor.execute("SELECT benefits_refresh_run_statistics()")
        enqueue_all(
            kind="benefits.run_chunk",
            arguments={
                chunk_key(period=period, chunk=chunk): {"run_id": run.id, "chunk": chunk}
                for chunk in range(len(chunks))
            },
        )
        record(
            name="benefits.open_run",
            subject_kind="benefits.run",
            subject_id=str(period),
            rows=1 + len(batches) + changes,
            details={"known_at": known_at.isoformat(), "policy_version": run.policy_version},
        )
        faultpoint("benefits.run.opened")
    return run


def chunk_key(*, period: Month, chunk: int) -> str:
    """The job key of one chunk."""
    return f"benefits.run/{period}/{chunk}"


def chunk_keys(*, run: Run) -> list[str]:
    """The job keys of all chunks of a run."""
    period = Month.of(run.period)
    return [chunk_key(period=period, chunk=n) for n in range(len(run.parameters["chunks"]))]


def run_chunk(*, run_id: int, chunk: int) -> int:
    """Compute one range of entitlements in the caller's transaction; give the rows written."""
    run = Run.objects.get(id=run_id)
    first_id, last_id = run.parameters["chunks"][chunk]
    given = sql.parameters(run=run, chunk=chunk, first_id=first_id, last_id=last_id)
    given |= persons_of(first_id=first_id, last_id=last_id)
    with connection.cursor() as cursor:
        rows = 0
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM benefits_runchange WHERE run_id = %(run_id)s "
            "AND entitlement_id BETWEEN %(first_id)s AND %(last_id)s)",
            given,
        )
        if cursor.fetchone()[0]:
            # Else a returned due could be cancelled here and tried again there, neither seen.
            share_reissues()
            for statement in (
                sql.CANCEL_UNDONE,
                sql.CANCEL,
                sql.CLOSE_WITHDRAWN,
                sql.OVERPAID,
            ):
                cursor.execute(sql.rendered(statement, run=run), given)
                rows += cursor.rowcount
        cursor.execute(sql.rendered(sql.COMPUTE, run=run), given)
        rows += cursor.fetchone()[0] + 1
    faultpoint("benefits.run.computed")
    record(
        name="benefits.run_chunk",
        subject_kind="benefits.run",
        subject_id=f"{Month.of(run.period)}/{chunk}",
        rows=rows,
    )
    return int(rows)


def seal_run(*, period: Month, now: datetime) -> SealedRun:
    """Prove that the run is complete and seal all its batches in one transaction.

    Raises:
        RunNotThere, ConditionMissing; RunIncomplete: see ``prove_complete``.
    """
    with transaction.atomic():
        run = Run.objects.select_for_update().filter(period=period.first_day).first()
        if run is None:
            raise RunNotThere(f"{period} 尚未开始计算。")
        if run.state == RunState.SEALED:
            return SealedRun(run=run, rows=0)
        require_conditions(period=period, pay_date=run.pay_date)
        with connection.cursor() as cursor:  # the month has just been written
            cursor.execute("SELECT benefits_refresh_month_statistics()")
        placed = prove_complete(run=run)
        faultpoint("benefits.seal.proved")
        drafts = Batch.objects.filter(period=run.period, kind=BatchKind.REGULAR)
        rows = 1 + seal(batch_ids=[batch.id for batch in drafts], made_by=None, now=now)
        rows += memo.append(
            select=sql.OVERPAID_BY_PAYEE,
            parameters={"period": run.period},
            source=MEMO_SOURCE,
            beyond_zero=True,
        )
        post_withdrawn(day=run.pay_date)
        run.state = RunState.SEALED
        run.sealed_at = now
        run.summary = {"people": _people(run=run), **placed}
        run.save(update_fields=["state", "sealed_at", "summary"])
        rows += run_set_offs.settle(run=run)
        record(
            name="benefits.seal_run",
            subject_kind="benefits.run",
            subject_id=str(period),
            rows=rows,
            details=run.summary,
        )
        transaction.on_commit(partial(faultpoint, "benefits.seal.committed"))
    return SealedRun(run=run, rows=rows)


def require_taken_over(*, period: Month) -> None:
    """Refuse a month as the first one to run while the old system still pays.

    Raises:
        BeforeTakeOver: naming the first month of the earliest baseline.
    """
    first = first_taken_over()
    if first is not None and period < first:
        raise BeforeTakeOver(
            f"{period} 由原系统发放；接管首月是 {first}，请从该月起办理。", first=str(first)
        )


def first_taken_over() -> Month | None:
    """The first month of the earliest baseline; None when none is taken over."""
    first = Baseline.objects.aggregate(first=Min(KeyTextTransform("first_period", "manifest")))
    return Month.parse(first["first"]) if first["first"] else None


def _previous_run(*, period: Month) -> Run | None:
    last = Run.objects.order_by("-period").first()
    if last is None:
        require_taken_over(period=period)
        return None
    done = Month.of(last.period)
    if last.state != RunState.SEALED or done.next != period:
        raise MonthsInOrder(
            f"{done} 已开始计算，封存之后接着办理 {done.next}，不能办理 {period}。",
            last=str(done),
        )
    return last


def _chunks() -> tuple[int, list[list[int]]]:
    """The size of a range of entitlements, and the first and the last id of each."""
    first = Entitlement.objects.order_by("id").values_list("id", flat=True).first()
    last = Entitlement.objects.order_by("-id").values_list("id", flat=True).first()
    if first is None or last is None:
        raise NoEntitlements("还没有在发待遇，请先接管原系统数据。")
    size = min(CHUNK_SIZE, max(CHUNK_LEAST, math.ceil((last - first + 1) / CHUNKS_AT_LEAST)))
    return size, [[start, min(start + size - 1, last)] for start in range(first, last + 1, size)]


def _splits(
    *, chunks: list[list[int]], account_date: date, today: date
) -> list[tuple[int, str, int]]:
    """Where the batches of a book at a bank begin, but the first: at which entitlement, so that all
    have about as many, told by some that are chosen evenly among all."""
    banks = banks_to_pay_through(today=today)
    first_id, last_id = chunks[0][0], chunks[-1][1]
    step = 1 + (last_id - first_id) // ASKED
    splits = []
    with connection.cursor() as cursor:
        cursor.execute(
            sql.PAID_THROUGH,
            {"first_id": first_id, "last_id": last_id, "step": step, "account_date": account_date},
        )
        for book_id, bank, ids in cursor.fetchall():
            if bank not in banks:
                continue
            most = lines_per_file(bank=bank, today=today, most=LINES_PER_BATCH)
            parts = min(len(ids), math.ceil(len(ids) * step / most))
            splits += [(book_id, bank, ids[len(ids) * n // parts]) for n in range(1, parts)]
    return sorted(splits)


def _counts(splits: list[tuple[int, str, int]]) -> dict[tuple[int, str], int]:
    """How many batches of a book at a bank that is."""
    more = Counter((book_id, bank) for book_id, bank, _ in splits)
    return {of: count + 1 for of, count in more.items()}


def persons_of(*, first_id: int, last_id: int) -> dict[str, int]:
    """The bounds of the persons of a chunk: who lies outside need not be read for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(min(person_id), 0), coalesce(max(person_id), 0) FROM ("
            "SELECT person_id FROM benefits_entitlement WHERE id BETWEEN %s AND %s "
            "OFFSET 0) of_chunk",  # else the least is sought among all persons, from the first on
            [first_id, last_id],
        )
        first_person, last_person = cursor.fetchone()
    return {"first_person": first_person, "last_person": last_person}


def _people(*, run: Run) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM ("
            "SELECT a.payee_id FROM payments_attempt a "
            "JOIN payments_batch b ON b.id = a.batch_id "
            "WHERE b.period = %(period)s AND b.kind = 'REGULAR' UNION "
            "SELECT d.payee_id FROM benefits_held h JOIN benefits_due d USING (due_ref) "
            "WHERE h.run_period = %(period)s) people",
            {"period": run.period},
        )
        (people,) = cursor.fetchone()
    return int(people)
