"""Which cases are truly decided (有效办结): by signatures that verify over the content as it is.

A state, and even a row of a signature, can be put in by SQL; a signature cannot be made.
"""

from collections.abc import Collection, Mapping, Sequence

from django.utils import timezone

from backend.cases import approvals, kinds
from backend.cases.canonical import case_digest
from backend.cases.decide import DECIDE, REVIEW
from backend.cases.models import Approval, Case, CaseState

PAGE = 2000


def truly_decided(*, case_ids: Collection[int]) -> set[int]:
    """Give those of the cases that were approved by whoever their rows name."""
    wanted = sorted(set(case_ids))
    pages = (wanted[start : start + PAGE] for start in range(0, len(wanted), PAGE))
    return {case_id for page in pages for case_id in _decided(page)}


def _decided(case_ids: Sequence[int]) -> list[int]:
    cases = Case.objects.filter(pk__in=case_ids, state=CaseState.APPROVED)
    signed = list(
        Approval.objects.filter(subject_kind=kinds.CASE, subject_id__in=case_ids).select_related(
            "key", "staff"
        )
    )
    signers = {
        (approval.subject_id, approval.step, approval.digest): approval.person_id
        for approval, right in zip(signed, approvals.verify_all(signed), strict=True)
        if right
    }
    return [case.pk for case in cases if _is_signed(case, signers)]


def _is_signed(case: Case, signers: Mapping[tuple[int, str, str], int]) -> bool:
    """Whether the decision, and the review of a kind that needs one, are signed by the persons
    that the case names, and somebody else received it, where not a feed did."""
    digest = case_digest(kind=case.kind, party_id=case.party_id, content=case.content)
    decider = signers.get((case.pk, DECIDE, digest))
    if decider is None or decider != case.decided_by or case.decided_at is None:
        return False
    kind = kinds.kind_of(code=case.kind, on=timezone.localdate(case.decided_at))
    if case.received_by == decider or (case.received_by is None and not kind.from_feed):
        return False
    if not kind.needs_review(received_by=case.received_by):
        return True
    reviewer = signers.get((case.pk, REVIEW, digest))
    return reviewer is not None and reviewer == case.reviewed_by
