"""Which bank accounts stand beside a book (登记、终止本单位银行账户): each said by two persons.

An account has one number, for good. It ends once the bank has said that nothing is left in it.
"""

import re
from dataclasses import dataclass
from datetime import date

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from payments.banks.statement import statement_banks
from payments.hold_statements import hold_bank
from payments.ledger.fund_papers import BookOfAnother
from payments.ledger.models import Account, Book
from payments.statement_models import BankStatement, OwnAccount, OwnAccountEnd

KIND, ENDING = "OWN_ACCOUNT", "OWN_ACCOUNT_END"
DEPOSITS = ("1002", "1003", "1003.01", "1004")  # 收入户、财政专户（活期、定期）、支出户存款
NUMBER = re.compile("[0-9]{4,34}", re.ASCII)
DOCUMENT_MAX = 40


class OwnAccountInvalid(Refusal):
    """Book, ledger account, bank and number do not name an account (账户登记不正确)."""

    code = "own_account_invalid"


class OwnAccountNotEmpty(Refusal):
    """The bank has not said that nothing is left (账户尚未结清)."""

    code = "own_account_not_empty"


@dataclass(frozen=True)
class Wanted:
    """The account that a case asks to put beside a ledger account of a book."""

    book: Book
    code: str
    bank: str
    number: str


def check(case: Case) -> int:
    """At its receipt an OWN_ACCOUNT case can be decided as it asks; writes nothing.

    Content: ``book``, ``code`` (of the ledger account), ``bank``, ``account_no``, ``document``
    (by which it was opened).

    Raises:
        ContentInvalid, OwnAccountInvalid, BookOfAnother, ProposalWaits.
    """
    wanted = _wanted(case)
    content.require_only_proposal(case, bank=wanted.bank, account_no=wanted.number)
    return 0


def register(case: Case) -> int:
    """The act of an OWN_ACCOUNT case: the account stands beside the book; rows written.

    Raises:
        as ``check``.
    """
    wanted = _wanted(case)
    OwnAccount.objects.create(**vars(wanted), case_id=case.pk, recorded_by=_hand(case))
    return 1


def check_end(case: Case) -> int:
    """At its receipt an OWN_ACCOUNT_END case can be decided as it asks; writes nothing.

    Content: ``own_account``, ``day`` (its last), ``document`` (by which it was closed).

    Raises:
        ContentInvalid, OwnAccountInvalid, OwnAccountNotEmpty, BookOfAnother, ProposalWaits.
    """
    account, _ = _to_end(case)
    content.require_only_proposal(case, own_account=account.pk)
    return 0


def end(case: Case) -> int:
    """The act of an OWN_ACCOUNT_END case: it takes no statement any more; rows written.

    Raises:
        as ``check_end``.
    """
    account, day = _to_end(case)
    hold_bank(bank=account.bank)
    _require_empty(account, day)
    OwnAccountEnd.objects.create(
        account=account, last_day=day, case_id=case.pk, recorded_by=_hand(case)
    )
    return 1


def _wanted(case: Case) -> Wanted:
    book = Book.objects.filter(pk=content.number(case, "book", "账套")).first()
    code = content.choice(case, "code", "存款科目", DEPOSITS)
    bank, number = case.content.get("bank"), case.content.get("account_no")
    content.text(case, "document", "开户批准文件", most=DOCUMENT_MAX)
    if book is None or not Account.objects.filter(book=book, code=code).exists():
        raise OwnAccountInvalid("没有这个账套，或者账套没有这个存款科目。", field="code")
    _require_own(case, book)
    if not isinstance(bank, str) or bank not in statement_banks():
        raise OwnAccountInvalid(f"没有银行 {bank} 的对账单格式。", field="bank")
    if not isinstance(number, str) or not NUMBER.fullmatch(number):
        raise OwnAccountInvalid("账号须是 4 至 34 位数字。", field="account_no")
    if OwnAccount.objects.filter(bank=bank, number=number).exists():
        raise OwnAccountInvalid(f"账号 {number} 已经登记。", field="account_no")
    return Wanted(book, code, bank, number)


def _to_end(case: Case) -> tuple[OwnAccount, date]:
    number = content.number(case, "own_account", "本单位银行账户")
    content.text(case, "document", "销户证明", most=DOCUMENT_MAX)
    account = OwnAccount.objects.select_related("book").filter(pk=number).first()
    if account is None:
        raise OwnAccountInvalid("没有这个本单位银行账户。", field="own_account")
    _require_own(case, account.book)
    if OwnAccountEnd.objects.filter(account=account).exists():
        raise OwnAccountInvalid(f"账号 {account.number} 已经终止。", field="own_account")
    day = content.day(case, "day", "销户日期")
    if day > content.day_of(case):
        raise OwnAccountInvalid("销户日期不能晚于今天。", field="day")
    _require_empty(account, day)
    return account, day


def _require_empty(account: OwnAccount, day: date) -> None:
    taken = BankStatement.objects.filter(account=account, accepted=True).order_by("-end_date")
    last = taken.first()
    if last is not None and last.end_date is not None and last.end_date < day:
        raise OwnAccountNotEmpty(
            f"账号 {account.number} 的对账单只到 {last.end_date}，请先导入到销户日的对账单。"
        )
    if last is not None and last.closing_fen:
        raise OwnAccountNotEmpty(f"账号 {account.number} 的对账单期末还有余额，不能终止。")


def _hand(case: Case) -> int:
    """Who received it: no feed does."""
    if case.received_by is None:
        raise LookupError(f"nobody received case {case.pk}")
    return case.received_by


def _require_own(case: Case, book: Book) -> None:
    if book.agency_id != case.agency_id:
        raise BookOfAnother("该账套属于另一经办机构，由该机构登记。", book=book.pk)
