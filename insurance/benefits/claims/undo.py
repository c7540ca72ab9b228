"""A false death undone takes back what it brought the heirs (撤销遗属待遇、应发待遇继承).

What is not in a batch yet is never paid; what went to a bank is owed back by whoever was paid, as
the memo register keeps it; what the bank returns later is owed by nobody and not paid again.
"""

from datetime import date
from typing import Any

from django.db import transaction

from backend.audit.record import record
from backend.cases import content
from backend.cases.models import Case
from backend.people import deaths
from backend.people.queries import family_of
from backend.people.supersede import close
from insurance.benefits.account_payouts import put_back_inherited
from insurance.benefits.claims.models import OF_A_DEATH, Claim
from insurance.benefits.recovery.amounts import Allocation, taken
from insurance.benefits.recovery.models import ShareSetOff
from insurance.benefits.recovery.run_set_offs import post_set_off
from insurance.benefits.recovery.standing import SHARE_UNDONE
from payments.ledger import memo
from payments.ledger.months import open_day
from payments.withdrawals import withdraw_returned

SOURCE, RETURNED = "benefits.claim", "benefits.claim.returned"

# Shares of a claim that went to a bank and have not come back from it.
PAID = """
SELECT c.book_id, a.payee_id AS party_id, d.due_ref::text AS source_id, a.fen
FROM benefits_claim c JOIN benefits_claimshare s ON s.claim_id = c.id
JOIN benefits_claimdue d ON d.share_id = s.id
JOIN payments_attempt a ON a.due_ref = d.due_ref AND a.n = 1
WHERE c.id = %(claim)s
"""
# What was kept of its shares is owed back again.
SET_OFF = """
SELECT r.book_id, r.debtor_id AS party_id, k.id::text AS source_id, k.fen
FROM benefits_sharesetoff k JOIN benefits_claimshare s ON s.id = k.share_id
JOIN benefits_recovery r ON r.id = k.recovery_id
WHERE s.claim_id = %(claim)s
"""
# Dues of claims that are owed no more.
UNDONE = """
SELECT d.due_ref FROM benefits_claimdue d JOIN benefits_claimshare s ON s.id = d.share_id
JOIN benefits_claim c ON c.id = s.claim_id AND c.superseded_at IS NOT NULL
"""
NOT_OWED_BACK = f"""
SELECT m.book_id, m.party_id, m.source_id, -m.fen AS fen FROM ledger_memoentry m
WHERE m.source = '{SOURCE}' AND EXISTS (
    SELECT FROM payments_withdrawn w WHERE w.due_ref::text = m.source_id)
"""


def withdraw_death(case: Case) -> int:
    """The act of a DEATH_WITHDRAWAL case: the death goes, and what heirs were granted; rows
    written.

    What was owed before it and went to the heirs is owed to the person: the next run finds it.

    Raises:
        NoDeath: when the one that is named is not on record.
    """
    with transaction.atomic():
        rows = deaths.withdraw(case)
        claims = Claim.objects.filter(
            person__in=family_of(party_id=case.party_id),
            kind__in=OF_A_DEATH,
            superseded_at__isnull=True,
        )
        for claim in claims.order_by("pk"):
            close(claim)
            values: dict[str, Any] = {"claim": claim.pk}
            rows += 1 + memo.append(select=PAID, parameters=values, source=SOURCE)
            rows += memo.append(select=SET_OFF, parameters=values, source=SHARE_UNDONE)
            rows += put_back_inherited(claim_id=claim.pk)
            _take_back_set_offs(claim, content.day_of(case))
        return rows + _withdraw()


def withdraw_undone() -> int:
    """Withdraw what banks returned of claims that are owed no more; rows written.

    Before each reissue: else it would be paid again.
    """
    with transaction.atomic():
        rows = _withdraw()
        if rows:
            record(
                name="benefits.claims_withdrawn",
                subject_kind="benefits.claim",
                subject_id="",
                rows=rows,
            )
    return rows


def _take_back_set_offs(claim: Claim, day: date) -> None:
    """What was kept of shares that are owed no more was neither expense nor recovered."""
    kept = ShareSetOff.objects.filter(share__claim=claim).select_related("recovery", "share")
    for one in kept.order_by("pk"):
        book_id = one.recovery.book_id
        of = Allocation(tuple(-fen for fen in one.same_year), -one.earlier_fen)
        post_set_off(
            book_id=book_id,
            parts=tuple(-fen for fen in taken(parts=one.share.parts, fen=one.fen)),
            of=of,
            day=open_day(book_id=book_id, day=day),
            source=SHARE_UNDONE,
            source_id=str(one.pk),
        )


def _withdraw() -> int:
    rows = withdraw_returned(select=UNDONE, source=SOURCE)
    if not rows:
        return 0
    return rows + memo.append(
        select=NOT_OWED_BACK, parameters={}, source=RETURNED, beyond_zero=True
    )
