"""A year is opened while another is computed: neither waits for the other (并发重算)."""

import threading

import pytest
from django.db import transaction

from insurance.pension import locks, recalculation
from insurance.pension.models import Award
from insurance.pension.recalculation import Waiting, open_recalculation, recalculate_chunk
from tests.at_once import at_once
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension import recalculation_builders as r

PATIENCE_SECONDS = 30


@pytest.mark.usefixtures("own_database")
def test_a_year_that_opens_and_a_chunk_that_ends_do_not_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    r.awarded(people=r.generated(people=2, seed=3))
    p.publish_base(monkeypatch, fen=r.BASE_FEN)
    run = open_recalculation(of=Waiting("340800", 2026), known_on=p.TODAY)
    assert run is not None
    computed, opening = threading.Event(), threading.Event()
    known_now, lock_last_chunk = recalculation._known_now, locks.lock_last_chunk

    def known_once_computed() -> object:
        assert computed.wait(PATIENCE_SECONDS)
        opening.set()
        return known_now()

    def last_once_opening() -> None:
        computed.set()
        assert opening.wait(PATIENCE_SECONDS)
        lock_last_chunk()

    monkeypatch.setattr(recalculation, "_known_now", known_once_computed)
    monkeypatch.setattr(recalculation, "lock_last_chunk", last_once_opening)
    found = at_once(
        lambda: transaction.atomic(recalculate_chunk)(run_id=run.pk, chunk=0),
        lambda: open_recalculation(of=Waiting("340800", 2025), known_on=p.TODAY),
    )

    run.refresh_from_db()
    assert (found[1], run.state) == (None, "DONE")
    assert Award.objects.filter(recalculation=run).count() == 2
