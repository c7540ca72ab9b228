"""Whether unemployment benefit is due, and what ends it (失业保险金的申领条件与停止情形). Pure.

Each condition is a small function with the sentence of 社会保险法第四十五条; it gives None, or what
is not met in words for the person.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.policy.retirement import Retirement

MINIMUM = "unemployment.minimum_contribution_months"
INVOLUNTARY = "unemployment.involuntary"


class JobEnd(Enum):
    """How the last job ended (中断就业的原因), by the articles of 劳动合同法."""

    CONTRACT_EXPIRED = "劳动合同期满"  # 第四十四条第一项
    EMPLOYER_BANKRUPT = "用人单位破产"  # 第四十四条第四项
    EMPLOYER_CLOSED = "用人单位关闭、被撤销或提前解散"  # 第四十四条第五项
    DISMISSED_FOR_FAULT = "用人单位因劳动者过失解除"  # 第三十九条
    DISMISSED_WITHOUT_FAULT = "用人单位非因过失解除"  # 第四十条
    LAID_OFF = "用人单位裁减人员"  # 第四十一条
    AGREED_BY_EMPLOYER = "用人单位提出、协商一致解除"  # 第三十六条
    REMOVED_FROM_POST = "用人单位解除聘用合同，或者辞退、除名、开除"
    LEFT_FOR_EMPLOYER_FAULT = "因用人单位违法，劳动者解除"  # 第三十八条
    AGREED_BY_PERSON = "劳动者提出、协商一致解除"  # 第三十六条
    RESIGNED = "劳动者辞职"  # 第三十七条


class StopEvent(Enum):
    """What ends the benefit (停止领取的情形); its label is the sentence of the article."""

    REEMPLOYED = ("重新就业的", "社会保险法第五十一条第一项")
    ARMY = ("应征服兵役的", "社会保险法第五十一条第二项")
    EMIGRATED = ("移居境外的", "社会保险法第五十一条第三项")
    PENSION = ("享受基本养老保险待遇的", "社会保险法第五十一条第四项")
    REFUSED_WORK = (
        "无正当理由，拒不接受当地人民政府指定部门或者机构介绍的适当工作或者提供的培训的",
        "社会保险法第五十一条第五项",
    )
    IN_PRISON = ("被判刑收监执行的", "失业保险条例第十五条")  # not in the law of 2010

    def __init__(self, label: str, article: str) -> None:
        self.label = label
        self.article = article


@dataclass(frozen=True)
class Circumstances:
    """What somebody who claims shows (申领时的情况)."""

    paid_months: int  # by employer and person, since the last claim
    unused_months: int  # of the spell before
    job_end: JobEnd
    registered_date: date | None  # 失业登记
    seeks_work: bool


@dataclass(frozen=True)
class Unmet:
    """A condition that is not met (不符合的条件)."""

    article: str
    detail: str


@dataclass(frozen=True)
class ConditionTerms:
    """What the conditions rest on."""

    minimum: Resolved
    involuntary: Resolved
    policy_version: str

    @property
    def involuntary_ends(self) -> frozenset[JobEnd]:
        """The ends that the person did not want."""
        return frozenset(JobEnd[str(name)] for name in self.involuntary.sequence)


class ConditionsUnmet(Refusal):
    """Benefit is not due, by every sentence that says why (不符合申领条件)."""

    code = "unemployment_conditions_unmet"


def condition_terms(
    *, tree: ParameterTree, region: str, month: Month, demo: bool = False
) -> ConditionTerms:
    """Resolve the conditions of claims registered in ``month``.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    minimum, involuntary = (
        tree.resolve(key, region, month.first_day, demo) for key in (MINIMUM, INVOLUNTARY)
    )
    return ConditionTerms(minimum, involuntary, tree.version)


def require_conditions(*, shown: Circumstances, terms: ConditionTerms) -> None:
    """Let a claim pass that meets all conditions.

    Raises:
        ConditionsUnmet: with all that is not met.
    """
    _require(unmet_conditions(shown=shown, terms=terms))


def require_registered(*, registered_date: date | None, seeks_work: bool) -> None:
    """Let pass who is registered and looks for work, before anything else is asked.

    Raises:
        ConditionsUnmet.
    """
    unmet = registered_and_seeking(registered_date=registered_date, seeks_work=seeks_work)
    _require((unmet,) if unmet else ())


def require_paid(*, paid_months: int, unused_months: int, minimum: Resolved) -> None:
    """Let pass who has paid long enough, or has months left, whatever else is to be shown.

    Raises:
        ConditionsUnmet.
    """
    unmet = paid_for_a_year(paid_months=paid_months, unused_months=unused_months, minimum=minimum)
    _require((unmet,) if unmet else ())


def require_working_age(*, registration_month: Month, retirement: Retirement) -> None:
    """Let pass who registers before, or in, the month of the statutory age.

    Raises:
        ConditionsUnmet.
    """
    unmet = of_working_age(registration_month=registration_month, retirement=retirement)
    _require((unmet,) if unmet else ())


def unmet_conditions(*, shown: Circumstances, terms: ConditionTerms) -> tuple[Unmet, ...]:
    """Everything that is not met."""
    found = (
        paid_for_a_year(
            paid_months=shown.paid_months, unused_months=shown.unused_months, minimum=terms.minimum
        ),
        lost_work_unwillingly(job_end=shown.job_end, involuntary=terms.involuntary_ends),
        registered_and_seeking(registered_date=shown.registered_date, seeks_work=shown.seeks_work),
    )
    return tuple(one for one in found if one)


def paid_for_a_year(*, paid_months: int, unused_months: int, minimum: Resolved) -> Unmet | None:
    """失业前用人单位和本人已经缴纳失业保险费满一年的。

    Months that were left of the spell before are drawn without another year.
    """
    if paid_months >= minimum.whole or unused_months:
        return None
    return Unmet(
        "社会保险法第四十五条第一项",
        f"失业前用人单位和本人缴纳失业保险费{paid_months}个月，不满{minimum.whole}个月",
    )


def lost_work_unwillingly(*, job_end: JobEnd, involuntary: frozenset[JobEnd]) -> Unmet | None:
    """非因本人意愿中断就业的。"""
    if job_end in involuntary:
        return None
    return Unmet("社会保险法第四十五条第二项", f"{job_end.value}，不属于非因本人意愿中断就业的情形")


def registered_and_seeking(*, registered_date: date | None, seeks_work: bool) -> Unmet | None:
    """已经进行失业登记，并有求职要求的。"""
    if registered_date is None:
        return Unmet("社会保险法第四十五条第三项", "尚未办理失业登记")
    return None if seeks_work else Unmet("社会保险法第四十五条第三项", "没有求职要求")


def of_working_age(*, registration_month: Month, retirement: Retirement) -> Unmet | None:
    """在法定劳动年龄内，有劳动能力，有就业要求，处于无业状态的，可以进行失业登记。"""
    if registration_month <= retirement.month:
        return None
    return Unmet(
        "就业服务与就业管理规定第六十三条",
        f"{retirement.month} 已到法定退休年龄，不在劳动年龄内",
    )


def _require(unmet: tuple[Unmet, ...]) -> None:
    if unmet:
        raise ConditionsUnmet(
            "".join(f"{one.detail}（{one.article}）。" for one in unmet),
            articles=[one.article for one in unmet],
        )
