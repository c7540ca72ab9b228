"""A false death undone takes back what it brought the heirs (撤销遗属待遇、应发待遇继承、账户继承).

What is not in a batch yet is never paid; what went to a bank is owed back by whoever was paid, as
the memo register keeps it; what the bank returns later is owed by nobody and not paid again.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.audit.record import record
from backend.cases import content
from backend.cases.corrections import chain_of
from backend.cases.models import Case
from backend.people import deaths
from backend.people.queries import family_of
from backend.people.supersede import close
from insurance.accounts import undo_inheritance
from insurance.benefits.account_payouts import put_back_inherited
from insurance.benefits.claims.correcting import dues_of
from insurance.benefits.claims.inherited_singles import keep_out_of_batches
from insurance.benefits.claims.models import OF_A_DEATH, Claim
from insurance.benefits.recovery.amounts import Allocation, taken
from insurance.benefits.recovery.models import ShareSetOff
from insurance.benefits.recovery.run_set_offs import post_set_off
from insurance.benefits.recovery.standing import PAID_BACK_UNDONE, SHARE_UNDONE
from payments import corrected
from payments.ledger import memo
from payments.ledger.months import open_day
from payments.locks import hold_reissues
from payments.withdrawals import withdraw_returned

SOURCE, RETURNED = "benefits.claim", "benefits.claim.returned"
REOPENED = "benefits.inherited.reopened"

# What heirs of these persons have of the deaths, and what the heirs of one of those heirs have
# because of it.
OF_HEIRS = """
WITH RECURSIVE gone AS (
    SELECT c.id FROM benefits_claim c WHERE c.person_id = ANY (%(family)s)
        AND (c.kind = ANY (%(kinds)s) OR c.kind = 'PAID_BACK' AND EXISTS (
            SELECT FROM benefits_claimshare s WHERE s.claim_id = c.id AND s.relation <> 'SELF'))
  UNION
    SELECT i.claim_id FROM benefits_inheritedsingle i JOIN accounts_outgoing o
        ON o.id = i.outgoing_id AND o.kind = 'INHERITED' AND o.person_id = ANY (%(family)s)
  UNION
    SELECT i.claim_id FROM gone g JOIN benefits_claimshare s ON s.claim_id = g.id
    JOIN benefits_inheritedsingle i ON i.share_id = s.id)
SELECT c.id FROM benefits_claim c JOIN gone USING (id) WHERE c.superseded_at IS NULL ORDER BY c.id
"""
# Shares of a claim, and of those that it corrects, that went to a bank and were not found before to
# be owed no more.
CHAIN = """
WITH RECURSIVE chain AS (
    SELECT id, corrects_id FROM benefits_claim WHERE id = %(claim)s
  UNION ALL
    SELECT c.id, c.corrects_id FROM chain n JOIN benefits_claim c ON c.id = n.corrects_id)
"""
PAID = f"""
{CHAIN}
SELECT c.book_id, a.payee_id AS party_id, d.due_ref::text AS source_id, a.fen
FROM benefits_claim c JOIN benefits_claimshare s ON s.claim_id = c.id
JOIN benefits_claimdue d ON d.share_id = s.id
JOIN payments_attempt a ON a.due_ref = d.due_ref AND a.n = 1
WHERE c.id IN (SELECT id FROM chain)
    AND NOT EXISTS (SELECT FROM payments_withdrawn w WHERE w.due_ref = d.due_ref)
"""
# What was paid back to heirs of who gave it back stands in the register again.
PAID_BACK = """
SELECT c.book_id, c.person_id AS party_id, c.case_id::text AS source_id, -c.fen AS fen
FROM benefits_claim c WHERE c.id = %(claim)s AND c.kind = 'PAID_BACK'
"""
# What a bank had returned and heirs were to have is owed to its payee, under no number any more:
# the register stands below zero by it until it is paid back.
OWED_AGAIN = """
SELECT b.book_id, a.payee_id AS party_id, i.due_ref::text AS source_id, -i.fen AS fen
FROM benefits_inheritedsingle i
JOIN payments_attempt a ON a.due_ref = i.due_ref AND a.n = 1
JOIN payments_batch b ON b.id = a.batch_id
LEFT JOIN benefits_claimshare s ON s.id = i.share_id
LEFT JOIN benefits_claim c ON c.id = s.claim_id
LEFT JOIN accounts_outgoing o ON o.id = i.outgoing_id
WHERE i.claim_id = ANY (%(claims)s) AND c.superseded_at IS NULL
    AND NOT EXISTS (SELECT FROM accounts_accountentry r WHERE o.kind = 'INHERITED'
        AND r.source_id = o.case_id AND r.source = 'CASE' AND r.kind = 'RETURNED')
