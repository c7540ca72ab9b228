"""The benchmark of the yearly interest runs and prints every row; no figure of it is tested."""

import json
import os
import subprocess
import sys
from pathlib import Path

from backend.city.bench import interest
from backend.cluster import CHECKOUT


def test_two_years_are_measured_against_both_floors(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "bench", "interest", "--accounts", "500", "--repeat", "1"],
        cwd=CHECKOUT,
        env={**os.environ, "YIKATONG_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stderr
    for label in interest.LABELS.values():
        assert f"| {label} |" in run.stdout
    (figures,) = json.loads(run.stdout.splitlines()[-1])["runs"]
    assert all(min(step.values()) > 0 for step in figures["steps"].values())
    assert figures["rows"] == dict.fromkeys(interest.WHO, 500)
    assert not (tmp_path / "bench" / "pg").exists()
