"""How what goes back of doubled months came about (清退怎样得来), one by one. Pure.

By difference, as ``shares.cleared_share``: what all cleared months make, less what those cleared
earlier made, less what went back before; as far as the account goes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backend.kernel.money import Money
from insurance.policy.rounding import TO_FEN
from insurance.policy.steps import Step

ALL, PAID, CLEARED, EARLIER, WHOLE = "清退合计", "已缴", "清退月数", "以前清退月数", "全部月数"
HAD, HELD = "本件以前已退", "账户余额"


@dataclass(frozen=True)
class ContributionCleared:
    """A contribution of which months were cleared (清退的一笔缴费)."""

    label: str  # 2025年个人缴费
    paid_fen: int
    until: int  # months of it that were cleared, with those before
    months: int  # by this case
    whole: int  # of how many months it is
    had_fen: int  # what this case gave back of it before
    fen: int  # what goes back now


def cleared_steps(*, cleared: Sequence[ContributionCleared], held_fen: int) -> tuple[Step, ...]:
    """Give each contribution and all of them; the account holds ``held_fen`` before the first."""
    each: list[Step] = []
    totals: list[tuple[str, str]] = []
    for one in cleared:
        each.extend(_of_contribution(one, held_fen))
        totals.append((each[-1].name, each[-1].result))
        held_fen -= one.fen
    formula = " + ".join(name for name, _ in totals)
    fen = sum(one.fen for one in cleared)
    return (*each, _step(ALL, formula, totals, fen, "各笔相加。"))


def _of_contribution(one: ContributionCleared, held_fen: int) -> Iterator[Step]:
    until, before = min(one.until, one.whole), min(one.until - one.months, one.whole)
    paid = (PAID, str(Money(one.paid_fen)))
    now = _of_months(f"{one.label}清退的", CLEARED, paid, until, one.whole)
    yield now
    parts = [(now.name, now.result)]
    if before:
        earlier = _of_months(f"{one.label}以前清退的", EARLIER, paid, before, one.whole)
        yield earlier
        parts.append((earlier.name, earlier.result))
    if one.had_fen:
        parts.append((HAD, str(Money(one.had_fen))))
    owed = Money.yuan(parts[0][1]).fen - sum(Money.yuan(text).fen for _, text in parts[1:])
    due = _step(
        f"{one.label}应退",
        " − ".join(name for name, _ in parts),
        parts,
        owed,
        "这次应退回的。",
    )
    yield due
    yield _step(
        f"{one.label}退回",
        f"较小（{due.name}，{HELD}）",
        [(due.name, due.result), (HELD, str(Money(held_fen)))],
        one.fen,
        "不多于账户里还有的；不足的等账户再有余额时退。",
    )


def _of_months(name: str, months: str, paid: tuple[str, str], count: int, whole: int) -> Step:
    inputs = (paid, (months, str(count)), (WHOLE, str(whole)))
    amount = Money(Money.yuan(paid[1]).fen * count).divide(whole, TO_FEN)
    return Step(
        formula=f"{PAID} × {months} ÷ {WHOLE}",
        inputs=inputs,
        result=str(amount),
        version="",
        article="人社部发〔2014〕17号",
        name=name,
        sentence="重复参保的月份，退回本人和集体缴的，政府补贴不退。",
        rounding=TO_FEN.label,
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
