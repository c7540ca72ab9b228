"""Whoever signs a batch sees how much of it is 预发."""

import pytest

from insurance.pension.interim_of_batch import Interim, interim_of
from payments.models import Batch
from tests.insurance.benefits import month_builders as m
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch() -> Batch:
    """The employees' batch of November: one pension that rests on last year's base."""
    p.recognise()
    p.approve()
    p.awarded()
    m.account(of=p.man().pk)
    m.entitlement()  # Wang's, of another book
    m.sealed()
    book = m.office().employees
    return Batch.objects.get(book=book, bank="NSB", period=m.NOVEMBER.first_day, kind="REGULAR")


def test_what_rests_on_last_years_base_is_counted(batch: Batch) -> None:
    assert batch.line_count > 0
    assert interim_of(batch=batch) == Interim(batch.line_count, batch.fen)


def test_what_was_computed_again_is_interim_no_more(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    p.publish_base(monkeypatch)
    p.recalculated()

    assert interim_of(batch=batch) == Interim(0, 0)
