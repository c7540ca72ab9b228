"""Grant somebody an amount once (失业保险一次性待遇核定): what all kinds of it have in common.

What is due is reckoned by the kind (a certificate of skill, a birth); whether it was granted
before, what a correction takes the place of, and how it is put on record is the same for all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from django.db import transaction

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.dated import Standing
from backend.people.queries import canonical_id
from insurance.benefits.claims import correcting, grant
from insurance.benefits.claims.correcting import Correction
from insurance.benefits.claims.grant import Granted
from insurance.benefits.claims.models import ClaimKind
from insurance.benefits.items import claim_parts
from insurance.policy.standing import mark_of_amount
from insurance.policy.steps import Step
from insurance.unemployment.books import book_of
from insurance.unemployment.claim_facts import refuse_dead
from insurance.unemployment.locks import lock_person
from insurance.unemployment.paid_months import SCHEME


@dataclass(frozen=True)
class Single:
    """What is due once, and why."""

    fen: int
    event_date: date
    subject: str  # it is granted once for this
    region: str
    figures: Mapping[str, object]
    steps: tuple[Step, ...]
    policy_version: str
    standing: Standing


Reckon: TypeAlias = Callable[[Case], Single]


def check_single(case: Case, *, kind: ClaimKind, reckon: Reckon) -> int:
    """At its receipt a case of this kind can be decided as it asks; writes nothing.

    Raises:
        as ``reckon``; ContentInvalid, ClaimantDead, AlreadyGranted, NoBook, NothingChanged; as
        ``correction_of``; NotVerified: a figure.
    """
    correction = _correction(case, kind)
    granted = _granted(case, kind, correction, reckon)
    heirs = grant.to_person(person_id=granted.person_id)
    correcting.require_change(correction=correction, granted=granted, heirs=heirs)
    return 0


@transaction.atomic
def decide_single(case: Case, *, kind: ClaimKind, reckon: Reckon) -> int:
    """The act of a case of this kind; rows written. Raises as ``check_single``."""
    person = canonical_id(party_id=case.party_id)
    correcting.hold_to_correct(case)
    lock_person(person_id=person)
    correction = _correction(case, kind)
    return correcting.put_on_record(
        case=case,
        correction=correction,
        granted=_granted(case, kind, correction, reckon),
        heirs=grant.to_person(person_id=person),
    )


def _correction(case: Case, kind: ClaimKind) -> Correction | None:
    return correcting.correction_of(case=case, kind=kind, scheme=SCHEME)


def _granted(case: Case, kind: ClaimKind, correction: Correction | None, reckon: Reckon) -> Granted:
    content.choice(case, "scheme", "险种", (SCHEME,))
    refuse_dead(case)
    due = reckon(case)
    grant.refuse_granted(
        case=case,
        kind=kind,
        scheme=SCHEME,
        subject=due.subject,
        besides=correcting.claim_besides(correction),
    )
    return Granted(
        kind=kind,
        person_id=canonical_id(party_id=case.party_id),
        scheme=SCHEME,
        book=book_of(case),
        parts=claim_parts(scheme=SCHEME, kind=kind, fen=due.fen),
        event_date=due.event_date,
        fen=due.fen,
        funeral_fen=0,
        region=due.region,
        figures={**due.figures, **correcting.kept_ground(correction)},
        steps=due.steps,
        policy_version=due.policy_version,
        standing=mark_of_amount(standing=due.standing, demo=is_demo()),
        subject=due.subject,
    )
