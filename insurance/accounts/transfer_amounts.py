"""What moves with somebody to another province (跨省转移的资金). Pure.

国办发〔2009〕66号第四条: the account, of the time before 1998 the own part (``before_1998``), and
of 110 a share of the pool: of the bases really paid on since 1998, a year's as month base ×
months, all years together, without interest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.accounts.shares import pooled_part
from insurance.policy.rounding import TO_FEN
from insurance.policy.steps import Step, authority, percent

POOLED_RATE, FIRST_YEAR = "transfer.pooled_rate", 1998
YEAR_MONTHS = 12
YEARS_AT_A_GLANCE = 10  # of one step
ACCOUNT, POOLED, TOTAL = "个人账户储存额", "统筹基金转移额", "转移资金合计"
ACCOUNT_MOVED = "个人账户转移额"
ARTICLE = "国办发〔2009〕66号第四条"


class YearInvalid(Refusal):
    """Each year counts once, from 1998, with one to twelve months (年度缴费基数不正确)."""

    code = "transfer_year_invalid"


@dataclass(frozen=True)
class YearBase:
    """A year's contributions as the sheet has them (年度缴费基数)."""

    year: int
    months: int
    base_fen: int  # of a month

    @property
    def fen(self) -> int:
        """The bases of the year."""
        return self.base_fen * self.months


@dataclass(frozen=True)
class YearSum:
    """A year's bases, of all its months together (年度缴费基数合计)."""

    year: int
    fen: int


@dataclass(frozen=True)
class TransferTerms:
    """What transfers settled in a month rest on."""

    rate: Resolved
    policy_version: str


@dataclass(frozen=True)
class TransferAmounts:
    """What moves, and why."""

    account_fen: int
    pooled_fen: int
    years: tuple[YearSum, ...]
    terms: TransferTerms
    year_steps: tuple[Step, ...] = ()  # how the sums came about, where they are no facts

    @property
    def total_fen(self) -> int:
        """Both together."""
        return self.account_fen + self.pooled_fen

    @property
    def steps(self) -> tuple[Step, ...]:
        """From each year's bases to the sum."""
        return (*self.year_steps, *_sum_steps(self))


def transfer_terms(
    *, tree: ParameterTree, region: str, month: Month, demo: bool = False
) -> TransferTerms:
    """Resolve what transfers settled in ``month`` rest on.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    rate = tree.resolve(POOLED_RATE, region, month.first_day, demo)
    return TransferTerms(rate, tree.version)


def transfer_amounts(
    *, account_fen: int, years: Sequence[YearBase], terms: TransferTerms
) -> TransferAmounts:
    """Give what moves of account and pool.

    Raises:
        YearInvalid: naming the year.
    """
    in_order = tuple(sorted(years, key=lambda year: year.year))
    for year in in_order:
        if year.year < FIRST_YEAR or not 1 <= year.months <= YEAR_MONTHS or year.base_fen <= 0:
            raise YearInvalid(
                f"{year.year} 年的缴费基数不正确：只计 {FIRST_YEAR} 年起各年，每年 1 至 12 个月，"
                "基数大于零。",
                year=year.year,
            )
    if len({year.year for year in in_order}) != len(in_order):
        raise YearInvalid("同一年度只能写一次。")
    return amounts_of_sums(
        account_fen=account_fen,
        sums=[YearSum(year.year, year.fen) for year in in_order],
        terms=terms,
        year_steps=[_year_step(terms, year) for year in in_order],
    )


def amounts_of_sums(
    *,
    account_fen: int,
    sums: Sequence[YearSum],
    terms: TransferTerms,
    year_steps: Sequence[Step] = (),
) -> TransferAmounts:
    """Give what moves where the sheet names the sum of each year's bases (信息表), each once."""
    in_order = tuple(sorted(sums, key=lambda one: one.year))
    pooled = pooled_part(base_fen=sum(one.fen for one in in_order), ratio=terms.rate.number)
    return TransferAmounts(account_fen, pooled, in_order, terms, tuple(year_steps))


def _year_step(terms: TransferTerms, year: YearBase) -> Step:
    base, amount = str(Money(year.base_fen)), str(Money(year.fen))
    return Step(
        name=_sum_of(YearSum(year.year, year.fen)),
        formula="月缴费基数 × 缴费月数",
        inputs=(("月缴费基数", base), ("缴费月数", str(year.months))),
        result=amount,
        version=terms.policy_version,
        article=authority(terms.rate),
        sentence=f"{year.year}年按月缴费基数{base}元缴了{year.months}个月，合计{amount}元。",
        rounding="",
    )


def _sum_steps(found: TransferAmounts) -> tuple[Step, ...]:
    rate, version = found.terms.rate, found.terms.policy_version
    pooled, account = str(Money(found.pooled_fen)), str(Money(found.account_fen))
    total = str(Money(found.total_fen))
    part_steps, years = _parts(found)
    return (
        Step(
            name=ACCOUNT_MOVED,
            formula=ACCOUNT,
            inputs=((ACCOUNT, account),),
            result=account,
            version=version,
            article=ARTICLE,
            sentence=f"个人账户储存额{account}元全部转移。",
            rounding="",
        ),
        *part_steps,
        Step(
            name=POOLED,
            formula=f"({' + '.join(name for name, _ in years) or '0'}) × 转移比例",
            inputs=(*years, ("转移比例", str(rate.number))),
            result=pooled,
            version=version,
            article=authority(rate),
            sentence=f"统筹基金按各年缴费基数之和的{percent(rate.number)}转移，"
            f"{pooled}元，不计利息。",
            rounding=TO_FEN.label,
        ),
        Step(
            name=TOTAL,
            formula=f"{ACCOUNT_MOVED} + {POOLED}",
            inputs=((ACCOUNT_MOVED, account), (POOLED, pooled)),
            result=total,
            version=version,
            article=authority(rate),
            sentence=f"连同个人账户{account}元，一共转移{total}元。",
            rounding="",
        ),
    )


def _parts(found: TransferAmounts) -> tuple[tuple[Step, ...], tuple[tuple[str, str], ...]]:
    """What the pool's share is of, by names and amounts: the years, or sums of about ten where
    there are more of them than one reads at a glance; with the steps of these."""
    years = found.years
    if len(years) <= YEARS_AT_A_GLANCE:
        return (), tuple((_sum_of(one), str(Money(one.fen))) for one in years)
    size = ceil(len(years) / ceil(len(years) / YEARS_AT_A_GLANCE))
    starts = range(0, len(years), size)
    steps = tuple(_part_step(found, years[at : at + size]) for at in starts)
    return steps, tuple((step.name, step.result) for step in steps)


def _part_step(found: TransferAmounts, years: Sequence[YearSum]) -> Step:
    inputs = tuple((_sum_of(one), str(Money(one.fen))) for one in years)
    amount = str(Money(sum(one.fen for one in years)))
    span = f"{years[0].year}年至{years[-1].year}年"
    return Step(
        name=f"{span}基数合计",
        formula=" + ".join(name for name, _ in inputs),
        inputs=inputs,
        result=amount,
        version=found.terms.policy_version,
        article=authority(found.terms.rate),
        sentence=f"{span}各年的缴费基数加起来，{amount}元。",
        rounding="",
    )


def _sum_of(one: YearSum) -> str:
    return f"{one.year}年缴费基数合计"
