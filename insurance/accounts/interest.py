"""Interest of a personal account for a year (个人账户计息), by month products (月积数法). Pure.

What arrives in month n bears interest for 12 − n + 1 months of its year, what leaves in month n
bears none from that month on. The product of a year is thus the sum of its twelve balances at
month's end, and is never below zero:

    close = open × (1 + r) + C + r/12 × Σ c_n × (12 − n + 1)        劳办发〔1997〕116号

Fen and the rate's exact fraction stay whole numbers until the one rounding, half up to the fen,
for each account and year. The yearly run computes the same in SQL (``interest_sql.py``); a test
holds both to the same fen.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from backend.kernel.dated import Standing
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.policy.rounding import TO_FEN
from insurance.policy.steps import Step, percent

ARTICLE = "劳办发〔1997〕116号：月积数法"
YEAR_MONTHS = 12


@dataclass(frozen=True)
class Rate:
    """The account rate by which a year is computed (记账利率), and where it comes from."""

    ratio: Decimal
    of_year: int  # whose rate it is: an earlier year's while the year's own is not announced
    interim: bool
    parameter: str
    document: str
    standing: Standing
    authority: str  # all that is printed of its source (依据)
    policy_version: str


@dataclass(frozen=True)
class Movement:
    """What came into an account in a month, or left it: below zero (账户收支)."""

    arrival: Month  # back-paid amounts bear interest from here, not from the month they are for
    fen: int
    is_interest: bool = False  # of this very year, written when its owner left


@dataclass(frozen=True)
class YearFacts:
    """All that the interest of one account for one year rests on."""

    year: int
    opening_fen: int
    movements: tuple[Movement, ...] = ()
    credited_fen: int = 0  # interest of this year written at an earlier run
    balance_fen: int | None = None  # what is there now; None: what the year alone leaves
    year_told: bool = True  # False: it is that of any account, and no step names the year


@dataclass(frozen=True)
class YearInterest:
    """A year's interest: what is due, what is still to be written, and how it came about."""

    product_fen: int  # fen × months
    interest_fen: int
    difference_fen: int  # the entry to write: interest, or a true-up; 0 writes none
    closing_fen: int
    steps: tuple[Step, ...]


def year_interest(*, facts: YearFacts, rate: Rate) -> YearInterest:
    """Compute f(known now) − f(written so far) for one account and year.

    A difference below zero never takes more than the account holds.
    """
    for movement in facts.movements:
        if movement.arrival.year != facts.year:
            raise ValueError(f"{movement.arrival} does not lie in {facts.year}")
    product = product_of(facts=facts)
    interest = interest_on(product_fen=product, ratio=rate.ratio)
    written = facts.credited_fen + _sum(m for m in facts.movements if m.is_interest)
    left = facts.opening_fen + _sum(facts.movements) + facts.credited_fen
    balance = left if facts.balance_fen is None else facts.balance_fen
    difference = max(interest - written, -balance)
    return YearInterest(
        product_fen=product,
        interest_fen=interest,
        difference_fen=difference,
        closing_fen=left + difference,
        steps=(
            _product_step(facts, rate, product),
            _interest_step(rate, product, interest),
            _difference_step(rate, interest, written, balance, difference),
            _closing_step(facts, rate, difference, left + difference),
        ),
    )


def product_of(*, facts: YearFacts) -> int:
    """The month products (月积数): open × 12 + Σ c_n × (12 − n + 1), in fen × months."""
    return facts.opening_fen * YEAR_MONTHS + sum(
        movement.fen * months_borne(arrival=movement.arrival) for movement in facts.movements
    )


def months_borne(*, arrival: Month) -> int:
    """For how many months of its year an amount bears interest: 12 − n + 1."""
    return YEAR_MONTHS - arrival.month + 1


def interest_on(*, product_fen: int, ratio: Decimal) -> int:
    """r/12 of a product, rounded once; none on what never was in the account."""
    numerator, denominator = ratio.as_integer_ratio()
    exact = Money(max(0, product_fen) * numerator)
    return exact.divide(YEAR_MONTHS * denominator, TO_FEN).fen


