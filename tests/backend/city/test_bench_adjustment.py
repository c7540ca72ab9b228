"""The benchmark of the yearly adjustment runs and prints every row; no figure of it is tested."""

import json
import os
import subprocess
import sys
from pathlib import Path

from backend.city.bench import adjustment
from backend.cluster import CHECKOUT


def test_an_adjustment_is_measured_against_a_statement_by_hand(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "bench", "adjustment", "--pensions", "400", "--repeat", "1"],
        cwd=CHECKOUT,
        env={**os.environ, "YIKATONG_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stderr
    for label in adjustment.LABELS.values():
        assert f"| {label} |" in run.stdout
    (figures,) = json.loads(run.stdout.splitlines()[-1])["runs"]
    assert all(min(step.values()) > 0 for step in figures["steps"].values())
    assert (figures["pensions"], figures["written_again"]) == (400, 0)
    assert not (tmp_path / "bench" / "pg").exists()
