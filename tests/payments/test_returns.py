"""Every line of a batch ends in exactly one state, and what is not simply paid has an owner."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import IntegrityError

from backend.audit.models import Act
from payments.models import (
    AccountBlock,
    Batch,
    BatchState,
    Discrepancy,
    Outcome,
    OutcomeState,
    ReturnFile,
)
from payments.returns import OwnBatch, receive_return
from tests import builders
from tests.payments import bank_builders as bank
from tests.payments.bank_builders import BUSY, NO_ACCOUNT, PAID, UNKNOWN, Answer, Line, Office

pytestmark = pytest.mark.django_db
BANKS = ("CSB", "NSB")


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def office() -> Office:
    return bank.office()


@pytest.fixture
def lines() -> list[Line]:
    return bank.lines(4)


def take_in(tmp_path: Path, batch: Batch, rows: Sequence[Answer], *, part: int = 1) -> ReturnFile:
    content = bank.file_of(batch=batch, rows=rows, part=part)
    file = receive_return(bank=batch.bank, path=bank.put(tmp_path, content))
    assert file.accepted, file.detail
    return file


def states(line: Line) -> list[int]:
    found = Outcome.objects.filter(due_ref=line.due_ref).order_by("state")
    return list(found.values_list("state", flat=True))


@pytest.mark.parametrize("name", BANKS)
def test_what_is_paid_is_paid(tmp_path: Path, office: Office, lines: list[Line], name: str) -> None:
    batch = bank.sent(by=office, bank=name, of=lines)

    file = take_in(tmp_path, batch, bank.answers(name, lines))

    assert [states(line) for line in lines] == [[OutcomeState.PAID]] * 4
    assert not Discrepancy.objects.exists()
    batch.refresh_from_db()
    assert batch.state == BatchState.RETURNED
    assert (file.part, file.line_count, file.batch_id) == (1, 4, batch.id)


@pytest.mark.parametrize("name", BANKS)
def test_every_other_answer_has_its_own_state(tmp_path: Path, office: Office, name: str) -> None:
    lines = bank.lines(8)
    a = bank.answers(name, lines)
    batch = bank.sent(by=office, bank=name, of=lines)
    rows = [
        replace(a[0], code=NO_ACCOUNT[name]),
        replace(a[1], fen=a[1].fen - 1),
        replace(a[2], name="王五"),
        replace(a[3], code=UNKNOWN[name]),
        *(a[4], a[4]),
        replace(a[6], code="7777"),  # a code nobody has mapped
        a[7],
    ]

    take_in(tmp_path, batch, rows)

    assert [states(line) for line in lines] == [[9], [4], [5], [2], [3], [1], [2], [8]]
    kinds = Discrepancy.objects.order_by("due_ref").values_list("kind", flat=True)
    assert list(kinds) == [
        *("RETURNED", "AMOUNT_DIFFERS", "NAME_DIFFERS", "UNKNOWN"),
        *("DUPLICATE", "SILENT", "UNKNOWN"),
    ]


def test_a_discrepancy_says_what_whose_and_what_to_do(
    tmp_path: Path, office: Office, lines: list[Line]
) -> None:
    batch = bank.sent(by=office, of=lines)
    rows = bank.answers("NSB", lines)
    rows[0] = replace(rows[0], code=NO_ACCOUNT["NSB"])
    rows[1] = replace(rows[1], name="王五")
    rows[2] = replace(rows[2], code=BUSY["NSB"])

    take_in(tmp_path, batch, rows)

    said = Discrepancy.objects.order_by("due_ref").values_list(
        "ref", "reason", "proposal", "owner_role", "bank_name", "instructed_fen", "bank_fen"
    )
    assert list(said) == [
        (lines[0].ref, "ACCOUNT_NOT_FOUND", "CORRECT_ACCOUNT", "CLERK", "王秀英", 80000, 80000),
        (lines[1].ref, "NAME_DIFFERS", "CLAIM_BACK", "FINANCE", "王五", 80017, 80017),
        (lines[2].ref, "BANK_BUSY", "REISSUE", "FINANCE", lines[2].name, 80034, 80034),
    ]


def test_paid_to_another_account_counts_as_paid_to_another(
    tmp_path: Path, office: Office, lines: list[Line]
) -> None:
    batch = bank.sent(by=office, of=lines)
    rows = bank.answers("NSB", lines)
    rows[0] = replace(rows[0], account="9900019999999999999")

    take_in(tmp_path, batch, rows)

    assert states(lines[0]) == [OutcomeState.NAME_DIFFERS]
    assert Discrepancy.objects.get().reason == "ACCOUNT_DIFFERS"


@pytest.mark.parametrize("spelt", ["阿依古丽.买买提", "阿依古丽•买买提", "阿依古丽 买买提"])
def test_the_same_name_spelt_otherwise_is_paid(
    tmp_path: Path, office: Office, lines: list[Line], spelt: str
) -> None:
    batch = bank.sent(by=office, of=lines)
    rows = bank.answers("NSB", lines)
    rows[1] = replace(rows[1], name=spelt)

    take_in(tmp_path, batch, rows)

    assert states(lines[1]) == [OutcomeState.PAID]


def test_an_empty_name_is_not_the_same_name(
    tmp_path: Path, office: Office, lines: list[Line]
) -> None:
    batch = bank.sent(by=office, of=lines)
    rows = bank.answers("NSB", lines)
    rows[0] = replace(rows[0], name="")

    take_in(tmp_path, batch, rows)

    assert states(lines[0]) == [OutcomeState.NAME_DIFFERS]


def test_a_return_of_another_amount_is_not_taken_for_a_return(
    tmp_path: Path, office: Office, lines: list[Line]
) -> None:
    batch = bank.sent(by=office, of=lines)
    rows = bank.answers("NSB", lines)
    rows[0] = replace(rows[0], code=NO_ACCOUNT["NSB"], fen=1)

    take_in(tmp_path, batch, rows)

    assert states(lines[0]) == [OutcomeState.AMOUNT_DIFFERS]


def test_lines_of_others_have_no_outcome_but_an_owner(
    tmp_path: Path, office: Office, lines: list[Line]
) -> None:
    theirs = bank.lines(1, first=8_000_001)[0]
    bank.sent(by=office, of=[theirs], ordinal=2)
    batch = bank.sent(by=office, of=lines)
    rows = bank.answers("NSB", [*lines, theirs])
    rows += [Answer("9999999-1", "99", "无名氏", 500, "0000"), Answer("ZZ", "", "", 600, "3009")]

    take_in(tmp_path, batch, rows)

    assert Outcome.objects.count() == 4
    said = Discrepancy.objects.order_by("id").values_list("kind", "ref", "due_ref", "bank_fen")
    assert set(said) == {
        ("OTHER_BATCH", theirs.ref, None, theirs.fen),
        ("EXTRA", "9999999-1", None, 500),
        ("EXTRA", "ZZ", None, 600),
    }


def test_a_refused_account_is_blocked_and_a_busy_bank_blocks_nothing(
    tmp_path: Path, office: Office
) -> None:
    payees = [builders.wang().pk, builders.li().pk]
    lines = [replace(x, payee=who) for x, who in zip(bank.lines(2), payees, strict=True)]
    refused, _ = (bank.account_of(line, payee=who) for line, who in zip(lines, payees, strict=True))
    batch = bank.sent(by=office, of=lines)
    rows = bank.answers("NSB", lines)
    codes = (NO_ACCOUNT["NSB"], BUSY["NSB"])

    take_in(tmp_path, batch, [replace(x, code=c) for x, c in zip(rows, codes, strict=True)])

    block = AccountBlock.objects.get()
    assert (block.account_id, block.reason) == (refused.pk, "ACCOUNT_NOT_FOUND")


def test_the_same_bytes_again_change_nothing(
    tmp_path: Path, office: Office, lines: list[Line]
) -> None:
    batch = bank.sent(by=office, of=lines)
    content = bank.file_of(batch=batch, rows=bank.answers("NSB", lines))
    first = receive_return(bank="NSB", path=bank.put(tmp_path, content), received_by=7)
    acts = Act.objects.count()

    again = receive_return(
        bank="NSB", path=bank.put(tmp_path, content, name="other.txt"), received_by=8
    )

    assert (again.id, again.received_by, again.name) == (first.id, 7, first.name)
    assert (ReturnFile.objects.count(), Outcome.objects.count()) == (1, 4)
    assert Act.objects.count() == acts


@pytest.mark.parametrize("hand", ["checked_by", "approved_by", "sent_by"])
def test_who_signed_a_batch_does_not_bring_the_banks_answer(
    tmp_path: Path, office: Office, lines: list[Line], hand: str
) -> None:
    batch = bank.sent(by=office, of=lines)
    path = bank.put(tmp_path, bank.file_of(batch=batch, rows=bank.answers("NSB", lines)))

    with pytest.raises(OwnBatch):
        receive_return(bank="NSB", path=path, received_by=getattr(batch, hand))

    assert not ReturnFile.objects.exists()
    assert receive_return(bank="NSB", path=path, received_by=8).accepted


def test_the_file_is_kept_as_it_came(tmp_path: Path, office: Office, lines: list[Line]) -> None:
    batch = bank.sent(by=office, of=lines)

    file = take_in(tmp_path, batch, bank.answers("NSB", lines))

    kept = tmp_path / "bank" / "NSB" / "received"
    assert [path.name for path in kept.iterdir()] == [file.sha256]


def test_the_act_says_how_many_rows_it_wrote(
    tmp_path: Path, office: Office, lines: list[Line]
) -> None:
    batch = bank.sent(by=office, of=lines)
    rows = bank.answers("NSB", lines)
    rows[0] = replace(rows[0], code=BUSY["NSB"])

    take_in(tmp_path, batch, rows)

    # the file, four outcomes, one discrepancy, the batch's state
    assert Act.objects.get(name="payments.return").rows == 1 + 4 + 1 + 1


def test_paid_codes_are_those_of_the_profiles() -> None:
    assert PAID == {"NSB": "0000", "CSB": "S"}


def test_no_outcome_without_an_attempt(tmp_path: Path, office: Office, lines: list[Line]) -> None:
    batch = bank.sent(by=office, of=lines)
    file = take_in(tmp_path, batch, bank.answers("NSB", lines))

    with pytest.raises(IntegrityError):
        Outcome.objects.create(due_ref=1, n=1, state=8, fen=1, return_file_id=file.id)
