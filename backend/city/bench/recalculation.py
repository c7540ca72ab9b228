"""Measure recalculations (测重算): ours and by hand, each in a fresh clone.

Of 110 everybody retired in one year, was awarded by the base of the year before, and is computed
again by that of the year. Both prove in the end that nobody was forgotten. Those of 170 are in
``resident_recalculation``.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.db import connections, transaction
from django.utils import timezone

from backend.access.models import Agency
from backend.city.bench import recalculation_by_hand as hand
from backend.city.bench import resident_recalculation as residents
from backend.city.bench.benchmark import Benchmark, Tell
from backend.city.bench.meter import Meter, session_of
from backend.city.bench.place import Place
from backend.city.bench.report import AIM_BY_HAND, commit, machine, number, ratio
from backend.city.bench.twins import Measured, Twins, begin, count, growth_lines, measure
from backend.jobs.runner import run_waiting, unfinished
from backend.kernel.months import Month
from insurance.pension import tasks
from insurance.pension.award_terms import award_terms
from insurance.pension.recalculation import Waiting, chunk_keys, open_recalculation
from insurance.policy import parameters as policy
from insurance.policy.standing import weakest
from payments.ledger.books import ensure_books

HANDLERS = tasks  # imported so that its jobs can be done here
REGION, YEAR, TODAY = "340800", 2025, date(2025, 12, 1)
RECALCULATE, LABEL = "recalculate", "重算和核对"
# What everybody is awarded, and paid, in the end: the same whoever did it.
GIVEN = """
SELECT count(*), coalesce(sum(fen), 0)::bigint FROM (
    SELECT fen FROM benefits_component WHERE superseded_at IS NULL
    UNION ALL
    SELECT basic_fen + account_fen + transitional_fen FROM pension_award WHERE NOT interim) x
"""


TWINS = Twins("recalculation", "awards", "份预发的核定", compared=RECALCULATE, given=GIVEN)
RESIDENTS = residents.twins(compared=RECALCULATE)
EMPLOYEES_OF = Waiting(REGION, YEAR)
RESIDENTS_OF = Waiting(residents.REGION, residents.YEAR, "170")


def fill(*, awards: int) -> Meter:
    """Write the agency, its books, and the awards with their amounts in payment."""
    books = {book.scheme: book for book in ensure_books(agency=_agency(), on=TODAY)}
    meter, cursor = begin()
    with meter.step("fill", rows=awards), cursor:
        cursor.execute(hand.FILL, {"awards": awards, "book": books["110"].pk})
    return meter


def _agency() -> Agency:
    return Agency.objects.create(code="34080001", name="演示测速", region=REGION, kind="PENSION")


def ours(*, of: Waiting, twins: Twins) -> Meter:
    """Compute them again as the jobs of a month do; the last one proves that it is whole.

    Raises:
        JobFailed: it is not.
    """
    meter = Meter(session=session_of(connections["default"]))
    with meter.step(RECALCULATE):
        run = open_recalculation(of=of, known_on=TODAY)
        assert run is not None
        keys = chunk_keys(run=run)
        run_waiting(keys=keys)
    assert not unfinished(keys=keys)
    count(of=twins, meter=meter)
    return meter


def by_hand() -> Meter:
    """One statement over everybody and one that looks at it, in one transaction."""
    meter, cursor = begin()
    with cursor, meter.step(RECALCULATE), transaction.atomic(using="owner"):
        hand.EMPLOYEES.execute(cursor=cursor, given=_figures())
    count(of=TWINS, meter=meter)
    return meter


def lines_of(*, measured: Measured) -> Iterator[str]:
    """The table of one number of awards."""
    who_both = measured.of.who
    mine, theirs = (measured.best(who, RECALCULATE) for who in who_both)
    cpu, their_cpu = (measured.best(who, RECALCULATE, key="cpu_seconds") for who in who_both)
    yield ""
    yield f"{measured.size:,} {measured.of.counted}，{len(measured.runs['ours'])} 轮取最好"
    yield "| 步骤 | 本系统 秒 | CPU 秒 | 份/秒 | 手写 秒 | 手写 CPU 秒 | ÷ 手写 | CPU ÷ 手写 |"
    yield "|---|---|---|---|---|---|---|---|"
    yield (
        f"| {LABEL} | {mine:.2f} | {cpu:.2f} | {measured.size / mine:,.0f} | {theirs:.2f} "
        f"| {their_cpu:.2f} | {number(ratio(mine, theirs))} | {number(ratio(cpu, their_cpu))} |"
    )
    yield f"目标：÷ 手写 ≤ {AIM_BY_HAND}（机器忙时看 CPU）"


def summary(*, all_measured: list[Measured], today: date) -> dict[str, Any]:
    """Everything that was printed, as figures."""
    return {
        "date": today.isoformat(),
        "commit": commit(),
        "machine": machine(),
        "runs": [
            {
                "of": one.of.name,
                "awards": one.size,
                "rows": int(one.runs["ours"][0][RECALCULATE]["rows"]),
                "seconds": {who: one.best(who, RECALCULATE) for who in one.of.who},
                "cpu_seconds": {
                    who: one.best(who, RECALCULATE, key="cpu_seconds") for who in one.of.who
                },
            }
            for one in all_measured
        ],
    }


def _figures() -> dict[str, Any]:
    """The year's figures as somebody types them into the statement."""
    terms = award_terms(
        tree=policy.load(), region=REGION, month=Month(YEAR, 6), known_on=TODAY, demo=True
    )
    tenths = [{"age": age, "tenths": found} for age, found in terms.divisors.tenths.items()]
    return {
        "base": terms.base.fen,
        "unit": terms.index_unit,
        "rate": terms.rules["basic_rate_per_year"].number,
        "coefficient": terms.rules["transitional_coefficient"].number,
        "standing": weakest(standings=(one.standing for one in terms.sources)).value,
        "divisors": json.dumps(tenths),
    }


def _run(place: Place, sizes: Sequence[int], repeat: int, tell: Tell) -> Iterator[str]:
    all_measured = []
    for twins in (TWINS, RESIDENTS):
        found = [measure(of=twins, place=place, size=n, repeat=repeat, tell=tell) for n in sizes]
        for measured in found:
            yield from lines_of(measured=measured)
        if len(found) > 1:
            yield from growth_lines(small=found[0], large=found[-1], steps=(RECALCULATE,))
        all_measured += found
    said = summary(all_measured=all_measured, today=timezone.localdate())
    yield json.dumps(said, ensure_ascii=False)


BENCHMARK = Benchmark(
    name="recalculation",
    about="预发待遇和居民待遇重算",
    option="awards",
    counted="核定份数",
    size=100_000,
    growth=(100_000, 1_000_000),
    run=_run,
    parts={
        "recalculation-fill": lambda given: fill(awards=given["awards"]),
        "recalculation-ours": lambda _: ours(of=EMPLOYEES_OF, twins=TWINS),
        "recalculation-by-hand": lambda _: by_hand(),
        "resident-recalculation-fill": lambda given: residents.fill(
            awards=given["awards"], agency=_agency()
        ),
        "resident-recalculation-ours": lambda _: ours(of=RESIDENTS_OF, twins=RESIDENTS),
        "resident-recalculation-by-hand": lambda _: residents.by_hand(of=RESIDENTS),
    },
)
