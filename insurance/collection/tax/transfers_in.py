"""Take in what the treasury paid over (国库划转财政专户): each row is a voucher.

It is booked on its day or, where the books of that month are closed, in the first that are open:
the money is there however late the file comes. The voucher names the day.
"""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from backend.feeds import fields as f
from backend.feeds.refused import RefusedRow
from backend.feeds.whole import Rule
from insurance.collection.books import book_ids
from insurance.collection.models import TaxFile, TaxFileKind
from insurance.collection.tax.receipts_in import SCHEMES
from insurance.collection.tax.tax_description import FIRST_PERIOD, Description
from insurance.collection.tax.tax_intake import AFTER_PERIOD, Arrival, Intake, Shape, take_in
from payments.ledger.months import open_day
from payments.ledger.post import post

FORMAT = "yikatong-treasury-transfers/1"
HEADER = ("document_no", "scheme", "amount", "day")
POSTING_RULE, SOURCE = "treasury.swept", "collection.transfer"

TABLES = """
DROP TABLE IF EXISTS take_transfers;
CREATE TEMP TABLE take_transfers (
    line integer, document_no text COLLATE "C", scheme text, fen bigint, day date
) ON COMMIT DROP;
"""

TWICE = """
SELECT line, document_no FROM take_transfers WHERE document_no IN (
    SELECT document_no FROM take_transfers GROUP BY 1 HAVING count(*) > 1)
"""

POSTED = f"""
SELECT t.line, t.document_no FROM take_transfers t
JOIN ledger_entry e ON e.source = '{SOURCE}' AND e.source_id = t.document_no
"""


def take_transfers(
    *,
    path: Path,
    today: date,
    name: str = "",
    received_by: int | None = None,
    refused: list[RefusedRow] | None = None,
) -> TaxFile:
    """Take in the transfers that the JSON at ``path`` describes; see ``tax_intake.take_in``.

    ``refused`` gathers the rows that can not be taken.
    """
    arrival = Arrival(path, today, name, received_by, [] if refused is None else refused)
    judge, store = partial(_judge, today), partial(_store, today)
    intake = Intake(SHAPE, arrival, partial(_row, today), judge, store)
    return take_in(intake=intake)


def _row(today: date, row: list[str]) -> tuple[str, ...]:
    """One transfer, checked alone."""
    document_no, scheme, amount, day = row
    f.document_no(document_no, "document_no")
    f.one_of(scheme, SCHEMES, "scheme", "险种")
    fen = f.large_fen(amount, "amount")
    return document_no, scheme, fen, f.day_between(day, "day", FIRST_PERIOD.first_day, today)


def _judge(today: date, cursor: Any, told: Description) -> list[Rule]:
    known = ", ".join(f"'{scheme}'" for scheme in sorted(book_ids(on=today))) or "''"
    late = f"SELECT line, day::text FROM take_transfers WHERE day > '{told.period.last_day}'"
    strange = f"SELECT line, scheme FROM take_transfers WHERE scheme NOT IN ({known})"
    return [
        Rule("document_no", "同一凭证号在文件中出现两次。", TWICE, code="tax_document_twice"),
        Rule("document_no", "此凭证号的划转以前已经记账。", POSTED, code="tax_document_posted"),
        Rule("day", "划转日期晚于文件的业务月份。", late, code=AFTER_PERIOD),
        Rule("scheme", "没有这个险种的账套。", strange, code="tax_no_book"),
    ]


def _store(today: date, cursor: Any, file: TaxFile) -> int:
    """Post them one by one: a handful a day; the voucher counts its own rows."""
    cursor.execute("SELECT document_no, scheme, fen, day FROM take_transfers ORDER BY line")
    books = book_ids(on=today)
    for document_no, scheme, fen, day in cursor.fetchall():
        post(
            rule=POSTING_RULE,
            book_id=books[scheme],
            business_date=open_day(book_id=books[scheme], day=day),
            source=SOURCE,
            source_id=document_no,
            items=(fen,),
            summary=f"{document_no}，{day}",
            posted_by=file.received_by,
            attachments=1,
        )
    return 0


SHAPE = Shape(
    kind=TaxFileKind.TRANSFERS,
    format=FORMAT,
    header=HEADER,
    tables=TABLES,
    copied_to="take_transfers (line, document_no, scheme, fen, day)",
)
