"""Take the account out when the years fall short (一次性领取): the conditions of SHORT_YEARS.

At the age, with fewer months than a pension needs, whoever neither pays on nor goes over to the
other scheme may take the account out (人社部令第13号). Who emigrates may when the nationality is
lost and that is shown: the account is not given out early (社会保险法第十四条).
"""

from django.db import transaction

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.models import Person
from backend.people.queries import canonical_id
from insurance.accounts import correcting, leaving
from insurance.accounts.correcting import Correction
from insurance.accounts.sent_away import counts_since
from insurance.benefits.claims.inherited_singles import refuse_taken
from insurance.benefits.drawn import draws
from insurance.benefits.register_word import months_evidence
from insurance.collection.contributed import billed_of
from insurance.pension import archive_facts
from insurance.pension.in_payment import AlreadyAwarded
from insurance.pension.paid_years import FIRST_YEAR, years_of
from insurance.pension.retirement import minimum_months
from insurance.policy import parameters as policy
from insurance.policy.retirement import YEAR_MONTHS, Category, delay_rule, retirement

SHORT_YEARS = "SHORT_YEARS"
EMPLOYEES, RESIDENTS = PENSIONS = ("110", "170")
MONTHS_MAX = 12 * 60
RESIDENT_AGE = "resident_pension.pension_age"
RESIDENT_YEARS = "resident_pension.minimum_contribution_years"


class AgeNotReached(Refusal):
    """Before the age nobody takes the account out (未到领取年龄)."""

    code = "lump_sum_age_not_reached"


class YearsEnough(Refusal):
    """Who paid enough draws a pension (缴费年限已够)."""

    code = "lump_sum_years_enough"


def check(case: Case) -> int:
    """At its receipt an ACCOUNT_LUMP_SUM case can be decided as it asks; writes nothing.

    Content: as ``leaving.pay_lump_sum``; of a pension also ``evidence`` – of the lost nationality,
    or of the years – and for SHORT_YEARS ``paid_months`` (paid and deemed), with
    ``difference_reason`` where the register knows others. ``corrects`` (the case that decided) with
    ``objection``, or with ``error`` and ``error_evidence``: it is paid anew, by difference; with
    ``withdrawn`` (true) nothing was to be paid, and the account holds again what it held.

    Raises:
        ContentInvalid, AgeNotReached, YearsEnough, MonthsDiffer, AlreadyAwarded; NotConfigured,
        NotVerified; as ``correction_of``, AmountTaken.
    """
    _check(case, _correction(case))
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of an ACCOUNT_LUMP_SUM case; rows written.

    Raises:
        as ``check`` and ``leaving.pay_lump_sum``; NothingChanged.
    """
    correcting.hold_to_correct(case)
    correction = _correction(case)
    _check(case, correction)
    if correction is None:
        return leaving.pay_lump_sum(case)
    _, month = leaving.scheme_and_month(case)
    if _withdrawn(case):
        return correcting.restore(case=case, correction=correction, month=month)
    return correcting.put_in_place(
        case=case,
        correction=correction,
        month=month,
        leave=lambda instead: leaving.pay_lump_sum(case, instead=instead),
    )


def _correction(case: Case) -> Correction | None:
    correction = correcting.correction_of(case)
    if correction is not None:
        refuse_taken(cases=correction.cases)
    return correction


def _withdrawn(case: Case) -> bool:
    return case.content.get("withdrawn") is True


def _check(case: Case, correction: Correction | None) -> None:
    scheme, month = leaving.scheme_and_month(case)
    if scheme not in PENSIONS or (correction is not None and _withdrawn(case)):
        return
    if draws(person_id=case.party_id, scheme=scheme):
        raise AlreadyAwarded(f"此人已享受险种 {scheme} 的养老待遇。", case_id=case.pk)
    if case.content.get("reason") == SHORT_YEARS:
        _refuse_pensioners(case, scheme, month)
    else:
        content.text(case, "evidence", "丧失国籍的证明")


def _refuse_pensioners(case: Case, scheme: str, month: Month) -> None:
    paid = content.count(case, "paid_months", "累计缴费月数（含视同）", most=MONTHS_MAX)
    reached = _reached(case, scheme, month)
    if month < reached:
        raise AgeNotReached(f"{reached} 达到领取年龄，尚未到。", case_id=case.pk)
    least = _least_months(case, scheme, reached)
    if paid >= least:
        raise YearsEnough(f"累计缴费 {paid} 个月，已满 {least} 个月，应按月领取。")
    hold_against_register(case, scheme, month, paid)


def hold_against_register(case: Case, scheme: str, month: Month, paid: int) -> str:
    """The months said are those of the register, as for an award; else the case says why not. Give
    the evidence, as it is kept.

    Raises:
        ContentInvalid; as ``months_evidence``.
    """
    facts = archive_facts.current(person_id=case.party_id) if scheme == EMPLOYEES else None
    since = Month.of(facts.first_work_month) if facts else FIRST_YEAR
    deemed = facts.deemed_months if facts else 0
    if paid < deemed:
        raise content.ContentInvalid(
            f"累计缴费月数（含视同）不能少于视同缴费的 {deemed} 个月。", case_id=case.pk
        )
    return months_evidence(
        case=case,
        scheme=scheme,
        said=paid - deemed,
        evidence=content.text(case, "evidence", "缴费年限的依据"),
        since=since,
        last=month.previous,
        counted_since=counts_since(person_id=case.party_id, scheme=scheme, since=since),
        deemed=archive_facts.deemed_of(facts=facts) if facts else (),
        paid_here=_paid_here(case, scheme, since, month.previous),
    )


def _paid_here(case: Case, scheme: str, since: Month, last: Month) -> int:
    """The months that this house itself has been paid for: nobody has fewer."""
    person = canonical_id(party_id=case.party_id)
    if scheme == RESIDENTS:
        return len(years_of(person_id=person, since=since, until=last).paid) * YEAR_MONTHS
    first = counts_since(person_id=person, scheme=scheme, since=since)
    rows = billed_of(person_id=person, scheme=scheme, since=first, until=last)
    return len({row.month for row in rows if row.counts})


def _reached(case: Case, scheme: str, month: Month) -> Month:
    """The month in which the age in force in ``month`` is reached, by what was recognised, else by
    the ID card."""
    person = Person.objects.get(pk=canonical_id(party_id=case.party_id))
    facts = archive_facts.current(person_id=person.pk)
    birth = Month.of(facts.birth_month if facts else person.birth_date)
    if scheme == RESIDENTS:
        age = policy.load().resolve(RESIDENT_AGE, case.agency.region, month.first_day, is_demo())
        return birth.plus(age.whole * YEAR_MONTHS)
    if facts is None:
        raise content.ContentInvalid("请先办理档案认定，才知道退休年月。", case_id=case.pk)
    rule = delay_rule(tree=policy.load(), category=Category[facts.category])
    return retirement(birth_month=birth, rule=rule).month


def _least_months(case: Case, scheme: str, reached: Month) -> int:
    tree, region, demo = policy.load(), case.agency.region, is_demo()
    if scheme == EMPLOYEES:
        return minimum_months(tree=tree, region=region, month=reached, demo=demo).whole
    return tree.resolve(RESIDENT_YEARS, region, reached.first_day, demo).whole * YEAR_MONTHS
