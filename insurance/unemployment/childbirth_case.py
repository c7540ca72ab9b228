"""Grant the lump sum for a birth while benefit is drawn (生育一次性补助核定): once a birth.

Where a notice of the place says so: some months of the benefit of the month of the birth.
"""

from dataclasses import dataclass
from datetime import date

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.identity import Sex
from backend.kernel.months import Month
from backend.people.models import Person
from backend.people.queries import canonical_id, family_of
from insurance.benefits.claims.models import ClaimKind
from insurance.policy import parameters as policy
from insurance.policy.standing import weakest
from insurance.unemployment.amount import amount_terms, monthly_amount
from insurance.unemployment.childbirth import ChildbirthSum, childbirth_sum
from insurance.unemployment.models import Claim
from insurance.unemployment.single_case import Single, check_single, decide_single
from insurance.unemployment.spells import drawn_months


class NotDrawing(Refusal):
    """No benefit was due in the month of the birth (生育当月没有领取失业保险金)."""

    code = "unemployment_birth_not_drawing"


class NotTheMother(Refusal):
    """The sum is for the woman who gives birth (领取人不是生育的妇女)."""

    code = "unemployment_birth_not_the_mother"


@dataclass(frozen=True)
class Birth:
    """A birth, and the claim that was drawn on when it happened."""

    born_on: date
    claim: Claim


def check(case: Case) -> int:
    """At its receipt a CHILDBIRTH_SUM case can be decided as it asks; writes nothing.

    Content: ``scheme`` (210), ``born_on``, ``birth_certificate`` (its number). ``corrects`` (a
    claim) with ``objection``, or with ``error`` and ``error_evidence``: it takes its place.

    Raises:
        ContentInvalid, ProposalWaits, ClaimantDead, NotTheMother, NotDrawing, NoChildbirthSum,
        AlreadyGranted, NoBook; NotConfigured, NotVerified: a figure.
    """
    content.require_only_proposal(case, of_party=True)
    return check_single(case, kind=ClaimKind.CHILDBIRTH, reckon=_reckoned)


def decide(case: Case) -> int:
    """The act of a CHILDBIRTH_SUM case; rows written.

    Raises:
        as ``check``, but for ProposalWaits.
    """
    return decide_single(case, kind=ClaimKind.CHILDBIRTH, reckon=_reckoned)


def _reckoned(case: Case) -> Single:
    birth = _birth(case)
    found = _sum(birth)
    return Single(
        fen=found.fen,
        event_date=birth.born_on,
        subject=birth.born_on.isoformat(),
        region=birth.claim.region,
        figures={
            "claim": birth.claim.pk,
            "birth_certificate": content.text(case, "birth_certificate", "出生医学证明编号"),
        },
        steps=found.steps,
        policy_version=found.monthly.terms.policy_version,
        standing=weakest(
            standings=(one.standing for one in (found.months, *found.monthly.sources))
        ),
    )


def _sum(birth: Birth) -> ChildbirthSum:
    tree, region, month = policy.load(), birth.claim.region, Month.of(birth.born_on)
    terms = amount_terms(tree=tree, region=region, month=month, demo=is_demo())
    return childbirth_sum(
        tree=tree,
        region=region,
        birth_month=month,
        monthly=monthly_amount(terms=terms),
        demo=is_demo(),
    )


def _birth(case: Case) -> Birth:
    born_on = content.day(case, "born_on", "出生日期")
    if born_on > content.day_of(case):
        raise content.ContentInvalid("出生日期不能晚于今天。", case_id=case.pk)
    family = family_of(party_id=case.party_id)
    if Person.objects.get(pk=canonical_id(party_id=case.party_id)).sex != Sex.FEMALE.value:
        raise NotTheMother("生育一次性补助由生育的妇女本人申领。", case_id=case.pk)
    month = Month.of(born_on)
    claims = Claim.objects.filter(person__in=family, registered_on__lte=born_on).order_by("-pk")
    claim = next((one for one in claims if month in drawn_months(claim=one)), None)
    if claim is None:
        raise NotDrawing(f"{month} 没有应发的失业保险金，不发生育一次性补助。", case_id=case.pk)
    return Birth(born_on, claim)
