"""The late fee (滞纳金): by day from the day of default, for employers only. Pure.

社会保险法第八十六条: who has not paid in time and in full pays 0.05 % a day from the day of
default (欠缴之日), which is the day after the last day to pay. Principal deferred (缓缴) bears none
while it is deferred; voluntary payers owe none at all. A debt is what an employer owes in a scheme
for a month, or of a difference with a last day of its own.

Everything is whole: the sum of principal × days × rate in millionths over the stretches between
two changes (a payment, a deferral's or a rate's bound), then one rounding, ``(sum + 500000) /
1000000``. In SQL the stretches are the ordered days of change of a debt with ``lead(day)``, and the
principal of each is the debt less what is paid and deferred on its first day, ``greatest(0, …)``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from itertools import pairwise

from backend.kernel.dated import region_chain
from backend.kernel.money import Money, Rounding
from backend.kernel.months import DateRange
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.collection.rules.pay_by import EMPLOYED
from insurance.policy.steps import Step, authority, percent

DAILY = "collection.late_fee_daily"
MILLION = 1_000_000
ONE_DAY = timedelta(days=1)
NOT_OWED = "个人自愿缴费，不加收滞纳金。"


class LastDay(Enum):
    """Whether the day of payment counts (计至哪一天)."""

    PAYMENT_DAY = "缴纳当日也计"
    DAY_BEFORE = "计至缴纳前一日"


class Cap(Enum):
    """Whether the fee may exceed the principal (上限)."""

    PRINCIPAL = "不超过本金"
    NONE = "不设上限"


@dataclass(frozen=True)
class DailyRate:
    """The rate in force over some days, in millionths a day."""

    days: DateRange
    ppm: int
    source: Resolved


@dataclass(frozen=True)
class LateFeeTerms:
    """All that late fees rest on."""

    rates: tuple[DailyRate, ...]
    last_day: LastDay
    cap: Cap
    rounding: Rounding
    rules: tuple[Resolved, ...]
    policy_version: str


@dataclass(frozen=True)
class Paid:
    """A part of the principal, paid on a day."""

    on: date
    fen: int


@dataclass(frozen=True)
class Deferred:
    """Principal that may be paid later, by decision (缓缴), over these days."""

    days: DateRange
    fen: int


@dataclass(frozen=True)
class Debt:
    """What was to be paid by a day, what of it came in when, and what was deferred."""

    kind: str  # of the insured: EMPLOYED owes late fees
    fen: int
    pay_by: date
    paid: Sequence[Paid] = ()
    deferred: Sequence[Deferred] = ()


@dataclass(frozen=True)
class LateFee:
    """The late fee of a debt up to a day, as if the rest were paid on that day."""

    fen: int
    capped: bool
    millionths: int  # fen × days × ppm, before the one rounding: adds up over days
    days: int  # on which some principal was in default
    steps: tuple[Step, ...]


def late_fee_terms(
    *, tree: ParameterTree, region: str, since: date, until: date, demo: bool = False
) -> LateFeeTerms:
    """Resolve the rates of all days from ``since``, the first of default (the day after the last
    day to pay), and the rules in force on ``until``.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    rules = tuple(
        tree.resolve(f"collection.{name}", region, until, demo)
        for name in ("late_fee_last_day", "late_fee_cap", "share_rounding")
    )
    last_day, cap, rounding = rules
    return LateFeeTerms(
        rates=_daily_rates(tree, region, since, until, demo),
        last_day=LastDay[last_day.text],
        cap=Cap[cap.text],
        rounding=Rounding[rounding.text],
        rules=rules,
        policy_version=tree.version,
    )


def late_fee(*, debt: Debt, until: date, terms: LateFeeTerms) -> LateFee:
    """Compute the fee for all days of default up to ``until``.

    Payments count against what is not deferred first: the fee never falls on deferred principal.
    """
    _check(debt)
    if debt.kind != EMPLOYED:
        return LateFee(0, False, 0, 0, (_none(terms),))
    end = until + ONE_DAY if terms.last_day is LastDay.PAYMENT_DAY else until
    stretches = tuple(_stretches(debt, end, terms))
    millionths = sum(s.millionths for s in stretches)
    exact = Money(millionths).divide(MILLION, terms.rounding).fen
    in_default = debt.fen - sum(p.fen for p in debt.paid if p.on <= debt.pay_by)
    fen = min(exact, in_default) if terms.cap is Cap.PRINCIPAL else exact
    return LateFee(
        fen=fen,
        capped=fen < exact,
        millionths=millionths,
        days=sum(s.count for s in stretches),
        steps=tuple(_steps(stretches, exact, in_default, fen, terms)),
    )


@dataclass(frozen=True)
class _Stretch:
    """Days of default on which neither the principal nor the rate changes."""

    days: DateRange
    principal_fen: int
    rate: DailyRate

    @property
    def count(self) -> int:
        assert self.days.end is not None
        return (self.days.end - self.days.start).days

    @property
    def millionths(self) -> int:
        return self.principal_fen * self.count * self.rate.ppm


def _stretches(debt: Debt, end: date, terms: LateFeeTerms) -> Iterable[_Stretch]:
    start = debt.pay_by + ONE_DAY
    if end <= start:
        return
    ranges = (*(d.days for d in debt.deferred), *(rate.days for rate in terms.rates))
    bounds = {bound for days in ranges for bound in (days.start, days.end) if bound is not None}
    bounds |= {_free_from(paid, terms) for paid in debt.paid}
    days = sorted({start, end, *(bound for bound in bounds if start < bound < end)})
    for first, after in pairwise(days):
        principal = _bearing(debt, first, terms)
        if principal:
            yield _Stretch(DateRange(first, after), principal, _rate_on(terms, first))


