"""Measure a yearly adjustment (测年度调整): ours and by hand, each in a fresh clone.

Everybody draws 110, has up to five components and most of the circumstances that there are. Ours is
decided twice: the second run, over everybody, has nothing to write.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.db import connections, transaction
from django.utils import timezone

from backend.access.models import Agency
from backend.city.bench import adjustment_by_hand as hand
from backend.city.bench.benchmark import Benchmark, Tell
from backend.city.bench.meter import Meter, session_of
from backend.city.bench.place import Place
from backend.city.bench.report import AIM_BY_HAND, commit, machine, number, ratio
from backend.city.bench.twins import Measured, Twins, begin, count, growth_lines, measure
from backend.jobs.runner import run_waiting
from backend.kernel.months import Month
from insurance.benefits.models import Baseline
from insurance.pension.adjusting import tasks
from insurance.pension.adjusting.adjusting_run import (
    SEAL_JOB,
    Asked,
    chunk_keys,
    open_run,
    seal_run,
)
from insurance.pension.adjusting.models import Kind, Run
from insurance.pension.adjustment_terms import adjustment_terms
from insurance.policy import parameters as policy
from payments.ledger.books import ensure_books

HANDLERS = tasks  # imported so that its jobs can be done here
REGION, YEAR, TODAY = "340800", 2027, date(2027, 7, 1)
ASKED = Asked(Kind.YEARLY, REGION, Month(YEAR, 1))
ADJUST, SEAL, AGAIN = "adjust", "seal", "again"
LABELS = {ADJUST: "调整", SEAL: "核对封存"}
# What everybody gets from January on, and what was paid before: the same whoever did it.
GIVEN = """
SELECT count(*), coalesce(sum(fen), 0)::bigint FROM benefits_component
WHERE superseded_at IS NULL AND (valid @> date '2027-01-01' OR valid @> date '2026-12-01')
"""


TWINS = Twins("adjustment", "pensions", "份养老金", compared=SEAL, given=GIVEN)


def fill(*, pensions: int) -> Meter:
    """Write the agency, its books, and the pensions."""
    agency = Agency.objects.create(code="34080001", name="演示测速", region=REGION, kind="PENSION")
    books = {book.scheme: book for book in ensure_books(agency=agency, on=TODAY)}
    baseline = Baseline.objects.create(digest="0" * 64, manifest={})
    meter, cursor = begin()
    with meter.step("fill", rows=pensions), cursor:
        cursor.execute(
            hand.FILL, {"pensions": pensions, "book": books["110"].pk, "baseline": baseline.pk}
        )
    return meter


def ours() -> Meter:
    """Adjust as the jobs of a decision do; then decide again."""
    meter = Meter(session=session_of(connections["default"]))
    with meter.step(ADJUST):
        run = open_run(asked=ASKED, case_id=1, today=TODAY)
        run_waiting(keys=chunk_keys(run=run))
    with meter.step(SEAL):
        run_waiting(keys=[f"{SEAL_JOB}/{run.pk}"])
    count(of=TWINS, meter=meter)
    with meter.step(AGAIN):
        second = open_run(asked=ASKED, case_id=2, today=TODAY)
        run_waiting(keys=chunk_keys(run=second))
        seal_run(run_id=second.pk, now=timezone.now())
    meter.spent[AGAIN].rows = Run.objects.get(pk=second.pk).row_set.count()
    return meter


def by_hand() -> Meter:
    """One statement over everybody, in one transaction, and one that looks at it."""
    meter, cursor = begin()
    with cursor:
        with meter.step(ADJUST), transaction.atomic(using="owner"):
            run, _ = hand.adjust(cursor=cursor, plan=_plan())
        with meter.step(SEAL):
            hand.seal(cursor=cursor, run=run)
    count(of=TWINS, meter=meter)
    return meter


def lines_of(*, measured: Measured) -> Iterator[str]:
    """The table of one number of pensions."""
    yield ""
    yield f"{measured.size:,} 份养老金，{len(measured.runs['ours'])} 轮取最好"
    yield "| 步骤 | 本系统 秒 | CPU 秒 | 份/秒 | 手写 秒 | 手写 CPU 秒 | ÷ 手写 | CPU ÷ 手写 |"
    yield "|---|---|---|---|---|---|---|---|"
    for label, steps in {**{LABELS[one]: (one,) for one in LABELS}, "合计": (ADJUST, SEAL)}.items():
        mine, theirs = (measured.best(who, *steps) for who in TWINS.who)
        cpu, their_cpu = (measured.best(who, *steps, key="cpu_seconds") for who in TWINS.who)
        yield (
            f"| {label} | {mine:.2f} | {cpu:.2f} | {measured.size / mine:,.0f} "
            f"| {theirs:.2f} | {their_cpu:.2f} "
            f"| {number(ratio(mine, theirs))} | {number(ratio(cpu, their_cpu))} |"
        )
    yield f"| 再办一次（没有增减） | {measured.best('ours', AGAIN):.2f} | | | | | | |"
    yield f"目标：合计 ÷ 手写 ≤ {AIM_BY_HAND}（机器忙时看 CPU）"


def summary(*, all_measured: list[Measured], today: date) -> dict[str, Any]:
    """Everything that was printed, as figures."""
    return {
        "date": today.isoformat(),
        "commit": commit(),
        "machine": machine(),
        "runs": [
            {
                "pensions": one.size,
                "components": int(one.runs["ours"][0][SEAL]["rows"]),
                "written_again": int(one.runs["ours"][0][AGAIN]["rows"]),
                "steps": {step: {who: one.best(who, step) for who in TWINS.who} for step in LABELS},
                "cpu_seconds": {
                    step: {who: one.best(who, step, key="cpu_seconds") for who in TWINS.who}
                    for step in LABELS
                },
                "again": one.best("ours", AGAIN),
            }
            for one in all_measured
        ],
    }


def _plan() -> dict[str, Any]:
    """The year's figures as somebody types them into the statement."""
    terms = adjustment_terms(tree=policy.load(), region=REGION, year=YEAR, demo=True)
    ages, floors = terms.old_age_fen, terms.floors_fen
    return {
        "fixed": terms.fixed_fen,
        "flat": terms.years.flat_fen,
        "each": terms.years.per_year_fen,
        "share": terms.source.part("share_of_pension").number,
        **{f"at_{age}": ages[age] for age in (70, 80, 90)},
        **{f"to_{age}": floors[age] for age in (70, 75, 80, 85)},
    }


def _run(place: Place, sizes: Sequence[int], repeat: int, tell: Tell) -> Iterator[str]:
    found = [measure(of=TWINS, place=place, size=n, repeat=repeat, tell=tell) for n in sizes]
    for measured in found:
        yield from lines_of(measured=measured)
    if len(found) > 1:
        yield from growth_lines(small=found[0], large=found[-1], steps=(ADJUST, SEAL))
    yield json.dumps(summary(all_measured=found, today=timezone.localdate()), ensure_ascii=False)


BENCHMARK = Benchmark(
    name="adjustment",
    about="基本养老金年度调整",
    option="pensions",
    counted="在发养老金份数",
    size=100_000,
    growth=(100_000, 1_000_000),
    run=_run,
    parts={
        "adjustment-fill": lambda given: fill(pensions=given["pensions"]),
        "adjustment-ours": lambda _: ours(),
        "adjustment-by-hand": lambda _: by_hand(),
    },
)
