"""Measure a month (测一个月): ours, by hand and the bare floors in turn, in one cluster."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from backend import cluster
from backend.city.bench import bare, ours
from backend.city.bench.benchmark import Tell
from backend.city.bench.place import TAKEN, Place

Figures = dict[str, dict[str, float]]
MANAGE = cluster.CHECKOUT / "manage.py"


@dataclass
class Measured:
    """All that was measured with a number of payees; one entry for each repetition."""

    people: int
    taken: Figures
    ours: list[Figures] = field(default_factory=list)
    by_hand: list[Figures] = field(default_factory=list)
    bare: list[dict[str, float]] = field(default_factory=list)
    load: list[float] = field(default_factory=list)

    def best(self, who: str, step: str, key: str = "seconds") -> float | None:
        """The best of all repetitions; None when ``who`` has no such step."""
        runs: Iterable[dict[str, float] | None]
        if who == "bare":
            runs = [{key: run[step]} if step in run else None for run in self.bare]
        else:
            runs = [run.get(step) for run in getattr(self, who)]
        found = [run[key] for run in runs if run is not None and key in run]
        return min(found) if found else None

    def peak_mb(self, step: str) -> float:
        """The most memory of ours in a step, of all repetitions."""
        return max(run[step]["peak_mb"] for run in self.ours)

    def rows(self, step: str) -> int:
        """How many rows ours had in a step."""
        return int(self.ours[0][step]["rows"])

    def whole(self, who: str) -> float:
        """The best of all repetitions from the first step to the last."""
        if who == "bare":
            return min(sum(run.values()) for run in self.bare)
        runs: list[Figures] = getattr(self, who)
        return min(sum(step["seconds"] for step in run.values()) for run in runs)


def measure(*, place: Place, people: int, repeat: int, tell: Tell) -> Measured:
    """Make a city of payees, take it over, and pay its month ``repeat`` times from there."""
    city = place.var / "city"
    tell(f"▶ {people} 人：生成演示城市")
    city_of = ("--payees-only", "--fresh", "--people", str(people), "--folder", str(city))
    manage("make_city", *city_of, place=place, database=TAKEN)
    place.prepare()
    tell("▶ 接管基线")
    measured = Measured(
        people=people, taken=figures_of("take-over", place=place, database=TAKEN, city=city)
    )
    place.settle()
    for round_no in range(1, repeat + 1):
        measured.load.append(round(os.getloadavg()[0], 2))
        database = place.clone()
        for who, act in (("ours", "ours"), ("by_hand", "by-hand")):
            tell(f"▶ 第 {round_no} 轮：{'本系统' if who == 'ours' else '手写语句'}")
            place.rest()
            figures = figures_of(act, place=place, database=database, city=city)
            getattr(measured, who).append(figures)
        tell(f"▶ 第 {round_no} 轮：裸下限")
        place.rest()
        measured.bare.append(bare.run_floors(place=place, database=database, people=people))
    measured.load.append(round(os.getloadavg()[0], 2))
    missing = set(ours.STEPS) - measured.ours[0].keys()
    if missing:
        raise ours.MonthStuckError(f"not measured: {sorted(missing)}")
    return measured


def figures_of(act: str, *more: str, place: Place, database: str, city: Path) -> Figures:
    """Let a process of its own do an act, and give what it measured."""
    out = place.var / "figures.json"
    told = ("--city", str(city), "--out", str(out), *more)
    manage("bench", act, *told, place=place, database=database)
    figures: Figures = json.loads(out.read_text(encoding="utf-8"))
    out.unlink()
    return figures


def manage(*arguments: str, place: Place, database: str) -> None:
    """Run a command of ``manage.py`` in one of the databases."""
    subprocess.run(
        [sys.executable, str(MANAGE), *arguments],
        env=place.environment(database=database),
        cwd=cluster.CHECKOUT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
