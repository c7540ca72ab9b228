"""Let somebody retire in a month (退休审批): decided by the administrative department.

The paper is not the agency's: it says when and on what ground, the award says how much. Of special
work and of illness the public is told before (公示); who chose earlier or later said so in writing.
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from backend.cases import content
from backend.cases.authority import Weight
from backend.cases.content import Asks
from backend.cases.corrections import ground_of
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthRange
from backend.people import deaths
from backend.people.queries import canonical_id, family_of
from backend.people.supersede import close
from insurance.benefits.drawn import allowance_drawn, allowances, bars
from insurance.benefits.models import Entitlement
from insurance.pension import archive_facts
from insurance.pension.archive import months_of
from insurance.pension.locks import lock_person
from insurance.pension.models import ArchiveFacts, PeriodKind, RetirementApproval, Route
from insurance.pension.one_off_paid import require_paid
from insurance.pension.retirement import (
    Allowed,
    Applicant,
    RouteTerms,
    check_notice,
    check_route,
    route_terms,
)
from insurance.pension.retirement import Route as Way
from insurance.policy import parameters as policy
from insurance.policy.kept_steps import kept
from insurance.policy.retirement import Category, delay_rule, retirement

SCHEME = "110"
MONTHS_MAX = 12 * 60
SPECIAL_MONTHS = "retirement.special_work_months"
FROM_ALLOWANCE = (Route.STATUTORY, Route.EARLY)
TOLD_BEFORE, ON_PUBLIC_NOTICE = (Route.EARLY, Route.LATE), (Route.SPECIAL, Route.ILLNESS)


class ArchiveMissing(Refusal):
    """Nobody retires before the archive is recognised (尚未办理档案认定)."""

    code = "retirement_archive_missing"


class AlreadyRetired(Refusal):
    """A pension is drawn already (已享受养老待遇)."""

    code = "retirement_already_drawing"


class PersonDead(Refusal):
    """Nobody retires who died before (死亡)."""

    code = "retirement_person_dead"


class NoticeRunning(Refusal):
    """The public is told first, and the notice is over (公示尚未期满)."""

    code = "retirement_notice_running"


class SpecialWorkTooShort(Refusal):
    """Too few months of special work are recognised (特殊工种年限不足)."""

    code = "retirement_special_work_too_short"


class NotFromAllowance(Refusal):
    """Who draws an allowance for illness retires by law or earlier by choice (途径不符)."""

    code = "retirement_not_from_allowance"


@dataclass(frozen=True)
class Asked:
    """What a case asks for, with what it rests on."""

    facts: ArchiveFacts
    route: Route
    month: Month
    contribution_months: int
    document_no: str
    months_at_age: int | None = None
    notice_on: date | None = None
    public_from: date | None = None
    public_until: date | None = None
    finding: str = ""
    after_allowance: bool = False


def check(case: Case) -> int:
    """At its receipt a RETIREMENT_APPROVAL case can be decided as it asks; writes nothing.

    Content: ``route``, ``retirement_month``, ``contribution_months``, ``document_no``; who retires
    earlier or later by choice ``notice_on``; special work and illness ``public_from`` and
    ``public_until``, illness also ``finding`` (number of the finding on working ability); who paid
    on after the statutory month ``months_at_age`` (those of ``contribution_months`` until then). Of
    who draws the pension the paper can be corrected: ``corrects`` (its number) and its ground, see
    ``corrections``. Of who draws, or drew, an allowance for illness a second paper, beside the one
    of the allowance, lets him retire.

    Raises:
        ContentInvalid, ProposalWaits, ArchiveMissing, AlreadyRetired, PersonDead, NoticeRunning,
        NotFromAllowance, SpecialWorkTooShort, NoticeTooLate, OneOffOpen; as
        ``retirement.check_route`` and ``ground_of``; NotConfigured, NotVerified: a condition.
    """
    content.require_only_proposal(case, of_party=True)
    _allowed(_asked(case), content.day_of(case), case)
    return 0


def weigh(asks: Asks) -> Weight:
    """What a RETIREMENT_APPROVAL case is about: its route."""
    return Weight(about=content.choice(asks, "route", "退休途径", tuple(Route.values)))


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a RETIREMENT_APPROVAL case; rows written.

    Raises:
        as ``check``.
    """
    lock_person(person_id=canonical_id(party_id=case.party_id))
    asked = _asked(case)
    allowed = _allowed(asked, content.day_of(case), case)
    before = _replaced(asked, case)
    approval = RetirementApproval(
        person_id=canonical_id(party_id=case.party_id),
        case_id=case.pk,
        facts=asked.facts,
        after_allowance=asked.after_allowance,
        route=asked.route,
        retirement_month=asked.month.first_day,
        statutory_month=allowed.statutory.month.first_day,
        contribution_months=asked.contribution_months,
        months_at_age=asked.months_at_age,
        document_no=asked.document_no,
        notice_on=asked.notice_on,
        public_from=asked.public_from,
        public_until=asked.public_until,
        finding=asked.finding,
        steps=kept(steps=allowed.steps),
    )
    for row in before:
        approval.recorded_at = close(row)
    approval.save(force_insert=True)
    return 1 + len(before)


