"""What the fund owes after a death: funeral grant and survivors' grant (遗属待遇). Pure.

人社部发〔2021〕18号第四条、第五条: both are months of the province's urban disposable income per
head of the year before. The grant's months follow from the years paid, deemed ones included; who
drew a pension already loses a month for each year drawn, down to a least number. Years count to the
month (第五条末款), so the months of the grant are whole twelfths: 22.75 months are 273. A year's
income is divided by twelve without rounding, and each amount is rounded once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.parameters import Resolved
from insurance.pension.survivor_terms import Cap, Income, SurvivorTerms
from insurance.policy.recompute import decimals, decimals_label
from insurance.policy.retirement import YEAR_MONTHS
from insurance.policy.rounding import TO_FEN
from insurance.policy.steps import Step, authority

FIVE_YEARS, TEN_YEARS, FIFTEEN_YEARS = 60, 120, 180
TWELFTHS, AFTER_DRAWING = "发放月数（十二分之一月）", "扣减后的发放月数（十二分之一月）"
MONTHS = "抚恤金月数"
MONTHS_DECIMALS = 4
FUNERAL, GRANT = "丧葬补助金", "抚恤金"
LIMITED = "限额内的"
ONE_FUNERAL_GRANT = "社会保险法第四十九条"  # of those of several schemes only one is taken


class DrawnInService(Refusal):
    """Who is in service has drawn no pension (在职人员没有领取月数)."""

    code = "survivor_drawn_in_service"


class Status(Enum):
    """Whether the dead person drew a pension (参保状态)."""

    IN_SERVICE = "在职"
    RETIRED = "退休"


@dataclass(frozen=True)
class Deceased:
    """Who died, as far as it counts (死亡的参保人员)."""

    status: Status
    paid_months: int  # deemed ones included
    drawn_months: int
    own_contributions_fen: int | None = None  # asked of those with less than five years
    papers: tuple[str, ...] = ()  # those that the register does not bear out, with the reason
    counts_as: Resolved | None = None  # of who drew an allowance for illness: why it is so


@dataclass(frozen=True)
class SurvivorBenefits:
    """What is owed once, and why."""

    deceased: Deceased
    income: Income
    terms: SurvivorTerms
    twelfths_before: int  # of a month, before what was drawn
    twelfths: int
    bound_fen: int | None  # the own contributions, where they bound what is owed
    funeral_elsewhere: str  # the scheme that pays the funeral grant instead; empty: none
    full_funeral_fen: int
    full_grant_fen: int
    funeral_fen: int
    grant_fen: int

    @property
    def total_fen(self) -> int:
        """Both together."""
        return self.funeral_fen + self.grant_fen

    @property
    def cap_unknown(self) -> bool:
        """The own contributions bound both, and nobody named them."""
        cap = self.terms.cap
        return cap is not None and Cap[cap.text] is not Cap.NONE and self.bound_fen is None

    @property
    def months(self) -> Decimal:
        """The grant's months, to four decimals."""
        return _months_said(self.twelfths)

    @property
    def steps(self) -> tuple[Step, ...]:
        """From the months paid to the sum."""
        retired = self.deceased.status is Status.RETIRED
        return (
            _months_step(self),
            *((_drawn_step(self),) if retired else ()),
            _twelfth_step(self),
            *(() if self.funeral_elsewhere else (_funeral_step(self),)),
            _grant_step(self),
            *_cap_steps(self),
            _alone_step(self) if self.funeral_elsewhere else _total_step(self),
        )

    @property
    def sources(self) -> tuple[Resolved, ...]:
        """Every figure and rule that counted."""
        funeral = None if self.funeral_elsewhere else self.terms.funeral
        known = (funeral, self.terms.months, self.terms.cap, self.income.source)
        return tuple(source for source in known if source)


def survivor_benefits(
    *, deceased: Deceased, income: Income, terms: SurvivorTerms, funeral_elsewhere: str = ""
) -> SurvivorBenefits:
    """Give what is owed once after a death; the survivors' grant alone where another scheme, named
    as it is said, pays the funeral grant.

    Raises:
        DrawnInService: months drawn of somebody who never retired.
    """
    if deceased.status is Status.IN_SERVICE and deceased.drawn_months:
        raise DrawnInService("在职人员没有领取过养老金，领取月数应为0。")
    before = grant_twelfths(paid_months=deceased.paid_months, terms=terms)
    twelfths = _after_drawing(before, deceased, terms)
    funeral = 0 if funeral_elsewhere else _of_income(income, terms.funeral.whole * YEAR_MONTHS)
    grant = _of_income(income, twelfths)
    bound = _bound(deceased, terms)
    of_funeral = funeral if bound is None else min(funeral, bound)
    of_grant = grant if bound is None else min(grant, bound - of_funeral)
    return SurvivorBenefits(
        deceased=deceased,
        income=income,
        terms=terms,
        twelfths_before=before,
        twelfths=twelfths,
        bound_fen=bound,
        funeral_elsewhere=funeral_elsewhere,
        full_funeral_fen=funeral,
        full_grant_fen=grant,
        funeral_fen=of_funeral,
        grant_fen=of_grant,
    )


