"""What a personal account holds at the end of a month, with the interest so far (储存额). Pure.

A pension is computed on the account as it stands when its owner retires. The interest of the year
is not entered then: the yearly run enters it, for the money stays in the account and bears on.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.accounts.interest import ARTICLE, Movement, Rate, interest_on
from insurance.policy.rounding import TO_FEN
from insurance.policy.steps import Step, percent

NAME = "个人账户储存额"


@dataclass(frozen=True)
class BearingYear:
    """A year, or its first months, that bears interest not entered yet."""

    year: int
    months: int  # January to this month
    movements: tuple[Movement, ...]
    rate: Rate


@dataclass(frozen=True)
class Bearing:
    """What bears interim interest: from the first year whose rate is not announced on."""

    opening_fen: int
    years: tuple[BearingYear, ...]
    later_fen: int


@dataclass(frozen=True)
class Accrued:
    """What an account comes to, and why."""

    fen: int
    interim: bool  # a year's rate is not announced
    steps: tuple[Step, ...]
    bearing: Bearing | None = None  # None: no rate changes it any more


def accrue(*, opening_fen: int, years: Sequence[BearingYear], later_fen: int = 0) -> Accrued:
    """Go through the years one after the other; ``later_fen`` came in after the last month.

    Each year's interest is rounded once and bears interest itself from the year after.
    """
    balance, steps, openings = opening_fen, [], []
    for one in years:
        openings.append(balance)
        product = balance * one.months + sum(
            movement.fen * (one.months - movement.arrival.month + 1) for movement in one.movements
        )
        interest = interest_on(product_fen=product, ratio=one.rate.ratio)
        moved = sum(movement.fen for movement in one.movements)
        last = one is years[-1]
        later = later_fen if last else 0
        steps += [
            _product_step(one, balance, product),
            _interest_step(one, product, interest),
            _closing_step(one, (balance, moved, interest, later), last=last),
        ]
        balance += moved + interest + later
    return Accrued(
        balance,
        any(one.rate.interim for one in years),
        tuple(steps),
        _bearing(openings, years, later_fen),
    )


def _bearing(
    openings: Sequence[int], years: Sequence[BearingYear], later_fen: int
) -> Bearing | None:
    first = next((place for place, one in enumerate(years) if one.rate.interim), None)
    if first is None:
        return None
    bears = openings[first] or any(one.movements for one in years[first:])
    return Bearing(openings[first], tuple(years[first:]), later_fen) if bears else None


def _product_step(of: BearingYear, opening: int, product: int) -> Step:
    by_month: dict[Month, int] = defaultdict(int)
    for movement in sorted(of.movements, key=lambda movement: movement.arrival):
        by_month[movement.arrival] += movement.fen
    name = f"{of.year}年初余额"
    borne = "".join(f" + {m} 收支 × {of.months - m.month + 1}" for m in by_month)
    return Step(
        formula=f"{name} × {of.months}{borne}",
        inputs=(
            (name, str(Money(opening))),
            *((f"{month} 收支", str(Money(fen))) for month, fen in by_month.items()),
        ),
        result=str(Money(product)),
        version=of.rate.policy_version,
        article=ARTICLE,
        name=f"{of.year}年积数",
        sentence=f"{of.year}年账户里的钱，乘上到{of.months}月底在账上的月数，再加起来。",
        rounding="",
    )


def _interest_step(of: BearingYear, product: int, interest: int) -> Step:
    rate = of.rate
    whose = f"当年的利率还没有公布，先按{rate.of_year}年的；" if rate.interim else ""
    return Step(
        formula=f"较大({of.year}年积数, 0) × 记账利率 ÷ 12",
        inputs=((f"{of.year}年积数", str(Money(product))), ("记账利率", f"{rate.ratio:f}")),
        result=str(Money(interest)),
        version=rate.policy_version,
        article=rate.authority,
        name=f"{of.year}年利息",
        sentence=f"{whose}年利率 {percent(rate.ratio)}，利息 {Money(interest)} 元。",
        rounding=TO_FEN.label,
    )


def _closing_step(of: BearingYear, parts: tuple[int, int, int, int], *, last: bool) -> Step:
    names = (f"{of.year}年初余额", f"{of.year}年收支", f"{of.year}年利息", "以后到账")
    used = [(n, str(Money(fen))) for n, fen in zip(names, parts, strict=True)]
    if not parts[3]:
        used.pop()
    total = str(Money(sum(parts)))
    return Step(
        formula=" + ".join(name for name, _ in used),
        inputs=tuple(used),
        result=total,
        version=of.rate.policy_version,
        article=ARTICLE,
        name=NAME if last else f"{of.year + 1}年初余额",
        sentence=(
            f"连同利息，您退休时个人账户里有 {total} 元。"
            if last
            else f"连同利息，{of.year}年底个人账户里有 {total} 元。"
        ),
        rounding="",
    )
