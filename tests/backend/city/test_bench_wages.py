"""The benchmark of a declaration of wages runs and prints every row; no time is tested."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from backend.city.bench import wages
from backend.cluster import CHECKOUT


def test_a_declaration_is_read_checked_and_stored(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "bench", "wages", "--rows", "300", "--repeat", "1"],
        cwd=CHECKOUT,
        env={**os.environ, "YIKATONG_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stderr
    for label in wages.LABELS.values():
        assert f"| {label} |" in run.stdout
    (figures,) = json.loads(run.stdout.splitlines()[-1])["runs"]
    assert figures["taken"] == figures["rows"] == 300
    assert all(figures["peak_mb"].values())
    assert not (tmp_path / "bench" / "pg").exists()


def test_it_has_no_growth_to_measure() -> None:
    with pytest.raises(CommandError, match="不测增长"):
        call_command("bench", "wages", "--growth")
