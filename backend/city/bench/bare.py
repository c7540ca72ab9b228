"""The bare floors (裸下限): the SQL and the file writing that speed is compared with, unchanged."""

import re
import subprocess
import sys
from pathlib import Path

from backend import cluster
from backend.city.bench import inside, ours
from backend.city.bench.place import Place

FLOORS = Path(__file__).parent / "floors"
STEPS = {
    "1": ours.LINES,
    "2": ours.SEAL,
    "3": inside.POSTINGS,
    "4": ours.RETURN_IN,
    "5": inside.OUTCOMES,
    "6": inside.DIFFERENCE,
}
HEADING = re.compile(r"([1-6]) [a-z]")
TIME = re.compile(r"Time: ([0-9.]+) ms")
WRITTEN = re.compile(r"hashed by ([0-9.]+) s")


def run_floors(*, place: Place, database: str, people: int) -> dict[str, float]:
    """Seconds of each step of the floors."""
    text = cluster.run_sql(
        place.server,
        database=database,
        sql=(FLOORS / "bare.sql").read_text(encoding="utf-8"),
        values={"n": str(people)},
    )
    return {**seconds_of(text=text), ours.FILE: _file(place=place, people=people)}


def seconds_of(*, text: str) -> dict[str, float]:
    """Read psql's timings: all statements of a step, but the clearing away after the last."""
    seconds = dict.fromkeys(STEPS.values(), 0.0)
    step = ""
    for line in text.splitlines():
        if heading := HEADING.match(line):
            step = STEPS[heading[1]]
        elif (time := TIME.match(line)) and step:
            seconds[step] += float(time[1]) / 1000
            if step == inside.DIFFERENCE:
                step = ""
    return seconds


def _file(*, place: Place, people: int) -> float:
    path = place.var / "floor.txt"
    done = subprocess.run(
        [sys.executable, str(FLOORS / "bankfile.py"), str(people), str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    path.unlink()
    found = WRITTEN.search(done.stdout)
    if found is None:
        raise ValueError(done.stdout)
    return float(found[1])
