"""Award unemployment benefit (失业保险金核定): on a registration, with every step.

Benefit is due from the month of the registration for the months granted, at the amount of each
month; the monthly run pays it, and what was missed. Conditions are checked from the registration,
the certificate and what was paid here; what was paid before, or elsewhere, comes with papers.
"""

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.months import MonthRange
from backend.people.queries import canonical_id
from insurance.benefits.models import Component, Entitlement
from insurance.policy import parameters as policy
from insurance.policy.kept_steps import kept
from insurance.policy.standing import mark_of_amount
from insurance.unemployment.assess import (
    Circumstances,
    JobEnd,
    condition_terms,
    require_conditions,
)
from insurance.unemployment.books import book_of
from insurance.unemployment.claim_facts import Asked, RecognisedOf, asked_by
from insurance.unemployment.correcting import put_in_place, require_change
from insurance.unemployment.locks import lock_person
from insurance.unemployment.models import Claim
from insurance.unemployment.paid_months import SCHEME
from insurance.unemployment.reckoning import Before, Given, Reckoned, claim_terms, reckon
from insurance.unemployment.schedule import amounts_kept
from insurance.unemployment.spells import drawn_months

COMPONENT = "UNEMPLOYMENT"


def check(case: Case, *, recognised_of: RecognisedOf) -> int:
    """At its receipt an UNEMPLOYMENT_CLAIM case can be decided as it asks; writes nothing.

    Content: ``scheme`` (210); ``earlier_months`` paid by employer and person before this system's
    own bills or elsewhere, and where there are any ``earlier_until`` and ``earlier_evidence``;
    ``earlier_unused`` (months left of a spell elsewhere), with ``unused_evidence``;
    ``open_accepted`` (true: months billed and not paid do not count); who may be near retirement
    and has no recognised archive ``category`` and ``category_evidence``. What corrects a claim also
    ``corrects`` and its ground: see ``correcting``.

    Raises:
        as ``correction_of`` and ``require_change``; ContentInvalid, ProposalWaits,
        ConditionsUnmet, ClaimKnown, ClaimRunning, ClaimantDead,
        StillEmployed, PensionDrawn, MonthsOpen, EarlierInvalid, CategoryNeeded, NoBook;
        NotConfigured: a figure.
    """
    content.require_only_proposal(case, of_party=True)
    asked = asked_by(case, recognised_of=recognised_of)
    found = _reckoned(asked)
    mark_of_amount(standing=found.standing, demo=is_demo())
    book_of(case)
    if asked.correction is not None:
        entitlement = asked.correction.before.entitlement
        claim = _claim(case, asked, found, entitlement)
        require_change(claim=claim, amounts=_amounts(case, found, entitlement))
    return 0


@transaction.atomic
def decide(case: Case, *, recognised_of: RecognisedOf) -> int:
    """The act of an UNEMPLOYMENT_CLAIM case; rows written.

    Raises:
        as ``check``.
    """
    person = canonical_id(party_id=case.party_id)
    lock_person(person_id=person)
    asked = asked_by(case, recognised_of=recognised_of)
    found = _reckoned(asked)
    if asked.correction is not None:
        entitlement = asked.correction.before.entitlement
        claim = _claim(case, asked, found, entitlement)
        return put_in_place(claim=claim, amounts=_amounts(case, found, entitlement))
    entitlement = Entitlement.objects.create(
        person_id=person,
        scheme=SCHEME,
        book=book_of(case),
        start_month=asked.month.first_day,
        paid_months=found.given.paid_months,
        case_id=case.pk,
    )
    _claim(case, asked, found, entitlement).save(force_insert=True)
    for amount in _amounts(case, found, entitlement):
        amount.save(force_insert=True)
    return 2 + len(found.segments)


def _amounts(case: Case, found: Reckoned, entitlement: Entitlement) -> list[Component]:
    """What is due each month, as it is written."""
    return [
        Component(
            entitlement=entitlement,
            component=COMPONENT,
            fen=segment.amount.fen,
            standing=mark_of_amount(standing=found.standing_of(segment), demo=is_demo()),
            valid=_days(segment.months),
            case_id=case.pk,
        )
        for segment in found.segments
    ]


def reckoned(case: Case, *, recognised_of: RecognisedOf) -> Reckoned:
    """What a case would be awarded as things stand (试算): for those who are to sign it.

    Raises:
        as ``check``, but for NoBook and ProposalWaits.
    """
    return _reckoned(asked_by(case, recognised_of=recognised_of))


def _reckoned(asked: Asked) -> Reckoned:
    """Figures of any standing are used; what may not count holds the payment, or refuses."""
    tree, registration = policy.load(), asked.registration
    conditions = condition_terms(tree=tree, region=asked.region, month=asked.month, demo=True)
    given = _given(asked)
    require_conditions(
        shown=Circumstances(
            paid_months=given.paid_months,
            unused_months=given.unused_months,
            job_end=JobEnd[registration.job_end.reason],
            registered_date=registration.valid.lower,
            seeks_work=registration.seeks_work,
        ),
        terms=conditions,
    )
    terms = claim_terms(
        tree=tree,
        region=asked.region,
        month=asked.month,
        conditions=(conditions.minimum, conditions.involuntary),
    )
    return reckon(given=given, terms=terms)


def _given(asked: Asked) -> Given:
    previous = asked.previous
    return Given(
        registration_month=asked.month,
        months_here=len(asked.history.paid),
        earlier_months=asked.earlier.months,
        birth_month=asked.birth_month,
        category=asked.category,
        before=Before(previous.regular_months, len(drawn_months(claim=previous)))
        if previous
        else None,
        earlier_unused=asked.earlier.unused,
    )


def _claim(case: Case, asked: Asked, found: Reckoned, entitlement: Entitlement) -> Claim:
    by_fund = found.duration.pension_by_fund
    return Claim(
        person_id=entitlement.person_id,
        entitlement=entitlement,
        corrects=asked.correction.before if asked.correction else None,
        previous=None if asked.correction else asked.previous,
        job_end=asked.registration.job_end,
        registered_on=asked.registration.valid.lower,
        region=asked.region,
        paid_months=found.given.paid_months,
        unused_months=found.given.unused_months,
        regular_months=found.duration.regular_months,
        granted_months=found.duration.months,
        pension_months=_days(by_fund) if by_fund else None,
        birth_month=asked.birth_month.first_day,
        category=asked.category.name if asked.category else "",
        monthly_fen=found.monthly_fen,
        figures={**_figures(case, asked), "amounts": amounts_kept(segments=found.segments)},
        steps=kept(steps=found.steps),
        policy_version=found.terms.duration.policy_version,
        standing=found.standing.value,
        conditions_standing=found.conditions_standing.value,
        case_id=case.pk,
    )


def _figures(case: Case, asked: Asked) -> dict[str, object]:
    """What else it rests on: papers of the time before, and what was left out."""
    earlier, correction = asked.earlier, asked.correction
    return {
        **({"ground": correction.ground.kept()} if correction else {}),
        "months_here": len(asked.history.paid),
        "open_months": [str(month) for month in asked.history.open_months],
        "earlier_months": earlier.months,
        "earlier_until": str(earlier.until) if earlier.until else None,
        "earlier_evidence": earlier.evidence,
        "earlier_unused": earlier.unused,
        "unused_evidence": earlier.unused_evidence,
        "category_evidence": str(case.content.get("category_evidence") or ""),
    }


def _days(months: MonthRange) -> SqlRange:
    assert months.end is not None
    return SqlRange(months.start.first_day, months.end.first_day)
