"""The month's figures of collection (征缴汇总): what was billed, came in and was posted."""

from django.db import connection

from backend.city.collection_steps import business_day
from backend.kernel.months import Month
from insurance.collection.debts.gap_queries import count_gaps

# Late fees are charged on what is late of other months: they are no bills of this one.
BILLS = """
SELECT count(*), coalesce(sum(b.fen), 0) FROM collection_bill b
JOIN collection_billrun r ON r.id = b.run_id
WHERE r.period = %(period)s AND r.kind <> 'LATE_FEE'
"""
COLLECTED = """
SELECT coalesce(sum(r.fen), 0) FROM collection_receipt r
JOIN collection_taxfile f ON f.id = r.file_id WHERE f.period = %(period)s
"""
# Income posted for the files of the month, and what of them waits, when they were matched.
POSTED = """
SELECT coalesce(sum(p.cr_fen), 0) FROM ledger_posting p
JOIN ledger_entry e ON e.id = p.entry_id JOIN ledger_account a ON a.id = p.account_id
JOIN collection_match m ON e.source = 'collection.receipts'
    AND m.id = split_part(e.source_id, '/', 1)::bigint
JOIN collection_taxfile f ON f.id = m.file_id
WHERE f.period = %(period)s AND a.code LIKE '4%%'
"""
SUSPENSE = """
SELECT coalesce(sum(s.fen), 0) FROM collection_suspense s
JOIN collection_match m ON m.id = s.match_id AND m.kind = 'RECEIPTS'
JOIN collection_taxfile f ON f.id = m.file_id WHERE f.period = %(period)s
"""


def collection_summary(*, period: Month) -> dict[str, int]:
    """The first half of the last line of ``run_month``: collected = posted + in suspense."""
    values = {"period": period.first_day}
    with connection.cursor() as cursor:
        figures: list[int] = []
        for statement in (BILLS, COLLECTED, POSTED, SUSPENSE):
            cursor.execute(statement, values)
            figures += map(int, cursor.fetchone())
    bills, billed_fen, collected_fen, posted_fen, suspense_fen = figures
    return {
        "bills": bills,
        "billed_fen": billed_fen,
        "collected_fen": collected_fen,
        "posted_fen": posted_fen,
        "suspense_fen": suspense_fen,
        "gaps": count_gaps(period=period, today=business_day(period=period)),
    }
