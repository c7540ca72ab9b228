"""A month's bank statements and 余额调节表 (对账单, 演示): before the month is closed.

Two persons register an account of the agency; the simulated bank says what moved on it, finance
lays the table down, a reviewer signs it: through the same API as people do. Some interest only the
bank knows: that is left to people.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db.models import Sum

from backend.cases.models import Case
from backend.city.bank.statement import Moved, statement_text
from backend.city.demo_desk import DemoDesk, Desk
from backend.city.demo_staff import PENSION_AGENCY, DemoOffice, Member
from backend.kernel.months import Month
from payments.ledger.fund_papers import SOURCE as PAPER
from payments.ledger.models import Book, Entry, Posting
from payments.models import BankStatement, Batch, OwnAccount, ReturnFile

BANK, CODE = "NSB", "1004"
SCHEMES = ("110", "170")
DESK = Desk("OWN_ACCOUNT", two_person=False, receives="FINANCE", decides="REVIEWER")
INTEREST_MONTHS = (3, 6, 9, 12)
INTEREST_PART, SUMMARY_MOST = 10_000, 26


def settle_with_banks(*, office: DemoOffice, period: Month) -> int:
    """Take the statements of a month in and let two sign its tables; how many accounts."""
    books = list(Book.objects.filter(agency__code=PENSION_AGENCY, scheme__in=SCHEMES))
    _register(office, books, period.last_day)
    accounts = OwnAccount.objects.filter(book__in=books, bank=BANK).order_by("id")
    for account in accounts:
        _state(office.member("FINANCE"), account, period)
        _sign(office, account, period)
    return len(accounts)


def _register(office: DemoOffice, books: list[Book], day: date) -> None:
    """Those that are not registered yet, by two persons."""
    finance = office.member("FINANCE")
    own = finance.get("/api/v1/staff/me")["person_id"]
    known = set(OwnAccount.objects.filter(book__in=books).values_list("book_id", flat=True))
    waiting = finance.pages(f"/api/v1/cases/?kind={DESK.kind}&state=RECEIVED&page_size=200")
    asked = {finance.get(f"/api/v1/cases/{case['id']}/")["content"]["book"] for case in waiting}
    for book in books:
        if book.pk not in known | asked:
            content = {
                "book": book.pk,
                "code": CODE,
                "bank": BANK,
                "account_no": f"3400017{book.pk:05d}",
                "document": f"演示开户批复{book.pk}号",
                "received_date": day.isoformat(),
            }
            body = {"kind": DESK.kind, "party": own, "content": content}
            finance.post("/api/v1/cases/receive", body)
    DemoDesk(office=office, rest=lambda: None).approve_waiting(DESK)


def _state(finance: Member, account: OwnAccount, period: Month) -> None:
    """The bank's statement of the month, unless it is here."""
    taken = BankStatement.objects.filter(account=account, accepted=True)
    last = taken.order_by("-end_date").first()
    if last is not None and last.end_date is not None and last.end_date >= period.last_day:
        return
    opening = _held_before(account, period) if last is None else last.closing_fen or 0
    moved = [*_moved(account, period)]
    closing = opening + sum(one.fen for one in moved)
    if last is None or period.month in INTEREST_MONTHS:
        moved.append(Moved(period.last_day, closing // INTEREST_PART + 1, "", "利息"))
    content = statement_text(
        account=account.number,
        start=period.first_day,
        end=period.last_day,
        opening_fen=opening,
        moved=moved,
    )
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"DZ{account.number}_{period.last_day:%Y%m%d}.txt"
        file.write_bytes(content)
        finance.upload("/api/v1/bank-statements/", {"bank": BANK}, file=file)


def _sign(office: DemoOffice, account: OwnAccount, period: Month) -> None:
    at = f"/api/v1/books/{account.book_id}/bank-balance/{CODE}/"
    month = f"?month={period}"
    told: Any = office.member("FINANCE").post(f"{at}{month}", {})
    body: Mapping[str, Any] = {"digest": told["digest"]}
    if "MAKE" not in told["signed"]:
        office.member("FINANCE").signed_post(f"{at}make{month}", body)
    if "CHECK" not in told["signed"]:
        office.member("REVIEWER").signed_post(f"{at}check{month}", body)


def _postings(account: OwnAccount) -> Any:
    return Posting.objects.filter(account__book=account.book_id, account__code=account.code)


def _held_before(account: OwnAccount, period: Month) -> int:
    sums = _postings(account).filter(entry__business_date__lt=period.first_day)
    told = sums.aggregate(came=Sum("dr_fen"), went=Sum("cr_fen"))
    return int((told["came"] or 0) - (told["went"] or 0))


def _moved(account: OwnAccount, period: Month) -> Iterator[Moved]:
    """What moved, but what was taken back at once: no bank ever saw it."""
    rows = _postings(account).filter(
        entry__business_date__range=(period.first_day, period.last_day),
        entry__reverses__isnull=True,
        entry__entry__isnull=True,
    )
    for row in rows.select_related("entry").order_by("entry__business_date", "id"):
        entry = row.entry
        summary = entry.summary[:SUMMARY_MOST]
        yield Moved(entry.business_date, row.dr_fen - row.cr_fen, _ref(entry), summary)


def _ref(entry: Entry) -> str:
    """What the agency called it towards the bank."""
    if entry.source == "payments.sent":
        return Batch.objects.get(pk=int(entry.source_id)).no
    if entry.source == "payments.return":
        file = ReturnFile.objects.select_related("batch").get(pk=int(entry.source_id.split("/")[0]))
        return file.batch.no if file.batch else ""
    if entry.source == PAPER:
        return str(Case.objects.get(pk=int(entry.source_id)).content["document"])
    return ""