"""
# What was kept of its shares is owed back again.
SET_OFF = """
SELECT r.book_id, r.debtor_id AS party_id, k.id::text AS source_id, k.fen
FROM benefits_sharesetoff k JOIN benefits_claimshare s ON s.id = k.share_id
JOIN benefits_recovery r ON r.id = k.recovery_id
WHERE s.claim_id = ANY (%(claims)s)
"""
# Dues of claims that are owed no more.
UNDONE = """
SELECT d.due_ref FROM benefits_claimdue d JOIN benefits_claimshare s ON s.id = d.share_id
JOIN benefits_claim c ON c.id = s.claim_id AND c.superseded_at IS NOT NULL
WHERE NOT benefits_claim_stands(c.id)
"""
NOT_OWED_BACK = f"""
SELECT m.book_id, m.party_id, m.source_id, -m.fen AS fen FROM ledger_memoentry m
WHERE m.source = '{SOURCE}' AND EXISTS (
    SELECT FROM payments_withdrawn w WHERE w.due_ref::text = m.source_id)
"""


def withdraw_death(case: Case) -> int:
    """The act of a DEATH_WITHDRAWAL case: the death goes, and what heirs were granted; rows
    written.

    What was owed before it and went to the heirs is owed to the person: the next run finds it. An
    account that was inherited holds again what it held.

    Raises:
        NoDeath: when the one that is named is not on record.
    """
    with transaction.atomic():
        hold_reissues()
        keep_out_of_batches()
        rows = deaths.withdraw(case)
        family = family_of(party_id=case.party_id)
        claims = _of_heirs(family)
        for claim in claims:
            rows += _undo(claim, content.day_of(case))
        rows += _withdraw() + undo_inheritance.put_back(person_ids=family)
        values: dict[str, Any] = {"claims": [claim.pk for claim in claims]}
        return rows + memo.append(
            select=OWED_AGAIN, parameters=values, source=REOPENED, beyond_zero=True
        )


def withdraw_undone() -> int:
    """Withdraw what banks returned of claims and inheritances that are owed no more; rows written.

    Before each reissue: else it would be paid again.
    """
    with transaction.atomic():
        rows = _withdraw() + undo_inheritance.withdraw_undone() + corrected.withdraw_wholly_owed()
        if rows:
            record(
                name="benefits.claims_withdrawn",
                subject_kind="benefits.claim",
                subject_id="",
                rows=rows,
            )
    return rows


def _of_heirs(family: Sequence[int]) -> list[Claim]:
    with connection.cursor() as cursor:
        cursor.execute(OF_HEIRS, {"family": list(family), "kinds": list(OF_A_DEATH)})
        found = [claim_id for (claim_id,) in cursor.fetchall()]
    return list(Claim.objects.filter(pk__in=found).order_by("pk"))


def _undo(claim: Claim, day: date) -> int:
    """Nothing is owed by this claim any more; rows written."""
    close(claim)
    chain = chain_of(decision=claim, before=lambda one: one.corrects)
    values: dict[str, Any] = {"claim": claim.pk, "claims": [one.pk for one in chain]}
    rows = 1 + memo.append(select=PAID, parameters=values, source=SOURCE)
    rows += corrected.whole_instead(due_refs=dues_of(claims=[one.pk for one in chain]))
    rows += memo.append(select=SET_OFF, parameters=values, source=SHARE_UNDONE)
    rows += memo.append(
        select=PAID_BACK, parameters=values, source=PAID_BACK_UNDONE, beyond_zero=True
    )
    rows += put_back_inherited(claim_id=chain[-1].pk)
    _take_back_set_offs(chain, day)
    return rows


def _take_back_set_offs(chain: Sequence[Claim], day: date) -> None:
    """What was kept of shares that are owed no more was neither expense nor recovered."""
    kept = ShareSetOff.objects.filter(share__claim__in=chain).select_related("recovery", "share")
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