def _bearing(debt: Debt, day: date, terms: LateFeeTerms) -> int:
    """The principal that bears a fee on a day."""
    paid = sum(p.fen for p in debt.paid if _free_from(p, terms) <= day)
    deferred = sum(d.fen for d in debt.deferred if d.days.contains(day))
    return max(0, debt.fen - paid - deferred)


def _free_from(paid: Paid, terms: LateFeeTerms) -> date:
    """The first day on which what was paid bears no fee any more."""
    return paid.on + ONE_DAY if terms.last_day is LastDay.PAYMENT_DAY else paid.on


def _rate_on(terms: LateFeeTerms, day: date) -> DailyRate:
    for rate in terms.rates:
        if rate.days.contains(day):
            return rate
    raise ValueError(f"the terms hold no rate for {day}")


def _daily_rates(
    tree: ParameterTree, region: str, since: date, until: date, demo: bool
) -> tuple[DailyRate, ...]:
    places = region_chain(region)
    rows = [row for row in tree.parameters[DAILY].rows["value"] if row.region in places]
    bounds = {bound for row in rows for bound in (row.valid.start, row.valid.end) if bound}
    end = max(since, until) + ONE_DAY
    days = sorted({since, end, *(bound for bound in bounds if since < bound < end)})
    rates = []
    for first, after in pairwise(days):
        source = tree.resolve(DAILY, region, first, demo)
        if source.number * MILLION % 1:
            raise ValueError(f"{DAILY}: {source.number} is no rate in millionths")
        rates.append(DailyRate(DateRange(first, after), int(source.number * MILLION), source))
    return tuple(rates)


def _check(debt: Debt) -> None:
    parts = [debt.fen, *(p.fen for p in debt.paid), *(d.fen for d in debt.deferred)]
    if min(parts) < 0 or sum(p.fen for p in debt.paid) > debt.fen:
        raise ValueError("a debt is not negative and not paid more than once")


def _none(terms: LateFeeTerms) -> Step:
    return Step(
        formula="0",
        inputs=(),
        result="0.00",
        version=terms.policy_version,
        article="社会保险法第八十六条只及于用人单位",
        name="滞纳金",
        sentence=NOT_OWED,
        rounding="",
    )


def _steps(
    stretches: Sequence[_Stretch], exact: int, in_default: int, fen: int, terms: LateFeeTerms
) -> Iterator[Step]:
    parts = [_stretch_step(f"第{n}段", s, terms) for n, s in enumerate(stretches, start=1)]
    yield from parts
    yield _days_step(stretches, terms)
    yield _sum_step(parts, exact, terms)
    if fen < exact:
        yield _cap_step(exact, in_default, fen, terms)


def _stretch_step(name: str, stretch: _Stretch, terms: LateFeeTerms) -> Step:
    exact = Decimal(stretch.millionths) / MILLION / 100
    first, last = _bounds(stretch)
    principal = Money(stretch.principal_fen)
    ratio = stretch.rate.source.number
    return Step(
        formula="欠缴本金 × 日加收率 × (止日 − 起日 + 1)",
        inputs=(
            ("起日", first),
            ("止日", last),
            ("欠缴本金", str(principal)),  # without what was deferred
            ("日加收率", f"{ratio:f}"),
        ),
        result=f"{exact.normalize():f}",
        version=terms.policy_version,
        article=authority(stretch.rate.source),
        name=name,
        sentence=(
            f"{first} 至 {last} 共 {stretch.count} 天，欠缴 {principal} 元（缓缴的除外），"
            f"每天加收 {percent(ratio)}。"
        ),
        rounding="",
    )


def _days_step(stretches: Sequence[_Stretch], terms: LateFeeTerms) -> Step:
    count = sum(s.count for s in stretches)
    inputs = tuple(
        (f"第{n}段{bound}", day)
        for n, stretch in enumerate(stretches, start=1)
        for bound, day in zip(("起日", "止日"), _bounds(stretch), strict=True)
    )
    each = (f"(第{n}段止日 − 第{n}段起日 + 1)" for n in range(1, len(stretches) + 1))
    return Step(
        formula=" + ".join(each) or "0",
        inputs=inputs,
        result=str(count),
        version=terms.policy_version,
        article=authority(*terms.rules),
        name="加收天数",
        sentence=(
            f"一共加收 {count} 天（{terms.last_day.value}）。"
            if stretches
            else "未逾期，没有加收的天数。"
        ),
        rounding="",
    )


def _bounds(stretch: _Stretch) -> tuple[str, str]:
    """Its first and its last day."""
    assert stretch.days.end is not None
    return str(stretch.days.start), str(stretch.days.end - ONE_DAY)


def _sum_step(parts: Sequence[Step], exact: int, terms: LateFeeTerms) -> Step:
    said = "各段加起来" if parts else "未逾期"
    return Step(
        formula=" + ".join(part.name for part in parts) or "0",
        inputs=tuple((part.name, part.result) for part in parts),
        result=str(Money(exact)),
        version=terms.policy_version,
        article=authority(*terms.rules),
        name="滞纳金",
        sentence=f"{said}，滞纳金是 {Money(exact)} 元（{terms.last_day.value}）。",
        rounding=terms.rounding.label,
    )


def _cap_step(exact: int, in_default: int, fen: int, terms: LateFeeTerms) -> Step:
    return Step(
        formula="较小(滞纳金, 欠缴本金)",
        inputs=(("滞纳金", str(Money(exact))), ("欠缴本金", str(Money(in_default)))),
        result=str(Money(fen)),
        version=terms.policy_version,
        article=authority(*terms.rules),
        name="应缴滞纳金",
        sentence=f"滞纳金{terms.cap.value}，只收 {Money(fen)} 元。",
        rounding="",
    )
