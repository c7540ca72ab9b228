"""Every act comes into the chain, once, by one sealer, whatever dies or commits late."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction

from backend.audit import seal
from backend.audit.head_keys import HeadKeyDamaged, HeadKeyMissing
from backend.audit.heads_file import HeadsDiffer
from backend.audit.models import Act, Block, ChainLink, HeadKey, Sealing
from backend.audit.standing import standing
from backend.audit.stored import signed_heads
from tests.backend.audit.chains import Chain, acted, as_superuser
from tests.conftest import OwnDatabase

OF_THE_DUMP = """
INSERT INTO audit_act SELECT (jsonb_populate_record(a, jsonb_build_object('tx', 10^15 + n,
    'id', nextval(pg_get_serial_sequence('audit_act', 'id'))))).*
FROM audit_act a, generate_series(1, 12) n WHERE a.subject_kind = 'test'
"""
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
import django
django.setup()
from backend.audit import heads_file, seal
from tests.backend.audit.chains import Chain
where, folder = sys.argv[1:]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
if where == "linked":
    seal._store_block = die
elif where == "committed":
    heads_file.HeadsFile.append = die
else:
    write = os.fsync
    def half(descriptor):
        os.ftruncate(descriptor, os.fstat(descriptor).st_size - 100)
        write(descriptor)
        die()
    os.fsync = half
chain = Chain(Path(folder))
chain.keys.begin(at=chain.at)
seal.seal_waiting(now=chain.now, keys=chain.keys, heads=chain.heads)
"""


@pytest.fixture
def chain(own_database: OwnDatabase, tmp_path: Path) -> Chain:
    return Chain(tmp_path)


@pytest.fixture
def another(own_database: OwnDatabase) -> Iterator["psycopg.Connection[Any]"]:
    """A second connection of the application."""
    given = connections["default"].settings_dict
    with closing(
        psycopg.connect(host=given["HOST"], dbname=given["NAME"], user=given["USER"])
    ) as other:
        yield other


def heads_of(chain: Chain) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in chain.heads.path.read_text().splitlines()]
    return [line for line in lines if line["kind"] == "head"]


def insert(other: "psycopg.Connection[Any]", subject: str) -> None:
    other.execute(
        "INSERT INTO audit_act (name, subject_kind, subject_id, rows, details, digest)"
        " VALUES ('test.act', 'test', %s, 0, '{}', '')",
        [subject],
    )


def sealed_subjects() -> list[str]:
    subjects = dict(Act.objects.values_list("id", "subject_id"))
    links = ChainLink.objects.order_by("position").values_list("act_id", flat=True)
    return [subjects[act_id] for act_id in links]


def test_acts_come_into_the_chain_in_blocks_without_a_gap(chain: Chain) -> None:
    chain.grown(blocks=3, rows=4)

    assert sealed_subjects() == [str(number) for number in range(12)]
    assert list(ChainLink.objects.order_by("position").values_list("position", flat=True)) == [
        *range(1, 13)
    ]
    assert [(block.first, block.last) for block in Block.objects.order_by("number")] == [
        (1, 4),
        (5, 8),
        (9, 12),
    ]


def test_each_head_is_signed_and_stands_outside(chain: Chain) -> None:
    chain.grown(blocks=3, rows=2)

    heads = heads_of(chain)

    assert [head["number"] for head in heads] == [1, 2, 3]
    assert [head["head"] for head in heads] == [
        bytes(block.head).hex() for block in Block.objects.order_by("number")
    ]
    assert all(signed.verifies(public=key.public) for key, signed in signed_heads(after=0))


def test_where_nothing_happened_there_is_no_block(chain: Chain) -> None:
    assert chain.seal() == 0
    assert not Block.objects.exists()


def test_more_rows_than_a_block_holds_make_several(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "BLOCK_ROWS_MAX", 5)
    monkeypatch.setattr(seal, "WAITING", seal.WAITING.replace("5000", "5"))
    for number in range(12):
        acted(number)

    assert chain.seal() == 12
    assert [block.last for block in Block.objects.order_by("number")] == [5, 10, 12]
    assert standing().waiting == 0


def test_who_commits_late_is_not_left_out(chain: Chain, another: "psycopg.Connection[Any]") -> None:
    insert(another, "late")
    acted(1)
    chain.seal()
    assert sealed_subjects() == ["1"]

    another.commit()
    acted(2)
    chain.seal()

    assert sealed_subjects() == ["1", "late", "2"]
    assert standing().waiting == 0


