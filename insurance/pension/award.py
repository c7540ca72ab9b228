"""Award a pension of 110 (待遇核定): by the agency, on the department's approval, with its steps.

What is paid begins the month after the retirement month; the monthly run pays back what was missed.
Employers insure no more who retires, medical insurance goes on as a retired person's, and from now
on the account part is taken from the account.
"""

from dataclasses import dataclass

from django.db import transaction

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.kernel.months import Month, months_between
from backend.people.queries import canonical_id, family_of
from insurance.accounts.accrued_balance import accrued_balance
from insurance.accounts.entries import lock as lock_accounts
from insurance.accounts.sent_away import BroughtYear
from insurance.benefits.drawn import allowances
from insurance.collection.fund_months import months_by_fund
from insurance.enrolment.locks import lock_person as lock_enrolments
from insurance.enrolment.models import Scheme
from insurance.enrolment.queries import months_insured
from insurance.enrolment.retire import end_for_retirement
from insurance.pension import approval, archive_facts
from insurance.pension.award_place import AwardPlace
from insurance.pension.award_place_of import award_place_of
from insurance.pension.award_terms import award_terms, figures_there
from insurance.pension.both_schemes import refuse_open_residents_account, settle_residents_pension
from insurance.pension.correcting import (
    Correction,
    corrected,
    correction_of,
    hold_to_correct,
    put_in_place,
)
from insurance.pension.deemed import check_months, deemed_through
from insurance.pension.earlier_of import earlier_of
from insurance.pension.in_payment import book_of, put_in_payment, refuse_who_cannot
from insurance.pension.index import PaidYear, index_terms
from insurance.pension.locks import lock_person
from insurance.pension.medical_years import medical_years_said
from insurance.pension.models import Award, AwardKind, RetirementApproval
from insurance.pension.paid_months import History, history_of
from insurance.pension.reckoning import Earlier, Given, Reckoned, Terms, reckon
from insurance.pension.retirement import Route, route_terms
from insurance.policy import parameters as policy
from insurance.policy.kept_steps import kept
from insurance.policy.retirement import YEAR_MONTHS, Category
from insurance.policy.standing import mark_of_amount

SCHEME = "110"
FIRST_MONTH = Month(1951, 1)  # 劳动保险条例: nothing was paid before


class ApprovalMissing(Refusal):
    """No award without the department's approval (没有退休审批)."""

    code = "award_approval_missing"


class ApprovalOutdated(Refusal):
    """The archive was recognised anew since it was approved (档案认定已变)."""

    code = "award_approval_outdated"


class MonthsOpen(Refusal):
    """Months that were billed are not paid (有已核定未缴的月份)."""

    code = "award_months_open"


@dataclass(frozen=True)
class Asked:
    """What a case asks for, with what is known."""

    approval: RetirementApproval
    earlier: Earlier | None
    history: History
    correction: Correction | None
    place: AwardPlace | None = None  # None: all months were paid here

    @property
    def month(self) -> Month:
        """The retirement month."""
        return Month.of(self.approval.retirement_month)


