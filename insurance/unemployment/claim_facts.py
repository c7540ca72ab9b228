"""What a claim for unemployment benefit rests on (失业保险金申领的事实): read, nothing written.

Registration and certificate, what employer and person paid here, the spell before; what was paid
before this system's own bills, or elsewhere, comes with papers that two people look at.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol, TypeAlias

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month, months_between
from backend.people import deaths
from backend.people.models import Person
from backend.people.queries import canonical_id, family_of
from insurance.accounts.sent_away import counts_since
from insurance.benefits.register_word import months_evidence
from insurance.enrolment.queries import employed_last_in
from insurance.policy.retirement import Category
from insurance.unemployment import registration as registrations
from insurance.unemployment.assess import require_registered
from insurance.unemployment.correcting import Correction, correction_of
from insurance.unemployment.models import Claim, Registration
from insurance.unemployment.paid_months import SCHEME, History, history_of
from insurance.unemployment.spells import drawn_months, last_claim

MONTHS_MAX, UNUSED_MAX = 12 * 60, 24
FIRST_MONTH = Month(1986, 10)  # 国营企业职工待业保险暂行规定: nothing was paid before


class Recognised(Protocol):
    """What was recognised from somebody's archive."""

    birth_month: date
    category: str


RecognisedOf: TypeAlias = Callable[..., Recognised | None]  # by the keyword person_id


class ClaimKnown(Refusal):
    """Benefit was awarded on this registration (该登记已核定失业保险金)."""

    code = "unemployment_claim_known"


class ClaimRunning(Refusal):
    """The spell before is not over (上次的失业保险金尚未停发或领完)."""

    code = "unemployment_claim_running"


class ClaimantDead(Refusal):
    """Nobody claims who died (死亡)."""

    code = "unemployment_claimant_dead"


class MonthsOpen(Refusal):
    """Months that were billed are not paid (有已核定未缴的月份)."""

    code = "unemployment_months_open"


class EarlierInvalid(Refusal):
    """The figures of earlier months can not be (以前缴费月数不符)."""

    code = "unemployment_earlier_invalid"


@dataclass(frozen=True)
class Earlier:
    """What papers say of the time before, or elsewhere (以前缴费)."""

    months: int = 0
    until: Month | None = None
    evidence: str = ""
    unused: int = 0
    unused_evidence: str = ""


@dataclass(frozen=True)
class Asked:
    """What a case asks for, with what is known."""

    registration: Registration
    previous: Claim | None
    earlier: Earlier
    history: History
    birth_month: Month
    category: Category | None
    region: str
    correction: Correction | None = None

    @property
    def month(self) -> Month:
        """The first month of the benefit."""
        return Month.of(self.registration.valid.lower)


def asked_by(case: Case, *, recognised_of: RecognisedOf) -> Asked:
    """Give what a case asks for, with what is known.

    Raises:
        as ``claim_case.check``, before anything is computed.
    """
    content.choice(case, "scheme", "险种", (SCHEME,))
    family = family_of(party_id=case.party_id)
    correction = correction_of(case)
    if correction is not None:
        registration, previous = correction.registration, correction.previous
    else:
        registration, previous = _first_time(case, family)
    month = Month.of(registration.valid.lower)
    since = Month.of(previous.registered_on).next if previous else FIRST_MONTH
    here = counts_since(person_id=case.party_id, scheme=SCHEME, since=since)
    earlier = _earlier(case, since=since, until=month, first_here=previous is None)
    history = history_of(
        person_id=case.party_id,
        since=max(here, earlier.until.next) if earlier.until else here,
        until=month,
    )
    if history.open_months and case.content.get("open_accepted") is not True:
        listed = "、".join(str(one) for one in history.open_months[:12])
        raise MonthsOpen(f"{listed} 已核定未缴，请先缴清，或写明不计这些月份。")
    birth_month, category = _age(case, recognised_of)
    region = employed_last_in(family=family, scheme=SCHEME, region=case.agency.region)
    return Asked(
        registration, previous, earlier, history, birth_month, category, region, correction
    )


