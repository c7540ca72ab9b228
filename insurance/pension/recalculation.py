"""Compute awards again when what they wait for is known (重算): by jobs, in chunks.

Of 110 those that are interim wait, for the base of their year; for the index an average wage, for
the account a rate of a year. Of 170 those wait that are not what the figures of their first month
give: ``resident_recalculation``.

``open_recalculation`` fixes by which figures and over which awards; ``recalculate_chunk`` computes
a range by one statement, the twin of the award's own rule, and takes its components' place from
their first month on; the last chunk proves that all of it is there. The monthly run pays what was
missed. Repeated, nothing is written twice: an award has one successor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from backend.audit.record import record
from backend.deployment import is_demo
from backend.jobs.faultpoint import faultpoint
from backend.jobs.queue import enqueue_all
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.accounts.interest import Rate
from insurance.accounts.rates import rate_of_year
from insurance.pension import recalculation_sql as employees
from insurance.pension import resident_recalculation_sql as residents
from insurance.pension.award_terms import AwardBase, award_base, figures_there
from insurance.pension.locks import lock_last_chunk, lock_recalculations
from insurance.pension.models import (
    Award,
    Recalculation,
    RecalculationChunk,
    RecalculationState,
)
from insurance.pension.recalculation_complete import prove_whole
from insurance.pension.recalculation_statements import (
    OF,
    RANGES,
    given_by,
    of_year,
    parameters,
    rendered,
)
from insurance.pension.recalculation_terms import year_terms
from insurance.pension.resident_recalculation_terms import resident_year
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
    scheme: str = employees.SCHEME


@dataclass(frozen=True)
class Fixed:
    """By which figures a run computes (重算依据)."""

    figures: dict[str, Any]
    base: AwardBase | None = None  # none: the scheme has none


def waiting() -> list[Waiting]:
    """Give the years of which awards wait, the earliest first: interim ones of 110 and – where
    nothing but accounts wait, once the rate of the year is announced – then those of 170."""
    return [*_employees_waiting(), *_residents_waiting()]


def _employees_waiting() -> list[Waiting]:
    rows = _interim().values_list("region", "retirement_month__year", "interim").distinct()
    found = {Waiting(*row): False for *row, _ in rows}
    for *row, interim in rows:
        found[Waiting(*row)] |= interim
    listed = [of for of, interim in found.items() if interim or of.year in _rates(of, [of.year])]
    return sorted(listed, key=lambda one: (one.year, one.region))


def base_is_published(*, of: Waiting, known_on: date) -> bool:
    """Whether what a year waits for is there; of 170 nothing waits that is not.

    Raises:
        NotConfigured, NotVerified: the base.
    """
    return of.scheme == residents.SCHEME or not _base(of, known_on).interim


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
    runs = Recalculation.objects.filter(scheme=of.scheme, region=of.region, year=of.year)
    running = runs.filter(state=RecalculationState.OPEN).first()
    if running is not None:
        return running
    fixed = _fixed(of, known_on)
    opened_at = _known_now()
    ranges = _ranges(of, fixed.figures)
    if not ranges:
        return None
    base = fixed.base
    run = Recalculation.objects.create(
        scheme=of.scheme,
        region=of.region,
        year=of.year,
        ordinal=runs.count() + 1,
        base_fen=base.fen if base else None,
        authority=authority(base.source)[:200] if base and base.source else "",
        known_on=known_on,
        policy_version=policy.version(),
        parameters=fixed.figures,
        chunks=[[first, last] for first, last, _ in ranges],
        opened_at=opened_at,
    )
    keys = enumerate(chunk_keys(run=run))
    enqueue_all(
        kind=CHUNK_JOB, arguments={key: {"run_id": run.pk, "chunk": chunk} for chunk, key in keys}
    )
    record(
        name="pension.open_recalculation",
        subject_kind="pension.recalculation",
        subject_id=_named(run),
        rows=1,
        details={
            "base_fen": run.base_fen,
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
    given = parameters(run=run, chunk=chunk, first=first, last=last)
    with connection.cursor() as cursor:
        cursor.execute(rendered(OF[run.scheme].COMPUTE, scheme=run.scheme), given)
        rows, closed, standing = cursor.fetchone()
    if closed != standing:
        raise AmountsMovedError(f"{standing - closed} components changed meanwhile")
    faultpoint("pension.recalculation.computed")
    record(
        name="pension.recalculate_chunk",
        subject_kind="pension.recalculation",
        subject_id=f"{_named(run)}/{chunk}",
        rows=rows,
    )
    _finish(run)
    return int(rows)


def _named(run: Recalculation) -> str:
    return f"{run.scheme}/{run.region}/{run.year}/{run.ordinal}"


def _residents_waiting() -> list[Waiting]:
    """Of the years whose awards were not computed by the figures of now, those that differ."""
    with connection.cursor() as cursor:
        cursor.execute(residents.OTHERWISE, {"version": policy.version()})
        listed = [Waiting(region, year, residents.SCHEME) for region, year in cursor.fetchall()]
    return [of for of in listed if _ranges(of, _residents_fixed(of).figures)]


def _fixed(of: Waiting, known_on: date) -> Fixed:
    return _residents_fixed(of) if of.scheme == residents.SCHEME else _employees_fixed(of, known_on)


def _residents_fixed(of: Waiting) -> Fixed:
    figures = resident_year(
        tree=policy.load(),
        region=of.region,
        year=of.year,
        rates=_rates(of, _years(residents.ACCOUNT_YEARS, of)),
        demo=is_demo(),
    )
    return Fixed(figures.as_json(demo=is_demo()))


def _employees_fixed(of: Waiting, known_on: date) -> Fixed:
    base = _base(of, known_on)
    if base.interim or base.source is None:
        raise BaseNotPublished(f"{of.year} 年的计发基数尚未公布，不能重算。", year=of.year)
    figures = year_terms(
        tree=figures_there(demo=is_demo()),
        region=of.region,
        year=of.year,
        known_on=known_on,
        paid_years=_years(employees.PAID_YEARS, of),
        rates=_rates(of, _years(employees.ACCOUNT_YEARS, of)),
    )
    return Fixed(figures.as_json(demo=is_demo()), base)


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
    return Award.objects.filter(waits, scheme=employees.SCHEME, successor__isnull=True)


def _years(statement: str, of: Waiting) -> list[int]:
    """The years for which was paid by those whose index waits, or that an account waits for."""
    with connection.cursor() as cursor:
        text = rendered(statement, scheme=of.scheme)
        cursor.execute(text, of_year(region=of.region, year=of.year))
        return [year for (year,) in cursor.fetchall()]


def _rates(of: Waiting, years: Sequence[int]) -> dict[int, Rate]:
    """The account rates of some years that are announced; of any standing, as an award counts on
    them."""
    found = {
        year: rate_of_year(scheme=of.scheme, region=of.region, year=year, demo=True)
        for year in years
    }
    return {year: rate for year, rate in found.items() if not rate.interim}


def _ranges(of: Waiting, figures: Mapping[str, Any]) -> list[tuple[int, int, int]]:
    """The first and the last award of each chunk, and how many of them wait for what is known."""
    given = given_by(scheme=of.scheme, region=of.region, year=of.year, figures=figures)
    with connection.cursor() as cursor:
        cursor.execute(rendered(RANGES, scheme=of.scheme), {**given, "size": CHUNK_SIZE})
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
