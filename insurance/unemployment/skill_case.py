"""Grant the subsidy for a certificate of skill (技能提升补贴核定): by a case, once a certificate.

Who has paid long enough, at work or drawing, and applies in time. The certificate is looked at by
two people; each counts once, for whomever (人社部发〔2017〕40号).
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.months import Month
from backend.people.queries import canonical_id, family_of
from insurance.benefits.claims import correcting, grant
from insurance.benefits.claims.correcting import Correction
from insurance.benefits.claims.grant import Granted
from insurance.benefits.claims.models import ClaimKind
from insurance.benefits.items import claim_parts
from insurance.policy import parameters as policy
from insurance.policy.standing import mark_of_amount, weakest
from insurance.unemployment.books import book_of
from insurance.unemployment.claim_facts import (
    FIRST_MONTH,
    Earlier,
    earlier_paid,
    refuse_dead,
    region_of,
)
from insurance.unemployment.locks import lock_person
from insurance.unemployment.paid_months import SCHEME, history_of
from insurance.unemployment.skill_subsidy import Level, SkillSubsidy, skill_subsidy, subsidy_terms

NUMBER_MAX = 60


@dataclass(frozen=True)
class Reckoned:
    """What a certificate brings, and on what months paid."""

    found: SkillSubsidy
    number: str
    region: str
    months_here: int
    earlier: Earlier


def check(case: Case) -> int:
    """At its receipt a SKILL_SUBSIDY case can be decided as it asks; writes nothing.

    Content: ``scheme`` (210), ``level``, ``certificate`` (its number), ``certified_on``;
    ``earlier_months`` paid before this system's own bills or elsewhere, and where there are any
    ``earlier_until`` and ``earlier_evidence``. ``corrects`` (a claim) with ``objection``, or with
    ``error`` and ``error_evidence``: it takes the place of that one.

    Raises:
        ContentInvalid, ProposalWaits, ClaimantDead, EarlierInvalid, SubsidyRefused,
        AlreadyGranted, NoBook; NotConfigured, NotVerified: a figure.
    """
    content.require_only_proposal(case, certificate=case.content.get("certificate"))
    correction = _correction(case)
    granted = _granted(case, correction)
    correcting.require_change(
        correction=correction,
        granted=granted,
        heirs=grant.to_person(person_id=granted.person_id),
    )
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a SKILL_SUBSIDY case; rows written.

    Raises:
        as ``check``, but for ProposalWaits.
    """
    person = canonical_id(party_id=case.party_id)
    lock_person(person_id=person)
    correction = _correction(case)
    return correcting.put_on_record(
        case=case,
        correction=correction,
        granted=_granted(case, correction),
        heirs=grant.to_person(person_id=person),
    )


def _correction(case: Case) -> Correction | None:
    return correcting.correction_of(case=case, kind=ClaimKind.SKILL, scheme=SCHEME)


def _granted(case: Case, correction: Correction | None) -> Granted:
    content.choice(case, "scheme", "险种", (SCHEME,))
    refuse_dead(case)
    of = _reckoned(case)
    grant.refuse_granted(
        case=case,
        kind=ClaimKind.SKILL,
        scheme=SCHEME,
        subject=of.number,
        besides=correcting.claim_besides(correction),
    )
    terms = of.found.terms
    standing = weakest(standings=(terms.amounts.standing, terms.conditions.standing))
    return Granted(
        kind=ClaimKind.SKILL,
        person_id=canonical_id(party_id=case.party_id),
        scheme=SCHEME,
        book=book_of(case),
        parts=claim_parts(scheme=SCHEME, kind=ClaimKind.SKILL, fen=of.found.fen),
        event_date=content.day(case, "certified_on", "证书核发日期"),
        fen=of.found.fen,
        funeral_fen=0,
        region=of.region,
        figures={
            "level": of.found.level.name,
            "months_here": of.months_here,
            "earlier_months": of.earlier.months,
            "earlier_until": str(of.earlier.until) if of.earlier.until else None,
            "earlier_evidence": of.earlier.evidence,
            **correcting.kept_ground(correction),
        },
        steps=of.found.steps,
        policy_version=terms.policy_version,
        standing=mark_of_amount(standing=standing, demo=is_demo()),
        subject=of.number,
    )


def _reckoned(case: Case) -> Reckoned:
    """By the day of the receipt: what takes the office time costs nobody the subsidy."""
    applied = timezone.localdate(case.received_at)
    until, family = Month.of(applied), family_of(party_id=case.party_id)
    region = region_of(family=family, region=case.agency.region)
    earlier = earlier_paid(case, since=FIRST_MONTH, until=until)
    since = earlier.until.next if earlier.until else FIRST_MONTH
    history = history_of(person_id=case.party_id, since=since, until=until)
    found = skill_subsidy(
        level=Level[content.choice(case, "level", "技能等级", tuple(Level.__members__))],
        paid_months=earlier.months + len(history.paid),
        certified=content.day(case, "certified_on", "证书核发日期"),
        applied=applied,
        terms=subsidy_terms(tree=policy.load(), region=region, on=applied, demo=is_demo()),
    )
    number = content.text(case, "certificate", "证书编号", most=NUMBER_MAX)
    return Reckoned(found, number, region, len(history.paid), earlier)
