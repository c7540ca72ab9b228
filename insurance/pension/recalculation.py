"""Compute interim awards again when the base of their year is known (重算): by jobs, in chunks.

``open_recalculation`` fixes by which base and over which awards, ``recalculate_chunk`` computes a
range in one transaction by the same function as the award itself and takes its components' place
from their first month on. The monthly run pays what was missed. Repeated, nothing is written twice:
an award has one successor.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from backend.audit.record import record
from backend.deployment import is_demo
from backend.jobs.faultpoint import faultpoint
from backend.jobs.queue import enqueue
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.pension import recalculation_sql as sql
from insurance.pension.award_terms import AwardBase, AwardTerms, award_base, award_terms
from insurance.pension.formula import AwardFacts
from insurance.pension.locks import lock_recalculations
from insurance.pension.models import (
    Award,
    Recalculation,
    RecalculationChunk,
    RecalculationState,
)
from insurance.pension.reckoning import Before, recalculate
from insurance.policy import parameters as policy
from insurance.policy.kept_steps import read
from insurance.policy.standing import mark_of_amount
from insurance.policy.steps import authority

SCHEME = "110"
CHUNK_SIZE = 10_000
PAGE = 1000
CHUNK_JOB = "pension.recalculate_chunk"


class BaseNotPublished(Refusal):
    """The base of the year is not known yet (计发基数尚未公布)."""

    code = "recalculation_base_not_published"


@dataclass(frozen=True)
class Waiting:
    """A year of a region with awards that wait for its base (重算清单)."""

    region: str
    year: int


def waiting() -> list[Waiting]:
    """Give the years of which interim awards wait, the earliest first."""
    rows = _interim().values_list("region", "retirement_month__year").distinct()
    return sorted((Waiting(*row) for row in rows), key=lambda one: (one.year, one.region))


def base_is_published(*, of: Waiting, known_on: date) -> bool:
    """Whether what a year waits for is there.

    Raises:
        NotConfigured, NotVerified: the base.
    """
    return not _base(of, known_on).interim


@transaction.atomic
def open_recalculation(*, of: Waiting, known_on: date) -> Recalculation | None:
    """Open the recalculation of a year, with a job for each chunk; None when nothing waits.

    One that is open is given as it is.

    Raises:
        BaseNotPublished; NotConfigured, NotVerified: the base.
    """
    lock_recalculations()
    runs = Recalculation.objects.filter(region=of.region, year=of.year)
    running = runs.filter(state=RecalculationState.OPEN).first()
    if running is not None:
        return running
    base = _base(of, known_on)
    if base.interim or base.source is None:
        raise BaseNotPublished(f"{of.year} 年的计发基数尚未公布，不能重算。", year=of.year)
    ids = list(_interim(of).order_by("pk").values_list("pk", flat=True))
    if not ids:
        return None
    run = Recalculation.objects.create(
        region=of.region,
        year=of.year,
        ordinal=runs.count() + 1,
        base_fen=base.fen,
        authority=authority(base.source)[:200],
        known_on=known_on,
        policy_version=policy.version(),
        chunks=[
            [ids[start], ids[min(start + CHUNK_SIZE, len(ids)) - 1]]
            for start in range(0, len(ids), CHUNK_SIZE)
        ],
    )
    for chunk, key in enumerate(chunk_keys(run=run)):
        enqueue(kind=CHUNK_JOB, key=key, arguments={"run_id": run.pk, "chunk": chunk})
    record(
        name="pension.open_recalculation",
        subject_kind="pension.recalculation",
        subject_id=f"{of.region}/{of.year}/{run.ordinal}",
        rows=1,
        details={"base_fen": base.fen, "awards": len(ids), "policy_version": run.policy_version},
    )
    return run


def chunk_keys(*, run: Recalculation) -> list[str]:
    """The job keys of all chunks of a recalculation."""
    return [f"{CHUNK_JOB}/{run.pk}/{chunk}" for chunk in range(len(run.chunks))]


def recalculate_chunk(*, run_id: int, chunk: int) -> int:
    """Compute one range in the caller's transaction; rows written, 0 when it is done."""
    run = Recalculation.objects.get(pk=run_id)
    if RecalculationChunk.objects.filter(recalculation=run, chunk=chunk).exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(sql.STAGE)
        for page in _pages(run, chunk):
            with cursor.copy(sql.COPY) as copy:  # nothing can be read while it goes on
                for row in page:
                    copy.write_row(row)
        cursor.execute(sql.AWARDS, {"run": run.pk})
        awards, more = cursor.fetchone()
        cursor.execute(sql.COMPONENTS)
        closed, written = cursor.fetchone()
    RecalculationChunk.objects.create(
        recalculation=run, chunk=chunk, award_count=awards, more_fen=more
    )
    faultpoint("pension.recalculation.computed")
    rows = awards + closed + written + 1
    record(
        name="pension.recalculate_chunk",
        subject_kind="pension.recalculation",
        subject_id=f"{run.region}/{run.year}/{run.ordinal}/{chunk}",
        rows=rows,
    )
    _finish(run)
    return int(rows)


