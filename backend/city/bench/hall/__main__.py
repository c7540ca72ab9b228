"""The load on the web server (负载发生器), a process of its own.

This is ``python -m backend.city.bench.hall``.
Says ``counting`` on standard output once it counts. Without ``--seconds`` it goes on until its
standard input ends.
"""

import argparse
import asyncio
import json
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from backend.city.bench.hall.asks import Verdict
from backend.city.bench.hall.percentiles import percentile_ms
from backend.city.bench.hall.plan import read_plan
from backend.city.bench.hall.traffic import (
    CYCLE_SECONDS,
    Hall,
    LoopClock,
    Tally,
    stations_for,
)
from backend.city.bench.hall.wire import Wire

COUNTING = "counting"
PERCENTS = (50, 95, 99)


def figures_of(*, tally: Tally, seconds: float, cpu_seconds: float) -> dict[str, object]:
    """All that was measured, as JSON takes it."""
    every = [one for some in tally.latencies.values() for one in some]
    return {
        "seconds": round(seconds, 1),
        "requests": len(every),
        "per_second": round(len(every) / seconds, 1),
        **{f"p{percent}_ms": round(percentile_ms(every, percent), 1) for percent in PERCENTS},
        "right": tally.verdicts[Verdict.RIGHT],
        "errors": tally.verdicts[Verdict.ERROR],
        "wrong": tally.verdicts[Verdict.WRONG],
        "samples": tally.samples,
        "cpu_seconds": round(cpu_seconds, 2),
        "p95_ms_of": {
            route: round(percentile_ms(some, 95), 1)
            for route, some in sorted(tally.latencies.items())
        },
    }


async def _keep_open(hall: Hall, *, seconds: int | None) -> dict[str, object]:
    await hall.log_in()
    hall.opened_at = hall.clock.now()
    hall.counts_from = hall.opened_at + CYCLE_SECONDS  # by then every station is at work
    if seconds is not None:
        hall.closes_at = hall.counts_from + seconds
    async with asyncio.TaskGroup() as group:
        group.create_task(hall.serve())
        await hall.clock.until(hall.counts_from)
        cpu_before = time.process_time()
        sys.stdout.write(f"{COUNTING}\n")
        sys.stdout.flush()
        if seconds is None:
            await asyncio.to_thread(sys.stdin.read)
            hall.closes_at = hall.clock.now()
        await hall.clock.until(hall.closes_at)
        cpu = time.process_time() - cpu_before
    return figures_of(tally=hall.tally, seconds=hall.closes_at - hall.counts_from, cpu_seconds=cpu)


def main(arguments: list[str]) -> int:
    """Keep the hall open, and write what was measured to ``--out``."""
    parser = argparse.ArgumentParser(prog="python -m backend.city.bench.hall")
    parser.add_argument("--plan", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=int, required=True, help="requests a second")
    parser.add_argument("--seconds", type=int)
    asked = parser.parse_args(arguments)
    plan = read_plan(path=asked.plan)
    plan = replace(plan, stations=plan.stations[: stations_for(rate=asked.rate)])
    hall = Hall(plan, connect=partial(Wire, asked.port), clock=LoopClock())
    figures = asyncio.run(_keep_open(hall, seconds=asked.seconds))
    asked.out.write_text(json.dumps(figures), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
