"""How the balance of an account that is emptied came about (清户的计算过程), year by year. Pure.

From the balance at the start of the first year whose interest no run has entered: what came and
went, for how many months each amount stood in the account (月积数), the interest by the rate that
was known, and what is there to leave.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.accounts.interest import (
    ARTICLE,
    YEAR_MONTHS,
    Rate,
    YearFacts,
    YearInterest,
)
from insurance.policy.rounding import TO_FEN
from insurance.policy.steps import Step, percent

BEFORE = "支付前账户余额"


@dataclass(frozen=True)
class SettledYear:
    """A year whose interest is entered as its owner leaves (清户计息的年度)."""

    facts: YearFacts  # without what leaves
    months: int  # for how many of its months the opening balance bears interest
    found: YearInterest
    rate: Rate

    @property
    def year(self) -> int:
        """Which one."""
        return self.facts.year

    @property
    def moved_fen(self) -> int:
        """What came and went."""
        return sum(one.fen for one in self.facts.movements) + self.facts.credited_fen

    @property
    def written_fen(self) -> int:
        """The year's interest that is in the account already."""
        within = sum(one.fen for one in self.facts.movements if one.is_interest)
        return within + self.facts.credited_fen


def interest_name(*, year: int) -> str:
    """What the interest entered for a year is called among the steps."""
    return f"{year}年结算利息"


def leaving_steps(*, accounts: Sequence[Sequence[SettledYear]]) -> tuple[Step, ...]:
    """Explain the balance and the interest of accounts that one case empties.

    Of several accounts of one person each is told apart, then added up.
    """
    some = [years for years in accounts if years]
    if len(some) == 1:
        return tuple(_of_account(some[0], ""))
    marks = [f"账户{place}·" for place in range(1, len(some) + 1)]
    each = [list(_of_account(years, mark)) for mark, years in zip(marks, some, strict=True)]
    return (*(step for steps in each for step in steps), *_sums(each))


def balance_steps(
    *, accounts: Sequence[Sequence[SettledYear]], fen: int, name: str
) -> tuple[Step, ...]:
    """The whole balance with its interest as one figure; none where there was no account."""
    by_year: dict[int, int] = defaultdict(int)
    settled = [one for years in accounts for one in years]
    if not settled:
        return ()
    for one in settled:
        by_year[one.year] += one.found.difference_fen
    inputs = [(BEFORE, fen - sum(by_year.values()))]
    inputs += [(interest_name(year=year), by_year[year]) for year in sorted(by_year)]
    return (
        _step(
            settled[-1],
            name=name,
            formula=" + ".join(each for each, _ in inputs),
            inputs=inputs,
            result=fen,
            sentence=f"连同结算到上月的利息，个人账户共 {Money(fen)} 元。",
        ),
    )


def _of_account(years: Sequence[SettledYear], mark: str) -> Iterator[Step]:
    opening = years[0].facts.opening_fen
    for one in years:
        yield _product_step(one, mark, opening)
        yield from _interest_steps(one, mark)
        if one is not years[-1]:
            closing = opening + one.moved_fen + one.found.difference_fen
            yield _opening_step(one, mark, opening, closing)
            opening = closing
    yield _balance_step(years, mark)


def _product_step(of: SettledYear, mark: str, opening: int) -> Step:
    by_month: dict[Month, int] = defaultdict(int)
    for movement in sorted(of.facts.movements, key=lambda movement: movement.arrival):
        by_month[movement.arrival] += movement.fen
    name = _opening_name(of.year, mark)
    borne = "".join(
        f" + {month} 收支 × {max(0, of.months - month.month + 1)}" for month in by_month
    )
    until = "全年" if of.months == YEAR_MONTHS else f"到支付上月（{of.months}个月）"
    return _step(
        of,
        name=f"{mark}{of.year}年月积数",
        formula=f"{name} × {of.months}{borne}",
        inputs=[(name, opening), *((f"{month} 收支", fen) for month, fen in by_month.items())],
        result=of.found.product_fen,
        sentence=f"每笔钱乘上它{until}在账上的月数，再加起来；当月到账的，从当月算起。",
    )