def _pages(run: Recalculation, chunk: int) -> Iterator[list[tuple[Any, ...]]]:
    """Each award of a range by the base of the run, as the staging table takes it."""
    first, last = run.chunks[chunk]
    awards = _interim(Waiting(run.region, run.year)).filter(pk__lte=last).order_by("pk")
    terms: dict[date, AwardTerms] = {}
    demo, after = is_demo(), first - 1
    while page := list(awards.filter(pk__gt=after)[:PAGE]):
        yield [_computed(run, award, terms, demo=demo) for award in page]
        after = page[-1].pk


def _computed(
    run: Recalculation, award: Award, terms: dict[date, AwardTerms], *, demo: bool
) -> tuple[Any, ...]:
    month = award.retirement_month
    if month not in terms:
        terms[month] = _terms(run, Month.of(month))
    found = recalculate(before=_before(award), terms=terms[month])
    mark = mark_of_amount(standing=found.standing, demo=demo)
    return sql.row(previous_id=award.pk, found=found, mark=mark)


def _before(award: Award) -> Before:
    return Before(
        facts=AwardFacts(
            birth_month=Month.of(award.birth_month),
            index=award.average_index or 0,
            total_months=award.total_months,
            deemed_months=award.deemed_months,
            account_fen=award.balance_fen,
        ),
        facts_standing=Standing(award.figures["facts_standing"]),
        steps=read(rows=award.steps),
        total_fen=award.total_fen,
    )


def _terms(run: Recalculation, month: Month) -> AwardTerms:
    return award_terms(
        tree=policy.load(), region=run.region, month=month, known_on=run.known_on, demo=True
    )


def _base(of: Waiting, known_on: date) -> AwardBase:
    return award_base(
        tree=policy.load(),
        region=of.region,
        month=Month(of.year, 12),
        known_on=known_on,
        demo=is_demo(),
    )


def _interim(of: Waiting | None = None) -> "QuerySet[Award]":
    """Awards that wait for the base of their year."""
    rows = Award.objects.filter(scheme=SCHEME, interim=True, successor__isnull=True)
    if of is None:
        return rows
    return rows.filter(
        region=of.region,
        retirement_month__range=(date(of.year, 1, 1), date(of.year, 12, 31)),
    )


def _finish(run: Recalculation) -> None:
    """The last chunk ends the run; chunks wait for each other here, for the moment of a count."""
    lock_recalculations()
    done = RecalculationChunk.objects.filter(recalculation=run)
    if done.count() < len(run.chunks):
        return
    run.state, run.done_at = RecalculationState.DONE, timezone.now()
    run.summary = {
        "awards": sum(done.values_list("award_count", flat=True)),
        "more_fen": sum(done.values_list("more_fen", flat=True)),
    }
    run.save(update_fields=["state", "done_at", "summary"])
