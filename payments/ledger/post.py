"""Post an event as one balanced voucher (记账): by rule, once per source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date

from django.db import IntegrityError, transaction

from backend.access.constraints import violated
from backend.audit.record import record
from backend.cases.canonical import digest_of
from backend.jobs.faultpoint import faultpoint
from backend.kernel.errors import Refusal
from payments.ledger import months, periods, rules
from payments.ledger.books import expense_items
from payments.ledger.models import Account, Book, Entry, Posting

ACT = "ledger.post"
SUBJECT = "ledger.entry"


class PostedOtherwise(Refusal):
    """The same event was posted before with other amounts (同一业务已按不同金额记账)."""

    code = "entry_differs"


class MoneyNotHeld(Refusal):
    """An account does not hold what is to leave it, beside what is on its way (余额不足)."""

    code = "ledger_money_not_held"


@dataclass(frozen=True)
class Voucher:
    """A voucher to be (待记凭证): what the event is, and its lines."""

    book: Book
    rule: str
    source: str
    source_id: str
    summary: str
    business_date: date
    lines: tuple[rules.Line, ...]
    red: bool = False
    attachments: int = 0
    reverses: Entry | None = None
    year_end: bool = False

    @property
    def month(self) -> date:
        """The period it stands in."""
        of_year = periods.year_end(year=self.business_date.year)
        return of_year if self.year_end else self.business_date.replace(day=1)


def post(
    *,
    rule: str,
    book_id: int,
    business_date: date,
    source: str,
    source_id: str,
    items: Sequence[int],
    summary: str,
    posted_by: int | None = None,
    attachments: int = 0,
) -> Entry | None:
    """Write the voucher of an event; ``items`` are fen by expense item. Nothing at all: None.

    The same (source, source_id, rule, book) gives the voucher that is there.

    Raises:
        PostedOtherwise: it is there with other amounts.
        MonthClosed: the month of ``business_date`` is closed.
        MoneyNotHeld: 收入户, 定期存款 or 支出户 does not hold it.
    """
    if not any(items):
        return None
    book = Book.objects.select_related("agency").get(id=book_id)
    wanted = rules.rule(code=rule, on=business_date)
    fund_items = expense_items(book=book, on=business_date)
    voucher = Voucher(
        book=book,
        rule=rule,
        source=source,
        source_id=source_id,
        summary=f"{wanted.label} {summary}",
        business_date=business_date,
        lines=rules.lines(rule=wanted, fund_items=fund_items, amounts=items),
        red=wanted.red,
        attachments=attachments,
    )
    return post_voucher(voucher=voucher, posted_by=posted_by)


def post_voucher(*, voucher: Voucher, posted_by: int | None) -> Entry:
    """Write a voucher, or give the one that is there of the same event.

    Raises:
        PostedOtherwise, MonthClosed.
    """
    with transaction.atomic():
        return _known(voucher) or _known_or_written(voucher, posted_by)


def write(*, voucher: Voucher, posted_by: int | None) -> Entry:
    """Write a voucher, its lines and its audit row; the month's row is locked already."""
    entry = Entry.objects.create(
        book=voucher.book,
        month=voucher.month,
        voucher_no=0,  # given by the database
        rule=voucher.rule,
        source=voucher.source,
        source_id=voucher.source_id,
        summary=voucher.summary,
        attachments=voucher.attachments,
        red=voucher.red,
        lines=len(voucher.lines),
        reverses=voucher.reverses,
        business_date=voucher.business_date,
        posted_by=posted_by,
    )
    entry.refresh_from_db(fields=["voucher_no", "posted_at"])
    _write_lines(entry, voucher)
    record(
        name=ACT,
        subject_kind=SUBJECT,
        subject_id=str(entry.id),
        rows=1 + len(voucher.lines),
        person_id=posted_by,
        details={"rule": entry.rule, "source": entry.source, "source_id": entry.source_id},
        digest=entry_digest(entry=entry, lines=voucher.lines),
    )
    faultpoint("ledger.posted")
    return entry


def _write_lines(entry: Entry, voucher: Voucher) -> None:
    accounts = dict(Account.objects.filter(book=voucher.book).values_list("code", "id"))
    try:
        Posting.objects.bulk_create(
            Posting(
                entry=entry,
                account_id=accounts[line.account],
                dr_fen=line.dr_fen,
                cr_fen=line.cr_fen,
            )
            for line in voucher.lines
        )
    except IntegrityError as error:
        if violated(error) != "ledger_posting_covered":
            raise
        raise MoneyNotHeld(
            f"账套“{voucher.book.name}”的存款余额不足（支出户已留出在途批次的钱），"
            f"不能记账：{voucher.summary}。",
            book=voucher.book.pk,
        ) from error


def entry_digest(*, entry: Entry, lines: Sequence[rules.Line]) -> str:
    """Give the SHA-256 of a voucher with its lines, as the audit row of its posting holds it."""
    return digest_of(entry_content(entry=entry, lines=lines))


def entry_content(*, entry: Entry, lines: Sequence[rules.Line]) -> dict[str, object]:
    """Give all that a voucher says, with its lines; an account is known by its book and code."""
    return {
        "book": entry.book_id,
        "month": periods.written(entry.month),
        "voucher_no": entry.voucher_no,
        "rule": entry.rule,
        "source": entry.source,
        "source_id": entry.source_id,
        "summary": entry.summary,
        "attachments": entry.attachments,
        "red": entry.red,
        "reverses": entry.reverses_id,
        "business_date": entry.business_date.isoformat(),
        "posted_at": entry.posted_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "posted_by": entry.posted_by,
        "line_count": entry.lines,
        "lines": [
            [entry.book_id, line.account, line.dr_fen, line.cr_fen] for line in sorted(lines)
        ],
    }


def lines_of(*, entry: Entry) -> tuple[rules.Line, ...]:
    """Give the lines of a voucher as they stand."""
    postings = Posting.objects.filter(entry=entry).order_by("id")
    return tuple(
        rules.Line(*row) for row in postings.values_list("account__code", "dr_fen", "cr_fen")
    )


def _known_or_written(voucher: Voucher, posted_by: int | None) -> Entry:
    months.lock_open(book=voucher.book, month=voucher.month)
    return _known(voucher) or write(voucher=voucher, posted_by=posted_by)


def _known(voucher: Voucher) -> Entry | None:
    entry = Entry.objects.filter(
        source=voucher.source,
        source_id=voucher.source_id,
        rule=voucher.rule,
        book=voucher.book,
    ).first()
    if entry is not None and sorted(lines_of(entry=entry)) != sorted(voucher.lines):
        raise PostedOtherwise(
            f"凭证 {periods.named(entry.month)} 第 {entry.voucher_no} 号已按不同金额记账。",
            entry=entry.id,
        )
    return entry
