"""The benchmark of recalculations runs and prints its rows; no figure of it is tested."""

import json
import os
import subprocess
import sys
from pathlib import Path

from backend.city.bench import recalculation
from backend.cluster import CHECKOUT


def test_recalculations_are_measured_against_statements_by_hand(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "bench", "recalculation", "--awards", "400", "--repeat", "1"],
        cwd=CHECKOUT,
        env={**os.environ, "YIKATONG_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stderr
    assert run.stdout.count(f"| {recalculation.LABEL} |") == 2
    both = json.loads(run.stdout.splitlines()[-1])["runs"]
    assert [figures["of"] for figures in both] == ["recalculation", "resident-recalculation"]
    for figures in both:
        assert figures["awards"] == 400
        assert min(figures["seconds"].values()) > 0
    assert not (tmp_path / "bench" / "pg").exists()
