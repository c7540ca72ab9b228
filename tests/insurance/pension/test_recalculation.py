"""Interim awards are computed again when the base of their year is known (重算)."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from backend.jobs.faultpoint import FaultError
from backend.jobs.models import Job
from backend.jobs.registry import handler_of
from backend.jobs.runner import run_waiting
from backend.kernel.months import Month
from insurance.benefits.models import Component, Entitlement
from insurance.pension import recalculation
from insurance.pension.award_steps import steps_of
from insurance.pension.models import Award, Recalculation
from insurance.pension.recalculation import (
    BaseNotPublished,
    Waiting,
    base_is_published,
    open_recalculation,
    recalculate_chunk,
    waiting,
)
from insurance.pension.tasks import recalculate_chunk_job
from insurance.policy.recompute import holds
from tests.insurance.benefits import month_builders
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
HERE = Waiting("340800", 2026)


@pytest.fixture
def interim() -> Award:
    p.recognise()
    p.approve()
    p.with_account()
    return p.awarded()


def now(entitlement: Entitlement) -> dict[str, int]:
    rows = Component.objects.filter(entitlement=entitlement, superseded_at=None)
    return dict(rows.values_list("component", "fen"))


def test_an_interim_award_waits_for_the_base_of_its_year(interim: Award) -> None:
    assert waiting() == [HERE]
    assert not base_is_published(of=HERE, known_on=p.TODAY)
    with pytest.raises(BaseNotPublished):
        open_recalculation(of=HERE, known_on=p.TODAY)


def test_a_base_is_not_known_before_it_is_issued(
    interim: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    p.publish_base(monkeypatch)

    assert not base_is_published(of=HERE, known_on=p.TODAY - timedelta(days=1))
    assert base_is_published(of=HERE, known_on=p.TODAY)


def test_by_hand(interim: Award, monkeypatch: pytest.MonkeyPatch) -> None:
    p.publish_base(monkeypatch)

    run = p.recalculated()

    award = Award.objects.get(previous=interim)
    assert (award.kind, award.interim, award.base_fen) == ("RECALCULATION", False, 8_200_00)
    assert award.parts == {**interim.parts, "BASIC": 299_813, "TRANSITIONAL": 110_384}
    assert now(award.entitlement) == award.parts
    assert run.state == "DONE"
    assert run.summary == {"awards": 1, "more_fen": award.total_fen - interim.total_fen}
    assert waiting() == []


def test_it_says_why_and_how_much_more(interim: Award, monkeypatch: pytest.MonkeyPatch) -> None:
    p.publish_base(monkeypatch)
    p.recalculated()

    steps = steps_of(award=Award.objects.get(previous=interim))

    assert all(holds(step=step) for step in steps)
    assert (steps[0].name, steps[-1].name, steps[-1].result) == (
        "累计缴费月数",
        "每月补差",
        "100.55",
    )
    assert "2026年的计发基数" in steps[-1].sentence


def test_amounts_change_from_the_first_month_and_what_was_known_stays(
    interim: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    p.publish_base(monkeypatch)
    p.recalculated()

    old, new = Component.objects.filter(component="BASIC").order_by("pk")
    assert (old.fen, new.fen) == (interim.basic_fen, 299_813)
    assert (old.superseded_at, old.valid) == (new.recorded_at, new.valid)
    assert Component.objects.filter(component="ACCOUNT").count() == 1


def test_repeated_it_writes_nothing(interim: Award, monkeypatch: pytest.MonkeyPatch) -> None:
    p.publish_base(monkeypatch)
    run = p.recalculated()

    assert recalculate_chunk(run_id=run.pk, chunk=0) == 0
    assert open_recalculation(of=HERE, known_on=p.TODAY) is None
    assert Award.objects.count() == 2


def test_of_a_chunk_that_fails_nothing_stays(
    interim: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    p.publish_base(monkeypatch)
    monkeypatch.setenv("FAULTPOINTS", "pension.recalculation.computed:1:raise")

    with pytest.raises(FaultError), transaction.atomic():
        p.recalculated()

    assert (Award.objects.count(), now(interim.entitlement)) == (1, interim.parts)
    monkeypatch.delenv("FAULTPOINTS")
    assert p.recalculated().state == "DONE"


def test_its_jobs_do_it(interim: Award, monkeypatch: pytest.MonkeyPatch) -> None:
    p.publish_base(monkeypatch)
    run = open_recalculation(of=HERE, known_on=p.TODAY)
    assert run is not None
    assert open_recalculation(of=HERE, known_on=p.TODAY) == run

    assert handler_of(recalculation.CHUNK_JOB) is recalculate_chunk_job
    keys = recalculation.chunk_keys(run=run)
    assert run_waiting(keys=keys) == 1

    assert Job.objects.get(key=keys[0]).state == "DONE"
    assert Recalculation.objects.get().state == "DONE"


def test_what_another_act_changed_stays(interim: Award, monkeypatch: pytest.MonkeyPatch) -> None:
    month_builders.raise_basic(of=interim.entitlement, to_fen=9_999_00, since=Month(2026, 10))
    p.publish_base(monkeypatch)

    p.recalculated()

    rows = Component.objects.filter(component="BASIC", superseded_at=None).order_by("valid")
    assert [(row.valid.lower, row.fen) for row in rows] == [
        (date(2026, 8, 1), 299_813),
        (date(2026, 10, 1), 9_999_00),
    ]


def test_a_lower_base_is_found_to_be_overpaid_and_never_set_off(
    interim: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    p.publish_base(monkeypatch, fen=7_500_00)
    p.recalculated()

    award = Award.objects.get(previous=interim)
    assert award.total_fen < interim.total_fen
    assert all(holds(step=step) for step in steps_of(award=award))
