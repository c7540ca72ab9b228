"""Whoever tampers with an act, a voucher or a head is named by the first row that is broken."""

import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from backend.audit.chain import digest_of_posted
from backend.audit.heads_file import heads_file
from backend.audit.models import Act, Block, ChainLink, Sealing
from backend.audit.seal import SEALER
from backend.cases.canonical import digest_of
from backend.city import chain_invariants
from payments.ledger.books import ensure_books
from payments.ledger.models import Entry, Posting
from payments.ledger.recorded import contents
from tests import builders
from tests.backend.audit import checker
from tests.backend.audit.chains import Chain, acted, as_superuser
from tests.conftest import OwnDatabase
from tests.payments.ledger.conftest import PAY_DAY, pay

BLOCKS, ROWS = 6, 5


@pytest.fixture
def chain(own_database: OwnDatabase, tmp_path: Path, settings: Any) -> Chain:
    """A few blocks of acts, among them some that posted."""
    settings.AUDIT_DIR = str(tmp_path)
    _, residents, _ = ensure_books(agency=builders.agency(), on=PAY_DAY)
    chain = Chain(tmp_path)
    chain.heads = heads_file()
    chain.seal()

    def act(number: int) -> None:
        if number % 4:
            acted(number)
        else:
            pay(residents, 20000 + number, 3500, source_id=str(number))

    chain.grown(blocks=BLOCKS, rows=ROWS, act=act)
    return chain


def verified(*options: str) -> tuple[int, str]:
    """Exit code and words of the command."""
    said = StringIO()
    try:
        call_command("verify_chain", *options, stdout=said)
    except SystemExit as ended:
        return int(str(ended.code)), said.getvalue()
    return 0, said.getvalue()


def test_an_untouched_chain_is_whole(chain: Chain) -> None:
    code, said = verified()

    assert code == 0
    assert f"{Act.objects.count()} 条记录，{BLOCKS + 1} 块" in said


