"""Go over from one pension scheme to the other (城乡养老保险制度衔接): by a case of two persons."""

from dataclasses import dataclass

from django.db import transaction

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.queries import canonical_id, family_of
from insurance.accounts import correcting
from insurance.accounts.correcting import Correction
from insurance.accounts.entries import lock as lock_accounts
from insurance.accounts.models import Scheme, SchemeSwitch
from insurance.accounts.scheme_switch import switch_account
from insurance.accounts.sent_away import counts_since, require_here
from insurance.benefits.drawn import draws
from insurance.benefits.register_word import months_evidence
from insurance.enrolment.models import Enrolment
from insurance.pension import approval, archive_facts
from insurance.pension.approval import ArchiveMissing
from insurance.pension.in_payment import AlreadyAwarded
from insurance.pension.locks import lock_person
from insurance.pension.switching import (
    TO_EMPLOYEES,
    TO_RESIDENTS,
    SwitchTerms,
    counted,
    counted_steps,
    switch_terms,
)
from insurance.policy import parameters as policy
from insurance.policy.retirement import Category, delay_rule, retirement
from insurance.policy.steps import Step

MONTHS_MAX = 12 * 60
OTHER = {TO_EMPLOYEES: Scheme.RESIDENT_PENSION, TO_RESIDENTS: Scheme.EMPLOYEE_PENSION}


class StillInsured(Refusal):
    """Who is still insured in the scheme that is left goes over later (转出险种仍在参保)."""

    code = "switch_still_insured"


@dataclass(frozen=True)
class Asked:
    """What a case asks for, and how many months will count."""

    to_scheme: Scheme
    from_scheme: Scheme
    month: Month
    counted_months: int
    terms: SwitchTerms
    steps: tuple[Step, ...]


def check(case: Case) -> int:
    """At its receipt a PENSION_SWITCH case can be decided as it asks; writes nothing.

    Content: ``scheme`` (the one that is left), ``to_scheme`` (the other), ``month``,
    ``employee_months`` (paid and deemed in 110), ``evidence``. ``corrects`` (the case that decided)
    with ``objection``, or with ``error`` and ``error_evidence``: its months are counted anew and
    what it left in the account follows; or, named the other way round, all of it goes back.

    Raises:
        ContentInvalid, ProposalWaits, MonthsDiffer, ArchiveMissing, AlreadyAwarded,
        RelationElsewhere, StillInsured; as ``switching.counted``; NotConfigured, NotVerified; as
        ``correction_of``.
    """
    content.require_only_proposal(case, of_party=True)
    _asked(case, correcting.correction_of(case))
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a PENSION_SWITCH case; rows written.

    Raises:
        as ``check``; LeavingInvalid, InterestRunning, NothingChanged.
    """
    person = canonical_id(party_id=case.party_id)
    lock_person(person_id=person)
    lock_accounts(person_ids=family_of(party_id=person))
    correction = correcting.correction_of(case)
    asked = _asked(case, correction)
    switched = switch_account(
        case=case,
        from_scheme=asked.from_scheme,
        to_scheme=asked.to_scheme,
        month=asked.month,
        counted_months=asked.counted_months,
        steps=asked.steps,
        sources=asked.terms.sources,
        instead=None if correction is None else correction.instead,
    )
    if correction is not None and not switched.fen:
        _refuse_unchanged(case, asked, correction)
    return switched.rows


def _refuse_unchanged(case: Case, asked: Asked, correction: Correction) -> None:
    before = SchemeSwitch.objects.get(case_id=correction.before.case_id)
    said = (asked.to_scheme, asked.counted_months)
    if said == (before.to_scheme, before.counted_months):
        raise correcting.NothingChanged(
            "更正以后计算的月数与原核定相同，账户也没有余额，没有可更正的。", case_id=case.pk
        )


def _asked(case: Case, correction: Correction | None) -> Asked:
    to_scheme = content.choice(case, "to_scheme", "转入险种", (TO_EMPLOYEES, TO_RESIDENTS))
    from_scheme = OTHER[to_scheme]
    content.choice(case, "scheme", "转出险种", (from_scheme.value,))
    month = Month.parse(case.content.get("month"))
    _refuse_who_draws_or_is_insured(case, from_scheme, month, correction)
    retires = _retires(case)
    said, evidence = _employee_months(case, month)
    tree = policy.load()
    terms = switch_terms(
        tree=tree, region=case.agency.region, retirement_month=retires, demo=is_demo()
    )
    months = counted(
        to_scheme=to_scheme,
        employee_months=said,
        retirement_month=retires,
        month=month,
        terms=terms,
    )
    steps = counted_steps(
        to_scheme=to_scheme,
        employee_months=said,
        evidence=evidence,
        retirement_month=retires,
        terms=terms,
        policy_version=tree.version,
    )
    return Asked(Scheme(to_scheme), from_scheme, month, months, terms, steps)


def _employee_months(case: Case, month: Month) -> tuple[int, str]:
    """The months of 110, deemed ones too, and on what they rest: held against the register."""
    evidence = content.text(case, "evidence", "职工养老缴费年限的依据")
    said = content.count(case, "employee_months", "职工养老缴费月数（含视同）", most=MONTHS_MAX)
    facts = archive_facts.current(person_id=case.party_id)
    if facts is None:
        return said, evidence
    first_work = Month.of(facts.first_work_month)
    held = months_evidence(
        case=case,
        scheme=TO_EMPLOYEES,
        said=said - facts.deemed_months,
        evidence=evidence,
        since=first_work,
        last=month.previous,
        counted_since=counts_since(person_id=case.party_id, scheme=TO_EMPLOYEES, since=first_work),
        deemed=archive_facts.deemed_of(facts=facts),
    )
    return said, held


def _retires(case: Case) -> Month:
    """The statutory month by what was recognised of the archive; for who was let retire earlier,
    that of the approval.

    Raises:
        ArchiveMissing.
    """
    facts = archive_facts.current(person_id=case.party_id)
    if facts is None:
        raise ArchiveMissing("此人尚未办理档案认定，不知职工养老的退休年月。", case_id=case.pk)
    rule = delay_rule(tree=policy.load(), category=Category[facts.category])
    statutory = retirement(birth_month=Month.of(facts.birth_month), rule=rule).month
    approved = approval.current(person_id=case.party_id)
    return min(statutory, Month.of(approved.retirement_month)) if approved else statutory


def _refuse_who_draws_or_is_insured(
    case: Case, from_scheme: Scheme, month: Month, correction: Correction | None
) -> None:
    drawn = OTHER if from_scheme == Scheme.EMPLOYEE_PENSION else (TO_EMPLOYEES,)
    for scheme in drawn:  # the account of who draws 170 goes over before 110 is awarded
        if correction is not None and scheme != from_scheme:
            continue  # what is drawn there is awarded anew by what counts now
        if draws(person_id=case.party_id, scheme=scheme):
            raise AlreadyAwarded(f"此人已享受险种 {scheme} 的养老待遇，不再衔接。", case_id=case.pk)
    require_here(person_id=case.party_id, scheme=from_scheme)
    insured = Enrolment.objects.filter(
        person__in=family_of(party_id=case.party_id),
        scheme=from_scheme,
        valid__contains=month.first_day,
        superseded_at__isnull=True,
    )
    if insured.exists():
        raise StillInsured(f"{month} 仍参加险种 {from_scheme.value}，请先停保。", case_id=case.pk)