def check(case: Case) -> int:
    """At its receipt a PENSION_AWARD case can be decided as it asks; writes nothing.

    Content: ``scheme`` (110); ``earlier_months`` paid before this system's own bills, and where
    there are any ``earlier_index`` (their average, four decimals), ``earlier_until`` (the last of
    them), ``earlier_evidence``: years that transfers brought up to the last one's are among them,
    later ones count by their sheet; ``open_accepted`` (true: months that are billed and not paid do
    not count); where the place of award depends on them ``household`` and ``earlier_places``, see
    ``award_place_of``.
    What corrects an award also ``corrects`` and its ground: see ``correcting``.

    Raises:
        ContentInvalid, ProposalWaits, ApprovalMissing, ApprovalOutdated, NotYetRetired,
        RelationElsewhere, AlreadyAwarded, ResidentsAccountOpen, DiedBefore, MonthsOpen,
        DeemedInvalid, NoBook; as ``reckon``, ``correction_of``, ``corrected``, ``earlier_of`` and
        ``award_place_of``; NotConfigured: a figure.
    """
    content.require_only_proposal(case, of_party=True)
    asked = _asked(case)
    award = _award(case, asked, _reckoned(asked, case))
    mark_of_amount(standing=Standing(award.standing), demo=is_demo())
    book_of(case=case, scheme=SCHEME)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a PENSION_AWARD case; rows written.

    Raises:
        RunOpen, ItemRunOpen, PensionBefore: the first month moves, or the expense; as ``check``.
    """
    person = canonical_id(party_id=case.party_id)
    hold_to_correct(case)
    lock_person(person_id=person)
    lock_enrolments(person_id=person)
    lock_accounts(person_ids=family_of(party_id=person))
    asked = _asked(case)
    award = _award(case, asked, _reckoned(asked, case))
    if asked.correction is None:
        rows = put_in_payment(case=case, award=award)
    else:
        rows = put_in_place(award=award)
    return rows + settle_residents_pension(case=case) + _retire(case, asked)


def _retire(case: Case, asked: Asked) -> int:
    """What hangs on the retirement month of enrolments and medical insurance; rows written."""
    correction = asked.correction
    if correction and correction.before.retirement_month == asked.approval.retirement_month:
        return 0
    return end_for_retirement(
        case=case,
        retirement_month=asked.month,
        medical_by_fund=_medical_by_fund(case, asked.month),
        instead_of=correction.cases if correction else (),
    )


def reckoned(case: Case) -> Reckoned:
    """What a case would be awarded as things stand (试算): for those who are to sign it.

    Raises:
        as ``check``, but for NoBook and ProposalWaits.
    """
    return _reckoned(_asked(case), case)


def medical_said(case: Case) -> str:
    """Say how the months insured in 310 stand to those needed of who retires: it holds up nothing.

    Raises:
        as ``reckoned``.
    """
    month = _asked(case).month
    return _medical_said(case, month, _medical_months(case, month))


def _asked(case: Case) -> Asked:
    content.choice(case, "scheme", "险种", (SCHEME,))
    correction = correction_of(case=case, scheme=SCHEME)
    approved = _approved(case, correction)
    if approved is None:
        raise ApprovalMissing("没有行政部门的退休审批，不能核定待遇。", case_id=case.pk)
    facts = archive_facts.current(person_id=case.party_id)
    if facts is None or facts.pk != approved.facts_id:
        raise ApprovalOutdated("审批以后档案认定已变，须重新审批退休。", case_id=case.pk)
    month = Month.of(approved.retirement_month)
    refuse_who_cannot(
        case=case, scheme=SCHEME, retirement_month=month, corrects=correction is not None
    )
    if correction is None:
        refuse_open_residents_account(case=case)
    earlier = earlier_of(case=case, approved=approved)
    history = history_of(
        person_id=case.party_id,
        since=earlier.until.next if earlier else FIRST_MONTH,
        until=month,
        region=case.agency.region,
        on=content.day_of(case),
    )
    if history.open_months and case.content.get("open_accepted") is not True:
        listed = "、".join(str(one) for one in history.open_months[:12])
        raise MonthsOpen(f"{listed} 已核定未缴，请先缴清，或写明不计这些月份。")
    before = (earlier.months if earlier else 0) + history.brought_months
    check_months(
        deemed=archive_facts.deemed_of(facts=facts),
        paid={one.month for one in history.paid},
        earlier_months=before,
        first_work=Month.of(facts.first_work_month),
        last=month,
    )
    place = award_place_of(
        case=case,
        earlier_months=before,
        months_here=facts.deemed_months + history.months,
        retirement_month=month,
    )
    return Asked(approved, earlier, history, correction, place)


def _approved(case: Case, correction: Correction | None) -> RetirementApproval | None:
    """The department's paper in force: of what is corrected the one in its place, and of who drew
    an allowance for illness before the one that lets him retire after it."""
    after = bool(allowances(person_id=case.party_id))
    if correction is not None:
        first = RetirementApproval.objects.get(pk=correction.chain[-1].figures["approval"])
        after = first.after_allowance
    return approval.current(person_id=case.party_id, after_allowance=after)


def _reckoned(asked: Asked, case: Case) -> Reckoned:
    """Figures of any standing are used; what may not count holds the payment, or refuses."""
    tree, region, month = figures_there(demo=is_demo()), case.agency.region, asked.month
    facts, day = asked.approval.facts, content.day_of(case)
    balance = accrued_balance(
        person_ids=family_of(party_id=case.party_id),
        scheme=SCHEME,
        region=region,
        month=month,
        drawn_after=asked.correction.drawn_after if asked.correction else None,
    )
    bases_before = asked.earlier.paid if asked.earlier else ()
    given = Given(
        category=Category[facts.category],
        birth_month=Month.of(facts.birth_month),
        deemed_months=facts.deemed_months,
        earlier=asked.earlier,
        paid=asked.history.paid,
        account=balance.accrued,
        account_standings=balance.standings,
        account_settled=balance.settled,
        differences=len(asked.history.differences),
        months_at_age=_months_at_age(asked),
        cut=asked.history.cut,
        place=asked.place,
        brought=tuple(PaidYear(one.year, one.months, one.fen) for one in asked.history.brought),
        one_off=tuple(PaidYear(one.year, one.months, one.fen) for one in asked.history.one_off),
        brought_later=asked.history.brought_later,
    )
    terms = Terms(
        route=route_terms(
            tree=tree,
            region=region,
            route=Route[asked.approval.route],
            month=month,
            statutory_month=Month.of(asked.approval.statutory_month),
            demo=True,
        ),
        index=index_terms(
            tree=tree,
            region=region,
            years={
                *(one.month.year for one in (*asked.history.paid, *bases_before)),
                *(one.year for one in asked.history.brought),
                *(one.year for one in asked.history.one_off),
            },
            retirement_month=month,
            known_on=day,
            demo=True,
        ),
        award=award_terms(tree=tree, region=region, month=month, known_on=day, demo=True),
    )
    return reckon(given=given, terms=terms)


def _months_at_age(asked: Asked) -> int | None:
    """Of who paid on: the months by the statutory one; of those that papers tell until later, as
    few as can be."""
    if asked.approval.route != Route.CONTINUED.name:
        return None
    last, earlier = Month.of(asked.approval.statutory_month), asked.earlier
    deemed = archive_facts.deemed_of(facts=asked.approval.facts)
    here = {one.month for one in asked.history.paid if one.month <= last}
    later = max(0, months_between(last, earlier.until)) if earlier else 0
    before = max(0, earlier.months - later) if earlier else 0
    brought = sum(_by(last, one) for one in asked.history.brought)
    return deemed_through(deemed=deemed, last=last) + before + brought + len(here)


def _by(last: Month, brought: BroughtYear) -> int:
    """Months of a year by its last, as few as can be."""
    if brought.year != last.year:
        return brought.months if brought.year < last.year else 0
    return max(0, brought.months - (YEAR_MONTHS - last.month))


def _award(case: Case, asked: Asked, found: Reckoned) -> Award:
    facts, terms = found.award.facts, found.award.terms
    award = Award(
        kind=AwardKind.AWARD,
        person_id=canonical_id(party_id=case.party_id),
        scheme=SCHEME,
        route=asked.approval.route,
        region=case.agency.region,
        birth_month=facts.birth_month.first_day,
        retirement_month=asked.month.first_day,
        total_months=facts.total_months,
        deemed_months=facts.deemed_months,
        average_index=facts.index,
        index_bases=dict(found.index.by_year) if found.index.interim else None,
        balance_fen=facts.account_fen,
        account_years=found.account_years,
        base_fen=terms.base.fen,
        base_year=terms.base.year,
        basic_fen=found.award.basic_fen,
        account_fen=found.award.account_fen,
        transitional_fen=found.award.transitional_fen,
        figures=_figures(case, asked, found),
        steps=kept(steps=found.steps),
        policy_version=terms.policy_version,
        standing=found.standing.value,
        interim=found.interim,
        case_id=case.pk,
    )
    correction = asked.correction
    return corrected(award=award, correction=correction) if correction else award


def _figures(case: Case, asked: Asked, found: Reckoned) -> dict[str, object]:
    """What else it rests on: the department's paper, earlier months, what was left out, and what is
    known of medical insurance."""
    earlier = asked.earlier
    told = earlier.told if earlier else None
    insured = _medical_months(case, asked.month)
    return {
        "approval": asked.approval.pk,
        "category": asked.approval.facts.category,
        "earlier_months": earlier.months if earlier else 0,
        "earlier_index": str(told.index) if told else None,  # none: bases that are known count
        "earlier_until": str(earlier.until) if earlier else None,
        "earlier_evidence": earlier.evidence if earlier else "",
        "months_here": asked.history.months,
        "brought_months": asked.history.brought_months,
        "one_off_months": asked.history.one_off_months,
        "facts_standing": found.facts_standing.value,
        "open_months": [str(month) for month in asked.history.open_months],
        "difference_months": [str(month) for month in asked.history.differences],
        "medical_months_known": insured,
        "medical_years": _medical_said(case, asked.month, insured),
    }


def _medical_said(case: Case, month: Month, insured: int) -> str:
    return medical_years_said(
        tree=policy.load(), region=case.agency.region, retirement_month=month, months=insured
    )


def _medical_months(case: Case, month: Month) -> int:
    insured = months_insured(
        person_id=case.party_id, scheme=Scheme.EMPLOYEE_MEDICAL, until=month.next
    )
    return insured + _medical_by_fund(case, month)


def _medical_by_fund(case: Case, month: Month) -> int:
    return months_by_fund(person_id=case.party_id, scheme=Scheme.EMPLOYEE_MEDICAL, until=month.next)
