"""Sign a month's 余额调节表 (编制、复核): one lays it down, another reviews it; then it closes."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction

from backend.access.keys import UnlockedKey
from backend.access.models import Role, Staff
from backend.audit.record import record
from backend.cases import approvals
from backend.cases.models import Approval
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from payments.balance_table import Laid, NoStatements, laid_down
from payments.ledger.models import Book
from payments.ledger.periods import is_year_end
from payments.statement_models import BalanceTable, OwnAccount

SUBJECT = "payments.balancetable"
MAKE, CHECK = "MAKE", "CHECK"
REASON_MIN, REASON_MAX = 4, 200


class TableChanged(Refusal):
    """What is signed must be what was shown (调节表内容已变)."""

    code = "balance_table_changed"


class RestNotOwned(Refusal):
    """A difference that nothing explains has a reason and an owner (差额未说明)."""

    code = "balance_table_rest_not_owned"


class TableNotMade(Refusal):
    """Nobody has laid the table down as it stands (调节表尚未编制)."""

    code = "balance_table_not_made"


def make(
    *,
    book: Book,
    code: str,
    month: Month,
    digest: str,
    reason: str,
    owner: Staff | None,
    key: UnlockedKey,
    now: datetime,
) -> BalanceTable:
    """Lay down and sign the table that was shown; ``owner`` clears up what it leaves unexplained.

    Raises:
        NoStatements, TableChanged, RestNotOwned; ApprovalExists: it is laid down already.
    """
    with transaction.atomic():
        laid = _shown(book, code, month, digest)
        _require_owned(laid, reason, owner)
        table, _ = BalanceTable.objects.get_or_create(
            book=book,
            code=code,
            month=month.first_day,
            digest=digest,
            defaults={
                "book_fen": laid.book_fen,
                "bank_fen": laid.bank_fen,
                "rest_fen": laid.rest_fen,
                "rest_reason": reason.strip(),
                "rest_owner": owner.person_id if owner else None,
                "content": laid.content,
                "made_by": key.person_id,
                "made_at": now,
            },
        )
        _sign(table, MAKE, Role.FINANCE, key, now)
    return table


def check(
    *, book: Book, code: str, month: Month, digest: str, key: UnlockedKey, now: datetime
) -> BalanceTable:
    """Review the table that was laid down and shown; by another person than its maker.

    Raises:
        NoStatements, TableChanged, TableNotMade; ApprovalExists: by the maker, or once more.
    """
    with transaction.atomic():
        _shown(book, code, month, digest)
        table = table_of(book=book, code=code, month=month, digest=digest)
        if table is None:
            raise TableNotMade(f"{book.name} {month} 的余额调节表还没有人按现在的内容编制。")
        _sign(table, CHECK, Role.REVIEWER, key, now)
    return table


def table_of(*, book: Book, code: str, month: Month, digest: str) -> BalanceTable | None:
    """The table that was laid down with this content."""
    rows = BalanceTable.objects.select_related("book__agency")
    return rows.filter(book=book, code=code, month=month.first_day, digest=digest).first()


def signatures(table: BalanceTable) -> dict[str, Approval]:
    """The steps of a table that are validly signed."""
    return approvals.verified(
        subject_kind=SUBJECT,
        subject_id=table.pk,
        digest=table.digest,
        agency_id=table.book.agency_id,
    )


def balance_blockers(*, book_id: int, month: date) -> list[str]:
    """Why a month cannot be closed yet: a ledger account with bank statements whose table is not
    laid down and reviewed as it stands."""
    if is_year_end(month):
        return []
    book, period = Book.objects.select_related("agency").get(id=book_id), Month.of(month)
    stated = OwnAccount.objects.filter(
        book=book, bankstatement__accepted=True, bankstatement__start_date__lte=period.last_day
    )
    codes = stated.values_list("code", flat=True).order_by("code").distinct()
    return [reason for code in codes for reason in _unsigned(book, code, period)]


def _unsigned(book: Book, code: str, month: Month) -> Iterator[str]:
    try:
        laid = laid_down(book=book, code=code, month=month)
    except NoStatements as refusal:
        yield refusal.detail.rstrip("。")
        return
    table = table_of(book=book, code=code, month=month, digest=laid.digest)
    signed = signatures(table) if table else {}
    if MAKE not in signed:
        yield f"科目 {code} {laid.name} {month} 的余额调节表没有按现在的内容编制"
    elif CHECK not in signed:
        yield f"科目 {code} {laid.name} {month} 的余额调节表尚未复核"


def _shown(book: Book, code: str, month: Month, digest: str) -> Laid:
    laid = laid_down(book=book, code=code, month=month)
    if laid.digest != digest:
        raise TableChanged(f"{book.name} {month} 的余额调节表内容已有变化，请重新查看。")
    return laid


def _require_owned(laid: Laid, reason: str, owner: Staff | None) -> None:
    told = REASON_MIN <= len(reason.strip()) <= REASON_MAX
    if laid.rest_fen and (owner is None or not told):
        raise RestNotOwned(
            f"调节后双方余额仍差 {Money(laid.rest_fen)} 元，请写明原因和责任人（原因 "
            f"{REASON_MIN} 至 {REASON_MAX} 个字）。"
        )
    if not laid.rest_fen and (owner is not None or reason.strip()):
        raise RestNotOwned("调节后双方余额相等，没有差额需要说明。")
    if owner is not None and owner.agency_id != Book.objects.get(id=laid.book_id).agency_id:
        raise RestNotOwned("差额的责任人须是本机构的人员。")


def _sign(table: BalanceTable, step: str, role: Role, key: UnlockedKey, now: datetime) -> None:
    approvals.sign(
        key=key,
        subject_kind=SUBJECT,
        subject_id=table.pk,
        step=step,
        digest=table.digest,
        role=role,
        now=now,
        agency_id=table.book.agency_id,
    )
    record(
        name="payments.balance_table",
        subject_kind=SUBJECT,
        subject_id=str(table.pk),
        rows=1,
        staff_id=key.staff_id,
        person_id=key.person_id,
        details={"step": step, "account": table.code},
        digest=table.digest,
    )
