"""Whether somebody may retire in a month by the way asked for (退休途径). Pure.

By law at the statutory age, or up to three years earlier or later by choice (弹性退休), but never
under the original age; from special work (特殊工种) and by illness (因病) under conditions of their
own; who was short of months at the statutory age pays on (延长缴费) and retires when they are full.
On every way the least contribution months must be met: those of the retirement month or of the
statutory one, as parameters say where the two differ. Who draws an allowance for illness had them
when it was granted, and retires at the statutory age without being asked again. That work was
special, that somebody can no longer work, is decided on evidence before this.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from backend.kernel.errors import Refusal
from backend.kernel.months import Month, months_between
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.policy.retirement import (
    YEAR_MONTHS,
    Category,
    DelayRule,
    Retirement,
    delay_rule,
    month_said,
    retirement,
)
from insurance.policy.steps import Step, authority

MINIMUM = "pension.minimum_contribution_months"
WHOSE_MINIMUM = "retirement.continued_minimum_as_of"
CHOSEN_MINIMUM = "retirement.chosen_minimum_as_of"


class Route(Enum):
    """On what ground somebody retires (退休途径)."""

    STATUTORY = "达到法定退休年龄退休"
    EARLY = "弹性提前退休"
    LATE = "弹性延迟退休"
    SPECIAL = "特殊工种提前退休"
    ILLNESS = "因病提前退休"
    CONTINUED = "延长缴费后退休"


class WhoseMinimum(Enum):
    """Which year's least months count (最低缴费月数的年度)."""

    AT_AGE = "达到法定退休年龄当年的"
    AT_RETIREMENT = "退休当年的"


LIMITS = {
    Route.EARLY: "retirement.early_max_months",
    Route.LATE: "retirement.late_max_months",
    Route.SPECIAL: "retirement.special_work_age",
    Route.ILLNESS: "retirement.illness_max_months",
}
NOTICES = {
    Route.EARLY: "retirement.early_notice_months",
    Route.LATE: "retirement.late_agreement_months",
}


class MonthDiffers(Refusal):
    """By law one retires in the statutory month, in no other (不是法定退休年月)."""

    code = "retirement_month_differs"


class NotEarlier(Refusal):
    """This way leads to retirement before the statutory month only (没有提前)."""

    code = "retirement_not_earlier"


class NotLater(Refusal):
    """This way leads to retirement after the statutory month only (没有延迟)."""

    code = "retirement_not_later"


class TooEarly(Refusal):
    """So much earlier is not allowed (提前过多)."""

    code = "retirement_too_early"


class TooLate(Refusal):
    """So much later is not allowed (延迟过多)."""

    code = "retirement_too_late"


class AgeTooLow(Refusal):
    """The age below which this way is closed is not reached (不到规定年龄)."""

    code = "retirement_age_too_low"


class MonthsMissing(Refusal):
    """Too few months were paid for a monthly pension (缴费月数不足)."""

    code = "retirement_months_missing"


class EnoughAtAge(Refusal):
    """Who had paid enough at the statutory age does not retire as paying on (到龄时已缴满)."""

    code = "retirement_enough_at_age"


class NoticeTooLate(Refusal):
    """The choice was not put in writing in time (没有按期书面告知或约定)."""

    code = "retirement_notice_too_late"


@dataclass(frozen=True)
class Continued:
    """What counts for who pays on after the statutory month (延长缴费)."""

    statutory_month: Month
    rule: Resolved | None  # none: both months have the same least months, it decides nothing
    at_age: Resolved  # the least months of the statutory month: they were not reached

    @property
    def of(self) -> WhoseMinimum | None:
        """Whose least months must be reached; none where they are the same."""
        return WhoseMinimum[self.rule.text] if self.rule else None

    @property
    def sources(self) -> tuple[Resolved, ...]:
        """What counts for it."""
        return (self.rule, self.at_age) if self.rule else (self.at_age,)


@dataclass(frozen=True)
class RouteTerms:
    """All that retiring in a month by a way rests on."""

    route: Route
    month: Month
    minimum: Resolved
    limit: Resolved | None  # at the statutory age: none
    notice: Resolved | None  # where the choice is announced or agreed before
    continued: Continued | None  # of who pays on
    chosen: (
        Resolved | None
    )  # whose least months count for who retires earlier or later, if it tells
    delays: Mapping[Category, DelayRule]
    policy_version: str

    @property
    def sources(self) -> tuple[Resolved, ...]:
        """Every figure and rule that may count."""
        paid_on = self.continued.sources if self.continued else ()
        own = (self.limit, self.notice, self.chosen, *paid_on)
        return (self.delays[Category.M60].source, self.minimum, *(one for one in own if one))


@dataclass(frozen=True)
class Applicant:
    """Who wants to retire, and what counts for it."""

    category: Category
    birth_month: Month  # recognised
    contribution_months: int  # paid and deemed
    months_at_age: int | None = None  # those by the statutory month, of who pays on
    draws_allowance: bool = False  # for illness, until now


