"""Pay what is granted once (一次性待遇批次), in batches of single amounts."""

from datetime import date, datetime

from backend.kernel.months import Month
from payments import single_batches
from payments.models import Batch, BatchKind
from payments.single_batches import Singles

# Heirs are paid only while the death stands confirmed by two people, under whatever entry of the
# person. Of a share, that is paid which was not had before a correction and which nobody decided to
# set off.
WAITING = """
SELECT s.id AS source_id, s.payee_id, s.fen - s.had_fen - coalesce(k.fen, 0) AS fen, c.book_id,
    CASE WHEN s.had_fen = 0 AND k.fen IS NULL THEN s.parts
        ELSE benefits_less(s.parts, s.had_fen + coalesce(k.fen, 0)) END AS parts
FROM benefits_claimshare s
JOIN benefits_claim c ON c.id = s.claim_id AND c.superseded_at IS NULL
LEFT JOIN benefits_sharesetoff k ON k.share_id = s.id
WHERE s.fen > s.had_fen + coalesce(k.fen, 0)
    AND NOT EXISTS (SELECT FROM benefits_claimdue d WHERE d.share_id = s.id)
    AND (s.relation = 'SELF' OR EXISTS (SELECT FROM people_canonical p
        JOIN people_canonical q ON q.canonical_id = p.canonical_id
        JOIN people_death x ON x.person_id = q.party_id AND x.confirmed AND x.superseded_at IS NULL
        WHERE p.party_id = c.person_id))
"""
GRANTS = Singles(
    kind=BatchKind.GRANT,
    name="benefits.grants",
    waiting=WAITING,
    registered="benefits_claimdue (share_id, due_ref)",
)


def count_ready(*, account_date: date) -> int:
    """How many shares could be paid to the accounts in force on ``account_date``."""
    return single_batches.count_ready(singles=GRANTS, values={}, account_date=account_date)


def seal_grants(*, period: Month, pay_date: date, now: datetime) -> list[Batch]:
    """Seal a month's batches with all shares that are ready, once; [] when there is nothing, or
    they are there."""
    return single_batches.seal_singles(
        singles=GRANTS, values={}, period=period, pay_date=pay_date, now=now
    )


def keep_out_of_batches() -> None:
    """Let no share be put into a batch until this transaction ends."""
    single_batches.keep_out_of_batches(singles=GRANTS)