TABLES = (
    *("audit_act", "audit_chainlink", "audit_headkey", "audit_block"),
    *("ledger_entry", "ledger_posting"),
)
ANY_MONTH = (
    "ALTER TABLE ledger_entry DROP CONSTRAINT IF EXISTS ledger_entry_month_of_business_date;"
)
# What a database administrator may do, and the row that must be named.
IN_THE_DATABASE = {
    "row changed": (7, "UPDATE audit_act SET rows = rows + 1 WHERE id = {a7};"),
    "row deleted": (9, "DELETE FROM audit_act WHERE id = {a9};"),
    "row and link deleted": (
        11,
        "DELETE FROM audit_act WHERE id = {a11}; DELETE FROM audit_chainlink WHERE position = 11;",
    ),
    "details changed": (6, "UPDATE audit_act SET details = '{{}}' WHERE id = {a6};"),
    "party changed": (6, "UPDATE audit_act SET party_id = party_id + 1 WHERE id = {a6};"),
    "from where changed": (7, "UPDATE audit_act SET place = '10.0.0.1' WHERE id = {a7};"),
    "time changed": (8, "UPDATE audit_act SET at = at + interval '1 s' WHERE id = {a8};"),
    "rows swapped": (
        4,
        (
            "UPDATE audit_act SET id = 0 WHERE id = {a4}; UPDATE audit_act SET id = {a4} WHERE"
            " id = {a8}; UPDATE audit_act SET id = {a8} WHERE id = 0;"
        ),
    ),
    "tail cut": (
        24,
        (
            "DELETE FROM audit_act WHERE id >= {a24}; DELETE FROM audit_chainlink WHERE"
            " position > 23; DELETE FROM audit_block WHERE first > 23;"
        ),
    ),
    "tail cut within a block": (
        26,
        (
            "DELETE FROM audit_act WHERE id >= {a26}; DELETE FROM audit_chainlink WHERE"
            " position > 25; DELETE FROM audit_block WHERE last > 25;"
        ),
    ),
    "last rows cut, the head left": (
        32,
        "DELETE FROM audit_act WHERE id >= {a32}; DELETE FROM audit_chainlink WHERE position > 31;",
    ),
    "head forged": (
        9,
        "UPDATE audit_block SET signature = decode(repeat('00', 64), 'hex') WHERE number = 3;",
    ),
    "head's time changed": (
        9,
        "UPDATE audit_block SET sealed_at = sealed_at + interval '1 s' WHERE number = 3;",
    ),
    "key exchanged": (
        1,
        "UPDATE audit_headkey SET public = decode(repeat('11', 32), 'hex');",
    ),
    "posting changed": (
        8,
        (
            "UPDATE ledger_posting SET dr_fen = dr_fen + 1 WHERE id = (SELECT min(p.id) FROM"
            " ledger_posting p WHERE p.dr_fen > 0 AND p.entry_id = {e8}::bigint);"
        ),
    ),
    "posting moved to the same account of another book": (
        8,
        (
            "UPDATE ledger_posting p SET account_id = (SELECT min(b.id) FROM ledger_account a"
            " JOIN ledger_account b ON b.code = a.code AND b.book_id <> a.book_id"
            " WHERE a.id = p.account_id) WHERE p.id = (SELECT min(p.id) FROM ledger_posting p"
            " WHERE p.entry_id = {e8}::bigint);"
        ),
    ),
    "voucher that tells of more lines": (
        8,
        "UPDATE ledger_entry SET lines = lines + 1 WHERE id = {e8}::bigint;",
    ),
    "voucher changed": (
        12,
        "UPDATE ledger_entry SET posted_at = posted_at - '1 d'::interval WHERE id = {e12}::bigint;",
    ),
    "voucher deleted": (
        16,
        (
            "DELETE FROM ledger_posting WHERE entry_id = {e16}::bigint;"
            " DELETE FROM ledger_entry WHERE id = {e16}::bigint;"
        ),
    ),
    "block that ends nowhere": (
        9,
        "UPDATE audit_block SET last = 9000000000000000000 WHERE number = 3;",
    ),
    "block that begins nowhere": (
        9,
        (
            "ALTER TABLE audit_block DROP CONSTRAINT audit_block_from_one;"
            " UPDATE audit_block SET first = -9000000000000000000 WHERE number = 3;"
        ),
    ),
    "block below all others": (
        1,
        (
            "INSERT INTO audit_block SELECT -3, first, last, head, sealed_at, signature, key"
            " FROM audit_block WHERE number = 3;"
        ),
    ),
    "block sealed never": (9, "UPDATE audit_block SET sealed_at = 'infinity' WHERE number = 3;"),
    "block sealed in 12000": (
        9,
        "UPDATE audit_block SET sealed_at = '12000-01-01' WHERE number = 3;",
    ),
    "block's key gone": (9, "UPDATE audit_block SET key = 'nobody' WHERE number = 3;"),
    "key since ever": (1, "UPDATE audit_headkey SET since = '-infinity';"),
    "key of another length": (1, "UPDATE audit_headkey SET public = decode('00', 'hex');"),
    "time at no time": (7, "UPDATE audit_act SET at = 'infinity' WHERE id = {a7};"),
    "time before Christ": (
        7,
        (
            "UPDATE audit_act SET at = (to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"
            ' HH24:MI:SS.US"+00 BC"'
            "'))::timestamptz WHERE id = {a7};"
        ),
    ),
    "voucher of no number": (
        8,
        "UPDATE audit_act SET subject_id = '99999999999999999999999' WHERE id = {a8};",
    ),
    "voucher posted never": (
        8,
        "UPDATE ledger_entry SET posted_at = 'infinity' WHERE id = {e8}::bigint;",
    ),
    "voucher of no day": (
        8,
        (
            f"{ANY_MONTH} UPDATE ledger_entry SET business_date = 'infinity'"
            " WHERE id = {e8}::bigint;"
        ),
    ),
    "voucher of a month before Christ": (
        8,
        (
            f"{ANY_MONTH} UPDATE ledger_entry SET month ="
            " (to_char(month, 'YYYY-MM-DD') || ' BC')::date WHERE id = {e8}::bigint;"
        ),
    ),
    "act hidden behind a link before the first": (
        -1,
        (
            "ALTER TABLE audit_chainlink DROP CONSTRAINT audit_chainlink_from_one;"
            " INSERT INTO audit_act (name, subject_kind, subject_id, rows, details, digest)"
            " VALUES ('test.hidden', 'test', '1', 0, '{{}}', '');"
            " INSERT INTO audit_chainlink"
            " SELECT -1, max(id), decode(repeat('00', 32), 'hex') FROM audit_act;"
        ),
    ),
}


