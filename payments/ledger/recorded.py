"""Vouchers as the acts that posted them must find them again (凭证与操作记录): many at once."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from django.db import connection

from payments.ledger import rules
from payments.ledger.models import Entry, Posting
from payments.ledger.post import ACT, SUBJECT, entry_content

AT_ONCE = 1000
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
    """Give all that these vouchers say with their lines, by id; two statements for all of them."""
    numbers = [int(entry_id) for entry_id in entry_ids if entry_id.isdecimal()]
    lines = defaultdict[int, list[rules.Line]](list)
    postings = Posting.objects.filter(entry__in=numbers)
    columns = ("entry_id", "account__code", "dr_fen", "cr_fen")
    for entry_id, account, dr_fen, cr_fen in postings.values_list(*columns):
        lines[entry_id].append(rules.Line(account, dr_fen, cr_fen))
    entries = Entry.objects.filter(pk__in=numbers).order_by("pk")
    return {str(entry.pk): entry_content(entry=entry, lines=lines[entry.pk]) for entry in entries}
