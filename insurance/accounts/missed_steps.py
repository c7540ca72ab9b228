"""How interest that is made up came about (补记利息怎样得来), closed year by closed year. Pure.

The same reckoning as ``missed.missed_interest``, told step by step.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.accounts.interest import ARTICLE, YEAR_MONTHS, Movement, interest_on, months_borne
from insurance.accounts.missed import Absence, ClosedYear
from insurance.policy.retirement import month_said
from insurance.policy.rounding import TO_FEN
from insurance.policy.steps import Step

MADE_UP, ALL, BEFORE, HELD = "补记利息", "应补记的利息", "以前补记的", "账户余额"
WAS, MORE, RATE = "原月积数", "补计月积数", "记账利率"


def missed_steps(
    *,
    absences: Sequence[Absence],
    made_up: Sequence[Movement],
    closed: Sequence[ClosedYear],
    held_fen: int,
) -> tuple[Step, ...]:
    """Give what each closed year would have borne more, less what was made up before; never more
    is taken back than the account holds."""
    moved = _moved(absences, made_up)
    each: list[Step] = []
    parts: list[tuple[str, str]] = []
    more = 0
    for year in closed:
        steps = tuple(_of_year(year, more, moved))
        if not steps:
            continue
        each.extend(steps)
        interest = Money.yuan(steps[-1].result).fen
        parts.append((steps[-1].name, steps[-1].result))
        more += sum(fen for month, fen in moved.items() if month.year == year.year) + interest
    missed = sum(Money.yuan(text).fen for _, text in parts)
    before = sum(one.fen for one in made_up)
    whole = _step(
        ALL,
        " + ".join(name for name, _ in parts),
        parts,
        missed,
        "各年应多计的利息相加。",
    )
    last = _step(
        MADE_UP,
        f"较大（{ALL} − {BEFORE}，−{HELD}）",
        [(ALL, whole.result), (BEFORE, str(Money(before))), (HELD, str(Money(held_fen)))],
        max(missed - before, -held_fen),
        "减去以前补记的；扣减时不超过账户余额。",
    )
    return (*each, whole, last)


def _moved(absences: Sequence[Absence], made_up: Sequence[Movement]) -> dict[Month, int]:
    """By month what would have been in the account besides, or was there already."""
    found: dict[Month, int] = defaultdict(int)
    for one in absences:
        found[one.left] += one.fen
        found[one.back] -= one.fen
    for entered in made_up:
        found[entered.arrival] -= entered.fen
    return dict(sorted(found.items()))


def _of_year(year: ClosedYear, more: int, moved: dict[Month, int]) -> Iterator[Step]:
    within = {month: fen for month, fen in moved.items() if month.year == year.year and fen}
    if not more and not within:
        return
    said = f"{year.year}年"
    opening = (f"{said}初应多的", str(Money(more)))
    each = [
        (f"{month_said(month=month)}应多的", str(Money(fen)), months_borne(arrival=month))
        for month, fen in within.items()
    ]
    product = more * YEAR_MONTHS + sum(
        fen * months_borne(arrival=month) for month, fen in within.items()
    )
    besides = _step(
        f"{said}{MORE}",
        " + ".join(
            (f"{opening[0]} × {YEAR_MONTHS}", *(f"{name} × {months}" for name, _, months in each))
        ),
        [opening, *((name, text) for name, text, _ in each)],
        product,
        "没有离开过账户的，当年会多的每笔钱乘上在账上的月数。",
    )
    yield besides
    was = (WAS, str(Money(year.product_fen)))
    rate = (RATE, f"{year.ratio:f}")
    all_in = interest_on(product_fen=year.product_fen + product, ratio=year.ratio)
    then = interest_on(product_fen=year.product_fen, ratio=year.ratio)
    should = _step(
        f"{said}应有的利息",
        f"较大（{WAS} + {besides.name}，0）× {RATE} ÷ {YEAR_MONTHS}",
        [was, (besides.name, besides.result), rate],
        all_in,
        "按没有离开过算。",
    )._replace(article=ARTICLE, rounding=TO_FEN.label)
    had = _step(
        f"{said}已有的利息",
        f"较大（{WAS}，0）× {RATE} ÷ {YEAR_MONTHS}",
        [was, rate],
        then,
        "年度计息时已经记的。",
    )._replace(article=ARTICLE, rounding=TO_FEN.label)
    yield should
    yield had
    yield _step(
        f"{said}多计的利息",
        f"{should.name} − {had.name}",
        [(should.name, should.result), (had.name, had.result)],
        all_in - then,
        "这一年应多计的。",
    )


def _step(
    name: str, formula: str, inputs: Sequence[tuple[str, str]], fen: int, sentence: str
) -> Step:
    return Step(
        formula=formula,
        inputs=tuple(inputs),
        result=str(Money(fen)),
        version="",
        article="",
        name=name,
        sentence=sentence,
        rounding="",
    )
