"""A sealed batch is found again from what its run knew, to the fen and the byte; what was changed
since is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connections

from payments.bank_files import prepare_file
from payments.models import Batch, BatchKind, PayeeAccount
from payments.signing import APPROVE, CHECK
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER
from tests.insurance.benefits.month_late import rows
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import BUSY


@pytest.fixture(autouse=True)
def _folders(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def regular(period: Any = NOVEMBER) -> Batch:
    return Batch.objects.get(kind=BatchKind.REGULAR, period=period.first_day, line_count__gt=0)


def with_file(batch: Batch) -> Batch:
    pay.sign(batch, CHECK)
    pay.sign(batch, APPROVE)
    prepare_file(batch_id=batch.pk)
    return Batch.objects.get(pk=batch.pk)


def as_owner(table: str, changed: str) -> None:
    """What only the owner can do, and only with the triggers off."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE {table} {changed}")
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def replayed(capsys: pytest.CaptureFixture[str], asked: object) -> tuple[int, Any, str]:
    """The exit code, what is told, and in words."""
    code = 0
    try:
        call_command("replay_batch", str(asked))
    except SystemExit as ended:
        code = int(str(ended.code))
    told = capsys.readouterr()
    return code, json.loads(told.out), told.err.strip()


@pytest.mark.django_db
def test_what_is_learnt_later_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    wang = m.entitlement()
    m.sealed()
    batch = with_file(regular())
    m.raise_basic(of=wang, to_fen=30_000, since=NOVEMBER)
    PayeeAccount.objects.filter(payee=wang.person_id).update(superseded_at=m.now(DECEMBER))
    m.sealed(DECEMBER)

    code, told, _ = replayed(capsys, batch.no)

    assert (code, told["from"], told["agrees"]) == (0, "facts", True)
    assert told["lines"] == [1, 1]
    assert told["yuan"] == ["251.50", "251.50"]
    assert told["digest"] == [batch.digest] * 2
    (committed,) = rows("SELECT sha256 FROM payments_bankfile WHERE batch_id = %s", batch.pk)
    assert told["file_sha256"] == [committed[0]] * 2


def test_what_was_changed_behind_the_run_is_named(
    own_database: OwnDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    wang, li = m.entitlement(), m.entitlement(of=builders.li())
    m.sealed()
    batch = with_file(regular())
    refs = [m.line(one).due_ref for one in (wang, li)]

    as_owner(
        "payments_attempt", f"SET fen = fen + 1, parts[1] = parts[1] + 1 WHERE due_ref = {refs[0]}"
    )
    of_line = replayed(capsys, batch.pk)
    as_owner(
        "payments_attempt", f"SET fen = fen - 1, parts[1] = parts[1] - 1 WHERE due_ref = {refs[0]}"
    )
    as_owner(
        "benefits_component",
        f"SET fen = fen - 100 WHERE entitlement_id = {li.pk} AND component = 'BASIC'",
    )
    code, told, said = replayed(capsys, batch.pk)

    assert of_line[0] == code == 1
    assert of_line[2] == f"应发 {refs[0]}：批次 251.51 元，重算 251.50 元"
    assert of_line[1]["digest"] == [batch.digest] * 2  # the facts still give what was signed
    assert said == f"应发 {refs[1]}：批次 251.50 元，重算 250.50 元"
    assert told["yuan"] == ["503.00", "502.00"]
    assert (told["agrees"], told["file_sha256"][1]) == (False, "")  # no file can be written of them


@pytest.mark.django_db
def test_a_batch_that_is_no_month_is_reckoned_from_its_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pay.answered(BUSY)
    (again,) = pay.reissued()

    code, told, _ = replayed(capsys, again.pk)

    assert (code, told["from"], told["agrees"]) == (0, "lines", True)


@pytest.mark.django_db
def test_a_draft_and_nothing_at_all_are_refused() -> None:
    m.entitlement()
    m.computed()
    draft = Batch.objects.filter(kind=BatchKind.REGULAR).first()
    assert draft is not None

    with pytest.raises(CommandError, match="没有可以重算的"):
        call_command("replay_batch", str(draft.pk))
    with pytest.raises(CommandError, match="没有批次 X-1"):
        call_command("replay_batch", "X-1")
