"""``bin/evidence`` runs tests that are there, and all of them."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings, settings
from django.core.management import call_command

from backend.city.management.commands import evidence
from backend.city.management.commands.evidence import FAULT_TESTS, PARTS, Part

SKIPPING = """
import pytest

def test_done():
    pass

def test_not_done():
    pytest.skip("no server")
"""


def test_every_part_names_tests_that_are_there() -> None:
    named = [place for part in PARTS.values() for place in part.tests]

    assert [
        place
        for place in (FAULT_TESTS, *named)
        if not (Path(settings.BASE_DIR) / place.partition("::")[0]).exists()
    ] == []


@pytest.mark.parametrize("part", ["two", "faults"])
def test_a_test_that_was_skipped_is_counted_and_is_no_proof(
    part: str, tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR, out = tmp_path, StringIO()
    tests = tmp_path / "test_two.py"
    tests.write_text(SKIPPING, encoding="utf-8")
    monkeypatch.setattr(evidence, "PARTS", {"two": Part((str(tests),))})
    monkeypatch.setattr(evidence, "FAULT_TESTS", str(tests))

    with pytest.raises(SystemExit) as ended:
        call_command("evidence", "--rounds", "1", "--parts", part, stdout=out)

    told = [json.loads(line) for line in out.getvalue().splitlines()]
    assert ended.value.code == 1
    assert [line["skipped"] for line in told] == [1] * len(told)
    assert [line["failed"] for line in told] == [0] * len(told)
