"""Award a resident's pension of 170 (居民待遇核定): account, the district's basic amount, years.

From the month on that follows from when he qualified (``qualified``), for who paid the least years;
who did not pays on, or takes the account out. Years that the employees' scheme gave up count too
(制度衔接).
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.models import Person
from backend.people.queries import canonical_id, family_of
from insurance.accounts.accrued_balance import accrued_balance
from insurance.accounts.entries import lock as lock_accounts
from insurance.accounts.scheme_switch import counted_months
from insurance.enrolment.locks import lock_person as lock_enrolments
from insurance.enrolment.models import Enrolment, Scheme
from insurance.enrolment.retire import end_for_residents_pension
from insurance.pension import archive_facts
from insurance.pension.adjusting.figures import place_of
from insurance.pension.both_schemes import refuse_who_has_employees_months
from insurance.pension.correcting import (
    Correction,
    corrected,
    correction_of,
    hold_to_correct,
    put_in_place,
)
from insurance.pension.in_payment import book_of, put_in_payment, refuse_who_cannot
from insurance.pension.locks import lock_person
from insurance.pension.models import Award, AwardKind
from insurance.pension.paid_years import SCHEME, Years, years_of
from insurance.pension.qualified import Qualified
from insurance.pension.qualified_of import qualified_of
from insurance.pension.residents import (
    ResidentAward,
    ResidentFacts,
    ResidentTerms,
    award_resident,
    resident_terms,
)
from insurance.pension.told_years import Earlier, earlier_of, least_years_of
from insurance.pension.waiting_account import kept_account
from insurance.policy import parameters as policy
from insurance.policy.kept_steps import kept
from insurance.policy.retirement import YEAR_MONTHS
from insurance.policy.standing import mark_of_amount, weakest
from insurance.policy.steps import Step

EMPLOYEES = Scheme.EMPLOYEE_PENSION.value


class StillEmployed(Refusal):
    """Who is insured as an employee in that month draws no resident's pension (职工参保中)."""

    code = "resident_award_still_employed"


class YearsOpen(Refusal):
    """Years that were billed are not paid (有已核定未缴的年度)."""

    code = "resident_award_years_open"


class ExtraDiffers(Refusal):
    """The case says otherwise of years above the least than the years known do (超年限不符)."""

    code = "resident_award_extra_differs"


@dataclass(frozen=True)
class Asked:
    """What a case asks for, with what is known."""

    person: Person
    birth_month: Month
    qualified: Qualified
    region: str
    earlier: Earlier
    least_years: int | None
    extra_said: bool | None  # what the case says of years above the least; none: nothing
    here: Years
    employee_months: int  # given up by the employees' scheme
    confirmed: str  # signed: 170 now, although 110 may be due
    correction: Correction | None = None

    @property
    def first_month(self) -> Month:
        """The first that is due."""
        return self.qualified.first.month

    @property
    def years(self) -> int:
        """All years that count; of months taken over, those that make whole years."""
        taken_over = self.employee_months // YEAR_MONTHS
        return self.earlier.years + len(self.here.paid) + taken_over


@dataclass(frozen=True)
class Reckoned:
    """What a resident is due, and why."""

    award: ResidentAward
    steps: tuple[Step, ...]
    facts_standing: Standing  # of all that a recalculation leaves as it is
    account_years: dict[str, Any] | None  # what bears interim interest
    standing: Standing


