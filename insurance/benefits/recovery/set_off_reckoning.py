"""How what is kept came about (抵扣怎样得来): what was ordered, what came back, how much is kept of
what, and what is left. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from backend.kernel.money import Money, Rounding
from backend.kernel.months import Month
from insurance.benefits.recovery.amounts import MILLION
from insurance.benefits.recovery.reckoning import ORDER
from insurance.policy.retirement import month_said
from insurance.policy.steps import Step, percent

MONTHLY, ONCE, REST, AFTER = "每月抵扣", "抵扣金额", "还应退回的", "抵扣以后还应退回的"
MONTHS_KEPT, KEPT, RECEIVED = "按月抵扣合计", "已经抵扣的", "已经退到账的"
OTHER_KEPT, TAKEABLE = "一次性待遇、个人账户抵扣的", "现在可以抵扣的"
REGISTERED, PLANNED = "备查簿登记待退回的", "正在计算的发放要抵扣的"
ASKED, PENSION, MOST, SHARE = "决定的金额", "月待遇", "每月最多抵扣", "最高比例"
FULL, LAST = "抵满的月数", "最后一个月抵扣"
DUE, UP_TO = "当月应发", "本期至多抵扣"


@dataclass(frozen=True)
class MonthKept:
    """What a run kept of a month (本期抵扣)."""

    month: Month
    due_fen: int  # of the month, before anything was kept of it
    most_fen: int  # as planned when the run opened: what is decided, what is owed
    most_ppm: int
    fen: int


@dataclass(frozen=True)
class Rest:
    """What an order asks for, and what came back of it until now (fen)."""

    ordered: tuple[Step, ...]  # how what was ordered came about
    ordered_fen: int
    received_fen: int
    months: tuple[MonthKept, ...]
    once_fen: int  # kept of shares and of accounts
    registered_fen: int  # by the memo register: what is still owed
    planned_fen: int  # what a run that is computed may keep

    @property
    def kept_fen(self) -> int:
        """All that was kept."""
        return self.once_fen + sum(one.fen for one in self.months)

    @property
    def open_fen(self) -> int:
        """What still has to come back."""
        return self.ordered_fen - self.received_fen - self.kept_fen

    @property
    def may_fen(self) -> int:
        """What may still be taken."""
        return min(self.open_fen, self.registered_fen - self.planned_fen)


@dataclass(frozen=True)
class Limit:
    """How much of a month may be kept, by which text."""

    month: Month
    parts: tuple[tuple[str, int], ...]  # the month by component
    most_ppm: int
    version: str
    article: str

    @property
    def whole_fen(self) -> int:
        """The month."""
        return sum(fen for _, fen in self.parts)

    @property
    def most_fen(self) -> int:
        """Rounded down."""
        return self.whole_fen * self.most_ppm // MILLION


def month_step(*, kept: MonthKept) -> Step:
    """Give how what a run kept of a month came about."""
    share = Decimal(kept.most_ppm) / MILLION
    said = month_said(month=kept.month)
    return Step(
        formula=f"较小（{UP_TO}，{DUE} × {SHARE}）",
        inputs=(
            (UP_TO, str(Money(kept.most_fen))),
            (DUE, str(Money(kept.due_fen))),
            (SHARE, _plain(share)),
        ),
        result=str(Money(kept.fen)),
        version="",
        article="",
        name=f"{said}抵扣",
        sentence=f"{said}应发的，按决定的每月金额和还应退回的，至多抵扣 {Money(kept.most_fen)} 元，"
        f"不超过应发的{percent(share)}。",
        rounding=Rounding.DOWN_FEN.label,
    )


def rest_steps(*, rest: Rest) -> tuple[Step, ...]:
    """Give what was ordered, what was kept month by month, and what is left."""
    return (*rest.ordered, *_kept(rest), _open(rest))


def pension_steps(*, rest: Rest, limit: Limit, fen: int) -> tuple[Step, ...]:
    """Give what is kept of each month of a pension, and of how many."""
    full, last = divmod(rest.may_fen, fen)
    said = month_said(month=limit.month)
    share = Decimal(limit.most_ppm) / MILLION
    labels = [label for label, _ in limit.parts]
    whole = _step(
        PENSION,
        " + ".join(labels),
        [(label, str(Money(part))) for label, part in limit.parts],
        Money(limit.whole_fen),
        f"{said}的待遇。",
    )
    most = _step(
        MOST,
        f"{PENSION} × {SHARE}",
        [(PENSION, whole.result), (SHARE, _plain(share))],
        Money(limit.most_fen),
        f"每月抵扣的不超过当月待遇的{percent(share)}，留足生活。",
    )._replace(version=limit.version, article=limit.article, rounding=Rounding.DOWN_FEN.label)
    takeable = tuple(_takeable(rest))
    name = takeable[-1].name if takeable else REST
    left = (name, str(Money(rest.may_fen)))
    return (
        *rest_steps(rest=rest),
        *takeable,
        whole,
        most,
        _step(
            MONTHLY,
            f"较小（{ASKED}，{MOST}）",
            [(ASKED, str(Money(fen))), (MOST, most.result)],
            Money(fen),
            f"从{said}起每月抵扣。",
        ),
        _step(
            FULL,
            f"取整（{name} ÷ {MONTHLY}）",
            [left, (MONTHLY, str(Money(fen)))],
            full,
            "每月都按这个金额抵扣的月数；提前退还、某月待遇少发的，随之变化。",
        ),
        _step(
            LAST,
            f"{name} − {MONTHLY} × {FULL}",
            [left, (MONTHLY, str(Money(fen))), (FULL, str(full))],
            Money(last),
            "以后再抵扣这么多，抵完为止。" if last else "到那时正好抵完。",
        ),
    )


def once_steps(*, rest: Rest, of: tuple[Step, ...], fen: int) -> tuple[Step, ...]:
    """Give what is kept once; ``of`` gives what there is to keep it of, and ends with that."""
    takeable = tuple(_takeable(rest))
    name = takeable[-1].name if takeable else REST
    there, kept = of[-1], str(Money(fen))
    return (
        *rest_steps(rest=rest),
        *takeable,
        *of,
        _step(
            ONCE,
            f"较小（{ASKED}，较小（{name}，{there.name}））",
            [(ASKED, kept), (name, str(Money(rest.may_fen))), (there.name, there.result)],
            Money(fen),
            "决定抵扣的金额，不多于可以抵扣的。",
        ),
        _step(
            f"{there.name}余下的",
            f"{there.name} − {ONCE}",
            [(there.name, there.result), (ONCE, kept)],
            Money.yuan(there.result) - Money(fen),
            "余下的照旧。",
        ),
        _step(
            AFTER,
            f"{REST} − {ONCE}",
            [(REST, str(Money(rest.open_fen))), (ONCE, kept)],
            Money(rest.open_fen - fen),
            "这次抵扣以后。",
        ),
    )


def share_steps(*, label: str, share_fen: int, had_fen: int) -> tuple[Step, ...]:
    """Give what a share of a claim has to be kept of."""
    share = (f"{label}份额", str(Money(share_fen)))
    name = f"{label}应付"
    if not had_fen:
        return (_step(name, share[0], [share], Money(share_fen), "核定表上本人的一份。"),)
    had = ("以前已经付的", str(Money(had_fen)))
    fen = Money(share_fen - had_fen)
    said = "核定表上本人的一份，减去更正以前已经付的。"
    return (_step(name, f"{share[0]} − {had[0]}", [share, had], fen, said),)


def account_steps(*, month: Month, held_fen: int) -> tuple[Step, ...]:
    """Give what an account holds to be kept of."""
    held = ("个人账户储存额", str(Money(held_fen)))
    said = f"{month_said(month=month)}抵扣以前记在个人账户里的。"
    return (_step("个人账户余额", held[0], [held], Money(held_fen), said),)


def _kept(rest: Rest) -> Iterator[Step]:
    """Each month, all of them, and what else was kept."""
    each = [month_step(kept=one) for one in rest.months]
    yield from each
    parts = [(step.name, step.result) for step in each]
    if len(parts) > 1:
        fen = sum(one.fen for one in rest.months)
        names = " + ".join(name for name, _ in parts)
        yield _step(MONTHS_KEPT, names, parts, Money(fen), "各月抵扣相加。")
        parts = [(MONTHS_KEPT, str(Money(fen)))]
    if rest.once_fen:
        parts.append((OTHER_KEPT, str(Money(rest.once_fen))))
    if parts:
        names = " + ".join(name for name, _ in parts)
        yield _step(KEPT, names, parts, Money(rest.kept_fen), "到现在为止抵扣的。")


def _open(rest: Rest) -> Step:
    less = [(RECEIVED, rest.received_fen), (KEPT, rest.kept_fen)]
    taken = [(name, str(Money(fen))) for name, fen in less if fen]
    return _step(
        REST,
        " − ".join((ORDER, *(name for name, _ in taken))),
        [(ORDER, str(Money(rest.ordered_fen))), *taken],
        Money(rest.open_fen),
        "减去退回和抵扣的。" if taken else "还没有退回、抵扣过。",
    )


def _takeable(rest: Rest) -> Iterator[Step]:
    """Where less may be taken than is open: the register says less, or a run takes of it."""
    if rest.may_fen == rest.open_fen:
        return
    registered = [(REGISTERED, rest.registered_fen), (PLANNED, rest.planned_fen)]
    there = [(name, str(Money(fen))) for name, fen in registered if fen or name == REGISTERED]
    yield _step(
        TAKEABLE,
        f"较小（{REST}，{' − '.join(name for name, _ in there)}）",
        [(REST, str(Money(rest.open_fen))), *there],
        Money(rest.may_fen),
        "不多于备查簿里还登记着的，正在计算的发放要抵扣的也不再算。",
    )


def _step(
    name: str,
    formula: str,
    inputs: Sequence[tuple[str, str]],
    result: Money | int,
    sentence: str,
) -> Step:
    return Step(
        formula=formula,
        inputs=tuple(inputs),
        result=str(result),
        version="",
        article="",
        name=name,
        sentence=sentence,
        rounding="",
    )


def _plain(ratio: Decimal) -> str:
    return f"{ratio.normalize():f}"