def test_what_was_rolled_back_leaves_no_gap(
    chain: Chain, another: "psycopg.Connection[Any]"
) -> None:
    insert(another, "never")
    acted(1)
    chain.seal()
    another.rollback()
    acted(2)

    chain.seal()

    assert sealed_subjects() == ["1", "2"]


def test_two_sealers_at_once_seal_every_act_once(chain: Chain) -> None:
    stop = threading.Event()

    def keep_sealing() -> None:
        mine = Chain(chain.folder)
        while not stop.is_set():
            mine.seal()
        connections.close_all()

    chain.keys.begin(at=chain.at)
    sealers = [threading.Thread(target=keep_sealing) for _ in range(2)]
    for sealer in sealers:
        sealer.start()
    for number in range(150):
        acted(number)
    stop.set()
    for sealer in sealers:
        sealer.join()
    chain.seal()

    assert sorted(sealed_subjects(), key=int) == [str(number) for number in range(150)]
    assert [head["number"] for head in heads_of(chain)] == list(range(1, Block.objects.count() + 1))


def test_while_one_seals_the_other_does_not(
    chain: Chain, another: "psycopg.Connection[Any]"
) -> None:
    another.execute(seal.LOCK)
    acted(1)

    assert chain.seal() is None
    assert not ChainLink.objects.exists()

    another.rollback()
    assert chain.seal() == 1


@pytest.mark.parametrize("where", ["linked", "committed", "half a line"])
def test_after_a_killed_sealer_the_next_goes_on(
    chain: Chain,
    own_database: OwnDatabase,
    another: "psycopg.Connection[Any]",
    where: str,
) -> None:
    chain.grown(blocks=1, rows=2)
    acted(2)
    died = subprocess.run(
        [sys.executable, "-c", KILLED, where, str(chain.folder)],
        cwd=settings.BASE_DIR,
        env={**own_database.environment, "DJANGO_SETTINGS_MODULE": "backend.settings"},
        capture_output=True,
        text=True,
    )
    assert died.returncode == -9, died.stderr
    another.execute(seal.LOCK.replace("pg_try_", "pg_"))  # the server has seen that it died
    another.rollback()

    acted(3)
    chain.seal()

    assert sealed_subjects() == ["0", "1", "2", "3"]
    assert [head["last"] for head in heads_of(chain)] == [
        block.last for block in Block.objects.order_by("number")
    ]
    assert len(chain.heads.path.read_bytes().splitlines()) == Block.objects.count() + 1


def test_a_new_key_signs_from_its_day_on_and_is_told_outside(chain: Chain) -> None:
    chain.grown(blocks=2, rows=1)
    chain.keys.make(since=chain.at + timedelta(seconds=90))

    chain.grown(blocks=2, rows=1)

    keys = [key.key for key, _ in signed_heads(after=0)]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    kinds = [json.loads(line)["kind"] for line in chain.heads.path.read_text().splitlines()]
    assert kinds == ["key", "head", "head", "head", "key", "head"]
    assert HeadKey.objects.count() == 2


def test_keys_are_for_the_sealer_alone(chain: Chain) -> None:
    chain.grown(blocks=1, rows=1)
    (path,) = chain.keys.folder.glob("*")
    assert path.stat().st_mode & 0o777 == 0o600

    path.chmod(0o640)
    acted(2)

    with pytest.raises(HeadKeyMissing):
        chain.seal()


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[:-9],
        lambda text: "[]",
        lambda text: text.replace('"private": "', '"private": "00'),
        lambda text: text.replace('"since": "2', '"since": "x'),
        lambda text: json.dumps({**json.loads(text), "private": "11" * 32}),
        lambda text: json.dumps({**json.loads(text), "public": "11" * 32}),
    ],
)
def test_a_damaged_key_is_told_in_a_sentence(chain: Chain, damage: Callable[[str], str]) -> None:
    chain.grown(blocks=1, rows=1)
    (path,) = chain.keys.folder.glob("*")
    path.write_text(damage(path.read_text()))
    acted(2)

    with pytest.raises(HeadKeyDamaged, match="已损坏"):
        chain.seal()

    assert ChainLink.objects.count() == 1


