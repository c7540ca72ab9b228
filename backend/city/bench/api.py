"""Measure the API (测接口): a signed balance query against a bare view, then a hall at its busiest.

In one process our own view and the bare one are called in turn. Over HTTP a process of its own asks
what desks and kiosks ask, each request at its time, however slow the answers are; at last while a
month is paid. Every answer is held against what is true of the person.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import timezone

from backend import cluster
from backend.city.bench.api_fill import ACCOUNTS, HALL, fill
from backend.city.bench.api_inside import BARE, OURS, REPLAY, measure_inside
from backend.city.bench.benchmark import Benchmark, Option, Tell
from backend.city.bench.hall.plan import FILE
from backend.city.bench.hall.traffic import stations_for
from backend.city.bench.hall.wire import HOST
from backend.city.bench.meter import family_cpu_seconds
from backend.city.bench.month import Figures, figures_of, manage
from backend.city.bench.place import TAKEN, Place
from backend.city.bench.report import commit, machine

RATE, SECONDS = 200, 300
BESIDE_MONTH = 0.6  # of the rate, while a month is paid
AIM_P50_MS, AIM_P99_MS, AIM_RATIO, AIM_REPLAY_MS, AIM_P95_MS = 4, 20, 0.6, 1.5, 500
INSIDE = {OURS: "余额查询", BARE: "余额查询，裸视图", REPLAY: "幂等重放"}
QUIET, BESIDE = "quiet", "beside_month"
LOADS = {QUIET: "柜台和自助终端", BESIDE: "同时发放一个月"}
UP_SECONDS, END_SECONDS, POLL_SECONDS = 60.0, 30.0, 0.1
SERVERS = ("web", "sealer")


class ServerDownError(Exception):
    """The web server of the benchmark did not come up."""


class HallFailedError(Exception):
    """The process that makes the load ended without figures."""


@dataclass
class Measured:
    """All that was measured with a number of persons."""

    persons: int
    stations: int
    filled: Figures
    inside: Figures
    loads: dict[str, dict[str, Any]] = field(default_factory=dict)
    month_seconds: float = 0.0  # of the month that was paid beside the load
    load: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Our requests a second to those of the bare view."""
        return self.inside[OURS]["per_second"] / self.inside[BARE]["per_second"]


def measure(
    *, place: Place, persons: int, repeat: int, tell: Tell, seconds: int, rate: int
) -> Measured:
    """Make a city with a hall; measure in one process, over HTTP, and beside a month."""
    city = place.var / "city"
    tell(f"▶ {persons} 人：生成演示城市")
    city_of = ("--payees-only", "--fresh", "--people", str(persons), "--folder", str(city))
    manage("make_city", *city_of, place=place, database=TAKEN)
    place.prepare()
    tell("▶ 接管基线，个人账户，大厅")
    stations = stations_for(rate=rate)
    asked = ("--rate", str(rate))
    filled = figures_of("api-fill", *asked, place=place, database=TAKEN, city=city)
    place.settle()
    load = [_busy()]
    tell(f"▶ 进程内，{repeat} 轮")
    rounds = ("--repeat", str(repeat))
    inside = figures_of("api-inside", *rounds, place=place, database=TAKEN, city=city)
    measured = Measured(persons, stations, filled, inside, load=load)
    with _serving(place) as port:
        place.rest()
        load.append(_busy())
        tell(f"▶ 每秒 {rate} 个请求，{seconds} 秒")
        with _hall(place, port, rate=rate, seconds=seconds) as told:
            pass
        measured.loads[QUIET] = told
        place.rest()
        load.append(_busy())
        slower = round(rate * BESIDE_MONTH)
        tell(f"▶ 每秒 {slower} 个请求，同时发放一个月")
        with _hall(place, port, rate=slower) as told:
            began = time.perf_counter()
            figures_of("ours", place=place, database=TAKEN, city=city)
            measured.month_seconds = time.perf_counter() - began
        measured.loads[BESIDE] = told
    load.append(_busy())
    return measured


@contextmanager
def _hall(
    place: Place, port: int, *, rate: int, seconds: int | None = None
) -> Iterator[dict[str, Any]]:
    """Keep the hall open while this is, or for ``seconds``; what it measured is there afterwards.

    Raises:
        HallFailedError.
    """
    out, told = place.var / "hall.json", dict[str, Any]()
    command = [sys.executable, "-m", "backend.city.bench.hall", "--port", str(port)]
    command += ["--plan", str(place.var / "city" / FILE), "--out", str(out), "--rate", str(rate)]
    if seconds is not None:
        command += ["--seconds", str(seconds)]
    with subprocess.Popen(
        command, cwd=cluster.CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as hall:
        assert hall.stdin is not None
        assert hall.stdout is not None
        if not hall.stdout.readline():  # from now on it counts
            raise HallFailedError(hall.wait())
        before = _cpu_of_servers(place)
        yield told
        if seconds is None:
            hall.stdin.close()
        if hall.wait() != 0:
            raise HallFailedError(hall.returncode)
    for name, spent in _cpu_of_servers(place).items():
        told[f"{name}_cpu_seconds"] = round(spent - before[name], 1)
    told |= json.loads(out.read_text(encoding="utf-8"))
    out.unlink()


@contextmanager
def _serving(place: Place) -> Iterator[int]:
    """Let the servers of ``bin/run`` that answer a hall run in the database; give their port.

    Raises:
        ServerDownError.
    """
    port_file = place.var / "run" / "port"
    port_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "backend.supervisor", "--port", "0"]
    command += [word for name in SERVERS for word in ("--only", name)]
    environment = place.environment(database=TAKEN)
    with subprocess.Popen(
        command, cwd=cluster.CHECKOUT, env=environment, stderr=subprocess.DEVNULL
    ) as keeper:
        try:
            yield _port_when_up(port_file)
        finally:
            keeper.send_signal(signal.SIGTERM)
            keeper.wait(END_SECONDS)


