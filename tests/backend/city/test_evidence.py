"""``bin/evidence`` runs tests that are there."""

from pathlib import Path

from django.conf import settings

from backend.city.management.commands.evidence import FAULT_TESTS, PARTS


def test_every_part_names_tests_that_are_there() -> None:
    named = [place for part in PARTS.values() for place in part.tests]

    assert [
        place
        for place in (FAULT_TESTS, *named)
        if not (Path(settings.BASE_DIR) / place.partition("::")[0]).exists()
    ] == []
