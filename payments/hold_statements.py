"""Hold the lines of statements against the books (对账单与日记账核对): each in one state."""

from datetime import date
from typing import Any

from django.db import connection, models, transaction

from backend.audit.record import record
from payments import statement_sql as sql
from payments.open_items import keep_open_items
from payments.statement_models import BankStatement

FOR_EVER = date(9999, 12, 31)
NEAR_DAYS = 10  # between the bank's day and ours, where only the amount speaks
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class LineState(models.TextChoices):
    """Where a line of a statement stands (对账单明细的状态): in exactly one."""

    MATCHED = "MATCHED", "已核对"
    REVERSED = "REVERSED", "银行冲正抵销"
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS", "编号相符、金额不符"
    BANK_RECEIVED = "BANK_RECEIVED", "银行已收、企业未收"
    BANK_PAID = "BANK_PAID", "银行已付、企业未付"


def hold_bank(*, bank: str) -> None:
    """Let nobody take in a statement of a bank, or end an account there, until this transaction
    ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [f"payments.statement/{bank}"])


def hold_against_books(*, book_id: int, code: str) -> int:
    """Settle every open line that the books know by now, and keep the worklist of what is open;
    rows written."""
    values = asked(book_id=book_id, code=code, until=FOR_EVER)
    if values["since"] is None:
        return 0
    rows = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK, [f"payments.statement_match/{book_id}/{code}"])
        for statement in sql.MATCHES:
            cursor.execute(statement, values)
            rows += cursor.rowcount
        rows += keep_open_items(asked=values)
        if rows:
            record(
                name="payments.statement_match",
                subject_kind="ledger.book",
                subject_id=str(book_id),
                rows=rows,
                details={"account": code},
            )
    return rows


def states(*, book_id: int, code: str) -> dict[int, LineState]:
    """The state of every line of the accounts beside a ledger account, by line."""
    values = asked(book_id=book_id, code=code, until=FOR_EVER)
    with connection.cursor() as cursor:
        cursor.execute(sql.STATES, values)
        return {line: LineState(state) for line, state in cursor.fetchall()}


def asked(*, book_id: int, code: str, until: date) -> dict[str, Any]:
    """What the statements ask with; ``since`` is where the first statement begins, None before."""
    of_code = BankStatement.objects.filter(account__book=book_id, account__code=code, accepted=True)
    since = of_code.aggregate(since=models.Min("start_date"))["since"]
    return {"book": book_id, "code": code, "until": until, "since": since, "days": NEAR_DAYS}
