"""What waits too long for the sealer is an alarm, with a sentence that says why."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client

from backend.audit.models import Act, Sealing
from backend.audit.sealer import keep_sealing, seal_when_nobody_does
from backend.audit.standing import standing
from tests import builders
from tests.backend.audit.chains import acted
from tests.conftest import OwnDatabase


def settled(*, seconds_ago: int) -> None:
    Sealing.objects.update(settled_at=Now() - timedelta(seconds=seconds_ago))


@pytest.mark.django_db
def test_where_nothing_waits_all_is_well_however_long_nothing_happened() -> None:
    settled(seconds_ago=3600)

    assert (standing().late, standing().seconds) == (False, 0)
    assert standing().sentence.startswith("审计链正常")


@pytest.mark.django_db
def test_an_act_that_waits_is_late_after_five_seconds() -> None:
    acted(1)

    settled(seconds_ago=4)
    assert not standing().late

    settled(seconds_ago=7)
    assert standing().late
    assert standing().sentence.startswith("审计链告警：有 1 条操作记录未封链，已 7 秒。")


@pytest.mark.django_db
def test_a_long_transaction_is_not_late_by_its_own_length() -> None:
    """Its rows are as old as it; what counts is how long they can be seen."""
    Act.objects.create(
        name="test.act", subject_kind="test", subject_id="1", at=Now() - timedelta(hours=1)
    )
    settled(seconds_ago=1)

    assert not standing().late


@pytest.mark.django_db
def test_a_head_that_does_not_come_outside_is_late() -> None:
    settled(seconds_ago=9)
    Sealing.objects.update(exported=-1)

    assert standing().late
    assert "1 个链头未导出" in standing().sentence


@pytest.mark.django_db
def test_an_unsealed_house_is_not_in_order() -> None:
    acted(1)
    settled(seconds_ago=60)

    answer = Client().get("/healthz")

    assert (answer.status_code, answer.json()["status"]) == (503, "late")
    assert (answer.json()["acts_unsealed"], answer.json()["unsealed_seconds"] >= 60) == (1, True)


@pytest.mark.django_db
def test_operators_read_why_and_clerks_do_not(client: Client) -> None:
    acted(1)
    settled(seconds_ago=60)
    Sealing.objects.update(trouble="库外链头文件不见了。")
    client.force_login(builders.member(role="SYSTEM_ADMIN", of=builders.chen()).staff)
    clerk = Client()
    clerk.force_login(builders.member(role="CLERK").staff)

    told = client.get("/api/v1/acts/sealing/").json()

    assert told["late"]
    assert told["sentence"].endswith("库外链头文件不见了。")
    assert clerk.get("/api/v1/acts/sealing/").status_code == 403


def test_the_sealer_tells_what_stops_it_and_goes_on_when_it_is_mended(
    own_database: OwnDatabase, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AUDIT_DIR = str(tmp_path / "closed" / "audit")
    (tmp_path / "closed").write_text("no folder")
    monkeypatch.setattr("backend.audit.sealer.PAUSE_SECONDS", 0)
    acted(1)

    rounds = iter([True, False])
    keep_sealing(going_on=lambda: next(rounds))
    assert "不能读写" in Sealing.objects.get().trouble

    (tmp_path / "closed").unlink()
    rounds = iter([True, False])
    keep_sealing(going_on=lambda: next(rounds))
    assert (Sealing.objects.get().trouble, standing().waiting) == ("", 0)


def test_a_command_without_servers_seals_what_it_wrote(
    own_database: OwnDatabase, tmp_path: Path, settings: Any
) -> None:
    settings.AUDIT_DIR = str(tmp_path)
    acted(1)

    seal_when_nobody_does(tell=print)

    assert standing().waiting == 0


def test_where_a_sealer_runs_a_command_leaves_it_to_it(
    own_database: OwnDatabase, tmp_path: Path, settings: Any
) -> None:
    settings.AUDIT_DIR = str(tmp_path)
    acted(1)
    settled(seconds_ago=1)

    seal_when_nobody_does(tell=print)

    assert standing().waiting == 1
