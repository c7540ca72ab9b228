"""What the benchmark prints (测速结果): a table for each size, last one line of JSON."""

import json
import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from django.utils import timezone

from backend import cluster
from backend.city.bench import by_hand, inside, ours
from backend.city.bench.benchmark import Benchmark, Tell
from backend.city.bench.month import Measured, measure
from backend.city.bench.place import Place

AIM_BY_HAND, AIM_BARE, AIM_GROWTH = 1.3, 3.0, 1.15
# A row, and whose seconds are in it: opening the run has no row of its own with the others.
ROWS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (ours.LINES, "计发明细", (ours.OPEN, ours.LINES)),
    (ours.SEAL, "核对封存", (ours.SEAL,)),
    (ours.SIGN, "三次签名", (ours.SIGN,)),
    (ours.FILE, "报盘文件", (ours.FILE,)),
    (inside.POSTINGS, "记账", (inside.POSTINGS,)),
    (ours.RETURN_IN, "回盘读入", (ours.RETURN_IN,)),
    (inside.OUTCOMES, "逐笔定性", (inside.OUTCOMES,)),
    (inside.DIFFERENCE, "三方对账", (inside.DIFFERENCE,)),
)
WHOLE = "whole"


def lines_of(*, measured: Measured) -> Iterator[str]:
    """The table of one number of payees."""
    taken = measured.taken[ours.TAKE_OVER]
    yield ""
    rounds = len(measured.ours)
    yield f"{measured.people:,} 人领取待遇，{rounds} 轮取最好，系统负载 {measured.load}"
    yield (
        f"接管基线（只做一次，另计）：{taken['seconds']:.1f} 秒，"
        f"{taken['rows'] / taken['seconds']:,.0f} 行/秒，峰值 {taken['peak_mb']:.0f} MB"
    )
    yield (
        "| 步骤 | 本系统 秒 | CPU 秒 | 行/秒 | 峰值 MB | 手写 秒 | 手写 CPU 秒 "
        "| ÷ 手写 | CPU ÷ 手写 | 下限 秒 | ÷ 下限 |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for row in table(measured=measured):
        yield (
            f"| {row['label']} | {row['seconds']:.2f} | {row['cpu_seconds']:.2f} "
            f"| {row['rows_per_second']:,.0f} | {row['peak_mb']:.0f} "
            f"| {number(row['by_hand'])} | {number(row['by_hand_cpu'])} "
            f"| {number(row['to_by_hand'])} | {number(row['cpu_to_by_hand'])} "
            f"| {number(row['bare'])} | {number(row['to_bare'])} |"
        )
    yield f"目标：÷ 手写 ≤ {AIM_BY_HAND}，÷ 下限 ≤ {AIM_BARE:.0f}（承诺的代价）"


def table(*, measured: Measured) -> list[dict[str, object]]:
    """All rows as figures; the last is the whole month."""
    rows = [
        _row(
            measured,
            step,
            label,
            seconds=_sum(measured, "ours", steps) or 0.0,
            by_hand=_sum(measured, "by_hand", steps),
            bare=_sum(measured, "bare", steps),
        )
        for step, label, steps in ROWS
    ]
    whole = _row(
        measured,
        WHOLE,
        "全程",
        seconds=measured.whole("ours"),
        by_hand=measured.whole("by_hand"),
        bare=measured.whole("bare"),
    )
    return [*rows, whole]


def growth_of(*, small: Measured, large: Measured) -> list[dict[str, object]]:
    """How much more ours grows than the floor when there are more payees."""
    before = {row["step"]: row for row in table(measured=small)}
    found = []
    for after in table(measured=large):
        row = before[after["step"]]
        mine = ratio(after["seconds"], row["seconds"])
        floor = ratio(after["bare"], row["bare"])
        found.append(
            {
                "step": after["step"],
                "label": after["label"],
                "ours": mine,
                "bare": floor,
                "growth": ratio(mine, floor),
            }
        )
    return found


def growth_lines(*, small: Measured, large: Measured) -> Iterator[str]:
    """The table of growth."""
    yield ""
    yield f"增长：{large.people:,} 人 ÷ {small.people:,} 人"
    yield "| 步骤 | 本系统 | 下限 | 本系统 ÷ 下限 |"
    yield "|---|---|---|---|"
    for row in growth_of(small=small, large=large):
        yield (
            f"| {row['label']} | {number(row['ours'])} | {number(row['bare'])} "
            f"| {number(row['growth'])} |"
        )
    yield f"目标：≤ {AIM_GROWTH}"


def summary(*, all_measured: Sequence[Measured], today: date) -> str:
    """One line of JSON with everything that was printed."""
    content: dict[str, object] = {
        "date": today.isoformat(),
        "commit": commit(),
        "machine": machine(),
        "runs": [
            {
                "people": measured.people,
                "repeat": len(measured.ours),
                "load": measured.load,
                "take_over": measured.taken[ours.TAKE_OVER],
                "steps": table(measured=measured),
            }
            for measured in all_measured
        ],
    }
    if len(all_measured) > 1:
        content["growth"] = growth_of(small=all_measured[0], large=all_measured[-1])
    return json.dumps(content, ensure_ascii=False)


def _row(
    measured: Measured,
    step: str,
    label: str,
    *,
    seconds: float,
    by_hand: float | None,
    bare: float | None,
) -> dict[str, object]:
    whole = step == WHOLE
    steps = ours.STEPS if whole else {name: parts for name, _, parts in ROWS}[step]
    rows = measured.rows(ours.LINES if whole else step)
    cpu = sum(measured.best("ours", part, "cpu_seconds") or 0.0 for part in steps)
    by_hand_cpu = sum(measured.best("by_hand", part, "cpu_seconds") or 0.0 for part in steps)
    return {
        "step": step,
        "label": label,
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu, 2),
        "rows": rows,
        "rows_per_second": round(rows / seconds) if seconds else 0,
        "peak_mb": round(max(measured.peak_mb(part) for part in steps), 1),
        "by_hand": _rounded(by_hand),
        "to_by_hand": ratio(seconds, by_hand),
        "by_hand_cpu": round(by_hand_cpu, 2),
        "cpu_to_by_hand": ratio(cpu, by_hand_cpu),
        "bare": _rounded(bare),
        "to_bare": ratio(seconds, bare),
    }


