"""Measure a yearly adjustment (测年度调整): ours and by hand, each in a fresh clone.

Everybody draws 110, has up to five components and most of the circumstances that there are. Ours is
decided twice: the second run, over everybody, has nothing to write.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connections, transaction
from django.utils import timezone

from backend.access.models import Agency
from backend.city.bench import adjustment_by_hand as hand
from backend.city.bench.benchmark import Benchmark, Tell
from backend.city.bench.meter import Meter, session_of
from backend.city.bench.month import Figures, figures_of
from backend.city.bench.place import TAKEN, Place
from backend.city.bench.report import AIM_BY_HAND, AIM_GROWTH, commit, machine, number, ratio
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
WHO = {"ours": "adjustment-ours", "by_hand": "adjustment-by-hand"}
# What everybody gets from January on, and what was paid before: the same whoever did it.
GIVEN = """
SELECT count(*), coalesce(sum(fen), 0)::bigint FROM benefits_component
WHERE superseded_at IS NULL AND (valid @> date '2027-01-01' OR valid @> date '2026-12-01')
"""


class RowsDifferError(Exception):
    """Ours and the statement by hand did not give the same."""


@dataclass
class Measured:
    """All that was measured with a number of pensions; one entry for each repetition."""

    pensions: int
    runs: dict[str, list[Figures]] = field(default_factory=lambda: {who: [] for who in WHO})

    def best(self, who: str, *steps: str, key: str = "seconds") -> float:
        """The best of all repetitions of some steps together."""
        return min(sum(run[step][key] for step in steps) for run in self.runs[who])

    def require_same(self) -> None:
        """Refuse to compare what is not the same.

        Raises:
            RowsDifferError.
        """
        given = {
            (run[SEAL]["rows"], run[SEAL]["fen"]) for runs in self.runs.values() for run in runs
        }
        if len(given) != 1:
            raise RowsDifferError(sorted(given))


def measure(*, place: Place, pensions: int, repeat: int, tell: Tell) -> Measured:
    """Fill a database with pensions, and adjust them ``repeat`` times from there."""
    tell(f"▶ {pensions} 份养老金：生成")
    place.prepare()
    wanted = ("--pensions", str(pensions))
    figures_of("adjustment-fill", *wanted, place=place, database=TAKEN, city=place.var)
    place.settle()
    measured = Measured(pensions=pensions)
    for round_no in range(1, repeat + 1):
        tell(f"▶ 第 {round_no} 轮")
        for who, act in WHO.items():
            database = place.clone()
            place.rest()
            measured.runs[who].append(
                figures_of(act, place=place, database=database, city=place.var)
            )
    measured.require_same()
    return measured


def fill(*, pensions: int) -> Meter:
    """Write the agency, its books, and the pensions."""
    agency = Agency.objects.create(code="34080001", name="演示测速", region=REGION, kind="PENSION")
    books = {book.scheme: book for book in ensure_books(agency=agency, on=TODAY)}
    baseline = Baseline.objects.create(digest="0" * 64, manifest={})
    meter, cursor = _begin()
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
    _count(meter)
    with meter.step(AGAIN):
        second = open_run(asked=ASKED, case_id=2, today=TODAY)
        run_waiting(keys=chunk_keys(run=second))
        seal_run(run_id=second.pk, now=timezone.now())
    meter.spent[AGAIN].rows = Run.objects.get(pk=second.pk).row_set.count()
    return meter


def by_hand() -> Meter:
    """One statement over everybody, in one transaction, and one that looks at it."""
    meter, cursor = _begin()
    with cursor:
        with meter.step(ADJUST), transaction.atomic(using="owner"):
            run, _ = hand.adjust(cursor=cursor, plan=_plan())
        with meter.step(SEAL):
            hand.seal(cursor=cursor, run=run)
    _count(meter)
    return meter


def lines_of(*, measured: Measured) -> Iterator[str]:
    """The table of one number of pensions."""
    yield ""
    yield f"{measured.pensions:,} 份养老金，{len(measured.runs['ours'])} 轮取最好"
    yield "| 步骤 | 本系统 秒 | CPU 秒 | 份/秒 | 手写 秒 | 手写 CPU 秒 | ÷ 手写 | CPU ÷ 手写 |"
    yield "|---|---|---|---|---|---|---|---|"
    for label, steps in {**{LABELS[one]: (one,) for one in LABELS}, "合计": (ADJUST, SEAL)}.items():
        mine, theirs = (measured.best(who, *steps) for who in WHO)
        cpu, their_cpu = (measured.best(who, *steps, key="cpu_seconds") for who in WHO)
        yield (
            f"| {label} | {mine:.2f} | {cpu:.2f} | {measured.pensions / mine:,.0f} "
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
                "pensions": one.pensions,
                "components": int(one.runs["ours"][0][SEAL]["rows"]),
                "written_again": int(one.runs["ours"][0][AGAIN]["rows"]),
                "steps": {step: {who: one.best(who, step) for who in WHO} for step in LABELS},
                "cpu_seconds": {
                    step: {who: one.best(who, step, key="cpu_seconds") for who in WHO}
                    for step in LABELS
                },
                "again": one.best("ours", AGAIN),
            }
            for one in all_measured
        ],
    }


def growth_lines(*, small: Measured, large: Measured) -> Iterator[str]:
    """How much more ours grows than the statement by hand when there are more pensions."""
    mine, theirs = (
        large.best(who, ADJUST, SEAL) / small.best(who, ADJUST, SEAL) for who in ("ours", "by_hand")
    )
    yield ""
    yield f"增长：{large.pensions:,} ÷ {small.pensions:,} 份，本系统 {mine:.2f}，手写 {theirs:.2f}"
    yield f"目标：本系统 ÷ 手写 ≤ {AIM_GROWTH}"


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


def _count(meter: Meter) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(GIVEN)
        meter.spent[SEAL].rows, meter.spent[SEAL].fen = cursor.fetchone()


def _begin() -> tuple[Meter, Any]:
    connection = connections["owner"]
    return Meter(session=session_of(connection)), connection.cursor()


def _run(place: Place, sizes: Sequence[int], repeat: int, tell: Tell) -> Iterator[str]:
    found = [measure(place=place, pensions=n, repeat=repeat, tell=tell) for n in sizes]
    for measured in found:
        yield from lines_of(measured=measured)
    if len(found) > 1:
        yield from growth_lines(small=found[0], large=found[-1])
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
