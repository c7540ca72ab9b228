"""How what is due for a month came about (应发怎样得来): regularly, kept, paid later. Pure.

What is paid later is f(known now) − f(paid so far), month by month, as the run that found it knew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.policy.retirement import month_said
from insurance.policy.steps import Step

DUE, SO_FAR, MORE, PAID = "应发", "已发", "补发", "发放"
ALL_MORE, MONTHS = "补发合计", "月数"


@dataclass(frozen=True)
class Part:
    """A component of a month, as it was known, or something that was due of it before."""

    label: str  # 基础养老金; 当月发放的
    fen: int
    article: str = ""  # what it rests on


@dataclass(frozen=True)
class MonthFound:
    """What a run found of a past month: owed as then known, and due of it until then."""

    month: Month
    now: tuple[Part, ...]
    so_far: tuple[Part, ...]
    because: str  # what changed since the run before, and by which decision

    @property
    def more_fen(self) -> int:
        """What is paid later."""
        return _sum(self.now) - _sum(self.so_far)


def month_steps(*, month: Month, parts: Sequence[Part]) -> tuple[Step, ...]:
    """Give what is due for a month, by component."""
    return (_added(f"{month_said(month=month)}{DUE}", parts, "各项待遇相加。"),)


def paid_step(*, month: Month, due_fen: int, kept: Step) -> Step:
    """Give what is paid of a month of which some is kept."""
    said = month_said(month=month)
    due = (f"{said}{DUE}", str(Money(due_fen)))
    return Step(
        formula=f"{due[0]} − {kept.name}",
        inputs=(due, (kept.name, kept.result)),
        result=str(Money(due_fen) - Money.yuan(kept.result)),
        version="",
        article="",
        name=f"{said}{PAID}",
        sentence="抵扣以后发放的。",
        rounding="",
    )


def difference_steps(*, months: Sequence[MonthFound]) -> tuple[Step, ...]:
    """Give what is paid later: months that follow each other and are alike together."""
    each: list[Step] = []
    totals: list[tuple[str, str]] = []
    for stretch in _stretches(months):
        each.extend(_of_stretch(stretch))
        totals.append((each[-1].name, each[-1].result))
    whole = Step(
        formula=" + ".join(name for name, _ in totals),
        inputs=tuple(totals),
        result=str(Money(sum(one.more_fen for one in months))),
        version="",
        article="",
        name=ALL_MORE,
        sentence="各月补发相加。",
        rounding="",
    )
    return (*each, whole)


def _of_stretch(stretch: Sequence[MonthFound]) -> Iterator[Step]:
    first, last, count = stretch[0], stretch[-1], len(stretch)
    span = month_said(month=first.month)
    if count > 1:
        span += f"至{month_said(month=last.month)}"
    each = "每月" if count > 1 else ""
    due = _added(f"{span}{each}{DUE}", first.now, "按发放计算时查明的，各项待遇相加。")
    yield due
    taken = [(due.name, due.result)]
    if first.so_far:
        so_far = _added(f"{span}{each}{SO_FAR}", first.so_far, "以前已经计发的，没有撤销的都算。")
        yield so_far
        taken.append((so_far.name, so_far.result))
    formula = " − ".join(name for name, _ in taken)
    if count > 1:
        taken.append((MONTHS, str(count)))
        formula = f"（{formula}）× {MONTHS}"
    yield Step(
        formula=formula,
        inputs=tuple(taken),
        result=str(Money(sum(one.more_fen for one in stretch))),
        version="",
        article=first.because,
        name=f"{span}{MORE}",
        sentence=f"{'每月' if count > 1 else ''}应发的减去已发的，少发的补发。",
        rounding="",
    )


def _stretches(months: Sequence[MonthFound]) -> Iterator[list[MonthFound]]:
    numbered = enumerate(sorted(months, key=lambda one: one.month))
    for _, alike in groupby(
        numbered,
        key=lambda pair: (
            *(pair[1].month.index - pair[0], pair[1].now, pair[1].so_far, pair[1].because),
        ),
    ):
        yield [one for _, one in alike]


def _added(name: str, parts: Sequence[Part], sentence: str) -> Step:
    return Step(
        formula=" + ".join(part.label for part in parts),
        inputs=tuple((part.label, str(Money(part.fen))) for part in parts),
        result=str(Money(_sum(parts))),
        version="",
        article="；".join(dict.fromkeys(part.article for part in parts if part.article)),
        name=name,
        sentence=sentence,
        rounding="",
    )


def _sum(parts: Sequence[Part]) -> int:
    return sum(part.fen for part in parts)