def _first_time(case: Case, family: list[int]) -> tuple[Registration, Claim | None]:
    """The open registration and the spell before, of who may claim on it."""
    registration = registrations.current(person_id=case.party_id)
    if registration is None:
        require_registered(registered_date=None, seeks_work=False)
        raise AssertionError("nobody is registered")
    _refuse_who_cannot(case, registration, family)
    previous = last_claim(person_id=case.party_id)
    _refuse_running(previous, Month.of(registration.valid.lower))
    return registration, None if previous and _went_away(previous, case.party_id) else previous


def _went_away(previous: Claim, person_id: int) -> bool:
    """Whether a spell's months moved to another place since; what came back comes with papers."""
    began = Month.of(previous.registered_on)
    return counts_since(person_id=person_id, scheme=SCHEME, since=began) > began


def _refuse_who_cannot(case: Case, registration: Registration, family: list[int]) -> None:
    if registrations.claim_of(registration=registration) is not None:
        raise ClaimKnown(
            f"凭 {registration.valid.lower} 的失业登记已核定过；原核定有误的，写明原核定办理更正。",
            case_id=case.pk,
        )
    refuse_dead(case)
    registrations.require_no_pension(person_id=family[0])
    registrations.require_no_job(
        report=registration.job_end, family=family, registered_on=registration.valid.lower
    )


def _refuse_running(previous: Claim | None, month: Month) -> None:
    drawn = drawn_months(claim=previous) if previous else frozenset[Month]()
    if previous and any(one >= month for one in drawn):
        raise ClaimRunning(
            f"{previous.registered_on} 登记的失业保险金领到 {max(drawn)}，请先办理停发。",
            claim=previous.pk,
        )


def refuse_dead(case: Case) -> None:
    """Refuse whoever is reported dead.

    Raises:
        ClaimantDead.
    """
    if deaths.current_death(person_id=canonical_id(party_id=case.party_id)) is not None:
        raise ClaimantDead("此人有死亡信息，不能核定。", case_id=case.pk)


def earlier_paid(case: Case, *, since: Month, until: Month) -> Earlier:
    """Give the months that papers show beside what is paid here: ``earlier_months``, and where
    there are any ``earlier_until`` and ``earlier_evidence``.

    Raises:
        ContentInvalid, MonthInvalid, EarlierInvalid, MonthsDiffer.
    """
    months = content.count(case, "earlier_months", "以前缴费月数", most=MONTHS_MAX)
    if not months:
        return Earlier()
    last = Month.parse(case.content.get("earlier_until"))
    most = months_between(since, last.next)
    if last > until or months > most:
        raise EarlierInvalid(
            f"{since} 至 {last} 至多 {max(most, 0)} 个月，且不晚于 {until}。", case_id=case.pk
        )
    evidence = months_evidence(
        case=case,
        scheme=SCHEME,
        said=months,
        evidence=content.text(case, "earlier_evidence", "以前缴费的依据"),
        since=since,
        last=last,
    )
    return Earlier(months, last, evidence)


def _earlier(case: Case, *, since: Month, until: Month, first_here: bool) -> Earlier:
    unused = content.count(case, "earlier_unused", "以前未领的月数", most=UNUSED_MAX)
    if unused and not first_here:
        raise EarlierInvalid("上次未领的月数由本系统计算，不能另外填写。", case_id=case.pk)
    evidence = content.text(case, "unused_evidence", "以前未领月数的依据") if unused else ""
    earlier = earlier_paid(case, since=since, until=until)
    return replace(earlier, unused=unused, unused_evidence=evidence)


def _age(case: Case, recognised_of: RecognisedOf) -> tuple[Month, Category | None]:
    """As recognised from the archive; else of the ID, and the category as the case says."""
    facts = recognised_of(person_id=case.party_id)
    if facts is not None:
        return Month.of(facts.birth_month), Category[facts.category]
    person = Person.objects.get(pk=canonical_id(party_id=case.party_id))
    birth_month = Month.of(person.birth_date)
    if case.content.get("category") is None:
        return birth_month, None
    content.text(case, "category_evidence", "退休类别的依据")
    named = content.choice(case, "category", "退休类别", tuple(Category.__members__))
    return birth_month, Category[named]
