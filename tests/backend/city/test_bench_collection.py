"""The benchmark of collection runs, prints every row, and all write the same; no time is tested."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.city.bench import collection
from backend.city.bench.collection_steps import ACCOUNTS, BARE, BILLS, BY_HAND, MATCHING, OURS
from backend.cluster import CHECKOUT

INSURED = 400
SIZE = ("--insured", str(INSURED), "--repeat", "1")


def test_a_month_is_collected_alike_by_all(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "bench", "collection", *SIZE],
        cwd=CHECKOUT,
        env={**os.environ, "YIKATONG_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stderr
    for label in collection.LABELS.values():
        assert f"| {label} |" in run.stdout
    (figures,) = json.loads(run.stdout.splitlines()[-1])["runs"]
    steps = {row["step"]: row for row in figures["steps"]}
    assert steps[BILLS]["rows"] == INSURED * 3 // 4 * 6 + INSURED // 4 * 2
    assert 0 < steps[ACCOUNTS]["rows"] < steps[MATCHING]["rows"] < steps[BILLS]["rows"]
    assert all(row[who] > 0 for row in steps.values() for who in ("seconds", "by_hand", "bare"))
    assert not (tmp_path / "bench" / "pg").exists()


def test_whoever_writes_something_else_is_no_measure() -> None:
    step = {"seconds": 1.0, "cpu_seconds": 1.0, "peak_mb": 1.0, "rows": 10, "fen": 500}
    alike = dict.fromkeys(collection.LABELS, step)
    other = {**alike, MATCHING: {**step, "fen": 499}}
    measured = collection.Measured(
        insured=10, runs={OURS: [alike], BY_HAND: [alike], BARE: [other]}
    )

    with pytest.raises(collection.RowsDifferError, match=MATCHING):
        measured.require_alike()
