"""Compute interim awards again when what they wait for is known (重算): by jobs, in chunks.

That is the base of their year; for the index an average wage, for the account a rate of a year.

``open_recalculation`` fixes by which figures and over which awards; ``recalculate_chunk`` computes
a range by one statement, the twin of the award's own rule, and takes its components' place from
their first month on; the last chunk proves that all of it is there. The monthly run pays what was
missed. Repeated, nothing is written twice: an award has one successor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from backend.audit.record import record
from backend.deployment import is_demo
from backend.jobs.faultpoint import faultpoint
from backend.jobs.queue import enqueue
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.accounts.interest import Rate
from insurance.accounts.rates import rate_of_year
from insurance.pension import recalculation_sql as sql
from insurance.pension.award_terms import AwardBase, award_base, figures_there
from insurance.pension.locks import lock_last_chunk, lock_recalculations
from insurance.pension.models import (
    Award,
    Recalculation,
    RecalculationChunk,
    RecalculationState,
)
from insurance.pension.recalculation_complete import prove_whole
from insurance.pension.recalculation_terms import YearTerms, year_terms
from insurance.policy import parameters as policy
from insurance.policy.steps import authority

CHUNK_SIZE = 50_000
CHUNK_JOB = "pension.recalculate_chunk"


class BaseNotPublished(Refusal):
    """The base of the year is not known yet (计发基数尚未公布)."""

    code = "recalculation_base_not_published"


class AmountsMovedError(OperationalError):
    """Somebody changed an amount while it was being computed again: the job is done again."""


@dataclass(frozen=True)
class Waiting:
    """A year of a region with awards that wait (重算清单)."""

    region: str
    year: int


def waiting() -> list[Waiting]:
    """Give the years of which interim awards wait, the earliest first; where nothing but accounts
    wait, once the rate of the year is announced."""
    rows = _interim().values_list("region", "retirement_month__year", "interim").distinct()
    found = {Waiting(*row): False for *row, _ in rows}
    for *row, interim in rows:
        found[Waiting(*row)] |= interim
    listed = [of for of, interim in found.items() if interim or of.year in _rates(of, [of.year])]
    return sorted(listed, key=lambda one: (one.year, one.region))


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

    Who waits for an average wage too, for the index, is left for the run after its publication. Who
    waits for an account rate besides is computed again now, and once more when it is announced.

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
    figures = year_terms(
        tree=figures_there(demo=is_demo()),
        region=of.region,
        year=of.year,
        known_on=known_on,
        paid_years=_years(sql.PAID_YEARS, of),
        rates=_rates(of, _years(sql.ACCOUNT_YEARS, of)),
    )
    opened_at = _known_now()
    ranges = _ranges(of, figures)
    if not ranges:
        return None
    run = Recalculation.objects.create(
        region=of.region,
        year=of.year,
        ordinal=runs.count() + 1,
        base_fen=base.fen,
        authority=authority(base.source)[:200],
        known_on=known_on,
        policy_version=policy.version(),
        parameters=figures.as_json(demo=is_demo()),
        chunks=[[first, last] for first, last, _ in ranges],
        opened_at=opened_at,
    )
    for chunk, key in enumerate(chunk_keys(run=run)):
        enqueue(kind=CHUNK_JOB, key=key, arguments={"run_id": run.pk, "chunk": chunk})
    record(
        name="pension.open_recalculation",
        subject_kind="pension.recalculation",
        subject_id=f"{of.region}/{of.year}/{run.ordinal}",
        rows=1,
        details={
            "base_fen": base.fen,
            "awards": sum(awards for _, _, awards in ranges),
            "policy_version": run.policy_version,
        },
    )
    return run


def chunk_keys(*, run: Recalculation) -> list[str]:
    """The job keys of all chunks of a recalculation."""
    return [f"{CHUNK_JOB}/{run.pk}/{chunk}" for chunk in range(len(run.chunks))]


def recalculate_chunk(*, run_id: int, chunk: int) -> int:
    """Compute one range in the caller's transaction; rows written, 0 when it is done.

    Raises:
        AmountsMovedError: to be done again.
        RecalculationIncomplete: it was the last one, and the run is not whole.
    """
    run = Recalculation.objects.get(pk=run_id)
    if RecalculationChunk.objects.filter(recalculation=run, chunk=chunk).exists():
        return 0
    first, last = run.chunks[chunk]
    given = sql.parameters(run=run, chunk=chunk, first=first, last=last)
    with connection.cursor() as cursor:
        cursor.execute(sql.BOUNDS, given)
        given["first_entitlement"], given["last_entitlement"] = cursor.fetchone()
        cursor.execute(sql.rendered(sql.COMPUTE), given)
        rows, closed, in_force = cursor.fetchone()
    if closed != in_force:
        raise AmountsMovedError(f"{in_force - closed} components changed meanwhile")
    faultpoint("pension.recalculation.computed")
    record(
        name="pension.recalculate_chunk",
        subject_kind="pension.recalculation",
        subject_id=f"{run.region}/{run.year}/{run.ordinal}/{chunk}",
        rows=rows,
    )
    _finish(run)
    return int(rows)


def _base(of: Waiting, known_on: date) -> AwardBase:
    return award_base(
        tree=policy.load(),
        region=of.region,
        month=Month(of.year, 12),
        known_on=known_on,
        demo=is_demo(),
    )


def _interim() -> "QuerySet[Award]":
    """Awards that wait for the base of their year, or for what their account bears."""
    waits = Q(interim=True) | Q(account_years__isnull=False)
    return Award.objects.filter(waits, scheme=sql.SCHEME, successor__isnull=True)


def _years(statement: str, of: Waiting) -> list[int]:
    """The years for which was paid by those whose index waits, or that an account waits for."""
    with connection.cursor() as cursor:
        cursor.execute(statement, sql.of_year(region=of.region, year=of.year))
        return [year for (year,) in cursor.fetchall()]


def _rates(of: Waiting, years: Sequence[int]) -> dict[int, Rate]:
    """The account rates of some years that are announced; of any standing, as an award counts on
    them."""
    found = {
        year: rate_of_year(scheme=sql.SCHEME, region=of.region, year=year, demo=True)
        for year in years
    }
    return {year: rate for year, rate in found.items() if not rate.interim}


def _ranges(of: Waiting, figures: YearTerms) -> list[tuple[int, int, int]]:
    """The first and the last award of each chunk, and how many of them wait for what is known."""
    given = {
        **sql.of_year(region=of.region, year=of.year),
        "years": list(figures.years),
        "rate_years": [str(year) for year in figures.rates],
        "size": CHUNK_SIZE,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.RANGES, given)
        return list(cursor.fetchall())


def _known_now() -> datetime:
    """Wait until everybody who awards has finished: what is awarded later has a later instant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pension_known_now()")
        (instant,) = cursor.fetchone()
    assert isinstance(instant, datetime)
    return instant


def _finish(run: Recalculation) -> None:
    """The last chunk proves that the run is whole and ends it; chunks wait for each other here."""
    lock_last_chunk()
    if RecalculationChunk.objects.filter(recalculation=run).count() < len(run.chunks):
        return
    run.summary = prove_whole(run=run)
    run.state, run.done_at = RecalculationState.DONE, timezone.now()
    run.save(update_fields=["state", "done_at", "summary"])