def places() -> dict[str, object]:
    """The act at each position as ``a…``, the voucher that it posted as ``e…``."""
    found = dict[str, object]()
    for position, act_id in ChainLink.objects.values_list("position", "act_id"):
        found[f"a{position}"] = act_id
        found[f"e{position}"] = Act.objects.values_list("subject_id", flat=True).get(id=act_id)
    return found


def test_what_a_superuser_changes_is_named(chain: Chain) -> None:
    """One after the other in one database, each undone before the next."""
    at = places()
    as_superuser(
        *(f"CREATE TABLE kept_{table} AS TABLE {table};" for table in TABLES),
    )
    undo = "".join(
        f"DELETE FROM {table}; INSERT INTO {table} TABLE kept_{table};" for table in TABLES
    )
    for what, (position, statement) in IN_THE_DATABASE.items():
        as_superuser(undo, statement.format_map(at))

        code, said = verified()

        assert code == 1, what
        assert said.startswith(f"✗ 审计链第 {position} 条"), (what, said)
    as_superuser(undo)
    assert verified()[0] == 0


def test_a_tampered_chain_is_exported_as_it_is(chain: Chain, tmp_path: Path) -> None:
    as_superuser(
        "UPDATE audit_block SET last = 9000000000000000000 WHERE number = 2;",
        "UPDATE audit_block SET sealed_at = 'infinity' WHERE number = 3;",
        f"{ANY_MONTH} UPDATE ledger_entry SET posted_at = '-infinity', month = '0044-03-01 BC';",
    )
    path = tmp_path / "chain.jsonl"

    assert verified("--export", str(path))[0] == 1

    checked = [sys.executable, str(checker.CHECKER), str(path), "--heads", str(chain.heads.path)]
    assert subprocess.run(checked, capture_output=True, text=True).stdout.startswith("审计链第 ")


def test_a_chain_that_is_reckoned_anew_from_the_middle_is_named(chain: Chain) -> None:
    """The superuser even has the key: the heads outside tell where it departs."""
    kept = chain.heads.path.read_text()
    from_act = ChainLink.objects.get(position=13).act_id
    as_superuser(
        f"UPDATE audit_act SET name = 'test.other' WHERE id = {from_act};",
        "DELETE FROM audit_block WHERE last >= 13;",
        "DELETE FROM audit_chainlink WHERE position > 8;",
        "UPDATE audit_sealing SET horizon = 0, exported = 2;",
    )
    chain.heads.path.write_text("".join(kept.splitlines(keepends=True)[:3]))
    assert chain.seal() == 25
    chain.heads.path.write_text(kept)

    code, said = verified()

    assert code == 1
    assert said.startswith("✗ 审计链第 13 条"), said


@pytest.mark.parametrize("tx", [3, 10**17])
def test_an_act_that_was_kept_from_the_sealer_is_named(chain: Chain, tx: int) -> None:
    as_superuser(
        "INSERT INTO audit_act (name, subject_kind, subject_id, rows, details, digest, tx)"
        f" VALUES ('test.hidden', 'test', '1', 0, '{{}}', '', {tx});"
    )
    chain.seal()

    code, said = verified()

    assert code == 1
    assert "没有封入审计链" in said


@pytest.mark.parametrize("position", [0, -1, -(2**63)])
def test_the_sealer_links_no_act_to_where_no_block_is(chain: Chain, position: int) -> None:
    acted(500)
    hidden = Act.objects.latest("id")

    with pytest.raises(IntegrityError, match="audit_chainlink_from_one"):
        ChainLink.objects.using(SEALER).create(position=position, act_id=hidden.pk, hash=bytes(32))

    assert chain.seal() == 1


def test_the_sealer_counts_no_block_below_one(chain: Chain) -> None:
    block = Block.objects.latest("number")
    for name in ("number", "first"):
        below = {**{f.attname: getattr(block, f.attname) for f in block._meta.fields}, name: 0}

        with pytest.raises(IntegrityError, match="audit_block_from_one"):
            Block.objects.using(SEALER).create(**below)


def test_a_voucher_that_no_act_posted_is_named(chain: Chain) -> None:
    as_superuser(
        "INSERT INTO ledger_entry (book_id, month, voucher_no, rule, source, source_id, summary,"
        " attachments, red, lines, business_date) SELECT book_id, month, 999, rule, source,"
        " 'forged', summary, 0, false, lines, business_date FROM ledger_entry LIMIT 1;"
    )

    assert "没有记账的操作记录" in verified()[1]


