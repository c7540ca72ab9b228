"""Measure the law of pensions (测待遇计算): awards a second on one core, with and without steps.

A year's retirements of all districts; each award looks up its parameters by region and month. What
counts are processor seconds: nothing here waits for anybody.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.utils import timezone

from backend.city.bench.benchmark import Benchmark, Tell
from backend.city.bench.place import Place
from backend.city.bench.report import commit, machine
from backend.city.make.places import DISTRICTS
from backend.kernel.months import Month
from insurance.pension.award_terms import terms_in_force
from insurance.pension.formula import Award, AwardFacts, award_pension

PLAIN, STEPS = "plain", "steps"
LABELS = {PLAIN: "核定", STEPS: "核定并写出步骤"}
AIMS = {PLAIN: 80_000, STEPS: 40_000}
YEAR, KNOWN_ON = 2025, date(2026, 1, 15)


class Retirement(NamedTuple):
    """Who retires where and when."""

    region: str
    month: Month
    facts: AwardFacts


@dataclass
class Measured:
    """Processor seconds of every repetition."""

    awards: int
    total_fen: int = 0
    seconds: dict[str, list[float]] = field(default_factory=lambda: {one: [] for one in LABELS})
    load: list[float] = field(default_factory=list)

    def best(self, what: str) -> float:
        """Of the best of all repetitions."""
        return min(self.seconds[what])

    def rate(self, what: str) -> float:
        """Awards a second and core."""
        return self.awards / self.best(what)


def measure(*, awards: int, repeat: int, tell: Tell) -> Measured:
    """Award the same people ``repeat`` times."""
    people = [_retirement(place) for place in range(awards)]
    measured = Measured(awards=awards)
    for round_no in range(1, repeat + 1):
        tell(f"▶ {awards} 人，第 {round_no} 轮")
        measured.load.append(round(os.getloadavg()[0], 2))
        for what, work in WORK.items():
            began = time.process_time()
            measured.total_fen = work(people)
            measured.seconds[what].append(time.process_time() - began)
    return measured


def _award(one: Retirement) -> Award:
    terms = terms_in_force(region=one.region, month=one.month, known_on=KNOWN_ON, demo=True)
    return award_pension(facts=one.facts, terms=terms)


def _awarded(people: Sequence[Retirement]) -> int:
    return sum(_award(one).total_fen for one in people)


def _explained(people: Sequence[Retirement]) -> int:
    total = 0
    for one in people:
        award = _award(one)
        total += award.total_fen
        award.steps  # noqa: B018 - writing them is what is measured
    return total


WORK: dict[str, Callable[[Sequence[Retirement]], int]] = {PLAIN: _awarded, STEPS: _explained}


def _retirement(place: int) -> Retirement:
    """An invented person: everybody has figures of his own, as they come."""
    month = Month(YEAR, place % 12 + 1)
    facts = AwardFacts(
        birth_month=month.plus(-(50 * 12 + place * 104_729 % 156)),
        index=6_000 + place * 15_485_863 % 24_000,
        total_months=180 + place * 7919 % 320,
        deemed_months=place * 31 % 150,
        account_fen=1_000_000 + place * 32_452_843 % 30_000_000,
    )
    return Retirement(DISTRICTS[place // 12 % len(DISTRICTS)].code, month, facts)


def lines_of(*, measured: Measured) -> Iterator[str]:
    """The table of one number of awards."""
    yield ""
    rounds = len(measured.load)
    yield f"{measured.awards:,} 人的养老金核定，{rounds} 轮取最好，系统负载 {measured.load}"
    yield "| 项目 | CPU 秒 | 每核每秒 | 目标 |"
    yield "|---|---|---|---|"
    for what, label in LABELS.items():
        yield (
            f"| {label} | {measured.best(what):.2f} | {measured.rate(what):,.0f} "
            f"| ≥ {AIMS[what]:,} |"
        )


def summary(*, all_measured: Sequence[Measured], today: date) -> dict[str, Any]:
    """Everything that was printed, as figures."""
    return {
        "date": today.isoformat(),
        "commit": commit(),
        "machine": machine(),
        "runs": [
            {
                "awards": measured.awards,
                "total_fen": measured.total_fen,
                "load": measured.load,
                "cpu_seconds": {what: round(measured.best(what), 3) for what in LABELS},
                "per_second": {what: round(measured.rate(what)) for what in LABELS},
            }
            for measured in all_measured
        ],
    }


def _run(place: Place, sizes: Sequence[int], repeat: int, tell: Tell) -> Iterator[str]:
    found = [measure(awards=n, repeat=repeat, tell=tell) for n in sizes]
    for measured in found:
        yield from lines_of(measured=measured)
    yield json.dumps(summary(all_measured=found, today=timezone.localdate()), ensure_ascii=False)


BENCHMARK = Benchmark(
    name="law",
    about="养老金核定的计算",
    option="awards",
    counted="核定的人数",
    size=200_000,
    growth=(),
    run=_run,
    parts={},
)
