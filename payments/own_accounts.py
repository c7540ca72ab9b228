"""Say which bank accounts stand beside a book (登记本单位银行账户): one per number, for good."""

import re

from django.db import transaction

from backend.audit.record import record
from backend.kernel.errors import Refusal
from payments.banks.statement import statement_banks
from payments.ledger.models import Account, Book
from payments.statement_models import OwnAccount

DEPOSITS = ("1002", "1003", "1004")  # 收入户存款、财政专户存款、支出户存款
NUMBER = re.compile("[0-9]{4,34}", re.ASCII)


class OwnAccountInvalid(Refusal):
    """Book, ledger account, bank and number do not name an account (账户登记不正确)."""

    code = "own_account_invalid"


@transaction.atomic
def register(*, book: Book, code: str, bank: str, account_no: str, by: int) -> OwnAccount:
    """Put a bank account beside a ledger account of a book.

    Raises:
        OwnAccountInvalid: also when the number is registered.
    """
    if code not in DEPOSITS or not Account.objects.filter(book=book, code=code).exists():
        raise OwnAccountInvalid(f"{book.name} 的科目 {code} 不是存款科目。", field="code")
    if bank not in statement_banks():
        raise OwnAccountInvalid(f"没有银行 {bank} 的对账单格式。", field="bank")
    if not NUMBER.fullmatch(account_no):
        raise OwnAccountInvalid("账号须是 4 至 34 位数字。", field="account_no")
    row, new = OwnAccount.objects.get_or_create(
        bank=bank,
        number=account_no,
        defaults={"book": book, "code": code, "recorded_by": by},
    )
    if not new:
        raise OwnAccountInvalid(f"账号 {account_no} 已经登记。", field="account_no")
    record(
        name="payments.own_account",
        subject_kind="payments.ownaccount",
        subject_id=str(row.pk),
        rows=1,
        person_id=by,
        details={"book": book.pk, "account": code, "bank": bank},
    )
    return row