def until_leaving(*, facts: YearFacts, month: Month) -> YearFacts:
    """The year of an account that is emptied in ``month``, by death, leaving or transfer.

    It bears interest up to the month before; the interest itself comes in and leaves with the
    rest, and so changes no product.
    """
    known = tuple(m for m in facts.movements if m.arrival <= month)
    rest = facts.opening_fen + sum(m.fen for m in known)
    return replace(facts, movements=(*known, Movement(month, -rest)), balance_fen=rest)


def balances(*, facts: YearFacts) -> tuple[int, ...]:
    """The balance at the end of each month, without the year's interest."""
    return tuple(
        facts.opening_fen + _sum(m for m in facts.movements if m.arrival.month <= month)
        for month in range(1, YEAR_MONTHS + 1)
    )


def _sum(movements: Iterable[Movement]) -> int:
    return sum(movement.fen for movement in movements)


def _product_step(facts: YearFacts, rate: Rate, product: int) -> Step:
    by_month: dict[Month, int] = defaultdict(int)
    for movement in sorted(facts.movements, key=lambda m: m.arrival):
        by_month[movement.arrival] += movement.fen
    moved = {
        f"{month} 收支" if facts.year_told else f"{month.month}月收支": month for month in by_month
    }
    borne = "".join(f" + {name} × {months_borne(arrival=month)}" for name, month in moved.items())
    return Step(
        formula=f"年初余额 × {YEAR_MONTHS}{borne}",
        inputs=(
            ("年初余额", str(Money(facts.opening_fen))),
            *((name, str(Money(by_month[month]))) for name, month in moved.items()),
        ),
        result=str(Money(product)),
        version=rate.policy_version,
        article=ARTICLE,
        name="月积数",
        sentence="每笔钱乘上它当年在账上的月数，再加起来；当月到账的，从当月算起。",
        rounding="",
    )


def _interest_step(rate: Rate, product: int, interest: int) -> Step:
    whose = (
        f"当年的利率还没有公布，先按 {rate.of_year} 年的预计，公布后多退少补；"
        if rate.interim
        else ""
    )
    return Step(
        formula=f"较大(月积数, 0) × 记账利率 ÷ {YEAR_MONTHS}",
        inputs=(("月积数", str(Money(product))), ("记账利率", f"{rate.ratio:f}")),
        result=str(Money(interest)),
        version=rate.policy_version,
        article=rate.authority,
        name="利息",
        sentence=f"{whose}年利率 {percent(rate.ratio)}，利息 {Money(interest)} 元。",
        rounding=TO_FEN.label,
    )


def _difference_step(
    rate: Rate, interest: int, written: int, balance: int, difference: int
) -> Step:
    return Step(
        formula="较大(利息 − 已记利息, −账户余额)",
        inputs=(
            ("利息", str(Money(interest))),
            ("已记利息", str(Money(written))),
            ("账户余额", str(Money(balance))),
        ),
        result=str(Money(difference)),
        version=rate.policy_version,
        article=ARTICLE,
        name="本次记入",
        sentence=f"减去已经记过的利息，这次记入 {Money(difference)} 元；扣减时不超过账户余额。",
        rounding="",
    )


def _closing_step(facts: YearFacts, rate: Rate, difference: int, closing: int) -> Step:
    return Step(
        formula="年初余额 + 全年收支 + 以前记入的利息 + 本次记入",
        inputs=(
            ("年初余额", str(Money(facts.opening_fen))),
            ("全年收支", str(Money(_sum(facts.movements)))),
            ("以前记入的利息", str(Money(facts.credited_fen))),
            ("本次记入", str(Money(difference))),
        ),
        result=str(Money(closing)),
        version=rate.policy_version,
        article=ARTICLE,
        name="年末余额",
        sentence=f"连同当年的收支和利息，年末账户里有 {Money(closing)} 元。",
        rounding="",
    )
