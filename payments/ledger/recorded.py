"""Vouchers as the acts that posted them must find them again (凭证与操作记录): many at once."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from django.db import connection

from backend.audit.stored import INSTANT
from payments.ledger.models import Entry, Posting
from payments.ledger.post import ACT, SUBJECT

AT_ONCE = 1000
ID_DIGITS_MAX = 18
# As ``post.entry_content`` spells them, also dates that no Python holds.
DAY = """CASE WHEN isfinite({0}) AND {0} >= '0001-01-01' THEN to_char({0}, 'YYYY-MM-DD')
    ELSE {0}::text END"""
MONTH = """CASE WHEN isfinite(e.month) AND e.month >= '0001-01-01' AND extract(day FROM e.month) = 1
    THEN to_char(e.month, 'YYYY-MM') ELSE e.month::text END"""
SPELLED = {
    "book": "e.book_id",
    "month": MONTH,
    "voucher_no": "e.voucher_no",
    "rule": "e.rule",
    "source": "e.source",
    "source_id": "e.source_id",
    "summary": "e.summary",
    "attachments": "e.attachments",
    "red": "e.red",
    "reverses": "e.reverses_id",
    "business_date": DAY.format("e.business_date"),
    "posted_at": INSTANT.format("e.posted_at"),
    "posted_by": "e.posted_by",
    "line_count": "e.lines",
}
ENTRIES = f"""
SELECT e.id, {", ".join(SPELLED.values())} FROM ledger_entry e
WHERE e.id = ANY(%s::bigint[]) ORDER BY e.id
"""
STRAYS = """
SELECT e.id::text FROM ledger_entry e
WHERE NOT EXISTS (SELECT 1 FROM audit_act a WHERE a.name = %(act)s
    AND a.subject_kind = %(subject)s AND a.subject_id = e.id::text)
ORDER BY e.id
"""


class Vouchers:
    """What the audit chain asks of the ledger (see ``backend.audit.stored.Posted``)."""

    act = ACT

    def contents(self, ids: Collection[str]) -> dict[str, dict[str, object]]:
        """Give what these vouchers say, of those that are there."""
        return contents(entry_ids=ids)

    def strays(self) -> Iterator[str]:
        """Give the vouchers that no act posted."""
        with connection.cursor() as cursor:
            cursor.execute(STRAYS, {"act": ACT, "subject": SUBJECT})
            yield from (entry_id for (entry_id,) in cursor.fetchall())


def all_entries() -> Iterator[list[str]]:
    """Give the ids of all vouchers in order, a thousand at once."""
    last = 0
    while True:
        after = Entry.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
        ids = list(after[:AT_ONCE])
        if not ids:
            return
        yield [str(entry_id) for entry_id in ids]
        last = ids[-1]


def contents(*, entry_ids: Collection[str]) -> dict[str, dict[str, object]]:
    """Give all that these vouchers say with their lines, by id; two statements for all of them.

    What is read may have been tampered with: it is told as it stands, whatever it is.
    """
    numbers = [int(entry_id) for entry_id in entry_ids if _is_id(entry_id)]
    lines = defaultdict[int, list[list[object]]](list)
    columns = ("entry_id", "account__book_id", "account__code", "dr_fen", "cr_fen")
    postings = Posting.objects.filter(entry__in=numbers)
    for entry_id, *line in sorted(postings.values_list(*columns)):
        lines[entry_id].append(line)
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, [numbers])
        found = cursor.fetchall()
    return {
        str(entry_id): {**dict(zip(SPELLED, said, strict=True)), "lines": lines[entry_id]}
        for entry_id, *said in found
    }


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= ID_DIGITS_MAX