def current(*, person_id: int, after_allowance: bool = False) -> RetirementApproval | None:
    """Give the approval in force of a person, under whatever entry; the one that lets him retire
    after an allowance for illness is another."""
    found = (one for one in _current(person_id) if one.after_allowance == after_allowance)
    return next(found, None)


def _replaced(asked: Asked, case: Case) -> list[RetirementApproval]:
    """The papers in whose place this one is; who never was to have an allowance needs no paper to
    retire after it."""
    whole = not asked.after_allowance and asked.route is not Route.ILLNESS
    rows = _current(case.party_id)
    return [one for one in rows if whole or one.after_allowance == asked.after_allowance]


def _current(person_id: int) -> list[RetirementApproval]:
    rows = RetirementApproval.objects.filter(
        person__in=family_of(party_id=person_id), superseded_at__isnull=True
    )
    return list(rows.order_by("-recorded_at"))


def _asked(case: Case) -> Asked:
    facts = archive_facts.current(person_id=case.party_id)
    if facts is None:
        raise ArchiveMissing("此人尚未办理档案认定，不能审批退休。", case_id=case.pk)
    route = Route(content.choice(case, "route", "退休途径", tuple(Route.values)))
    public = route in ON_PUBLIC_NOTICE
    months = content.count(case, "contribution_months", "累计缴费月数", most=MONTHS_MAX)
    return Asked(
        facts=facts,
        route=route,
        month=Month.parse(case.content.get("retirement_month")),
        contribution_months=months,
        months_at_age=content.count(case, "months_at_age", "到法定退休年月的缴费月数", most=months)
        if route is Route.CONTINUED
        else None,
        document_no=content.text(case, "document_no", "审批文号", most=60),
        notice_on=content.day(case, "notice_on", "书面告知或约定的日期")
        if route in TOLD_BEFORE
        else None,
        public_from=content.day(case, "public_from", "公示开始日期") if public else None,
        public_until=content.day(case, "public_until", "公示截止日期") if public else None,
        finding=content.text(case, "finding", "劳动能力鉴定结论文号", most=60)
        if route is Route.ILLNESS
        else "",
        after_allowance=_after_allowance(case),
    )


def _allowed(asked: Asked, today: date, case: Case) -> Allowed:
    """Every condition of the way asked for."""
    _refuse_who_cannot(asked, case)
    applicant = Applicant(
        category=Category[asked.facts.category],
        birth_month=Month.of(asked.facts.birth_month),
        contribution_months=asked.contribution_months,
        months_at_age=asked.months_at_age,
        draws_allowance=asked.after_allowance and _drawing(asked, case) is not None,
    )
    rule = delay_rule(tree=policy.load(), category=applicant.category)
    terms = route_terms(
        tree=policy.load(),
        region=case.agency.region,
        route=Way[asked.route.name],
        month=asked.month,
        statutory_month=retirement(birth_month=applicant.birth_month, rule=rule).month,
        demo=is_demo(),
    )
    _refuse_before_notice(asked, terms, today)
    if asked.route is Route.CONTINUED:
        require_paid(person_id=case.party_id)
    if asked.route is Route.SPECIAL:
        _refuse_short_special_work(asked, case.agency.region)
    return check_route(applicant=applicant, terms=terms)


