"""Which deemed service counts (视同缴费的审核): no month twice, none since accounts began. Pure.

Deemed is what was worked before personal accounts were set up (建立个人账户). Since then a month is
paid for, or counts on a ground of its own: service in the army is one.
"""

from collections.abc import Collection, Sequence
from datetime import date

from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthRange, months_between
from backend.kernel.parameters import ParameterTree
from insurance.policy.steps import authority

ACCOUNTS_SINCE, GROUNDS = "pension.account_system_start", "pension.deemed_after_start"
SHOWN = 12


class DeemedGroundMissing(Refusal):
    """Since personal accounts began a month is deemed on a named ground only (没有视同的理由)."""

    code = "deemed_ground_missing"


class DeemedInvalid(Refusal):
    """What is deemed and what was paid contradict each other (视同缴费与实际缴费不符)."""

    code = "deemed_invalid"


def check_ground(
    *,
    tree: ParameterTree,
    region: str,
    months: MonthRange,
    ground: str,
    today: date,
    demo: bool = False,
) -> None:
    """Let months count as deemed: before personal accounts began, or on a ground that counts then.

    A date that is not verified refuses too: it never lets anything count.

    Raises:
        DeemedGroundMissing; NotConfigured; NotVerified: the grounds.
    """
    assert months.end is not None
    last = months.end.previous
    started = tree.resolve_any(ACCOUNTS_SINCE, region, today)
    assert isinstance(started.value, date)
    if last < Month.of(started.value):
        return
    grounds = tree.resolve(GROUNDS, region, last.first_day, demo)
    if ground not in grounds.sequence:
        raise DeemedGroundMissing(
            f"{Month.of(started.value)} 起建立个人账户，{last} 须写明仍可视同缴费的理由"
            f"（{authority(grounds)}），如军龄。",
            since=str(Month.of(started.value)),
        )


def check_months(
    *,
    deemed: Sequence[MonthRange],
    paid: Collection[Month],
    earlier_months: int,
    first_work: Month,
    last: Month,
) -> None:
    """Let deemed months stand beside those paid for, through ``last``, the last that counts.

    Raises:
        DeemedInvalid: a month is both, lies after the last, or there are more than there were.
    """
    beyond = [period for period in deemed if period.end is not None and period.end > last.next]
    if beyond:
        raise DeemedInvalid(f"视同缴费期间不能晚于 {last}，请重新办理档案认定。")
    twice = sorted(month for month in paid if any(period.contains(month) for period in deemed))
    if twice:
        listed = "、".join(map(str, twice[:SHOWN])) + ("等" if len(twice) > SHOWN else "")
        raise DeemedInvalid(f"{listed} 已实际缴费，不能再视同缴费，请重新办理档案认定。")
    most = months_between(first_work, last.next)
    total = deemed_through(deemed=deemed, last=last) + earlier_months + len(paid)
    if total > most:
        raise DeemedInvalid(
            f"{first_work} 参加工作，至 {last} 共 {most} 个月，视同和实际缴费却有 {total} 个月。",
            most=most,
            total=total,
        )


def deemed_through(*, deemed: Sequence[MonthRange], last: Month) -> int:
    """Count the deemed months through a month."""
    return sum(1 for period in deemed for month in period.months() if month <= last)
