"""Take in a bank's statement of an account of ours (导入银行对账单): whole or not at all.

Statements of an account follow each other without a gap: each begins where the one before ended,
with its balance. The same bytes a second time change nothing.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from backend.audit.record import record
from backend.deployment import is_demo
from backend.jobs.faultpoint import faultpoint
from backend.kernel.errors import Refusal
from payments.bank_folders import bank_folder, copy_digested
from payments.banks.refusal import BankFileRefused
from payments.banks.statement import Statement, read_statement, statement_profiles
from payments.hold_statements import hold_against_books, hold_bank
from payments.statement_models import BankStatement, OwnAccount

NAME_LONGEST = 120
A_DAY = timedelta(days=1)
# Not by COPY, which heeds no policy of the desk.
LINES = """
INSERT INTO payments_statementline (statement_id, seq, day, fen, balance_fen, bank_ref, our_ref,
    counter_account, counter_name, summary)
SELECT %s, seq, day, fen, balance_fen, bank_ref, our_ref, counter_account, counter_name, summary
FROM unnest(%s::date[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::text[]) WITH ORDINALITY AS line (day, fen, balance_fen, bank_ref, our_ref,
    counter_account, counter_name, summary, seq)
"""


class AccountNotOurs(Refusal):
    """The statement is of no account that stands beside a book (对账单不是本单位的账户)."""

    code = "statement_account_unknown"


class AccountEnded(Refusal):
    """The account was closed; its last statement is here (账户已终止)."""

    code = "statement_account_ended"


class StatementTooEarly(Refusal):
    """The statement of the days before is not here yet (缺少前面的对账单)."""

    code = "statement_too_early"


def take_statement(*, bank: str, path: Path, name: str, received_by: int) -> BankStatement:
    """Take in a statement and hold its lines against the books; a refused one is recorded.

    The same bytes again change nothing: the record of the first time is given.

    Raises:
        StatementsUnknown: we read none of this bank. AccountNotOurs, AccountEnded,
            StatementTooEarly: nothing is recorded, so that the same file can be taken in later.
    """
    profiles = statement_profiles(bank, demo=is_demo())
    with _copied(bank=bank, path=path) as (copy, size, sha256), transaction.atomic():
        hold_bank(bank=bank)
        known = BankStatement.objects.filter(bank=bank, sha256=sha256).first()
        if known is not None:
            return known
        facts = {
            "bank": bank,
            "name": name[:NAME_LONGEST],
            "size": size,
            "sha256": sha256,
            "received_by": received_by,
        }
        try:
            with transaction.atomic(), copy.open("rb") as file:
                taken = _taken(read_statement(profiles=profiles, file=file), facts)
        except BankFileRefused as refusal:
            taken = _refused(refusal, facts)
        copy.replace(bank_folder(bank=bank, name="statements") / sha256)
        faultpoint("payments.statement.taken")
    return taken


@contextmanager
def _copied(*, bank: str, path: Path) -> Iterator[tuple[Path, int, str]]:
    """A copy of our own with its size and digest: what is read are these very bytes."""
    copy = bank_folder(bank=bank, name="statements") / f".{uuid.uuid4().hex}.tmp"
    try:
        yield (copy, *copy_digested(source=path, target=copy))
    finally:
        copy.unlink(missing_ok=True)


def _taken(statement: Statement, facts: dict[str, Any]) -> BankStatement:
    known = OwnAccount.objects.filter(bank=facts["bank"], number=statement.account)
    account = known.select_related("end").first()
    if account is None:
        raise AccountNotOurs(
            f"账号 {statement.account} 没有登记为本机构账套的银行账户，请先登记再导入。"
        )
    if hasattr(account, "end"):
        raise AccountEnded(f"账号 {account.number} 已于 {account.end.last_day} 终止，不再导入。")
    _require_next(statement, account)
    row = BankStatement.objects.create(
        accepted=True,
        account=account,
        number=statement.number,
        start_date=statement.start,
        end_date=statement.end,
        opening_fen=statement.opening_fen,
        closing_fen=statement.closing_fen,
        line_count=len(statement.lines),
        **facts,
    )
    if statement.lines:
        columns = zip(*(vars(line).values() for line in statement.lines), strict=True)
        with connection.cursor() as cursor:
            cursor.execute(LINES, [row.pk, *map(list, columns)])
    matched = hold_against_books(book_id=account.book_id, code=account.code)
    record(
        name="payments.statement",
        subject_kind="payments.bankstatement",
        subject_id=str(row.pk),
        rows=1 + len(statement.lines) + matched,
        person_id=facts["received_by"],
        details={"account": account.pk, "name": row.name},
        digest=row.sha256,
    )
    return row


def _require_next(statement: Statement, account: OwnAccount) -> None:
    before = BankStatement.objects.filter(account=account, accepted=True).order_by("-end_date")
    last = before.first()
    if last is None or last.end_date is None:
        return
    due = last.end_date + A_DAY
    if statement.start > due:
        raise StatementTooEarly(
            f"账号 {account.number} 的对账单到 {last.end_date}，请先导入 {due} 起的对账单。"
        )
    if statement.start < due:
        text = f"{statement.start} 至 {last.end_date} 已有对账单，期间重叠。"
        raise BankFileRefused("overlap", text)
    if statement.opening_fen != last.closing_fen:
        raise BankFileRefused("wrong_opening", "期初余额与上一份对账单的期末余额不符。")


def _refused(refusal: BankFileRefused, facts: dict[str, Any]) -> BankStatement:
    row = BankStatement.objects.create(
        accepted=False,
        code=refusal.fault,
        line=refusal.line,
        detail=refusal.detail[:300],
        **facts,
    )
    record(
        name="payments.statement_refused",
        subject_kind="payments.bankstatement",
        subject_id=str(row.pk),
        rows=1,
        person_id=facts["received_by"],
        details={"name": row.name, "code": row.code, "line": row.line},
        digest=row.sha256,
    )
    return row
