"""What the tests of benefits share."""

from pathlib import Path

import pytest

from tests.insurance.benefits.baseline_files import BaselineFiles


@pytest.fixture
def baseline(tmp_path: Path) -> BaselineFiles:
    """A good baseline, not yet written."""
    folder = tmp_path / "baseline"
    folder.mkdir()
    return BaselineFiles(folder)
