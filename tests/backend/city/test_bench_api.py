"""The benchmark of the API runs, counts what it asked, and finds nothing wrong; no figure of it is
tested."""

import json
import os
import subprocess
import sys
from pathlib import Path

from backend.city.bench import api
from backend.city.bench.api_inside import BARE, BLOCKS, CALLS, OURS, REPLAY
from backend.city.bench.hall.traffic import ASKS_A_CYCLE, CYCLE_SECONDS, stations_for
from backend.cluster import CHECKOUT

RATE, SECONDS = 6, 10


def test_a_hall_is_measured_in_process_over_http_and_beside_a_month(tmp_path: Path) -> None:
    asked = {"persons": 400, "repeat": 1, "rate": RATE, "seconds": SECONDS}
    options = [word for name, value in asked.items() for word in (f"--{name}", str(value))]

    run = subprocess.run(
        [sys.executable, "manage.py", "bench", "api", *options],
        cwd=CHECKOUT,
        env={**os.environ, "YIKATONG_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stderr
    for label in (*api.INSIDE.values(), *api.LOADS.values()):
        assert f"| {label} |" in run.stdout
    (figures,) = json.loads(run.stdout.splitlines()[-1])["runs"]
    inside = figures["inside"]
    assert {who: one["calls"] for who, one in inside.items()} == dict.fromkeys(
        (OURS, BARE, REPLAY), BLOCKS * CALLS
    )
    assert inside[OURS]["statements"] == inside[BARE]["statements"] > 2
    cycles = SECONDS / CYCLE_SECONDS
    assert (
        figures["loads"][api.QUIET]["requests"] == stations_for(rate=RATE) * cycles * ASKS_A_CYCLE
    )
    for load in figures["loads"].values():
        assert load["wrong"] == 0, load["samples"]
        # On a machine that is busy with other tests a card may be taken for gone.
        assert load["right"] > 10 * load["errors"], load["samples"]
    assert figures["month_seconds"] > 0
    assert not (tmp_path / "bench" / "pg").exists()