def check(case: Case) -> int:
    """At its receipt a RESIDENT_AWARD case can be decided as it asks; writes nothing.

    Content: ``scheme`` (170); ``qualified_on`` and ``qualified_because`` where the last condition
    was met later than the age (the first month the rule says; ``first_month`` may say it too);
    ``earlier_years`` paid before this system's own bills and ``earlier_evidence``;
    ``earlier_until`` (the last of those years); ``least_years`` and ``least_evidence`` where fewer
    were decided for who was near the age when the scheme began; ``with_extra`` (there are years
    above the least: only compared with what is known); ``open_accepted``; ``employees_evidence``
    (the person's signed word, where the months of 110 reach its least). What corrects an award also
    ``corrects`` and its ground (see ``correcting``), and ``district`` where another one was the
    right one.

    Raises:
        ContentInvalid, ProposalWaits, EffectiveMonthDiffers, NotYetRetired, RelationElsewhere,
        AlreadyAwarded, DiedBefore, StillEmployed, EmployeesPensionDue, YearsOpen, ExtraDiffers,
        NoBook, ResidentTooYoung, ResidentYearsMissing, BasicBelowMinimum; as ``correction_of`` and
        ``corrected``; NotConfigured: a figure.
    """
    content.require_only_proposal(case, of_party=True)
    asked = _asked(case)
    award = _award(case, asked, _reckoned(asked))
    mark_of_amount(standing=Standing(award.standing), demo=is_demo())
    book_of(case=case, scheme=SCHEME)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a RESIDENT_AWARD case; rows written.

    Raises:
        RunOpen: the first month moves; as ``check``.
    """
    person = canonical_id(party_id=case.party_id)
    hold_to_correct(case)
    lock_person(person_id=person)
    lock_enrolments(person_id=person)
    lock_accounts(person_ids=family_of(party_id=person))
    asked = _asked(case)
    award = _award(case, asked, _reckoned(asked))
    if asked.correction is None:
        rows = put_in_payment(case=case, award=award)
    else:
        rows = put_in_place(award=award)
        if asked.correction.before.retirement_month == award.retirement_month:
            return rows
    return rows + end_for_residents_pension(
        case=case,
        last_month=asked.first_month.previous,
        instead_of=asked.correction.cases if asked.correction else (),
    )


def reckoned(case: Case) -> Reckoned:
    """What a case would be awarded as things stand (试算).

    Raises:
        as ``check``, but for NoBook and ProposalWaits.
    """
    return _reckoned(_asked(case))


def _asked(case: Case) -> Asked:
    content.choice(case, "scheme", "险种", (SCHEME,))
    person = Person.objects.get(pk=canonical_id(party_id=case.party_id))
    facts = archive_facts.current(person_id=person.pk)
    born = Month.of(facts.birth_month if facts else person.birth_date)
    qualification = qualified_of(case, birth_month=born)
    first = qualification.first.month
    correction = correction_of(case=case, scheme=SCHEME)
    refuse_who_cannot(
        case=case, scheme=SCHEME, retirement_month=first.previous, corrects=correction is not None
    )
    _refuse_employees(case, first)
    given_up = counted_months(person_id=person.pk, scheme=SCHEME)
    confirmed = _confirmed(case)
    if not (confirmed or given_up or correction):
        refuse_who_has_employees_months(case=case, person=person, first_month=first)
    earlier, since = earlier_of(case, last_year=first.previous.year)
    here = years_of(person_id=person.pk, since=since, until=first.previous)
    if here.open_years and case.content.get("open_accepted") is not True:
        listed = "、".join(map(str, here.open_years))
        raise YearsOpen(f"{listed} 年已核定未缴，请先缴清，或写明不计这些年度。")
    return Asked(
        person=person,
        birth_month=born,
        qualified=qualification,
        region=_place(case, person, correction),
        earlier=earlier,
        least_years=least_years_of(case),
        extra_said=_extra_said(case),
        here=here,
        employee_months=given_up,
        confirmed=confirmed,
        correction=correction,
    )


def _place(case: Case, person: Person, correction: Correction | None) -> str:
    """Where the pension begins; who moves afterwards is still paid there. A correction may say that
    another district was the right one."""
    district = person.district
    if correction is not None:
        if case.content.get("district") is None:
            return correction.before.region
        district = content.text(case, "district", "领取地区划", most=6)
        if len(district) != 6 or not (district.isascii() and district.isdecimal()):
            raise content.ContentInvalid("领取地区划应为六位数字。", case_id=case.pk)
    return place_of(district=district, region=case.agency.region)


def _extra_said(case: Case) -> bool | None:
    """What the case says of years above the least, if it does."""
    said = case.content.get("with_extra")
    if said is not None and not isinstance(said, bool):
        raise content.ContentInvalid("“有无超年限”只能写是或否。", case_id=case.pk)
    return said


def _refuse_other_word(asked: Asked, terms: ResidentTerms) -> None:
    """Years decide whether something is added; a word that says otherwise is looked into.

    Raises:
        ExtraDiffers.
    """
    has = terms.extra is not None
    if asked.extra_said is None or asked.extra_said is has:
        return
    least = terms.least_years.whole
    raise ExtraDiffers(
        f"业务件写的是{'有' if asked.extra_said else '没有'}超过最低年限的年数，按登记和接管记录"
        f"缴费 {asked.years} 年，最低 {least} 年，应为{'有' if has else '没有'}，请核对。",
        years=asked.years,
        least=least,
    )


def _confirmed(case: Case) -> str:
    """The paper by which somebody wants 170 now, although 110 may be due later."""
    if case.content.get("employees_evidence") is None:
        return ""
    return content.text(case, "employees_evidence", "本人的书面确认")


def _refuse_employees(case: Case, first: Month) -> None:
    employed = Enrolment.objects.filter(
        person__in=family_of(party_id=case.party_id),
        scheme=EMPLOYEES,
        valid__contains=first.first_day,
        superseded_at__isnull=True,
    )
    if employed.exists():
        raise StillEmployed(f"{first} 仍参加职工养老保险，不能领取居民养老金。", case_id=case.pk)


def _reckoned(asked: Asked) -> Reckoned:
    """Figures of any standing are used; what may not count holds the payment, or refuses."""
    terms = resident_terms(
        tree=policy.load(),
        region=asked.region,
        month=asked.first_month,
        paid_years=asked.years,
        demo=True,
    )
    _refuse_other_word(asked, terms)
    balance = accrued_balance(
        person_ids=family_of(party_id=asked.person.pk),
        scheme=SCHEME,
        region=asked.region,
        month=asked.first_month.previous,
        drawn_after=asked.correction.drawn_after if asked.correction else None,
    )
    award = award_resident(
        facts=ResidentFacts(
            birth_month=asked.birth_month,
            paid_years=asked.years,
            account_fen=balance.accrued.fen,
            least_years=asked.least_years,
        ),
        terms=terms,
    )
    bearing = balance.accrued.bearing
    months = asked.qualified
    standings = balance.standings | {one.standing for one in terms.sources} | months.standings
    settled = balance.settled if bearing else balance.standings
    return Reckoned(
        award=award,
        steps=(
            _years_step(asked, terms.policy_version),
            *months.steps,
            *balance.accrued.steps,
            *award.steps,
        ),
        facts_standing=weakest(standings=settled | months.standings),
        account_years=kept_account(bearing=bearing, standings=balance.standings),
        standing=weakest(standings=standings),
    )


def _years_step(asked: Asked, version: str) -> Step:
    parts = [("以前缴费年数", asked.earlier.years), ("本系统缴费年数", len(asked.here.paid))]
    formula = "以前缴费年数 + 本系统缴费年数"
    inputs = [(name, str(count)) for name, count in parts]
    if asked.employee_months:
        formula += f" + 取整(职工养老缴费月数 ÷ {YEAR_MONTHS})"
        inputs.append(("职工养老缴费月数", str(asked.employee_months)))
    papers = f"；{asked.earlier.evidence}" if asked.earlier.evidence else ""
    return Step(
        formula=formula,
        inputs=tuple(inputs),
        result=str(asked.years),
        version=version,
        article=f"征缴入库记录{papers}",
        name="缴费年数",
        sentence=f"您一共缴费 {asked.years} 年。",
        rounding="",
    )


def _award(case: Case, asked: Asked, found: Reckoned) -> Award:
    due = found.award
    award = Award(
        kind=AwardKind.AWARD,
        person_id=asked.person.pk,
        scheme=SCHEME,
        region=asked.region,
        birth_month=asked.birth_month.first_day,
        retirement_month=asked.first_month.previous.first_day,
        total_months=asked.years * YEAR_MONTHS,
        deemed_months=0,
        balance_fen=due.facts.account_fen,
        account_years=found.account_years,
        basic_fen=due.basic_fen,
        account_fen=due.account_fen,
        extra_fen=due.extra_fen,
        figures={
            "earlier_years": asked.earlier.years,
            "earlier_evidence": asked.earlier.evidence,
            "years_here": list(asked.here.paid),
            "open_years": list(asked.here.open_years),
            "employee_months": asked.employee_months,
            "least_years": asked.least_years,
            "facts_standing": found.facts_standing.value,
            "employees_evidence": asked.confirmed,
            "least_evidence": str(case.content.get("least_evidence") or ""),
            "qualified_on": case.content.get("qualified_on"),
            "qualified_because": str(case.content.get("qualified_because") or ""),
        },
        steps=kept(steps=found.steps),
        policy_version=due.terms.policy_version,
        standing=found.standing.value,
        interim=False,
        case_id=case.pk,
    )
    correction = asked.correction
    return corrected(award=award, correction=correction) if correction else award