def test_without_its_key_a_chain_gets_no_other(chain: Chain) -> None:
    chain.grown(blocks=1, rows=1)
    for path in chain.keys.folder.glob("*"):
        path.unlink()
    acted(2)

    with pytest.raises(HeadKeyMissing):
        chain.seal()

    assert ChainLink.objects.count() == 1


def test_time_never_goes_back_in_the_chain(chain: Chain) -> None:
    chain.grown(blocks=1, rows=1)
    chain.at -= timedelta(hours=1)

    chain.grown(blocks=1, rows=1)

    first, second = Block.objects.order_by("number").values_list("sealed_at", flat=True)
    assert first == second


def test_a_database_behind_its_heads_is_not_sealed_on(chain: Chain) -> None:
    chain.grown(blocks=2, rows=2)
    as_superuser(
        "DELETE FROM audit_block WHERE number = 2;",
        "DELETE FROM audit_chainlink WHERE position > 2;",
    )

    with pytest.raises(HeadsDiffer, match="第 2 块，数据库只到第 1 块"):
        chain.seal()

    assert ChainLink.objects.count() == 2


def test_heads_that_are_gone_are_not_begun_again_by_themselves(chain: Chain) -> None:
    chain.grown(blocks=2, rows=1)
    kept = chain.heads.path.read_text()
    chain.heads.path.unlink()

    with pytest.raises(HeadsDiffer, match="不见了"):
        chain.seal()

    chain.heads.path.touch()  # by somebody who looked
    chain.seal()
    assert chain.heads.path.read_text() == kept


def test_another_chains_heads_are_not_taken(chain: Chain) -> None:
    chain.grown(blocks=1, rows=1)
    as_superuser("TRUNCATE audit_block, audit_chainlink;", "UPDATE audit_sealing SET horizon = 0;")
    acted(9)

    with pytest.raises(HeadsDiffer):
        chain.seal()


def test_a_shorter_file_of_heads_is_not_filled_again_by_itself(chain: Chain) -> None:
    chain.grown(blocks=1, rows=2)
    shorter = chain.heads.path.read_bytes()
    chain.grown(blocks=1, rows=2)
    chain.heads.path.write_bytes(shorter)

    with pytest.raises(HeadsDiffer, match="只到第 1 块，原已导出到第 2 块"):
        chain.seal()


def test_a_block_that_another_signed_is_not_brought_outside(chain: Chain, tmp_path: Path) -> None:
    """Whoever may add rows as the sealer may add a block; outside it never comes."""
    chain.grown(blocks=1, rows=2)
    outside = chain.heads.path.read_bytes()
    acted(9)
    stranger = Chain(tmp_path / "stranger", at=chain.at)
    stranger.keys.begin(at=chain.at)
    stranger.heads.path.write_bytes(outside)
    stranger.seal()
    Sealing.objects.using(seal.SEALER).update(exported=1)

    with pytest.raises(HeadsDiffer, match="第 2 块不是本机密钥签名的"):
        chain.seal()
    assert chain.heads.path.read_bytes() == outside


def test_a_dump_in_another_cluster_is_sealed_on(chain: Chain) -> None:
    chain.grown(blocks=1, rows=2)
    Sealing.objects.using(seal.SEALER).update(horizon=10**15)
    acted(2)

    chain.seal()

    assert sealed_subjects() == ["0", "1", "2"]


def test_a_dump_with_more_than_a_block_in_another_cluster_is_sealed_to_its_end(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There transactions have lower numbers than those of the dump."""
    monkeypatch.setattr(seal, "BLOCK_ROWS_MAX", 5)
    monkeypatch.setattr(seal, "WAITING", seal.WAITING.replace("5000", "5"))
    chain.grown(blocks=1, rows=1)
    with connection.cursor() as cursor:
        cursor.execute(OF_THE_DUMP)
    Sealing.objects.using(seal.SEALER).update(horizon=2 * 10**15)

    assert chain.seal() == 12


@pytest.mark.parametrize("table", ["audit_chainlink", "audit_block", "audit_headkey"])
@pytest.mark.parametrize("role", ["default", "sealer", "owner"])
def test_nobody_but_a_superuser_can_take_back_what_is_sealed(
    chain: Chain, role: str, table: str
) -> None:
    chain.grown(blocks=1, rows=1)

    with (
        pytest.raises(DatabaseError),
        transaction.atomic(using=role),
        connections[role].cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {table}")
    assert connection.vendor == "postgresql"
