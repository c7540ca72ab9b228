"""Grant the subsidy for a certificate of skill (技能提升补贴核定): by a case, once a certificate.

Who has paid long enough, at work or drawing, and applies in time. The certificate is looked at by
two people; each counts once, for whomever (人社部发〔2017〕40号).
"""

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.benefits.claims.models import ClaimKind
from insurance.enrolment.queries import employed_last_in
from insurance.policy import parameters as policy
from insurance.policy.standing import weakest
from insurance.unemployment.claim_facts import FIRST_MONTH, earlier_paid
from insurance.unemployment.paid_months import SCHEME, history_of
from insurance.unemployment.single_case import Single, check_single, decide_single
from insurance.unemployment.skill_subsidy import Level, skill_subsidy, subsidy_terms

NUMBER_MAX = 60


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
    return check_single(case, kind=ClaimKind.SKILL, reckon=_reckoned)


def decide(case: Case) -> int:
    """The act of a SKILL_SUBSIDY case; rows written.

    Raises:
        as ``check``, but for ProposalWaits.
    """
    return decide_single(case, kind=ClaimKind.SKILL, reckon=_reckoned)


def _reckoned(case: Case) -> Single:
    """By the day of the receipt: what takes the office time costs nobody the subsidy."""
    applied = content.received_on(case)
    until, family = Month.of(applied), family_of(party_id=case.party_id)
    region = employed_last_in(family=family, scheme=SCHEME, region=case.agency.region)
    earlier = earlier_paid(case, since=FIRST_MONTH, until=until)
    since = earlier.until.next if earlier.until else FIRST_MONTH
    history = history_of(person_id=case.party_id, since=since, until=until)
    certified = content.day(case, "certified_on", "证书核发日期")
    found = skill_subsidy(
        level=Level[content.choice(case, "level", "技能等级", tuple(Level.__members__))],
        paid_months=earlier.months + len(history.paid),
        certified=certified,
        applied=applied,
        terms=subsidy_terms(tree=policy.load(), region=region, on=applied, demo=is_demo()),
    )
    terms = found.terms
    return Single(
        fen=found.fen,
        event_date=certified,
        subject=content.text(case, "certificate", "证书编号", most=NUMBER_MAX),
        region=region,
        figures={
            "level": found.level.name,
            "months_here": len(history.paid),
            "earlier_months": earlier.months,
            "earlier_until": str(earlier.until) if earlier.until else None,
            "earlier_evidence": earlier.evidence,
        },
        steps=found.steps,
        policy_version=terms.policy_version,
        standing=weakest(standings=(terms.amounts.standing, terms.conditions.standing)),
    )
