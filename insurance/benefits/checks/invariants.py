"""Prove the promises of life certification on live data (资格认证不变量)."""

from collections.abc import Iterator

from django.utils import timezone

from backend.cases.decided import truly_decided
from insurance.benefits.checks.due import months_good_any
from insurance.benefits.checks.models import Proof
from insurance.benefits.models import Hold, HoldReason
from payments.ledger.invariants import Broken, broken_by

STEPS = "资格认证:未通过的暂缓之前,比对、提醒、上门、签字名单都已完成"
PAID = "资格认证:暂缓之后已认证的人不再暂缓"
DECIDED = "资格认证:个别认证和暂缓所依据的业务件均已签名办结"

# Every hold that a case decided has all four steps of the round that the case names.
UNTRIED = """
SELECT h.id::text, '4', count(DISTINCT t.stage)::text FROM benefits_hold h
JOIN cases_case c ON c.id = h.case_id AND c.kind = 'CHECK_HOLD'
LEFT JOIN benefits_checkstep t ON t.person_id = c.party_id
    AND t.since::text = c.content ->> 'since'
WHERE h.reason = 'CHECK_MISSED'
GROUP BY h.id HAVING count(DISTINCT t.stage) < 4
  UNION ALL
SELECT h.id::text, 'CHECK_HOLD', c.kind FROM benefits_hold h JOIN cases_case c ON c.id = h.case_id
WHERE h.reason = 'CHECK_MISSED' AND c.kind <> 'CHECK_HOLD'
"""
# A proof of a day within the hold, on the books since its beginning and still good on the day of
# its file or of the decision (as ``prove`` has it), has ended it, once two vouch for its file.
STILL_HELD = """
SELECT h.id::text, f.proven_on::text, h.valid::text FROM benefits_hold h
JOIN benefits_entitlement e ON e.id = h.entitlement_id
JOIN benefits_proof f ON f.person_id = e.person_id AND f.superseded_at IS NULL
    AND f.proven_on >= lower(h.valid) AND f.recorded_at > h.recorded_at
LEFT JOIN cases_case c ON c.id = f.case_id
LEFT JOIN benefits_checkfile k ON k.id = f.file_id
WHERE f.proven_on + make_interval(months => %(months)s) > coalesce(k.signed_on, k.as_of,
        (SELECT (c.content ->> 'received_date')::date FROM deployment WHERE kind = 'DEMO'),
        (c.decided_at AT TIME ZONE 'Asia/Shanghai')::date)
    AND h.reason = 'CHECK_MISSED' AND h.superseded_at IS NULL AND upper(h.valid) IS NULL
    AND (f.file_id IS NULL OR EXISTS (SELECT FROM cases_case r WHERE r.kind = 'CHECK_RELEASE'
        AND r.state = 'APPROVED' AND r.content ->> 'file' = f.file_id::text))
"""
STATEMENTS = ((STEPS, UNTRIED), (PAID, STILL_HELD))


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    values = {"months": months_good_any(on=timezone.localdate())}
    return [*broken_by(STATEMENTS, values), *_undecided()]


def promises() -> list[str]:
    """The names of all checks."""
    return [STEPS, PAID, DECIDED]


def _undecided() -> Iterator[Broken]:
    proofs = Proof.objects.values_list("case_id", flat=True)
    holds = Hold.objects.filter(reason=HoldReason.CHECK_MISSED).values_list("case_id", flat=True)
    wanted = {case_id for case_id in (*proofs.exclude(case_id=None), *holds) if case_id}
    for case_id in sorted(wanted - truly_decided(case_ids=wanted)):
        yield Broken(DECIDED, str(case_id), "已签名办结", "否")