def _sum(measured: Measured, who: str, steps: Sequence[str]) -> float | None:
    found = [best for step in steps if (best := measured.best(who, step)) is not None]
    return sum(found) if found else None


def _rounded(seconds: float | None) -> float | None:
    """To the microsecond: psql's finest, so that no floor of a small city reads as nothing."""
    return None if seconds is None else round(seconds, 6)


def ratio(above: object, below: object) -> float | None:
    """How many times; None where there is nothing to compare with."""
    if not isinstance(above, float) or not isinstance(below, float) or not below:
        return None
    return round(above / below, 2)


def number(value: object) -> str:
    """As it stands in a table."""
    return f"{value:.2f}" if isinstance(value, float) else "–"


def commit() -> str:
    """What is measured: the commit of this checkout."""
    asked = ["git", "-C", str(cluster.CHECKOUT), "describe", "--always", "--dirty"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def machine() -> str:
    """On what it is measured."""
    processors = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in processors if "model name" in line]
    memory = Path("/proc/meminfo").read_text(encoding="utf-8").split()[1]
    model = models[0] if models else platform.machine()
    return f"{os.cpu_count()} × {model}, {int(memory) / 2**20:.0f} GiB"


def _run(place: Place, sizes: Sequence[int], repeat: int, tell: Tell) -> Iterator[str]:
    found = [measure(place=place, people=n, repeat=repeat, tell=tell) for n in sizes]
    for measured in found:
        yield from lines_of(measured=measured)
    if len(found) > 1:
        yield from growth_lines(small=found[0], large=found[-1])
    yield summary(all_measured=found, today=timezone.localdate())


BENCHMARK = Benchmark(
    name="month",
    about="发放的一个月",
    option="people",
    counted="领取待遇人数",
    size=100_000,
    growth=(100_000, 1_000_000),
    run=_run,
    parts={
        "take-over": lambda given: ours.take_city_over(city=given["city"]),
        "ours": lambda given: ours.run_month(city=given["city"]),
        "by-hand": lambda given: by_hand.run_month(city=given["city"]),
    },
)