def _after_allowance(case: Case) -> bool:
    """Whether it is the paper of who retires after an allowance for illness: a correction is of the
    paper that it names."""
    number = content.optional_number(case, "corrects", "原退休审批")
    named = next((one for one in _current(case.party_id) if one.pk == number), None)
    return named.after_allowance if named else bool(allowances(person_id=case.party_id))


def _drawing(asked: Asked, case: Case) -> Entitlement | None:
    """The allowance out of which somebody retires."""
    drawn = allowance_drawn(person_id=case.party_id)
    if drawn is None:
        return None
    if asked.route not in FROM_ALLOWANCE or asked.month.first_day < drawn.start_month:
        raise NotFromAllowance(
            f"此人自 {Month.of(drawn.start_month)} 起领取病残津贴，以后按法定退休或者弹性提前退休"
            "审批；原审批有误的，写明原审批编号办理更正。",
            case_id=case.pk,
        )
    return drawn


def _is_first_after(asked: Asked, case: Case) -> bool:
    """Whether it lets somebody retire who draws the allowance until then."""
    drawn = allowance_drawn(person_id=case.party_id)
    named = case.content.get("corrects") is not None
    return asked.after_allowance and not named and drawn is not None and drawn.item_until is None


def _refuse_who_cannot(asked: Asked, case: Case) -> None:
    barred = bars(person_id=case.party_id, scheme=SCHEME, first=asked.month.next)
    if barred and not _is_first_after(asked, case):
        _require_correction(case)
    death = deaths.current_death(person_id=canonical_id(party_id=case.party_id))
    if death is not None and Month.of(death.death_date) <= asked.month:
        raise PersonDead(f"此人已于 {death.death_date} 死亡（或有死亡信息待核实）。")


def _require_correction(case: Case) -> None:
    """Of who draws the pension only a paper in force is corrected, on a ground."""
    number = content.optional_number(case, "corrects", "原退休审批")
    before = next((one for one in _current(case.party_id) if one.pk == number), None)
    if before is None:
        raise AlreadyRetired(
            "此人已享受职工养老待遇，不再审批退休；原审批有误的，写明现行审批编号办理更正。",
            case_id=case.pk,
        )
    ground_of(case=case, decided_cases=[before.case_id])


def _refuse_before_notice(asked: Asked, terms: RouteTerms, today: date) -> None:
    if asked.notice_on is not None:
        if asked.notice_on > today:
            raise content.ContentInvalid("书面告知或约定的日期不能晚于今天。")
        check_notice(terms=terms, given_on=asked.notice_on)
    if asked.public_from is None or asked.public_until is None:
        return
    if asked.public_until < asked.public_from:
        raise content.ContentInvalid("公示截止日期早于开始日期。")
    if asked.public_until >= today:
        raise NoticeRunning(f"公示到 {asked.public_until} 期满，期满以后才能审批。")


def _refuse_short_special_work(asked: Asked, region: str) -> None:
    """Months of one work count together, up to the retirement month.

    Raises:
        SpecialWorkTooShort: of no work there are enough.
    """
    least = policy.load().resolve(SPECIAL_MONTHS, region, asked.month.first_day, is_demo())
    until = MonthRange(Month(1900, 1), asked.month.next)
    done: dict[str, list[MonthRange]] = {}
    for period in asked.facts.archiveperiod_set.filter(kind=PeriodKind.SPECIAL):
        months = MonthRange(Month.of(period.months.lower), Month.of(period.months.upper))
        if part := months.intersect(until):
            done.setdefault(period.work, []).append(part)
    if not any(
        months_of(periods=periods) >= least.part(work).whole for work, periods in done.items()
    ):
        raise SpecialWorkTooShort("认定的特殊工种累计年限不足，不能按特殊工种审批退休。")
