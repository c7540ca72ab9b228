"""What waits too long for the sealer is an alarm, with a sentence that says why."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.test import Client

from backend.audit.models import Act, Sealing
from backend.audit.seal import SEALER
from backend.audit.sealer import keep_sealing, seal_when_nobody_does
from backend.audit.standing import standing
from backend.database_roles import APPLICATION, DESK
from tests import builders
from tests.backend.audit.chains import acted, as_superuser
from tests.conftest import OwnDatabase


def settled(*, seconds_ago: int) -> None:
    """As the sealer says it, which alone can."""
    progress().update(settled_at=Now() - timedelta(seconds=seconds_ago))


def progress() -> QuerySet[Sealing]:
    return Sealing.objects.using(SEALER).all()


def test_where_nothing_waits_all_is_well_however_long_nothing_happened(
    own_database: OwnDatabase,
) -> None:
    settled(seconds_ago=3600)

    assert (standing().late, standing().seconds) == (False, 0)
    assert standing().sentence.startswith("审计链正常")


def test_an_act_that_waits_is_late_after_five_seconds(own_database: OwnDatabase) -> None:
    acted(1)

    settled(seconds_ago=4)
    assert not standing().late

    settled(seconds_ago=7)
    assert standing().late
    assert standing().sentence.startswith("审计链告警：有 1 条操作记录未封链，已 7 秒。")


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE audit_sealing SET settled_at = now()",
        "UPDATE audit_sealing SET horizon = 2 ^ 62",
        "INSERT INTO audit_chainlink SELECT 1, max(id), 'x' FROM audit_act",
        "INSERT INTO audit_block VALUES (1, 1, 1, 'x', now(), '', 'k')",
        "INSERT INTO audit_headkey VALUES ('k', '', now())",
    ],
    ids=["settled", "horizon", "link", "block", "key"],
)
@pytest.mark.parametrize("role", [APPLICATION, DESK])
def test_the_application_does_not_mute_the_alarm(
    own_database: OwnDatabase, attack: str, role: str
) -> None:
    acted(1)
    settled(seconds_ago=60)

    with (
        pytest.raises(ProgrammingError, match="permission denied for table"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SET LOCAL ROLE {role}; {attack}")

    assert Client().get("/healthz").status_code == 503


@pytest.mark.parametrize("setting", ["SET ROLE", "SET SESSION AUTHORIZATION"])
def test_the_application_does_not_become_the_sealer(
    own_database: OwnDatabase, setting: str
) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(f"{setting} yikatong_sealer")


def test_who_says_that_all_was_settled_in_the_future_does_not_mute_the_alarm(
    own_database: OwnDatabase,
) -> None:
    acted(1)

    settled(seconds_ago=-3600)

    assert standing().late
    assert standing().seconds >= 0
    assert "封齐时间晚于数据库的时钟" in standing().sentence


@pytest.mark.parametrize("at", ["infinity", "-infinity", "12000-01-01", "0044-03-15 BC"])
def test_all_is_settled_at_a_time_that_a_clock_shows(own_database: OwnDatabase, at: str) -> None:
    with (
        pytest.raises(IntegrityError, match="audit_sealing_settled_at_a_time"),
        connections[SEALER].cursor() as cursor,
    ):
        cursor.execute("UPDATE audit_sealing SET settled_at = %s", [at])


@pytest.fixture
def elsewhere() -> Iterator["psycopg.Connection[Any]"]:
    """Another database of the cluster."""
    given = connection.settings_dict
    with closing(
        psycopg.connect(host=given["HOST"], dbname="postgres", user=given["USER"])
    ) as other:
        yield other


@pytest.mark.django_db
def test_an_act_of_the_own_transaction_waits_whatever_another_database_does(
    elsewhere: "psycopg.Connection[Any]",
) -> None:
    elsewhere.execute("SELECT pg_current_xact_id()")  # a number before ours, and not done yet

    acted(1)

    assert standing().waiting == 1


def test_a_long_transaction_is_not_late_by_its_own_length(own_database: OwnDatabase) -> None:
    """Its rows are as old as it; what counts is how long they can be seen."""
    Act.objects.create(
        name="test.act", subject_kind="test", subject_id="1", at=Now() - timedelta(hours=1)
    )
    settled(seconds_ago=1)

    assert not standing().late


def test_a_head_that_does_not_come_outside_is_late(own_database: OwnDatabase) -> None:
    settled(seconds_ago=9)
    progress().update(exported=-1)

    assert standing().late
    assert "1 个链头未导出" in standing().sentence


LINKED = """
INSERT INTO audit_act (id, name, subject_kind, subject_id, rows, details, digest, tx)
SELECT 10^6 + n, 'test.act', 'test', '1', 0, '{}', '', 10^15 + n FROM generate_series(1, 2000) n;
INSERT INTO audit_chainlink (position, act_id, hash)
SELECT n, 10^6 + n, decode(repeat('00', 32), 'hex') FROM generate_series(1, 2000) n;
SELECT setval(pg_get_serial_sequence('audit_act', 'id'), 2000000);
ANALYZE audit_act, audit_chainlink;
"""


def read_of_acts(statement: str, values: dict[str, int]) -> float:
    """How many rows of acts a statement looked at."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
        ((plan,),) = cursor.fetchall()

    def rows(node: dict[str, Any]) -> float:
        here = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        here = here * node["Actual Loops"] if node.get("Relation Name") == "audit_act" else 0
        return here + sum(rows(inner) for inner in node.get("Plans", ()))

    return rows(plan[0]["Plan"])


@pytest.mark.parametrize("horizon", [10**15 + 2001, 1000], ids=["not sealed yet", "sealed anew"])
def test_after_a_restore_what_waits_is_found_without_reading_all_acts(
    own_database: OwnDatabase, horizon: int
) -> None:
    """Their transactions' numbers are another cluster's, far beyond those of this one."""
    as_superuser(LINKED)
    progress().update(horizon=horizon)
    acted(1)
    asked = dict[str, Any]()

    def noted(execute: Any, statement: str, values: Any, many: bool, context: Any) -> Any:
        asked[statement] = values
        return execute(statement, values, many, context)

    with connection.execute_wrapper(noted):
        stands = standing()

    ((statement, values),) = [one for one in asked.items() if "FROM audit_act a" in one[0]]
    assert stands.waiting == 1
    assert 1 <= read_of_acts(statement, values) <= 10


def test_an_unsealed_house_is_not_in_order(own_database: OwnDatabase) -> None:
    acted(1)
    settled(seconds_ago=60)

    answer = Client().get("/healthz")

    assert (answer.status_code, answer.json()["status"]) == (503, "late")
    assert (answer.json()["acts_unsealed"], answer.json()["unsealed_seconds"] >= 60) == (1, True)


def test_operators_read_why_and_clerks_do_not(own_database: OwnDatabase, client: Client) -> None:
    acted(1)
    settled(seconds_ago=60)
    progress().update(trouble="库外链头文件不见了。")
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


def test_a_process_that_is_not_told_how_to_come_in_as_the_sealer_seals_nothing_and_says_so(
    own_database: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    acted(1)
    monkeypatch.delitem(connections.databases, SEALER)
    told: list[str] = []

    seal_when_nobody_does(tell=told.append)

    assert told == ["本进程没有封链角色的登录方式（DATABASE_SEALER_URL），不能封链。"]
    assert standing().waiting == 1
