"""Books of an agency (账套): one per fund, with the accounts of the chart."""

from datetime import date

from django.db import transaction

from backend.access.models import Agency
from backend.audit.record import record
from backend.deployment import is_demo
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from payments.ledger import rules
from payments.ledger.models import Account, Book

BLOCKING = (Standing.UNVERIFIED.value, Standing.DEMO.value)


class SettingsUnverified(Refusal):
    """Outside a demonstration no book stands on unverified settings (账套设置未核实)."""

    code = "ledger_settings_unverified"


class BookUnknown(Refusal):
    """There is no such book, or it is not the agency's (没有这个账套)."""

    code = "ledger_book_unknown"
    status = 404


class FundNotConfigured(Refusal):
    """The fund of a book is not configured on the day (未配置基金)."""

    code = "fund_not_configured"


def ensure_books(*, agency: Agency, on: date) -> list[Book]:
    """Open the books that the agency's funds need, with all accounts of the chart; give them all.

    Pensions and medical insurance are two agencies: each keeps the books of its own funds.

    Raises:
        SettingsUnverified: a setting is unverified, and this is no demonstration.
    """
    books = Book.objects.filter(agency=agency).order_by("id")
    with transaction.atomic():
        there = {(book.scheme, book.pool_region): book for book in books}
        accounts = set(Account.objects.filter(book__agency=agency).values_list("book_id", "code"))
        for fund in rules.funds(region=agency.region, on=on, agency_kind=agency.kind):
            book = there.get((fund.scheme, fund.pool_region))
            missing = [
                account
                for account in rules.chart(scheme=fund.scheme, on=on)
                if book is None or (book.pk, account.code) not in accounts
            ]
            if missing:
                _require_verified(fund=fund, chart=missing, on=on)
                _open(agency=agency, fund=fund, book=book, missing=missing)
    return list(books.all())


def expense_items(*, book: Book, on: date) -> tuple[str, ...]:
    """Give the expense accounts of the book's fund, in the order of ``parts``.

    Raises:
        FundNotConfigured: the fund is not in force on the day.
    """
    return fund_of(book=book, on=on).items


def fund_of(*, book: Book, on: date) -> rules.Fund:
    """Give the fund whose book it is.

    Raises:
        FundNotConfigured: the fund is not in force on the day.
    """
    for fund in rules.funds(region=book.agency.region, on=on):
        if (fund.scheme, fund.pool_region) == (book.scheme, book.pool_region):
            return fund
    raise FundNotConfigured(f"{on} 没有配置账套“{book.name}”的基金。", book=book.id)


def _open(
    *, agency: Agency, fund: rules.Fund, book: Book | None, missing: list[rules.ChartAccount]
) -> None:
    opened = book or Book.objects.create(
        agency=agency, scheme=fund.scheme, pool_region=fund.pool_region, name=fund.name
    )
    Account.objects.bulk_create(
        Account(book=opened, code=a.code, name=a.name, side=a.side, standing=a.standing)
        for a in missing
    )
    record(
        name="ledger.open_book",
        subject_kind="ledger.book",
        subject_id=str(opened.id),
        rows=len(missing) + (book is None),
        details={"accounts": [a.code for a in missing]},
    )


def _require_verified(*, fund: rules.Fund, chart: list[rules.ChartAccount], on: date) -> None:
    doubtful = [f"基金 {fund.name}"] if fund.standing in BLOCKING else []
    doubtful += [f"科目 {a.code} {a.name}" for a in chart if a.standing in BLOCKING]
    doubtful += [
        f"记账规则 {rule.label}" for rule in rules.posting_rules(on=on) if rule.standing in BLOCKING
    ]
    doubtful += [f"{c.label}" for c in rules.carries(on=on) if c.standing in BLOCKING]
    if doubtful and not is_demo():
        raise SettingsUnverified(
            f"账套“{fund.name}”有 {len(doubtful)} 项设置未核实，正式库不能建账。", settings=doubtful
        )