def test_heads_that_are_gone_are_told(chain: Chain) -> None:
    chain.heads.path.unlink()

    code, said = verified()

    assert code == 1
    assert "不见了" in said


@pytest.mark.parametrize("left", [0, 1, 4])
def test_heads_that_are_cut_short_are_told(chain: Chain, left: int) -> None:
    lines = chain.heads.path.read_text().splitlines(keepends=True)
    chain.heads.path.write_text("".join(lines[:left]))

    code, said = verified()

    assert code == 1
    assert f"只到第 {max(left - 1, 0)} 块，原已导出到第 {BLOCKS + 1} 块" in said


def test_an_auditors_own_copy_may_end_before_the_heads_do(chain: Chain, tmp_path: Path) -> None:
    lines = chain.heads.path.read_text().splitlines(keepends=True)
    copy = tmp_path / "auditors-copy.jsonl"
    copy.write_text("".join(lines[:4]))

    assert verified("--heads", str(copy))[0] == 0


def test_a_progress_beyond_the_last_block_is_told(chain: Chain) -> None:
    Sealing.objects.using(SEALER).update(exported=99)

    code, said = verified()

    assert code == 1
    assert f"导出到第 99 块，库内只到第 {BLOCKS + 1} 块" in said


def test_an_auditors_own_copy_of_the_heads_shows_what_all_others_hide(
    chain: Chain, tmp_path: Path
) -> None:
    """Chain, heads and progress are wiped together: a new chain would be whole by itself."""
    kept = chain.heads.path.rename(tmp_path / "auditors-copy.jsonl")
    as_superuser(
        "TRUNCATE audit_block, audit_chainlink, audit_headkey;",
        "UPDATE audit_act SET rows = 77 WHERE id = (SELECT min(id) + 2 FROM audit_act);",
        "UPDATE audit_sealing SET horizon = 0, exported = 0;",
    )
    chain.seal()
    assert verified()[0] == 0

    code, said = verified("--heads", str(kept))

    assert code == 1
    assert said.startswith("✗ 审计链第 3 条"), said


def test_whoever_exports_the_chain_is_on_record(chain: Chain, tmp_path: Path) -> None:
    call_command("verify_chain", "--export", str(tmp_path / "out.jsonl"), stdout=StringIO())

    assert Act.objects.get(name="audit.exported").subject_id == "out.jsonl"
    assert (tmp_path / "out.jsonl").stat().st_mode & 0o777 == 0o600


def test_what_waits_is_no_tampering(chain: Chain) -> None:
    acted(99)

    code, said = verified()

    assert code == 0
    assert "另有 1 条尚未封链" in said


def test_check_invariants_asks_the_chain(chain: Chain) -> None:
    assert list(chain_invariants.broken_promises()) == []
    as_superuser("UPDATE audit_act SET rows = 77 WHERE id = (SELECT min(id) + 2 FROM audit_act);")

    (broken,) = chain_invariants.broken_promises()

    assert broken.subject.startswith("审计链第 3 条")


def test_the_act_of_a_posting_holds_the_digest_of_its_voucher(chain: Chain) -> None:
    act = Act.objects.filter(name="ledger.post").first()
    assert act is not None

    content = contents(entry_ids=[act.subject_id])[act.subject_id]

    assert act.digest == digest_of(content) == digest_of_posted(content)
    assert Posting.objects.count() == 3 * Entry.objects.count()


def test_the_checker_runs_alone_and_says_the_same(chain: Chain, tmp_path: Path) -> None:
    path = tmp_path / "chain.jsonl"
    call_command("verify_chain", "--export", str(path), stdout=StringIO())
    command = [sys.executable, "-I", "-S", str(checker.CHECKER), str(path)]
    command += ["--heads", str(chain.heads.path), "--plain"]

    whole = subprocess.run(command, capture_output=True, text=True, cwd="/")
    path.write_text(path.read_text().replace('"rows":2,', '"rows":3,', 1))
    broken = subprocess.run(command, capture_output=True, text=True, cwd="/")

    assert (whole.returncode, broken.returncode) == (0, 1), whole.stdout + whole.stderr
    assert whole.stdout.startswith("审计链完整：")
    assert broken.stdout.startswith("审计链第 ")


def test_nothing_is_exported_over_a_file(chain: Chain, tmp_path: Path) -> None:
    path = tmp_path / "there"
    path.touch()

    with pytest.raises(CommandError, match="不能写出"):
        call_command("verify_chain", "--export", str(path), stdout=StringIO())