def grant_twelfths(*, paid_months: int, terms: SurvivorTerms) -> int:
    """The grant's months in twelfths, before what was drawn; exactly 15 years are of the third."""
    if paid_months < 0:
        raise ValueError("months are never below zero")
    if paid_months < FIVE_YEARS:
        return terms.under_5 * YEAR_MONTHS
    if paid_months < TEN_YEARS:
        return terms.from_5 * YEAR_MONTHS
    above = max(0, paid_months - FIFTEEN_YEARS) * terms.per_year_above_15
    return min(terms.most * YEAR_MONTHS, terms.from_10 * YEAR_MONTHS + above)


def _after_drawing(before: int, deceased: Deceased, terms: SurvivorTerms) -> int:
    if deceased.status is Status.IN_SERVICE:
        return before
    drawn = deceased.drawn_months * terms.per_year_drawn
    return max(terms.retired_least * YEAR_MONTHS, before - drawn)


def _of_income(income: Income, twelfths: int) -> int:
    exact = Money(income.fen * twelfths)
    return exact.divide(income.of_months * YEAR_MONTHS, TO_FEN).fen


def _bound(deceased: Deceased, terms: SurvivorTerms) -> int | None:
    """The own contributions of somebody with less than five years; None bounds nothing."""
    if deceased.paid_months >= FIVE_YEARS:
        return None
    if terms.cap is None:
        raise ValueError("these terms are not for less than five years")
    return deceased.own_contributions_fen if Cap[terms.cap.text] is not Cap.NONE else None


def _months_said(twelfths: int) -> Decimal:
    return decimals(Fraction(twelfths, YEAR_MONTHS), MONTHS_DECIMALS)


def _years_said(months: int) -> str:
    years, rest = divmod(months, YEAR_MONTHS)
    return (f"{years}年" if years else "") + (f"{rest}个月" if rest or not years else "")


