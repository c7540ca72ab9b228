"""Plain SQL, as the application's own role, neither alters the past nor pays anybody twice."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper

from backend.cases import approvals
from payments.models import Attempt, Batch, BatchState, Outcome
from payments.returns import receive_return
from tests import builders
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db

APPEND_ONLY = (
    "audit_act",
    "cases_approval",
    "ledger_account",
    "ledger_book",
    "ledger_entry",
    "ledger_memoentry",
    "ledger_monthbalance",
    "ledger_posting",
    "payments_accountblock",
    "payments_attempt",
    "payments_bankfile",
    "payments_chunk",
    "payments_outcome",
    "payments_returnfile",
    "payments_sealcondition",
    "payments_withdrawn",
)
LINE = (
    "INSERT INTO payments_attempt (due_ref, n, batch_id, chunk, payee_id, fen, parts, account_no,"
    " holder_name, returned_n, returned_state) SELECT due_ref, {n}, {batch}, 0, {payee}, {fen},"
    " ARRAY[{fen}], account_no, holder_name, {returned_n}, {returned_state}"
    " FROM payments_attempt WHERE due_ref = {due_ref} AND n = 1"
)


@dataclass(frozen=True)
class Month:
    """A batch that the bank has answered, and a draft into which more could be paid."""

    batch: Batch
    draft: Batch
    paid: Attempt
    returned: Attempt
    unknown: Attempt


@pytest.fixture
def month(settings: LazySettings, tmp_path: Path) -> Month:
    settings.VAR_DIR = tmp_path
    batch = pay.answered(pay.PAID, pay.CLOSED_ACCOUNT, pay.UNKNOWN, scheme=pay.EMPLOYEES)
    paid, returned, unknown = pay.lines_of(batch)
    draft = Batch.objects.get(no="34080001-110-202611-CSB-1")
    return Month(batch, draft, paid, returned, unknown)


def refused(statement: str, *parameters: Any) -> str:
    """Try a statement; why the database refused it. What it refuses leaves nothing behind."""
    with connection.cursor() as cursor, pytest.raises(DatabaseError) as error:
        attempt(cursor, statement, parameters)
    return str(error.value)


def attempt(cursor: CursorWrapper, statement: str, parameters: tuple[Any, ...]) -> None:
    with transaction.atomic():
        cursor.execute(statement, parameters)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def pays_again(month: Month, line: Attempt, **said: object) -> str:
    """Try to let a line be paid in the draft; why the database refused it."""
    values = {
        "n": 2,
        "batch": month.draft.id,
        "payee": line.payee_id,
        "fen": line.fen,
        "due_ref": line.due_ref,
        "returned_n": 1,
        "returned_state": 9,
        **said,
    }
    return refused(LINE.format(**values))


def outcome(line: Attempt, state: int, *, file: int | None = None, case: int | None = None) -> str:
    """Try to say something of a line; why the database refused it."""
    return refused(
        "INSERT INTO payments_outcome (due_ref, n, state, fen, reason, return_file_id, case_id)"
        " VALUES (%s, %s, %s, %s, '', %s, %s)",
        *(line.due_ref, line.n, state, line.fen, file, case),
    )


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_row_of_the_past_is_altered(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s LIMIT 1",
            [table],
        )
        (column,) = cursor.fetchone()

    assert "permission denied" in refused(f'UPDATE "{table}" SET "{column}" = "{column}"')


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_row_of_the_past_is_deleted(table: str) -> None:
    assert "permission denied" in refused(f'DELETE FROM "{table}"')
    assert "permission denied" in refused(f'TRUNCATE "{table}" CASCADE')


def test_nothing_can_be_deleted_but_what_no_business_rests_on() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace AND has_table_privilege(oid, 'DELETE')"
        )
        deletable = {row[0] for row in cursor.fetchall()}

    assert deletable <= {
        *("access_staffsession", "web_keptanswer", "access_terminalnonce", "web_callcount")
    }


def test_triggers_can_not_be_turned_off() -> None:
    why = refused("ALTER TABLE payments_outcome DISABLE TRIGGER ALL")

    assert "must be owner" in why


def test_the_role_can_not_pass_for_a_replica_or_the_owner() -> None:
    assert "permission denied" in refused("SET session_replication_role = replica")
    assert "permission denied" in refused("SET ROLE yikatong_owner")


def test_a_due_has_one_first_attempt(month: Month) -> None:
    why = pays_again(month, month.paid, n=1, returned_n="NULL", returned_state="NULL")

    assert "payments_attempt_pkey" in why


@pytest.mark.parametrize("line", ["paid", "unknown"])
def test_only_what_the_bank_returned_is_paid_again(month: Month, line: str) -> None:
    assert "payments_attempt_returned_fk" in pays_again(month, getattr(month, line))


@pytest.mark.parametrize("state", [1, 2, 8])
def test_no_other_answer_stands_for_a_return(month: Month, state: int) -> None:
    assert "payments_attempt_follows" in pays_again(month, month.returned, returned_state=state)


def test_a_second_attempt_names_the_first(month: Month) -> None:
    why = pays_again(month, month.returned, returned_n="NULL", returned_state="NULL")

    assert "payments_attempt_follows" in why


def test_no_attempt_is_left_out(month: Month) -> None:
    assert "payments_attempt_follows" in pays_again(month, month.returned, n=3)


@pytest.mark.parametrize("fen", [19999, 20001])
def test_a_reissue_is_of_the_full_amount(month: Month, fen: int) -> None:
    assert "carries the full amount" in pays_again(month, month.returned, fen=fen)


def test_a_reissue_goes_to_the_same_payee(month: Month) -> None:
    why = pays_again(month, month.returned, payee=builders.chen().pk)

    assert "same payee" in why


def test_a_withdrawn_due_is_not_paid(month: Month) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_withdrawn VALUES (%s, 'benefits')", [month.returned.due_ref]
        )

    assert "withdrawn" in pays_again(month, month.returned)


def test_a_line_costs_something(month: Month) -> None:
    assert "payments_attempt_fen" in pays_again(
        month, month.paid, due_ref=month.paid.due_ref, n=1, fen=-20000
    )


def test_no_line_joins_a_sealed_batch(month: Month) -> None:
    assert "draft batch" in pays_again(month, month.returned, batch=month.batch.id)


def test_no_line_joins_a_batch_that_is_not_there(month: Month) -> None:
    assert "draft batch" in pays_again(month, month.returned, batch=0)


@pytest.mark.parametrize(("line", "state"), [("paid", 2), ("returned", 8), ("unknown", 1)])
def test_no_answer_falls_behind_what_is_known(month: Month, line: str, state: int) -> None:
    file = Outcome.objects.get(due_ref=month.paid.due_ref).return_file_id

    assert "may not fall behind" in outcome(getattr(month, line), state, file=file)


def test_an_answer_rests_on_a_file_or_a_case(month: Month) -> None:
    assert "payments_outcome_source" in outcome(month.unknown, 9)


def test_a_refused_file_gives_no_answer(month: Month, tmp_path: Path) -> None:
    path = tmp_path / "HP340800NSB00000001_02.txt"
    path.write_bytes(b"R|\r\n")
    file = receive_return(bank="NSB", path=path)

    assert not file.accepted
    assert "accepted return file" in outcome(month.unknown, 9, file=file.id)


def test_the_file_of_another_batch_gives_no_answer(month: Month) -> None:
    file = Outcome.objects.get(due_ref=month.paid.due_ref).return_file_id
    other = pay.lines_of(pay.sealed())[0]

    assert "speaks of an attempt" in outcome(other, 9, file=file)


def test_no_answer_is_given_on_what_was_never_tried(month: Month) -> None:
    file = Outcome.objects.get(due_ref=month.paid.due_ref).return_file_id
    month.paid.n = 2

    assert "speaks of an attempt" in outcome(month.paid, 9, file=file)


def test_an_undecided_case_gives_no_answer(month: Month) -> None:
    case = builders.case(kind="DISCREPANCY")

    assert "decided case" in outcome(month.unknown, 9, case=case.pk)


def test_a_case_is_not_born_decided(month: Month) -> None:
    case = builders.case(kind="DISCREPANCY")

    why = refused(
        "INSERT INTO cases_case (kind, agency_id, party_id, content, digest, state, origin, reason,"
        " certificate, decided_by, decided_at) SELECT kind, agency_id, party_id, content, digest,"
        " 'APPROVED', 'forged', '', '', received_by + 1, now() FROM cases_case WHERE id = %s",
        case.pk,
    )

    assert "RECEIVED" in why


def test_a_case_about_something_else_gives_no_answer(month: Month) -> None:
    why = outcome(month.paid, 9, case=decided_case(kind="ACCOUNT_CHANGE"))

    assert "decided case" in why


def test_no_state_of_a_batch_is_left_out() -> None:
    batch = pay.sealed()

    for state in ("APPROVED", "SENDING", "SENT", "RETURNED", "CLOSED"):
        assert "may not go" in refused(
            "UPDATE payments_batch SET state = %s WHERE id = %s", state, batch.id
        )


def test_a_batch_does_not_go_back(month: Month) -> None:
    for state in ("DRAFT", "SEALED", "SENDING", "SENT"):
        assert "may not go" in refused(
            "UPDATE payments_batch SET state = %s WHERE id = %s", state, month.batch.id
        )


def test_a_signed_state_needs_its_signature() -> None:
    batch = pay.sealed()

    why = refused(
        "UPDATE payments_batch SET state = 'CHECKED', checked_by = %s WHERE id = %s",
        *(builders.li().pk, batch.id),
    )

    assert "no signature" in why


def test_a_signature_of_one_person_does_not_count_for_another() -> None:
    batch = pay.sealed()
    approvals.sign(
        key=builders.member(role="REVIEWER").key,
        subject_kind="payments.batch",
        subject_id=batch.id,
        step="CHECK",
        digest=batch.digest,
        role="REVIEWER",
        now=builders.NOW,
    )

    why = refused(
        "UPDATE payments_batch SET state = 'CHECKED', checked_by = %s WHERE id = %s",
        *(builders.li().pk, batch.id),
    )

    assert "no signature" in why


@pytest.mark.parametrize(
    "change",
    [f"digest = '{'0' * 64}'", "fen = fen + 1", "line_count = 2", "pay_date = pay_date + 1"],
)
def test_what_is_sealed_is_frozen(change: str) -> None:
    batch = pay.sealed()

    assert "frozen" in refused(f"UPDATE payments_batch SET {change} WHERE id = %s", batch.id)


def test_a_batch_is_born_as_a_draft(month: Month) -> None:
    why = refused(
        "INSERT INTO payments_batch (no, book_id, bank, kind, period, ordinal, pay_date, state,"
        " line_count, fen, digest) SELECT 'X', book_id, bank, kind, period, 7, pay_date,"
        " 'APPROVED', 0, 0, '' FROM payments_batch WHERE id = %s",
        month.batch.id,
    )

    assert "DRAFT" in why


def test_a_batch_with_lines_is_not_declared_empty() -> None:
    batch = pay.draft()

    why = refused("UPDATE payments_batch SET state = 'EMPTY' WHERE id = %s", batch.id)

    assert "has lines" in why


def test_a_seal_is_the_sum_of_its_chunks() -> None:
    batch = pay.draft()

    why = refused(
        "UPDATE payments_batch SET state = 'SEALED', line_count = 1, fen = 20000,"
        " digest = %s WHERE id = %s",
        *("0" * 64, batch.id),
    )

    assert "sum of its chunks" in why


@pytest.mark.parametrize("step", [2, 0, -1])
def test_the_numbers_of_files_have_no_gap(month: Month, step: int) -> None:
    why = refused("UPDATE payments_bankserial SET last = last + %s WHERE bank = 'NSB'", step)

    assert "one by one" in why


def test_no_file_takes_a_number_that_is_not_next(month: Month) -> None:
    other = pay.sealed()

    why = refused(
        "INSERT INTO payments_bankfile (batch_id, bank, serial, name, size, sha256)"
        " VALUES (%s, 'NSB', 7, 'DF340800NSB00000007.txt', 1, %s)",
        *(other.id, "0" * 64),
    )

    assert "one by one" in why


def test_a_person_can_not_be_declared_to_be_another(month: Month) -> None:
    batch = Batch.objects.get(id=month.batch.id)

    why = refused(
        "UPDATE payments_batch SET approved_by = checked_by WHERE id = %s",
        batch.id,
    )

    assert "payments_batch" in why
    assert batch.state == BatchState.RETURNED


def decided_case(*, kind: str) -> int:
    """A case that was decided properly, but about something else."""
    case = builders.case(kind=kind, origin=uuid.uuid4().hex)
    approver = builders.member(role="REVIEWER")
    approvals.sign(
        key=approver.key,
        subject_kind="cases.case",
        subject_id=case.pk,
        step="DECIDE",
        digest=case.digest,
        role="REVIEWER",
        now=builders.NOW,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_case SET state = 'APPROVED', decided_by = %s, decided_at = now()"
            " WHERE id = %s",
            [approver.key.person_id, case.pk],
        )
    return case.pk
