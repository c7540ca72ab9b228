"""Close a month of a book (结账): balances proved, signed and frozen, the month locked for ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from django.db import connection, transaction

from backend.access.keys import UnlockedKey
from backend.access.models import Agency, Role
from backend.audit.record import record
from backend.cases import approvals
from backend.cases.canonical import digest_of
from backend.jobs.faultpoint import faultpoint
from backend.kernel.errors import Refusal
from backend.web.scope import whole_city
from payments.ledger import months
from payments.ledger.balances import AccountBalance, has_uncarried, trial_balance
from payments.ledger.models import Book, Entry, LedgerMonth
from payments.ledger.periods import named

SUBJECT = "ledger.month"
STEP = "CLOSE"

# Opening is the closing of the month before; a book's first month opens at zero. That this equals
# the sum of all vouchers is checked by a trigger when the month is locked.
FREEZE = """
INSERT INTO ledger_monthbalance
    (ledger_month_id, account_id, opening_fen, dr_fen, cr_fen, closing_fen)
SELECT m.id, a.id, coalesce(o.closing_fen, 0), coalesce(p.dr, 0), coalesce(p.cr, 0),
    coalesce(o.closing_fen, 0) + coalesce(p.dr, 0) - coalesce(p.cr, 0)
FROM ledger_ledgermonth m
JOIN ledger_account a ON a.book_id = m.book_id
LEFT JOIN ledger_monthbalance o ON o.account_id = a.id AND o.ledger_month_id = (
    SELECT id FROM ledger_ledgermonth WHERE book_id = m.book_id AND month < m.month
    ORDER BY month DESC LIMIT 1)
LEFT JOIN (SELECT p.account_id, e.month, sum(p.dr_fen) AS dr, sum(p.cr_fen) AS cr
    FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id GROUP BY 1, 2) p
    ON p.account_id = a.id AND p.month = m.month
