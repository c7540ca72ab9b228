"""The benchmark runs and prints every row; no figure of it is tested, for machines differ."""

import json
import os
import subprocess
import sys
from pathlib import Path

from backend.city.bench import bare, inside, ours, report
from backend.cluster import CHECKOUT

TIMINGS = """\
Time: 5.000 ms
1 lines: INSERT SELECT
INSERT 0 10
Time: 1500.000 ms (00:01.500)
6 three-way difference
Time: 20.000 ms
DROP SCHEMA
Time: 999.000 ms
"""


def test_a_month_is_measured_against_both_floors(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "bench", "month", "--people", "2000", "--repeat", "1"],
        cwd=CHECKOUT,
        env={**os.environ, "YIKATONG_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stderr
    for _, label, _ in report.ROWS:
        assert f"| {label} |" in run.stdout
    (figures,) = json.loads(run.stdout.splitlines()[-1])["runs"]
    steps = {row["step"]: row for row in figures["steps"]}
    assert steps[ours.LINES]["rows"] > 1900
    measured = [row for step, row in steps.items() if step != ours.SIGN]
    # The ratio may be missing: the floor's own clock shows the file in hundredths of a second.
    assert all(row["bare"] is not None for row in measured)
    assert not (tmp_path / "bench" / "pg").exists()


def test_the_floor_s_set_up_and_clearing_away_are_not_timed() -> None:
    seconds = bare.seconds_of(text=TIMINGS)

    assert seconds[ours.LINES] == 1.5
    assert seconds[inside.DIFFERENCE] == 0.02
