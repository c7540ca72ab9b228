"""Measure a month of collection (测征缴): ours, by hand and a bare floor, each in a fresh clone.

Lines and bills, the matching of one file of receipts, the entries of accounts: each step is a
process of its own in the clone where the steps before it were done the same way.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from backend.city.bench.benchmark import Benchmark, Part, Tell
from backend.city.bench.collection_steps import (
    ACCOUNTS,
    BILLS,
    MATCHING,
    OURS,
    WHO,
    acts,
    fill_city,
)
from backend.city.bench.meter import Meter
from backend.city.bench.month import Figures, figures_of
from backend.city.bench.place import TAKEN, Place
from backend.city.bench.report import (
    AIM_BY_HAND,
    AIM_GROWTH,
    commit,
    machine,
    number,
    ratio,
)

LABELS = {BILLS: "应缴明细", MATCHING: "入库核销", ACCOUNTS: "个人账户记账"}
WHOLE = "whole"


class RowsDifferError(Exception):
    """Ours and a floor did not write the same: their seconds would be worth nothing."""


@dataclass
class Measured:
    """All that was measured with a number of insured; one entry for each repetition."""

    insured: int
    runs: dict[str, list[Figures]] = field(default_factory=lambda: {who: [] for who in WHO})
    load: list[float] = field(default_factory=list)

    def best(self, who: str, step: str) -> dict[str, float]:
        """The best of all repetitions; the whole is the best sum of one repetition."""
        if step == WHOLE:
            sums = [
                {key: sum(one[key] for one in run.values()) for key in ("seconds", "cpu_seconds")}
                for run in self.runs[who]
            ]
            return min(sums, key=lambda run: run["seconds"])
        return min((run[step] for run in self.runs[who]), key=lambda run: run["seconds"])

    def peak_mb(self, step: str) -> float:
        """The most memory of ours in a step, of all repetitions."""
        steps = LABELS if step == WHOLE else (step,)
        return max(run[one]["peak_mb"] for run in self.runs[OURS] for one in steps)

    def rows(self, step: str) -> int:
        """How many rows everybody wrote in a step."""
        return int(self.runs[OURS][0][BILLS if step == WHOLE else step]["rows"])

    def require_alike(self) -> None:
        """Let all have written the same number of rows with the same sum.

        Raises:
            RowsDifferError.
        """
        for step in LABELS:
            found = {
                who: {(run[step]["rows"], run[step]["fen"]) for run in runs}
                for who, runs in self.runs.items()
            }
            if len(set().union(*found.values())) > 1:
                raise RowsDifferError(f"{step}: {found}")


def measure(*, place: Place, insured: int, repeat: int, tell: Tell) -> Measured:
    """Fill a database with insured people, and collect a month ``repeat`` times from there."""
    tell(f"▶ {insured} 人：生成")
    place.prepare()
    wanted = ("--insured", str(insured))
    figures_of("collection-fill", *wanted, place=place, database=TAKEN, city=place.var)
    place.settle()
    measured = Measured(insured=insured)
    for round_no in range(1, repeat + 1):
        for who in WHO:
            tell(f"▶ 第 {round_no} 轮：{who}")
            measured.load.append(round(os.getloadavg()[0], 2))
            measured.runs[who].append(_month(place=place, who=who))
    measured.load.append(round(os.getloadavg()[0], 2))
    measured.require_alike()
    return measured


def _month(*, place: Place, who: str) -> Figures:
    """All steps of one of them in a fresh clone; what came in is written between, unmeasured."""
    database = place.clone()
    found: Figures = {}
    for step in LABELS:
        if step == MATCHING:
            act = f"collection-receipts-{who}"
            figures_of(act, place=place, database=database, city=place.var)
            place.settle(database=database)
        place.rest()
        act = f"collection-{step}-{who}"
        found |= figures_of(act, place=place, database=database, city=place.var)
    return found


def lines_of(*, measured: Measured) -> Iterator[str]:
    """The table of one number of insured."""
    rounds = len(measured.runs[OURS])
    yield ""
    yield f"{measured.insured:,} 人参保，{rounds} 轮取最好，系统负载 {measured.load}"
    yield "| 步骤 | 本系统 秒 | CPU 秒 | 行 | 峰值 MB | 手写 秒 | ÷ 手写 | 下限 秒 | ÷ 下限 |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in table(measured=measured):
        yield (
            f"| {row['label']} | {row['seconds']:.2f} | {row['cpu_seconds']:.2f} "
            f"| {row['rows']:,} | {row['peak_mb']:.0f} "
            f"| {number(row['by_hand'])} | {number(row['to_by_hand'])} "
            f"| {number(row['bare'])} | {number(row['to_bare'])} |"
        )
    yield f"目标：÷ 手写 ≤ {AIM_BY_HAND}"


def table(*, measured: Measured) -> list[dict[str, Any]]:
    """All steps as figures; the last is all of them."""
    found = []
    for step, label in (*LABELS.items(), (WHOLE, "合计")):
        mine, hand, bare = (measured.best(who, step) for who in WHO)
        rows = measured.rows(step)
        found.append(
            {
                "step": step,
                "label": label,
                "seconds": round(mine["seconds"], 3),
                "cpu_seconds": round(mine["cpu_seconds"], 2),
                "rows": rows,
                "rows_per_second": round(rows / mine["seconds"]),
                "peak_mb": measured.peak_mb(step),
                "by_hand": round(hand["seconds"], 3),
                "by_hand_cpu": round(hand["cpu_seconds"], 2),
                "to_by_hand": ratio(mine["seconds"], hand["seconds"]),
                "bare": round(bare["seconds"], 3),
                "bare_cpu": round(bare["cpu_seconds"], 2),
                "to_bare": ratio(mine["seconds"], bare["seconds"]),
            }
        )
    return found


def growth_of(*, small: Measured, large: Measured) -> list[dict[str, Any]]:
    """How much more ours grows than the floor when there are more insured."""
    found = []
    for before, after in zip(table(measured=small), table(measured=large), strict=True):
        mine, bare = (ratio(after[key], before[key]) for key in ("seconds", "bare"))
        row = {"step": after["step"], "label": after["label"], "ours": mine, "bare": bare}
        found.append({**row, "growth": ratio(mine, bare)})
    return found


def growth_lines(*, small: Measured, large: Measured) -> Iterator[str]:
    """The table of growth."""
    yield ""
    yield f"增长：{large.insured:,} ÷ {small.insured:,} 人参保"
    yield "| 步骤 | 本系统 | 下限 | 本系统 ÷ 下限 |"
    yield "|---|---|---|---|"
    for row in growth_of(small=small, large=large):
        yield (
            f"| {row['label']} | {number(row['ours'])} | {number(row['bare'])} "
            f"| {number(row['growth'])} |"
        )
    yield f"目标：≤ {AIM_GROWTH}"


def summary(*, all_measured: Sequence[Measured], today: date) -> dict[str, Any]:
    """Everything that was printed, as figures."""
    content: dict[str, Any] = {
        "date": today.isoformat(),
        "commit": commit(),
        "machine": machine(),
        "runs": [
            {
                "insured": measured.insured,
                "repeat": len(measured.runs[OURS]),
                "load": measured.load,
                "steps": table(measured=measured),
            }
            for measured in all_measured
        ],
    }
    if len(all_measured) > 1:
        content["growth"] = growth_of(small=all_measured[0], large=all_measured[-1])
    return content


def _run(place: Place, sizes: Sequence[int], repeat: int, tell: Tell) -> Iterator[str]:
    found = [measure(place=place, insured=n, repeat=repeat, tell=tell) for n in sizes]
    for measured in found:
        yield from lines_of(measured=measured)
    if len(found) > 1:
        yield from growth_lines(small=found[0], large=found[-1])
    yield json.dumps(summary(all_measured=found, today=timezone.localdate()), ensure_ascii=False)


def _part(act: Callable[[], Meter]) -> Part:
    """It needs none of the options."""
    return lambda _: act()


BENCHMARK = Benchmark(
    name="collection",
    about="征缴的一个月",
    option="insured",
    counted="职工和灵活就业参保人数",
    size=200_000,
    growth=(200_000, 2_000_000),
    run=_run,
    parts={
        "collection-fill": lambda given: fill_city(insured=given["insured"]),
        **{name: _part(act) for name, act in acts().items()},
    },
)