def _interest_steps(of: SettledYear, mark: str) -> Iterator[Step]:
    """By the rate; less what is entered already, where there is some."""
    entered = f"{mark}{interest_name(year=of.year)}"
    interest, difference = of.found.interest_fen, of.found.difference_fen
    name = entered if interest == difference else f"{mark}{of.year}年利息"
    rate, product = of.rate, f"{mark}{of.year}年月积数"
    whose = (
        ""
        if rate.of_year == of.year
        else f"当年的利率还没有公布，按{rate.of_year}年的计算，付清后不再调整；"
    )
    yield Step(
        name=name,
        formula=f"较大({product}, 0) × 记账利率 ÷ {YEAR_MONTHS}",
        inputs=((product, str(Money(of.found.product_fen))), ("记账利率", f"{rate.ratio:f}")),
        result=str(Money(interest)),
        version=rate.policy_version,
        article=rate.authority,
        sentence=f"{whose}年利率 {percent(rate.ratio)}，利息 {Money(interest)} 元。",
        rounding=TO_FEN.label,
    )
    if name != entered:
        balance = of.facts.balance_fen or 0
        yield _step(
            of,
            name=entered,
            formula=f"较大({name} − 已记利息, −账户余额)",
            inputs=[(name, interest), ("已记利息", of.written_fen), ("账户余额", balance)],
            result=difference,
            sentence="减去已经记过的利息；扣减时不超过账户余额。",
        )


def _opening_step(of: SettledYear, mark: str, opening: int, closing: int) -> Step:
    name, moved = _opening_name(of.year, mark), f"{mark}{of.year}年收支"
    interest = f"{mark}{interest_name(year=of.year)}"
    return _step(
        of,
        name=_opening_name(of.year + 1, mark),
        formula=f"{name} + {moved} + {interest}",
        inputs=[(name, opening), (moved, of.moved_fen), (interest, of.found.difference_fen)],
        result=closing,
        sentence=f"连同利息，{of.year}年底个人账户里有 {Money(closing)} 元。",
    )


def _balance_step(years: Sequence[SettledYear], mark: str) -> Step:
    """What is there without the interest that is entered now."""
    first, last = years[0], years[-1]
    name = _opening_name(first.year, mark)
    inputs = [(name, first.facts.opening_fen)]
    inputs += [(f"{mark}{one.year}年收支", one.moved_fen) for one in years]
    balance = sum(fen for _, fen in inputs)
    return _step(
        last,
        name=f"{mark}{BEFORE}",
        formula=" + ".join(name for name, _ in inputs),
        inputs=inputs,
        result=balance,
        sentence=f"不连同这次结算的利息，账户里有 {Money(balance)} 元。",
    )


def _sums(each: Sequence[Sequence[Step]]) -> Iterator[Step]:
    """The interest of each year, and the balance, over all accounts of a person."""
    by_name: dict[str, list[Step]] = defaultdict(list)
    for steps in each:
        for step in steps:
            _, _, name = step.name.partition("·")
            if name == BEFORE or name.endswith("年结算利息"):
                by_name[name].append(step)
    for name in sorted(by_name):
        parts = by_name[name]
        total = sum(Money.yuan(part.result).fen for part in parts)
        yield Step(
            name=name,
            formula=" + ".join(part.name for part in parts),
            inputs=tuple((part.name, part.result) for part in parts),
            result=str(Money(total)),
            version=parts[-1].version,
            article=ARTICLE,
            sentence="此人名下各个账户合计。",
            rounding="",
        )


def _opening_name(year: int, mark: str) -> str:
    return f"{mark}{year}年初余额"


def _step(
    of: SettledYear,
    *,
    name: str,
    formula: str,
    inputs: Sequence[tuple[str, int]],
    result: int,
    sentence: str,
) -> Step:
    return Step(
        name=name,
        formula=formula,
        inputs=tuple((each, str(Money(fen))) for each, fen in inputs),
        result=str(Money(result)),
        version=of.rate.policy_version,
        article=ARTICLE,
        sentence=sentence,
        rounding="",
    )