@dataclass(frozen=True)
class Allowed:
    """A retirement that is allowed, and how far it is from the statutory one."""

    statutory: Retirement
    applicant: Applicant
    terms: RouteTerms

    @property
    def shift_months(self) -> int:
        """How much later than by law; below zero: earlier."""
        return months_between(self.statutory.month, self.terms.month)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The statutory month, the distance from it, the months that must be paid."""
        if not _asks_months(self.applicant, self.terms):
            return self.statutory.steps
        shift = () if self.terms.route is Route.STATUTORY else (_shift(self),)
        return (*self.statutory.steps, *shift, _minimum(self.terms))


def minimum_months(
    *, tree: ParameterTree, region: str, month: Month, demo: bool = False
) -> Resolved:
    """Give the least contribution months (最低缴费月数) of who retires in ``month``."""
    return tree.resolve(MINIMUM, region, month.first_day, demo)


def minimum_step(*, minimum: Resolved, month: Month, policy_version: str) -> Step:
    """Say the least contribution months of a retirement month."""
    years, rest = divmod(minimum.whole, YEAR_MONTHS)
    said = f"{years}年" + (f"零{rest}个月" if rest else "")
    return Step(
        formula="规定月数",
        inputs=(("规定月数", str(minimum.whole)),),
        result=str(minimum.whole),
        version=policy_version,
        article=authority(minimum),
        name="最低缴费月数",
        sentence=f"{month_said(month=month)}退休的人，至少要缴满{said}。",
        rounding="",
    )


def route_terms(
    *,
    tree: ParameterTree,
    region: str,
    route: Route,
    month: Month,
    statutory_month: Month,
    demo: bool = False,
) -> RouteTerms:
    """Resolve the conditions of retiring in ``month``, for whom the law says ``statutory_month``.

    Raises:
        NotConfigured, NotVerified: naming the parameter; before 2025 nobody chose.
    """

    def value(keys: Mapping[Route, str]) -> Resolved | None:
        if route not in keys:
            return None
        return tree.resolve(keys[route], region, month.first_day, demo)

    def minimum(of: Month) -> Resolved:
        return minimum_months(tree=tree, region=region, month=of, demo=demo)

    least = minimum(statutory_month)
    rule = None
    if route is not Route.STATUTORY and least.whole != minimum(month).whole:
        key = WHOSE_MINIMUM if route is Route.CONTINUED else CHOSEN_MINIMUM
        rule = tree.resolve(key, region, month.first_day, demo)
        rule = rule if route is Route.CONTINUED else rule.part(route.name)
    pays_on = route is Route.CONTINUED
    at_age = rule is not None and WhoseMinimum[rule.text] is WhoseMinimum.AT_AGE
    return RouteTerms(
        route=route,
        month=month,
        minimum=least if at_age else minimum(month),
        limit=value(LIMITS),
        notice=value(NOTICES),
        continued=Continued(statutory_month, rule, least) if pays_on else None,
        chosen=None if pays_on else rule,
        delays={category: delay_rule(tree=tree, category=category) for category in Category},
        policy_version=tree.version,
    )


def check_route(*, applicant: Applicant, terms: RouteTerms) -> Allowed:
    """Let somebody retire in the month of the terms.

    Raises:
        MonthDiffers, NotEarlier, NotLater, TooEarly, TooLate, AgeTooLow, EnoughAtAge,
        MonthsMissing.
    """
    statutory = retirement(birth_month=applicant.birth_month, rule=terms.delays[applicant.category])
    CONDITIONS[terms.route](statutory, terms)
    if terms.continued is not None:
        _check_short_at_age(applicant, terms.continued)
    least, counted = terms.minimum.whole, applicant.contribution_months
    if counted < least and _asks_months(applicant, terms):
        raise MonthsMissing(
            f"累计缴费 {counted} 个月，{month_said(month=terms.month)}退休须满 {least} 个月，"
            f"还差 {least - counted} 个月。",
            missing=least - counted,
        )
    return Allowed(statutory, applicant, terms)


def check_notice(*, terms: RouteTerms, given_on: date) -> None:
    """Let nobody choose who has not said so, or agreed on it, so many months before.

    Raises:
        NoticeTooLate.
    """
    if terms.notice is None:
        return
    last = terms.month.plus(-terms.notice.whole)
    if Month.of(given_on) > last:
        raise NoticeTooLate(
            f"{terms.route.value}须至少提前 {terms.notice.whole} 个月书面办理，"
            f"{month_said(month=terms.month)}退休的最迟为{month_said(month=last)}。",
            last=str(last),
        )


def _by_law(statutory: Retirement, terms: RouteTerms) -> None:
    if terms.month != statutory.month:
        raise MonthDiffers(
            f"法定退休时间是{month_said(month=statutory.month)}，不是{month_said(month=terms.month)}。",
            statutory=str(statutory.month),
        )


def _early(statutory: Retirement, terms: RouteTerms) -> None:
    _check_earlier(statutory, terms)
    if terms.month < statutory.original_month:
        raise AgeTooLow(
            f"{terms.route.value}不得低于原退休年龄，最早为"
            f"{month_said(month=statutory.original_month)}。",
            earliest=str(statutory.original_month),
        )
    _check_distance(statutory, terms)


def _late(statutory: Retirement, terms: RouteTerms) -> None:
    _check_later(statutory, terms)
    most = _limit(terms).whole
    if terms.month > statutory.month.plus(most):
        raise TooLate(
            f"{terms.route.value}最多 {most} 个月，最晚为"
            f"{month_said(month=statutory.month.plus(most))}。",
            latest=str(statutory.month.plus(most)),
        )


def _special(statutory: Retirement, terms: RouteTerms) -> None:
    _check_earlier(statutory, terms)
    years = _limit(terms).part(statutory.rule.category.name).whole
    earliest = statutory.birth_month.plus(years * YEAR_MONTHS)
    if terms.month < earliest:
        raise AgeTooLow(
            f"{terms.route.value}须年满 {years} 周岁，最早为{month_said(month=earliest)}。",
            earliest=str(earliest),
        )


def _illness(statutory: Retirement, terms: RouteTerms) -> None:
    _check_earlier(statutory, terms)
    _check_distance(statutory, terms)


def _check_later(statutory: Retirement, terms: RouteTerms) -> None:
    if terms.month <= statutory.month:
        raise NotLater(
            f"法定退休时间是{month_said(month=statutory.month)}，{terms.route.value}应在此以后。",
            statutory=str(statutory.month),
        )


CONDITIONS: Mapping[Route, Callable[[Retirement, RouteTerms], None]] = {
    Route.STATUTORY: _by_law,
    Route.EARLY: _early,
    Route.LATE: _late,
    Route.SPECIAL: _special,
    Route.ILLNESS: _illness,
    Route.CONTINUED: _check_later,
}


def _asks_months(applicant: Applicant, terms: RouteTerms) -> bool:
    return not (applicant.draws_allowance and terms.route is Route.STATUTORY)


def _check_short_at_age(applicant: Applicant, continued: Continued) -> None:
    """社会保险法第十六条: who reaches the age with too few months may pay until they are full."""
    if applicant.months_at_age is None:
        raise ValueError("nobody told the months paid by the statutory month")
    least = continued.at_age.whole
    if applicant.months_at_age >= least:
        raise EnoughAtAge(
            f"到法定退休时间（{month_said(month=continued.statutory_month)}）已累计缴费 "
            f"{applicant.months_at_age} 个月，满 {least} 个月，不属于延长缴费。",
            least=least,
        )


def _check_earlier(statutory: Retirement, terms: RouteTerms) -> None:
    if terms.month >= statutory.month:
        raise NotEarlier(
            f"法定退休时间是{month_said(month=statutory.month)}，{terms.route.value}应在此以前。",
            statutory=str(statutory.month),
        )


def _check_distance(statutory: Retirement, terms: RouteTerms) -> None:
    most = _limit(terms).whole
    if terms.month < statutory.month.plus(-most):
        raise TooEarly(
            f"{terms.route.value}最多提前 {most} 个月，最早为"
            f"{month_said(month=statutory.month.plus(-most))}。",
            earliest=str(statutory.month.plus(-most)),
        )


def _limit(terms: RouteTerms) -> Resolved:
    if terms.limit is None:
        raise ValueError(f"{terms.route} has no limit")
    return terms.limit


def _shift(of: Allowed) -> Step:
    chosen, statutory = str(of.terms.month), str(of.statutory.month)
    earlier = of.shift_months < 0
    return Step(
        formula="法定退休年月 − 退休年月" if earlier else "退休年月 − 法定退休年月",
        inputs=(("法定退休年月", statutory), ("退休年月", chosen)),
        result=str(abs(of.shift_months)),
        version=of.terms.policy_version,
        article=authority(
            *(of.terms.continued.sources if of.terms.continued else (_limit(of.terms),))
        ),
        name="提前月数" if earlier else "推迟月数",
        sentence=(
            f"{of.terms.route.value}：您在{month_said(month=of.terms.month)}退休，"
            f"比法定时间{'早' if earlier else '晚'} {abs(of.shift_months)} 个月。"
        ),
        rounding="",
    )


def _minimum(terms: RouteTerms) -> Step:
    step = minimum_step(
        minimum=terms.minimum, month=terms.month, policy_version=terms.policy_version
    )
    if terms.chosen is not None:
        return step._replace(
            article=authority(terms.minimum, terms.chosen),
            sentence=f"{terms.route.value}的人，至少要缴满 {terms.minimum.whole} 个月；"
            f"月数是{WhoseMinimum[terms.chosen.text].value}。",
        )
    if terms.continued is None:
        return step
    whose = terms.continued.of
    said = f"月数是{whose.value}" if whose else "到龄当年和退休当年规定的月数相同"
    return step._replace(
        article=authority(terms.minimum, *terms.continued.sources),
        sentence=f"到法定退休时间（{month_said(month=terms.continued.statutory_month)}）没有缴满的，"
        f"可以缴满 {terms.minimum.whole} 个月再退休；{said}。",
    )
