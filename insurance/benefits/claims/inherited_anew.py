"""Divide anew what heirs inherited of dues (更正应发待遇继承): to whom, and how much of it each.

How much was owed stays as it was: the dues are settled by the first claim, whatever corrects it.
What lies in a monthly amount is corrected there; what is found more is inherited besides.
"""

from datetime import date

from backend.cases import content
from backend.cases.models import Case
from backend.people.queries import canonical_id
from insurance.benefits.claims import correcting, grant
from insurance.benefits.claims.correcting import Correction
from insurance.benefits.claims.grant import Granted
from insurance.benefits.claims.models import Claim, ClaimKind, ClaimShare, InheritedSingle
from insurance.benefits.claims.parts import added
from insurance.policy.kept_steps import read


def divided_anew(*, case: Case, correction: Correction, event_date: date) -> Granted:
    """Give what a case puts in the place of a claim: the same dues, amount and steps.

    Raises:
        ContentInvalid.
    """
    before = correction.before
    evidence = content.text(case, "evidence", "继承权的证明")
    shares = ClaimShare.objects.filter(claim=before).order_by("pk")
    return Granted(
        kind=ClaimKind(before.kind),
        person_id=canonical_id(party_id=case.party_id),
        scheme=before.scheme,
        book=before.book,
        parts=added(of=[tuple(one.parts) for one in shares]),
        event_date=event_date,
        fen=before.fen,
        funeral_fen=0,
        region=before.region,
        figures={
            **before.figures,
            "evidence": evidence,
            **correcting.kept_ground(correction),
        },
        steps=read(rows=before.steps),
        policy_version=before.policy_version,
        standing=before.standing,
        subject=before.subject,
    )


def put_anew(*, case: Case, correction: Correction, granted: Granted) -> int:
    """Write it by difference to each heir; single amounts are with the new claim; rows written.

    The caller holds the transaction, and what ``hold_to_correct`` takes.

    Raises:
        as ``correcting.put_on_record``.
    """
    singles = list(InheritedSingle.objects.filter(claim=correction.before).order_by("pk"))
    rows = correcting.put_on_record(
        case=case,
        correction=correction,
        granted=granted,
        heirs=grant.heirs_of(case),
    )
    claim = Claim.objects.get(case_id=case.pk)
    again = [
        InheritedSingle(
            claim=claim,
            share_id=one.share_id,
            outgoing_id=one.outgoing_id,
            fen=one.fen,
            due_ref=one.due_ref,
        )
        for one in singles
    ]
    return rows + len(InheritedSingle.objects.bulk_create(again))
