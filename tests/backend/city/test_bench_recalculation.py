"""The benchmark of the recalculation runs and prints its row; no figure of it is tested."""

import json
import os
import subprocess
import sys
from pathlib import Path

from backend.city.bench import recalculation
from backend.cluster import CHECKOUT


def test_a_recalculation_is_measured_against_a_statement_by_hand(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "bench", "recalculation", "--awards", "400", "--repeat", "1"],
        cwd=CHECKOUT,
        env={**os.environ, "YIKATONG_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stderr
    assert f"| {recalculation.LABEL} |" in run.stdout
    (figures,) = json.loads(run.stdout.splitlines()[-1])["runs"]
    assert figures["awards"] == 400
    assert min(figures["seconds"].values()) > 0
    assert not (tmp_path / "bench" / "pg").exists()