def _port_when_up(port_file: Path) -> int:
    deadline = time.monotonic() + UP_SECONDS
    while time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        if port_file.exists() and (told := port_file.read_text(encoding="ascii")).strip():
            try:
                with urllib.request.urlopen(f"http://{HOST}:{int(told)}/healthz"):
                    return int(told)
            except urllib.error.HTTPError:  # it answers, and finds fault with something else
                return int(told)
            except OSError:
                continue
    raise ServerDownError(port_file)


def _cpu_of_servers(place: Place) -> dict[str, float]:
    web = (place.var / "run" / "web.pid").read_text(encoding="ascii").split()[0]
    postmaster = (place.server.data / "postmaster.pid").read_text(encoding="ascii").split()[0]
    return {
        "web": family_cpu_seconds(head=int(web)),
        "database": family_cpu_seconds(head=int(postmaster)),
    }


def _busy() -> float:
    return round(os.getloadavg()[0], 2)


def lines_of(*, measured: Measured) -> Iterator[str]:
    """The tables of one number of persons."""
    yield ""
    yield (
        f"{measured.persons:,} 人，{measured.stations} 个柜台和同样多的自助终端，"
        f"系统负载 {measured.load}"
    )
    yield (
        f"接管和个人账户（只做一次，另计）：{measured.filled['take over']['seconds']:.0f} 秒，"
        f"{measured.filled[ACCOUNTS]['seconds']:.0f} 秒；"
        f"大厅 {measured.filled[HALL]['seconds']:.0f} 秒"
    )
    yield "| 进程内 | 次数 | 语句 | 中位 毫秒 | p99 毫秒 | 次/秒 |"
    yield "|---|---|---|---|---|---|"
    for who, label in INSIDE.items():
        one = measured.inside[who]
        yield (
            f"| {label} | {one['calls']:,} | {one['statements']} | {one['p50_ms']:.2f} "
            f"| {one['p99_ms']:.2f} | {one['per_second']:,.0f} |"
        )
    yield f"余额查询每秒次数 ÷ 裸视图：{measured.ratio:.2f}"
    yield (
        f"目标：余额查询中位 ≤ {AIM_P50_MS} 毫秒，p99 ≤ {AIM_P99_MS} 毫秒，÷ 裸视图 ≥ {AIM_RATIO}；"
        f"幂等重放中位 ≤ {AIM_REPLAY_MS} 毫秒"
    )
    yield ""
    yield (
        "| 经 HTTP | 秒 | 请求 | 次/秒 | 中位 毫秒 | p95 毫秒 | p99 毫秒 | 错误 | 错答 "
        "| 网页 CPU 秒 | 数据库 CPU 秒 | 发生器 CPU 秒 |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    for name, label in LOADS.items():
        one = measured.loads[name]
        yield (
            f"| {label} | {one['seconds']:.0f} | {one['requests']:,} | {one['per_second']:.0f} "
            f"| {one['p50_ms']:.1f} | {one['p95_ms']:.1f} | {one['p99_ms']:.1f} "
            f"| {one['errors']} | {one['wrong']} | {one['web_cpu_seconds']:.1f} "
            f"| {one['database_cpu_seconds']:.1f} | {one['cpu_seconds']:.1f} |"
        )
    for name in LOADS:
        yield from measured.loads[name]["samples"]
    yield f"同时发放的一个月：{measured.month_seconds:.1f} 秒"
    yield f"目标：p95 ≤ {AIM_P95_MS} 毫秒，错误 0，错答 0"


def summary(*, all_measured: Sequence[Measured], today: date) -> dict[str, Any]:
    """Everything that was printed, as figures."""
    return {
        "date": today.isoformat(),
        "commit": commit(),
        "machine": machine(),
        "runs": [
            {
                "persons": measured.persons,
                "stations": measured.stations,
                "load": measured.load,
                "inside": measured.inside,
                "ratio": round(measured.ratio, 2),
                "loads": measured.loads,
                "month_seconds": round(measured.month_seconds, 1),
            }
            for measured in all_measured
        ],
    }


def _run(
    place: Place, sizes: Sequence[int], repeat: int, tell: Tell, *, seconds: int, rate: int
) -> Iterator[str]:
    found = [
        measure(place=place, persons=n, repeat=repeat, tell=tell, seconds=seconds, rate=rate)
        for n in sizes
    ]
    for measured in found:
        yield from lines_of(measured=measured)
    yield json.dumps(summary(all_measured=found, today=timezone.localdate()), ensure_ascii=False)


BENCHMARK = Benchmark(
    name="api",
    about="接口：终端签名的余额查询，大厅的负载",
    option="persons",
    counted="库中的人数",
    size=1_000_000,
    growth=(),
    run=_run,
    parts={
        "api-fill": lambda given: fill(
            city=given["city"], stations=stations_for(rate=given["rate"])
        ),
        "api-inside": lambda given: measure_inside(city=given["city"], rounds=given["repeat"]),
    },
    options={
        "seconds": Option("负载多少秒", SECONDS),
        "rate": Option("每秒多少个请求", RATE),
    },
)
