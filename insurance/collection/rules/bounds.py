"""The contribution base (缴费基数): the wage between floor and ceiling in force. Pure.

Bounds are published in autumn and count from January: a month billed before that uses last year's,
as interim, and is billed again by difference (``difference.py``). In SQL the base is
``greatest(floor, least(ceiling, coalesce(wage, 0)))``, with the two bounds as constants of the run;
where the ceiling bounds the sum over several employers, ``least(base, greatest(0, ceiling -
sum(base) over (partition by person order by enrolment rows between unbounded preceding and 1
preceding)))``.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, ParameterTree, Resolved
from insurance.policy.steps import Step, authority

FLOOR, CEILING = "pension.base_floor", "pension.base_ceiling"
PENSION = "110"
BOUNDS_AS = {"210": "unemployment.bounds_as", "310": "medical.bounds_as"}


class ChoiceOutOfBounds(Refusal):
    """A flexible worker chooses between floor and ceiling (选定基数超出上下限)."""

    code = "collection_choice_out_of_bounds"


class Several(Enum):
    """How bases at several employers bear on each other (在几个单位同时参保)."""

    EACH = "各单位分别计算"
    SUM_CEILING = "合计不超过上限，先参保的先计"


class BaseReason(Enum):
    """Why the base is what it is."""

    WAGE = "工资在下限和上限之间，按缴费工资"
    FLOOR = "工资低于下限，按下限"
    CEILING = "工资高于上限，按上限"
    NO_WAGE = "没有工资，按下限"
    SUM_CEILING = "几个单位合计超过上限，按余下部分"


@dataclass(frozen=True)
class Bounds:
    """Floor and ceiling in force for a month (缴费基数上下限), as known on a day."""

    floor: Resolved
    ceiling: Resolved
    interim: bool  # last year's: this year's are not published yet
    policy_version: str

    @property
    def floor_fen(self) -> int:
        """The least base."""
        return self.floor.money.fen

    @property
    def ceiling_fen(self) -> int:
        """The highest base."""
        return self.ceiling.money.fen


@dataclass(frozen=True)
class Base:
    """The base of a person at a payer for a month (缴费基数)."""

    fen: int
    reason: BaseReason
    step: Step


def bounds_for(
    *,
    tree: ParameterTree,
    scheme: str,
    region: str,
    month: Month,
    known_on: date,
    demo: bool = False,
) -> Bounds:
    """Give the bounds of a month as far as they were published by ``known_on``.

    While the year's own are not, those of the December before, as interim. A value without a date
    of issue counts as known from its first day.

    Raises:
        NotConfigured: neither the year nor the one before has bounds.
        NotVerified: they are known by hearsay only.
    """
    if scheme != PENSION:
        stated = tree.resolve(BOUNDS_AS[scheme], region, month.first_day, demo)
        if stated.text != PENSION:
            raise ValueError(f"{stated.key}: no bounds of scheme {stated.text}")
    published = tree.published_by(known_on, FLOOR, CEILING)
    december = Month(month.year - 1, 12)
    try:
        return _bounds(published, region, month.first_day, month, demo)
    except NotConfigured as missing:
        try:
            return _bounds(published, region, december.first_day, month, demo)
        except NotConfigured:
            raise missing from None


def base_for(
    *,
    wage_fen: int | None,
    bounds: Bounds,
    several: Several = Several.EACH,
    several_source: Resolved | None = None,
    elsewhere_fen: int = 0,
) -> Base:
    """Give the base: the wage, but no less than the floor and no more than the ceiling.

    Who has no wage (unpaid leave) pays on the floor. ``elsewhere_fen`` are the bases at the
    employers that the person joined before; it counts where the ceiling bounds the sum.
    """
    wage = wage_fen or 0
    if wage < 0 or elsewhere_fen < 0:
        raise ValueError("wages and bases are never below zero")
    fen = max(bounds.floor_fen, min(bounds.ceiling_fen, wage))
    reason = _reason(wage, bounds)
    summed_fen = elsewhere_fen if several is Several.SUM_CEILING else 0
    if fen > bounds.ceiling_fen - summed_fen:
        fen, reason = max(0, bounds.ceiling_fen - summed_fen), BaseReason.SUM_CEILING
    rules = (several_source,) if summed_fen and several_source else ()
    return Base(fen, reason, _step(wage_fen, bounds, summed_fen, fen, reason, rules))


def check_choice(*, chosen_fen: int, bounds: Bounds) -> None:
    """Let a flexible worker choose any base between floor and ceiling.

    Raises:
        ChoiceOutOfBounds.
    """
    if not bounds.floor_fen <= chosen_fen <= bounds.ceiling_fen:
        low, high = Money(bounds.floor_fen), Money(bounds.ceiling_fen)
        raise ChoiceOutOfBounds(
            f"选定的缴费基数须在 {low} 元和 {high} 元之间。", floor=str(low), ceiling=str(high)
        )


def _bounds(tree: ParameterTree, region: str, on: date, month: Month, demo: bool) -> Bounds:
    """What is in force on a day, for a month of that year or of the next."""
    floor, ceiling = (tree.resolve(key, region, on, demo) for key in (FLOOR, CEILING))
    of_year = min(floor.valid.start.year, ceiling.valid.start.year)
    if of_year < month.year - 1:
        raise NotConfigured(f"“{floor.name}”未配置：地区 {region}，{month.year} 年。", key=FLOOR)
    bounds = Bounds(floor, ceiling, of_year < month.year, tree.version)
    if not 0 < bounds.floor_fen <= bounds.ceiling_fen:
        raise ValueError(f"floor above ceiling in {region}, {month}")
    return bounds


def _reason(wage: int, bounds: Bounds) -> BaseReason:
    if wage == 0:
        return BaseReason.NO_WAGE
    if wage < bounds.floor_fen:
        return BaseReason.FLOOR
    return BaseReason.CEILING if wage > bounds.ceiling_fen else BaseReason.WAGE


def _step(
    wage_fen: int | None,
    bounds: Bounds,
    summed_fen: int,
    fen: int,
    reason: BaseReason,
    rules: tuple[Resolved, ...],
) -> Step:
    formula = "下限" if wage_fen is None else "较小(较大(缴费工资, 下限), 上限)"
    inputs = [
        ("缴费工资", "没有" if wage_fen is None else str(Money(wage_fen))),
        ("下限", str(Money(bounds.floor_fen))),
        ("上限", str(Money(bounds.ceiling_fen))),
    ]
    if summed_fen:
        formula = f"较小({formula}, 较大(上限 − 其他单位已计基数, 0))"
        inputs.append(("其他单位已计基数", str(Money(summed_fen))))
    interim = "当年的上下限还没有公布，先按上年的算，公布后多退少补。" if bounds.interim else ""
    return Step(
        formula=formula,
        inputs=tuple(inputs),
        result=str(Money(fen)),
        version=bounds.policy_version,
        article=authority(bounds.floor, bounds.ceiling, *rules),
        name="缴费基数",
        sentence=f"{reason.value}，缴费基数是 {Money(fen)} 元。{interim}",
        rounding="",
    )