def _months_step(found: SurvivorBenefits) -> Step:
    terms, paid = found.terms, found.deceased.paid_months
    inputs = [("缴费月数", str(paid))]
    if paid <= FIFTEEN_YEARS:
        formula = "本档月数 × 12"
        inputs.append(("本档月数", str(found.twelfths_before // YEAR_MONTHS)))
    else:
        formula = "较小(最多月数 × 12, 满十五年的月数 × 12 + (缴费月数 − 180) × 每多一年增加的月数)"
        inputs += [
            ("满十五年的月数", str(terms.from_10)),
            ("每多一年增加的月数", str(terms.per_year_above_15)),
            ("最多月数", str(terms.most)),
        ]
    return _step(
        found,
        TWELFTHS,
        formula,
        inputs,
        str(found.twelfths_before),
        f"逝者缴费{_years_said(paid)}，抚恤金按{_months_said(found.twelfths_before)}个月计算。",
        terms.months,
    )


def _drawn_step(found: SurvivorBenefits) -> Step:
    terms, drawn = found.terms, found.deceased.drawn_months
    return _step(
        found,
        AFTER_DRAWING,
        f"较大(最少月数 × 12, {TWELFTHS} − 领取月数 × 每领一年减少的月数)",
        [
            (TWELFTHS, str(found.twelfths_before)),
            ("领取月数", str(drawn)),
            ("每领一年减少的月数", str(terms.per_year_drawn)),
            ("最少月数", str(terms.retired_least)),
        ],
        str(found.twelfths),
        f"逝者领取养老金{_years_said(drawn)}，每领一年少发{terms.per_year_drawn}个月，"
        f"最少{terms.retired_least}个月，按{found.months}个月发。",
        terms.months,
    )


def _twelfth_step(found: SurvivorBenefits) -> Step:
    name = _twelfths_name(found)
    return _step(
        found,
        MONTHS,
        f"{name} ÷ {YEAR_MONTHS}",
        [(name, str(found.twelfths))],
        str(found.months),
        f"合{found.months}个月；抚恤金按十二分之一月计算，不先进位。",
        found.terms.months,
        rounding=decimals_label(MONTHS_DECIMALS),
    )


def _twelfths_name(found: SurvivorBenefits) -> str:
    return AFTER_DRAWING if found.deceased.status is Status.RETIRED else TWELFTHS


def _funeral_step(found: SurvivorBenefits) -> Step:
    months, amount = found.terms.funeral, str(Money(found.full_funeral_fen))
    income, formula = _of_income_said(found.income, "丧葬月数")
    return _step(
        found,
        FUNERAL,
        formula,
        [income, ("丧葬月数", str(months.whole))],
        amount,
        f"丧葬补助金按{months.whole}个月的城镇居民人均可支配收入发，共{amount}元。",
        months,
        found.income.source,
        rounding=TO_FEN.label,
    )


def _grant_step(found: SurvivorBenefits) -> Step:
    amount = str(Money(found.full_grant_fen))
    name = _twelfths_name(found)
    income, formula = _of_income_said(found.income, f"{name} ÷ 12")
    return _step(
        found,
        GRANT,
        formula,
        [income, (name, str(found.twelfths))],
        amount,
        f"抚恤金按{found.months}个月的城镇居民人均可支配收入发，共{amount}元。",
        found.terms.months,
        found.income.source,
        rounding=TO_FEN.label,
    )


def _of_income_said(income: Income, months: str) -> tuple[tuple[str, str], str]:
    """The income as an input, and the formula of so many months of it."""
    amount = str(Money(income.fen))
    if income.of_months == 1:
        return ("月人均可支配收入", amount), f"月人均可支配收入 × {months}"
    return ("年人均可支配收入", amount), f"年人均可支配收入 ÷ {income.of_months} × {months}"


def _cap_steps(found: SurvivorBenefits) -> tuple[Step, ...]:
    """The own contributions bound both together, the funeral grant first; or the one alone."""
    if found.bound_fen is None:
        return ()
    own = ("本人缴费之和", str(Money(found.bound_fen)))
    if found.funeral_elsewhere:
        said = f"缴费不满五年，抚恤金不超过本人缴费之和{own[1]}元："
        return (_limited_grant(found, said, own),)
    said = f"缴费不满五年，两项合计不超过本人缴费之和{own[1]}元："
    funeral = str(Money(found.funeral_fen))
    limited = (f"{LIMITED}{FUNERAL}", funeral)
    return (
        _step(
            found,
            limited[0],
            f"较小({FUNERAL}, 本人缴费之和)",
            [(FUNERAL, str(Money(found.full_funeral_fen))), own],
            funeral,
            f"{said}丧葬补助金{funeral}元。",
            found.terms.cap,
            rounding=TO_FEN.label,
        ),
        _limited_grant(found, said, own, limited),
    )


def _limited_grant(
    found: SurvivorBenefits, said: str, own: tuple[str, str], *taken: tuple[str, str]
) -> Step:
    """What of the grant lies within the bound, less what of it is ``taken``."""
    grant = str(Money(found.grant_fen))
    left = " − ".join(name for name, _ in (own, *taken))
    return _step(
        found,
        f"{LIMITED}{GRANT}",
        f"较小({GRANT}, {left})",
        [(GRANT, str(Money(found.full_grant_fen))), own, *taken],
        grant,
        f"{said}抚恤金{grant}元。",
        found.terms.cap,
        rounding=TO_FEN.label,
    )


def _total_step(found: SurvivorBenefits) -> Step:
    within = "" if found.bound_fen is None else LIMITED
    parts = (
        (f"{within}{FUNERAL}", str(Money(found.funeral_fen))),
        (f"{within}{GRANT}", str(Money(found.grant_fen))),
    )
    total = str(Money(found.total_fen))
    unbound = "缴费不满五年，本人缴费之和没有填写，合计未按它限额；" if found.cap_unknown else ""
    return _step(
        found,
        "遗属待遇合计",
        f"{parts[0][0]} + {parts[1][0]}",
        parts,
        total,
        f"{unbound}两项合计{total}元，一次发给遗属；个人账户余额另行继承。",
        found.terms.funeral,
        found.terms.months,
        rounding=TO_FEN.label,
    )


def _alone_step(found: SurvivorBenefits) -> Step:
    """The funeral grant is taken from another scheme: of several only one is (第四十九条)."""
    name = GRANT if found.bound_fen is None else f"{LIMITED}{GRANT}"
    grant = str(Money(found.grant_fen))
    said = f"丧葬补助金由{found.funeral_elsewhere}发，这里只发抚恤金{grant}元。"
    step = _step(found, "本次发给", name, [(name, grant)], grant, said)
    return step._replace(article=ONE_FUNERAL_GRANT)


def _step(
    found: SurvivorBenefits,
    name: str,
    formula: str,
    inputs: Iterable[tuple[str, str]],
    result: str,
    sentence: str,
    *sources: Resolved | None,
    rounding: str = "",
) -> Step:
    article = authority(*(source for source in sources if source))
    version = found.terms.policy_version
    return Step(formula, tuple(inputs), result, version, article, name, sentence, rounding)