WHERE m.id = %s
"""


class Blocker(Protocol):
    """Says in Chinese sentences what must be finished first; none when nothing is open."""

    def __call__(self, *, book_id: int, month: date) -> Sequence[str]: ...


class MonthBlocked(Refusal):
    """Something is open that must be settled before the month is closed (尚有未了事项)."""

    code = "ledger_month_blocked"


class SamePerson(Refusal):
    """Who carried a year over does not close it (年度结转须由另一人结账)."""

    code = "ledger_year_same_person"


class BalancesChanged(Refusal):
    """What is signed must be what was shown (余额已变)."""

    code = "ledger_balances_changed"


@dataclass(frozen=True)
class Closing:
    """A month as it would be closed now (结账预览); ``digest`` is what the approver signs."""

    month_id: int
    month: date
    last_voucher: int
    balances: tuple[AccountBalance, ...]
    digest: str


def preview(*, book_id: int, month: date) -> Closing:
    """Give the balances of a month, from its vouchers, and their digest.

    Raises:
        MonthNotThere: nothing was ever posted in it.
    """
    row = LedgerMonth.objects.filter(book=book_id, month=month).first()
    if row is None:
        raise months.MonthNotThere(f"该账套没有 {named(month)} 的账。")
    balances = trial_balance(book_id=book_id, month=month)
    return Closing(
        month_id=row.id,
        month=month,
        last_voucher=row.last_voucher,
        balances=balances,
        digest=_digest(row, balances),
    )


def in_the_way(*, book: Book, month: date, blockers: Sequence[Blocker]) -> list[str]:
    """Why a month of a book can not be closed now, in Chinese sentences; none when it can."""
    if LedgerMonth.objects.filter(book=book, month=month, closed_at__isnull=False).exists():
        return []
    earlier = LedgerMonth.objects.filter(book=book, month__lt=month, closed_at=None).exists()
    uncarried = has_uncarried(book_id=book.id, until=month.replace(month=1, day=1))
    with whole_city():  # what other floors and agencies have open counts too
        told = [reason for blocker in blockers for reason in blocker(book_id=book.id, month=month)]
    return [
        *([f"{book.name} 还有更早的月份没有结账"] if earlier else []),
        *([f"{book.name} 以前年度的收支尚未年度结转"] if uncarried else []),
        *told,
    ]


def close_month(
    *,
    book_id: int,
    month: date,
    digest: str,
    blockers: Sequence[Blocker],
    key: UnlockedKey,
    now: datetime,
) -> int:
    """Freeze the balances and lock the month; rows written, 0 when it was closed before.

    ``digest`` is that of the ``preview`` shown to the approver, who signs it with ``key``.

    Raises:
        MonthNotThere: nothing was ever posted in it.
        MonthBlocked: a blocker, or an earlier month that is still open.
        SamePerson: the end of a year, carried over by whoever signs.
        BalancesChanged: something was posted since the preview.
    """
    with transaction.atomic():
        book = Book.objects.get(id=book_id)
        row = months.lock(book=book, month=month)
        if row.closed_at is not None:
            return 0
        reasons = in_the_way(book=book, month=month, blockers=blockers)
        if reasons:
            raise MonthBlocked("；".join(reasons) + "。", blockers=reasons)
        _refuse_same_person(row, key)
        if preview(book_id=book_id, month=month).digest != digest:
            raise BalancesChanged(
                f"{book.name} {named(month)} 的余额已有变化，请重新查看后再结账。"
            )
        return _close(row, digest, key, now)


def close_months(
    *,
    agency: Agency,
    digests: Mapping[int, str],
    blockers: Sequence[Blocker],
    key: UnlockedKey,
    now: datetime,
) -> int:
    """Close months of an agency's books (id of the month → digest shown), or none of them.

    Raises:
        MonthNotThere: one of them is not a month of this agency; else as ``close_month``.
    """
    with transaction.atomic():
        rows = LedgerMonth.objects.filter(id__in=digests, book__agency=agency)
        chosen = list(rows.order_by("month", "book"))
        if len(chosen) != len(digests):
            raise months.MonthNotThere("没有这个会计月份。")
        return sum(
            close_month(
                book_id=row.book_id,
                month=row.month,
                digest=digests[row.id],
                blockers=blockers,
                key=key,
                now=now,
            )
            for row in chosen
        )


def _refuse_same_person(row: LedgerMonth, key: UnlockedKey) -> None:
    own = Entry.objects.filter(book=row.book_id, month=row.month, posted_by=key.person_id)
    if row.year_end and own.exists():
        raise SamePerson(f"{named(row.month)}是您制单的，须由另一人审批结账。")


def _close(row: LedgerMonth, digest: str, key: UnlockedKey, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(FREEZE, [row.id])
        rows = 1 + int(cursor.rowcount)
    approvals.sign(
        key=key,
        subject_kind=SUBJECT,
        subject_id=row.id,
        step=STEP,
        digest=digest,
        role=Role.APPROVER,
        now=now,
        agency_id=row.book.agency_id,
    )
    row.closed_at = now
    row.closed_by = key.person_id
    row.save(update_fields=["closed_at", "closed_by"])
    record(
        name="ledger.close_month",
        subject_kind=SUBJECT,
        subject_id=str(row.id),
        rows=rows,
        staff_id=key.staff_id,
        person_id=key.person_id,
        digest=digest,
    )
    faultpoint("ledger.closed")
    return rows


def _digest(row: LedgerMonth, balances: Sequence[AccountBalance]) -> str:
    """An account that never moved says nothing: the chart may grow after the close."""
    return digest_of(
        {
            "book": row.book_id,
            "month": named(row.month),
            "last_voucher": row.last_voucher,
            "balances": [
                [b.code, b.opening_fen, b.dr_fen, b.cr_fen]
                for b in balances
                if b.opening_fen or b.dr_fen or b.cr_fen
            ],
        }
    )
