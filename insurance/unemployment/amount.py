"""How much unemployment benefit is a month (失业保险金标准). Pure.

Where the place has published its amount, that; else a share of the local minimum wage, which is
stated for the place or follows from its class. Below the minimum wage in any case, and never below
what keeps a household of the city alive (失业保险条例第十八条，社会保险法第四十七条): the step says
so, or that the figure is not configured and was not looked at.
"""

from dataclasses import dataclass
from functools import partial

from backend.kernel.dated import region_chain
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, ParameterTree, Resolved
from insurance.policy.regions import city_of, is_county
from insurance.policy.rounding import TO_FEN
from insurance.policy.steps import Step, authority, percent

AMOUNT = "unemployment.amount"
SHARE = "unemployment.share_of_minimum_wage"
LIVING, LIVING_NAME = "unemployment.living_standard", "城市居民最低生活保障标准"
WAGE, CLASSES, CLASS = "wages.minimum", "wages.minimum_classes", "wages.minimum_class"
MONTHLY = "失业保险金月标准"  # the step that gives it


class AmountOutOfBounds(Refusal):
    """The amount lies between the living standard and the minimum wage (失业保险金标准越界)."""

    code = "unemployment_amount_out_of_bounds"


@dataclass(frozen=True)
class MinimumWage:
    """The minimum wage of a place (最低工资标准), as stated or of its class."""

    fen: int
    source: Resolved
    of_class: Resolved | None  # which class the place belongs to
    region: str  # whose it is


@dataclass(frozen=True)
class AmountTerms:
    """All that the amount of a region and month rests on."""

    stated: Resolved | None  # the amount that the place published
    share: Resolved | None  # of the minimum wage, where none is published
    minimum_wage: MinimumWage
    living: Resolved | None
    policy_version: str


@dataclass(frozen=True)
class MonthlyAmount:
    """The benefit of a month, and why (月标准)."""

    fen: int
    terms: AmountTerms

    @property
    def steps(self) -> tuple[Step, ...]:
        """The one step: as published, or as a share."""
        return (_stated_step(self) if self.terms.stated else _share_step(self),)

    @property
    def sources(self) -> tuple[Resolved, ...]:
        """Every figure that counted."""
        terms, wage = self.terms, self.terms.minimum_wage
        known = (terms.stated, terms.share, wage.source, wage.of_class, terms.living)
        return tuple(source for source in known if source)


def amount_terms(
    *, tree: ParameterTree, region: str, month: Month, demo: bool = False
) -> AmountTerms:
    """Resolve what benefits of a region rest on for a month.

    What a city published is of its districts. A county (县、县级市) has a minimum wage by its own
    class, and so an amount of its own: where the class is not known, nothing is (未配置).

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    value = partial(_known, tree, region, month, demo)
    wage = _minimum_wage(tree, region, month, demo)
    stated = value(AMOUNT)
    if stated and _distance(region, wage.region) < _distance(region, stated.region):
        stated = None
    return AmountTerms(
        stated=stated,
        share=None if stated else tree.resolve(SHARE, region, month.first_day, demo),
        minimum_wage=wage,
        living=value(LIVING),
        policy_version=tree.version,
    )


def monthly_amount(*, terms: AmountTerms) -> MonthlyAmount:
    """Give the benefit of a month.

    Raises:
        AmountOutOfBounds: not below the minimum wage, or below the living standard.
    """
    wage = terms.minimum_wage
    if terms.stated:
        amount = terms.stated.money
    else:
        assert terms.share is not None
        amount = Money(wage.fen).times(terms.share.number, TO_FEN)
    enough = amount.fen >= terms.living.money.fen if terms.living else amount.fen > 0
    if not (enough and amount.fen < wage.fen):
        raise AmountOutOfBounds(
            f"失业保险金标准 {amount} 元应低于最低工资标准 {Money(wage.fen)} 元，"
            f"且不低于{LIVING_NAME}，请核对参数。",
            amount=str(amount),
            minimum_wage=str(Money(wage.fen)),
        )
    return MonthlyAmount(amount.fen, terms)


def _minimum_wage(tree: ParameterTree, region: str, month: Month, demo: bool) -> MinimumWage:
    """As stated for the place or, where its class is known nearer, of that class."""
    stated, of_class = (_known(tree, region, month, demo, key) for key in (WAGE, CLASS))
    if of_class and (
        stated is None or _distance(region, of_class.region) < _distance(region, stated.region)
    ):
        classes = tree.resolve(CLASSES, region, month.first_day, demo)
        fen = classes.part(of_class.whole - 1).money.fen
        return MinimumWage(fen, classes, of_class, of_class.region)
    if stated is None and is_county(region=region):
        raise NotConfigured(
            f"“{tree.parameters[CLASS].name}”未配置：地区 {region}，{month}；"
            "县的失业保险金不按所在市的标准。",
            key=CLASS,
            region=region,
        )
    source = stated or tree.resolve(WAGE, region, month.first_day, demo)
    return MinimumWage(source.money.fen, source, None, source.region)


def _known(tree: ParameterTree, region: str, month: Month, demo: bool, key: str) -> Resolved | None:
    """What counts in a place, if anything does: what stands for a city is no county's."""
    try:
        found = tree.resolve(key, region, month.first_day, demo=True)
    except NotConfigured:
        return None
    if is_county(region=region) and found.region == city_of(region=region):
        return None
    try:
        return tree.resolve(key, region, month.first_day, demo)
    except NotConfigured:
        return None


def _distance(region: str, other: str) -> int:
    """How far up the place of a value is."""
    return region_chain(region).index(other)


def _stated_step(found: MonthlyAmount) -> Step:
    terms = found.terms
    assert terms.stated is not None
    amount, wage = Money(found.fen), Money(terms.minimum_wage.fen)
    return Step(
        name=MONTHLY,
        formula="较小(公布的月标准, 最低工资标准)",
        inputs=(("公布的月标准", str(amount)), ("最低工资标准", str(wage))),
        result=str(amount),
        version=terms.policy_version,
        article=authority(terms.stated, *_bounds(terms)),
        sentence=f"失业保险金每月{amount}元，按规定低于最低工资{wage}元；{_floor_said(terms)}。",
        rounding=TO_FEN.label,
    )


def _share_step(found: MonthlyAmount) -> Step:
    terms = found.terms
    assert terms.share is not None
    amount, wage = Money(found.fen), Money(terms.minimum_wage.fen)
    return Step(
        name=MONTHLY,
        formula="最低工资标准 × 比例",
        inputs=(("最低工资标准", str(wage)), ("比例", str(terms.share.number))),
        result=str(amount),
        version=terms.policy_version,
        article=authority(terms.share, *_bounds(terms)),
        sentence=f"失业保险金每月{amount}元，是最低工资{wage}元的{percent(terms.share.number)}；"
        f"{_floor_said(terms)}。",
        rounding=TO_FEN.label,
    )


def _floor_said(terms: AmountTerms) -> str:
    """How the amount stands to its lower bound, or that there was none to hold it against."""
    if terms.living is None:
        return f"“{LIVING_NAME}”未配置，没有核对是否低于它"
    return f"不低于{LIVING_NAME}{terms.living.money}元"


def _bounds(terms: AmountTerms) -> tuple[Resolved, ...]:
    wage = terms.minimum_wage
    known = (wage.source, wage.of_class, terms.living)
    return tuple(source for source in known if source)
