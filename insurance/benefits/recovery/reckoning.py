"""How an amount that is asked back came about (追回金额怎样得来), month by month. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.policy.retirement import month_said
from insurance.policy.steps import Step

PAID, DUE, MONTHS = "每月已发", "每月应发", "月数"
ALL, OTHER, BACK = "多发合计", "其他多发", "已经退回和抵扣的"
# What else stands in the memo register, by its source.
OTHERS = {
    "benefits.claim": "一次性待遇撤销以后应退的",
    "benefits.claim.returned": "其中银行退回的一次性待遇",
    "payments.corrected": "一次支付的款项更正以后多得的",
    "benefits.inherited.reopened": "死亡撤销以后应由本人得的",
    "accounts.inherited": "个人账户继承撤销以后应退的",
    "accounts.inherited.returned": "其中银行退回的个人账户继承",
    "benefits.merge": "合并登记时转来的",
}
OPEN, ELSEWHERE, FREE = "还没有退回的", "其他追回要求退回的", "没有立案追回的"
NOTICE, LEFT_OUT = "告知金额", "本次没有列入的"
ORDER, DROPPED = "责令退回金额", "听取意见、核实后不再要求的"


@dataclass(frozen=True)
class MonthPaid:
    """A month of a pension that was paid too high (多发的月份)."""

    entitlement: int
    month: Month
    paid_fen: int
    due_fen: int
    found_in: Month  # the month whose run found it out first


@dataclass(frozen=True)
class Asked:
    """What stands in the memo register about a party when something is asked back of it (fen)."""

    months: tuple[MonthPaid, ...]
    owed_fen: int  # by the register: what is still owed
    back_fen: int  # what came back before
    elsewhere_fen: int  # what other recoveries ask for
    fen: int  # what is asked now
    others: tuple[tuple[str, int], ...] = ()  # what was put down besides the months, by source


@dataclass(frozen=True)
class _Stretch:
    """Months of one pension that follow each other, alike."""

    months: tuple[MonthPaid, ...]

    @property
    def fen(self) -> int:
        return sum(one.paid_fen - one.due_fen for one in self.months)


def notice_steps(*, asked: Asked) -> tuple[Step, ...]:
    """Give how the amount of a notice comes about, from the months on."""
    stretches = tuple(_stretches(asked.months))
    several = len({one.entitlement for one in asked.months}) > 1
    each = tuple(_of_months(stretch, several) for stretch in stretches)
    owed_before = asked.owed_fen + asked.back_fen
    parts = [(step.name, step.result) for step in each]
    parts += [(OTHERS[source], str(Money(fen))) for source, fen in asked.others]
    other = owed_before - sum(
        (*(stretch.fen for stretch in stretches), *(fen for _, fen in asked.others))
    )
    if other or not parts:
        parts.append((OTHER, str(Money(other))))
    whole = _step(
        ALL, " + ".join(name for name, _ in parts), parts, owed_before, "备查簿登记的应退回金额。"
    )
    return (*each, *_less(whole, asked))


def order_steps(*, noticed: Sequence[Step], notified_fen: int, fen: int) -> tuple[Step, ...]:
    """Give how the amount of an order comes about: as notified, less what is asked for no more."""
    told = (NOTICE, str(Money(notified_fen)))
    if fen == notified_fen:
        last = _step(ORDER, NOTICE, [told], fen, "与告知的金额相同。")
    else:
        dropped = (DROPPED, str(Money(notified_fen - fen)))
        last = _step(ORDER, f"{NOTICE} − {DROPPED}", [told, dropped], fen, "比告知的金额少。")
    return (*noticed, last)


def _less(whole: Step, asked: Asked) -> Iterator[Step]:
    """From all that was paid too much to what is asked now."""
    yield whole
    before, rest = (whole.name, whole.result), asked.owed_fen + asked.back_fen
    for name, less, fen, said in (
        (OPEN, BACK, asked.back_fen, "减去以前退回和抵扣的。"),
        (FREE, ELSEWHERE, asked.elsewhere_fen, "减去其他追回已要求退回而还没有退回的。"),
    ):
        if fen:
            rest -= fen
            step = _step(
                name, f"{before[0]} − {less}", [before, (less, str(Money(fen)))], rest, said
            )
            before = (step.name, step.result)
            yield step
    left = rest - asked.fen
    if left:
        yield _step(
            NOTICE,
            f"{before[0]} − {LEFT_OUT}",
            [before, (LEFT_OUT, str(Money(left)))],
            asked.fen,
            "本次只告知其中的一部分。",
        )
    else:
        yield _step(NOTICE, before[0], [before], asked.fen, "全部告知。")


def _stretches(months: Sequence[MonthPaid]) -> Iterator[_Stretch]:
    """Join months that follow each other and are alike."""
    ordered = sorted(months, key=lambda one: (one.entitlement, one.month))
    numbered = enumerate(ordered)
    for _, alike in groupby(
        numbered,
        key=lambda pair: (
            *(pair[1].entitlement, pair[1].month.index - pair[0]),
            *(pair[1].paid_fen, pair[1].due_fen, pair[1].found_in),
        ),
    ):
        yield _Stretch(tuple(one for _, one in alike))


def _of_months(stretch: _Stretch, several: bool) -> Step:
    first, last = stretch.months[0], stretch.months[-1]
    span = month_said(month=first.month)
    if last is not first:
        span += f"至{month_said(month=last.month)}"
    of = f"（待遇{first.entitlement}）" if several else ""
    paid, due = Money(first.paid_fen), Money(first.due_fen)
    return Step(
        formula=f"（{PAID} − {DUE}）× {MONTHS}",
        inputs=((PAID, str(paid)), (DUE, str(due)), (MONTHS, str(len(stretch.months)))),
        result=str(Money(stretch.fen)),
        version="",
        article=f"{month_said(month=first.found_in)}发放计算时查明",
        name=f"{span}多发{of}",
        sentence=f"{span}，每月发了 {paid} 元，应发 {due} 元。",
        rounding="",
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
