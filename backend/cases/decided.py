"""Which cases are truly decided (有效办结): by signatures that verify over the content as it is.

A state, and even a row of a signature, can be put in by SQL; a signature cannot be made.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from backend.cases import approvals, kinds
from backend.cases.canonical import case_digest
from backend.cases.decide import DECIDE, REVIEW
from backend.cases.models import Approval, Case, CaseState
from backend.cases.own_matter import named_in
from backend.people.models import Alias, Recusal

PAGE = 2000


def truly_decided(*, case_ids: Collection[int]) -> set[int]:
    """Give those of the cases that were approved by whoever their rows name."""
    wanted = sorted(set(case_ids))
    pages = (wanted[start : start + PAGE] for start in range(0, len(wanted), PAGE))
    return {case_id for page in pages for case_id in _decided(page)}


def _decided(case_ids: Sequence[int]) -> list[int]:
    approved = Case.objects.filter(pk__in=case_ids, state=CaseState.APPROVED)
    cases = list(approved.select_related("correction"))
    signed = list(
        Approval.objects.filter(subject_kind=kinds.CASE, subject_id__in=case_ids).select_related(
            "key", "staff", "delegation"
        )
    )
    right = [
        one for one, is_right in zip(signed, approvals.verify_all(signed), strict=True) if is_right
    ]
    signers = {(one.subject_id, one.step, one.digest): one for one in right}
    principals = defaultdict[int, list[int]](list)
    for one in right:
        if one.acting_for is not None:
            principals[one.subject_id].append(one.acting_for)
    hands = [_hands(case, principals[case.pk]) for case in cases]
    kept_out = _kept_out(hands)
    merged = _merged(hands, kept_out)
    return [
        case.pk
        for case, of in zip(cases, hands, strict=True)
        if _is_signed(case, signers)
        and not _is_of_one(of, merged)
        and not _is_of_kin(case, kept_out, merged)
    ]


@dataclass(frozen=True)
class _Hands:
    """Whose matter a case is, whom it names, who took it in, or what was missing: none of them is
    among those who signed it, or were signed for."""

    barred: tuple[int, ...]
    signers: tuple[int, ...]


def _hands(case: Case, principals: Iterable[int]) -> _Hands:
    signers = (case.reviewed_by, case.decided_by, *principals)
    return _Hands(
        barred=(case.party_id, *case.takers, *named_in(case.content)),
        signers=tuple(hand for hand in signers if hand is not None),
    )


def _kept_out(hands: Iterable[_Hands]) -> list[Recusal]:
    """Of whose matters those who signed declared to keep out, ended since or not."""
    signers = {hand for one in hands for hand in one.signers}
    return list(Recusal.objects.filter(person_id__in=signers))


def _merged(hands: Iterable[_Hands], kept_out: Iterable[Recusal]) -> dict[int, int]:
    """As whom those live on who had a hand in these cases, where they were merged."""
    people = {hand for one in hands for hand in (*one.barred, *one.signers)}
    people |= {one.other_id for one in kept_out}
    return dict(Alias.objects.filter(party__in=people).values_list("party_id", "survivor_id"))


def _is_of_kin(case: Case, kept_out: Iterable[Recusal], merged: Mapping[int, int]) -> bool:
    """Whether somebody signed who, by then, had declared to keep out of it."""
    at = case.decided_at
    assert at is not None  # it is signed
    concerned = {merged.get(one, one) for one in (case.party_id, *named_in(case.content))}
    return any(
        merged.get(one.other_id, one.other_id) in concerned
        for one in kept_out
        if one.person_id in (case.reviewed_by, case.decided_by)
        and one.declared_at <= at
        and (one.ended_at is None or at < one.ended_at)
    )


def _is_of_one(hands: _Hands, merged: Mapping[int, int]) -> bool:
    """Whether one natural person took two steps, or one in a matter of his own; what was found
    since to be one person counts."""
    barred, signers = (
        [merged.get(hand, hand) for hand in people] for people in (hands.barred, hands.signers)
    )
    return bool(set(barred) & set(signers)) or len(set(signers)) < len(signers)


def _is_signed(case: Case, signers: Mapping[tuple[int, str, str], Approval]) -> bool:
    """Whether the decision, and the review of a kind that needs one, are signed by the persons
    that the case names, over the same materials, and it was taken in here: by somebody else,
    where not a feed did."""
    digest = case_digest(kind=case.kind, party_id=case.party_id, content=case.content)
    decider = signers.get((case.pk, DECIDE, digest))
    if decider is None or decider.person_id != case.decided_by or case.decided_at is None:
        return False
    kind = kinds.kind_of(code=case.kind, on=timezone.localdate(case.decided_at))
    if not case.counts or (case.received_by is None and not kind.from_feed):
        return False
    if not kind.needs_review(received_by=case.received_by):
        return True
    reviewer = signers.get((case.pk, REVIEW, digest))
    if reviewer is None or reviewer.person_id != case.reviewed_by:
        return False
    return reviewer.materials in ("", decider.materials)
