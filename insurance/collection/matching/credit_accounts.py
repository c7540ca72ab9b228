"""Credit personal accounts with what was matched (个人账户记账): one entry for each person, scheme,
part and month of a match.

A month's part counts as arrived when the last money of the match for it has. What is set off or
given back counts in the month of the match, but not before what came last into the accounts of its
payer and scheme from which it is taken: a business day may lie before that, and nothing bears
interest before it came. Where the year is closed already, interest runs from the January after.

Money of the government – subsidies, and what is paid on behalf of a support group – is SUBSIDY:
who is cleared of doubled months gets back his own and the collective's money, not the government's
(``accounts.refunds``).
"""

from collections.abc import Sequence

from django.db import transaction

from backend.audit.record import record
from insurance.accounts.come_back import come_back
from insurance.accounts.entries import append
from insurance.accounts.models import AccountEntry, EntryKind, EntrySource
from insurance.collection.models import Allocation, Match, TreasuryRefund

PART = """CASE l.part WHEN 1 THEN 'PERSON' WHEN 2 THEN 'EMPLOYER' WHEN 6 THEN 'COLLECTIVE'
    ELSE 'SUBSIDY' END"""

CREDITED = f"""
WITH drawn AS MATERIALIZED (
    SELECT t.payer_id, t.scheme, max(e.arrival_month) AS last_month
    FROM (SELECT DISTINCT l.payer_id, l.scheme, l.person_id
        FROM collection_allocation a JOIN collection_billline l ON l.id = a.key_id
        WHERE a.match_id = %(match)s AND a.account_fen < 0 AND NOT %(of_receipts)s) t
    JOIN accounts_accountentry e ON e.person_id = t.person_id AND e.scheme = t.scheme
    GROUP BY 1, 2)
SELECT c.person_id, c.scheme, c.part, c.month, greatest(c.arrival, o.first_open), c.fen,
    %(match)s::bigint
FROM (
    SELECT l.person_id, l.scheme, {PART} AS part, l.month,
        date_trunc('month', max(greatest(coalesce(r.arrived, %(day)s), d.last_month))::timestamp
            )::date AS arrival,
        sum(a.account_fen)::bigint AS fen
    FROM collection_allocation a JOIN collection_billline l ON l.id = a.key_id
    LEFT JOIN collection_receipt r ON %(of_receipts)s AND r.id = a.funds_id
    LEFT JOIN drawn d ON d.payer_id = l.payer_id AND d.scheme = l.scheme
    WHERE a.match_id = %(match)s AND a.account_fen <> 0
    GROUP BY 1, 2, 3, 4) c
LEFT JOIN (SELECT scheme, make_date(max(year) + 1, 1, 1) AS first_open
    FROM accounts_interestrun GROUP BY scheme) o ON o.scheme = c.scheme
WHERE sign(c.fen) = %(sign)s
ORDER BY c.part COLLATE "C", c.month, c.person_id, c.scheme COLLATE "C"
"""  # in the order of the entries' unique index: cheap to keep

# What one refund's match had taken, of what the match keeps after all; it left in that month.
KEPT = f"""
SELECT k.person_id, k.scheme, k.part, k.month,
    coalesce(e.arrival_month, date_trunc('month', %(day)s::timestamp)::date), k.fen,
    %(match)s::bigint
FROM (
    SELECT l.person_id, l.scheme, {PART} AS part, l.month, -sum(a.account_fen)::bigint AS fen
    FROM collection_treasuryrefund t JOIN collection_allocation a ON a.match_id = t.match_id
    JOIN collection_billline l ON l.id = a.key_id
        AND (l.payer_id, l.month, l.part) = (t.payer_id, t.month, t.part)
    WHERE t.undone_id = %(match)s AND t.match_id = %(given)s AND a.account_fen <> 0
    GROUP BY 1, 2, 3, 4) k
LEFT JOIN accounts_accountentry e ON e.source = 'ALLOCATION' AND e.source_id = %(given)s
    AND e.n = 0 AND (e.part, e.for_month, e.person_id, e.scheme)
        = (k.part, k.month, k.person_id, k.scheme)
"""


@transaction.atomic
def credit_accounts(*, match: Match) -> int:
    """Enter what a match brought the accounts, and take what it took back; gives the rows added.

    A second call adds nothing.

    Raises:
        IntegrityError: an account does not hold what is taken back.
    """
    done = AccountEntry.objects.filter(source=EntrySource.ALLOCATION, source_id=match.pk)
    if not match.pays_by_receipts and done.exists():
        return 0  # what came in since would count
    values = {
        "match": match.pk,
        "day": match.matched_on,
        "of_receipts": match.pays_by_receipts,
    }
    kinds = [(EntryKind.CREDIT, 1)]
    if Allocation.objects.filter(match=match, account_fen__lt=0).exists():
        kinds.append((EntryKind.REFUND, -1))
    rows = sum(
        append(
            select=CREDITED,
            parameters={**values, "sign": sign},
            kind=kind,
            source=EntrySource.ALLOCATION,
        )
        for kind, sign in kinds
    )
    _record(match, rows)
    return rows


@transaction.atomic
def credit_again(*, match: Match, refunds: Sequence[TreasuryRefund]) -> int:
    """Let what refunds had taken come back into the accounts as if it had never left; rows added,
    but for interest made up.

    ``match`` is the one by which they are withdrawn.
    """
    of_matches = sorted({one.match_id for one in refunds if one.match_id is not None})
    rows = come_back(
        select=KEPT,
        each=[{"match": match.pk, "given": given, "day": match.matched_on} for given in of_matches],
        source=EntrySource.ALLOCATION,
        case_id=match.case_id or 0,
    )
    _record(match, rows)
    return rows


def _record(match: Match, rows: int) -> None:
    if rows:
        record(
            name="collection.credit_accounts",
            subject_kind="collection.match",
            subject_id=str(match.pk),
            rows=rows,
        )
