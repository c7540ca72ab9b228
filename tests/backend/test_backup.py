"""A dump is taken by who can write nothing, and what is restored is proved by the heads outside."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from backend import backup, cluster
from backend.audit.heads_file import HeadsFile
from backend.audit.models import Act
from backend.audit.prove import Proof, prove
from backend.cluster import Cluster
from backend.database_roles import BACKUP
from backend.privacy.views import stand
from backend.server_programs import ClusterError
from payments.ledger.books import ensure_books
from payments.ledger.recorded import Vouchers
from tests import builders
from tests.backend.audit.chains import Chain, acted, as_superuser
from tests.conftest import OwnDatabase, pointed_at
from tests.payments.ledger.conftest import PAY_DAY, pay

RESTORED = f"yktest_restored_{os.getpid()}"


@pytest.fixture
def server() -> Iterator[Cluster]:
    found = cluster.cluster_of(var=settings.VAR_DIR)
    yield found
    cluster.drop_database(found, name=RESTORED)


@pytest.fixture
def chain(own_database: OwnDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chain:
    """Two blocks of acts, one of them a posting; the heads are where a backup looks for them."""
    monkeypatch.setenv("AUDIT_DIR", str(tmp_path))
    _, residents, _ = ensure_books(agency=builders.agency(), on=PAY_DAY)
    pay(residents, 20000, 3500, source_id="1")
    chain = Chain(tmp_path)
    chain.heads = HeadsFile(tmp_path / f"heads-{own_database.name}.jsonl")
    chain.grown(blocks=2, rows=3)
    return chain


def proof(heads: Path) -> Proof:
    return prove(posted=Vouchers(), heads=HeadsFile(heads), copy=True)


def test_a_restored_dump_is_the_database_that_was(
    server: Cluster, chain: Chain, own_database: OwnDatabase, tmp_path: Path
) -> None:
    file, acts = tmp_path / "dump", Act.objects.count()
    backup.dump(server, name=own_database.name, file=file)
    chain.grown(blocks=1, rows=2)

    backup.restore(server, file=file, name=RESTORED)

    assert file.stat().st_mode & 0o777 == 0o600
    with pointed_at(RESTORED):
        assert Act.objects.count() == acts
        assert proof(tmp_path / "dump.heads").sentences == []
        assert proof(tmp_path / "dump.heads").blocks == 2
        assert stand(using="owner")
        acted(9)  # and the application goes on in it
        (cut,) = proof(chain.heads.path).sentences
        assert "截去" in cut


def test_who_tampers_with_what_was_restored_is_named(
    server: Cluster, chain: Chain, own_database: OwnDatabase, tmp_path: Path
) -> None:
    backup.dump(server, name=own_database.name, file=tmp_path / "dump")
    backup.restore(server, file=tmp_path / "dump", name=RESTORED)

    with pointed_at(RESTORED):
        as_superuser("UPDATE ledger_posting SET dr_fen = dr_fen + 1 WHERE dr_fen > 0;")
        (broken,) = proof(tmp_path / "dump.heads").sentences

    assert "分录被改动" in broken


def test_nothing_is_written_over(
    server: Cluster, chain: Chain, own_database: OwnDatabase, tmp_path: Path
) -> None:
    backup.dump(server, name=own_database.name, file=tmp_path / "dump")

    with pytest.raises(ClusterError, match="不覆盖"):
        backup.dump(server, name=own_database.name, file=tmp_path / "dump")
    with pytest.raises(ClusterError, match="不覆盖"):
        backup.restore(server, file=tmp_path / "dump", name=own_database.name)


def test_a_dump_without_heads_beside_it_says_so(
    chain: Chain, own_database: OwnDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert backup.main(["dump", own_database.name, str(tmp_path / "proven")]) == 0
    silent = capsys.readouterr().err
    chain.heads.path.unlink()

    assert backup.main(["dump", own_database.name, str(tmp_path / "dump")]) == 0

    assert (silent, "没有库外链头" in capsys.readouterr().err) == ("", True)
    assert (tmp_path / "dump").exists()
    assert not (tmp_path / "dump.heads").exists()


def test_a_damaged_dump_makes_no_database(server: Cluster, chain: Chain, tmp_path: Path) -> None:
    (tmp_path / "dump").write_bytes(b"PGDMP")

    with pytest.raises(ClusterError, match="pg_restore"):
        backup.restore(server, file=tmp_path / "dump", name=RESTORED)

    for name in (RESTORED, f"{RESTORED}_unfinished"):
        assert not cluster.database_exists(server, name=name)


def test_the_role_of_backups_reads_every_table_and_writes_none(own_database: OwnDatabase) -> None:
    builders.wang()
    host = connection.settings_dict["HOST"]
    with psycopg.connect(host=host, dbname=own_database.name, user=BACKUP) as reader:
        assert reader.execute("SELECT count(*) FROM people_partyname").fetchone() == (1,)
        reader.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")
        reader.commit()
        for statement in (
            "INSERT INTO people_party (kind) VALUES ('PERSON')",
            "UPDATE people_partyname SET name = 'x'",
            "DELETE FROM audit_act",
            "CREATE TABLE mine (n int)",
            "SELECT nextval('people_party_id_seq')",
        ):
            with pytest.raises(InsufficientPrivilege):
                reader.execute(sql.SQL(statement))
            reader.rollback()
