"""The sample of the documents is taken over whole."""

import pytest
from django.conf import settings

from backend.city.bench.staff import open_agency
from backend.feeds.refused import RefusedRow
from backend.feeds.signed import read_trusted
from insurance.benefits.baseline.take_over import take_over
from insurance.benefits.models import Component, Entitlement

pytestmark = pytest.mark.django_db
SAMPLES = settings.BASE_DIR / "docs/formats/samples"


def rows(name: str) -> int:
    """How many rows a file of the sample has."""
    return len((SAMPLES / "baseline" / name).read_text(encoding="utf-8").splitlines()) - 1


def test_the_sample_baseline_is_taken_over_without_a_refused_row() -> None:
    open_agency(office=SAMPLES / "office.json")
    refused: list[RefusedRow] = []

    take_over(
        folder=SAMPLES / "baseline", trusted=read_trusted(SAMPLES / "keys.json"), refused=refused
    )

    assert refused == []
    assert Entitlement.objects.count() == rows("entitlements.csv")
    assert Component.objects.count() == rows("components.csv")
