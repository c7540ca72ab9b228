"""An employer that does not declare (未按规定申报): 110 % of its own last total. Pure.

社会保险法第六十二条: what is to be paid is fixed at 110 % of the employer's amount of the month
before. It is one line of nobody (``ESTIMATE``): nothing is posted to persons. When the roster
arrives, differences replace it (``difference.find_differences``), and what was paid on it becomes a
credit that pays the persons' lines.

In SQL ``(last_fen * factor_pm + 500) / 1000``, the factor in thousandths, with ``last_fen`` from
``distinct on (payer, scheme) … order by month desc``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from backend.kernel.errors import Refusal
from backend.kernel.money import Money, Rounding
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.collection.rules.difference import Difference, find_differences
from insurance.collection.rules.lines import Line, LineKey, Part
from insurance.policy.steps import Step, authority, percent

PER_MILLE = 1000


class NoLastTotal(Refusal):
    """The employer has no earlier amount: the agency must fix one (没有上月缴费额)."""

    code = "collection_no_last_total"


class Basis(Enum):
    """Which month is "last month" after several without declaration (以哪个月为准)."""

    LAST_DECLARED = "最近一个按名册核定的月份"
    LAST_MONTH = "上一个月"


@dataclass(frozen=True)
class UndeclaredTerms:
    """The factor and which month it applies to."""

    factor: Resolved
    basis: Basis
    rounding: Rounding
    rules: tuple[Resolved, ...]
    policy_version: str

    def __post_init__(self) -> None:
        if self.factor.number * PER_MILLE % 1:
            raise ValueError(f"{self.factor.key}: not in whole thousandths")

    @property
    def factor_pm(self) -> int:
        """The factor in thousandths, as SQL takes it."""
        return int(self.factor.number * PER_MILLE)


@dataclass(frozen=True)
class MonthTotal:
    """What an employer had to pay in all for a scheme and month; estimated or by its roster."""

    month: Month
    fen: int
    is_estimate: bool = False


@dataclass(frozen=True)
class Estimate:
    """What is owed for the undeclared month, by nobody in particular (暂定应缴)."""

    line: Line
    step: Step


def undeclared_terms(
    *, tree: ParameterTree, region: str, month: Month, demo: bool = False
) -> UndeclaredTerms:
    """Resolve the rules for an undeclared month.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    factor, basis, rounding = (
        tree.resolve(f"collection.{name}", region, month.first_day, demo)
        for name in ("undeclared_factor", "undeclared_basis", "share_rounding")
    )
    return UndeclaredTerms(
        factor, Basis[basis.text], Rounding[rounding.text], (factor, basis, rounding), tree.version
    )


def assess_undeclared(
    *,
    payer_id: int,
    scheme: str,
    month: Month,
    totals: Iterable[MonthTotal],
    terms: UndeclaredTerms,
) -> Estimate:
    """Fix the employer's total of a month without declaration, from its own totals before.

    Raises:
        NoLastTotal: it never had one.
    """
    last = _last(totals, month, terms.basis)
    if last is None:
        raise NoLastTotal(
            "该单位没有以前月份的缴费额，须由经办机构按经营状况、职工人数等确定。",
            payer_id=payer_id,
            month=str(month),
        )
    fen = Money(last.fen).times(Decimal(terms.factor_pm) / PER_MILLE, terms.rounding).fen
    line = Line(LineKey(payer_id, None, scheme, month, Part.ESTIMATE), fen)
    return Estimate(line, _step(last, terms, fen))


def replace_estimate(
    *, billed: Iterable[Line], assessed: Iterable[Line], policy_version: str
) -> tuple[Difference, ...]:
    """Replace what was estimated by what the roster says: the estimate falls to zero."""
    return find_differences(
        now=assessed,
        billed=billed,
        policy_version=policy_version,
        reason="社会保险法第六十二条：补办申报后按规定结算",
    )


def _step(last: MonthTotal, terms: UndeclaredTerms, fen: int) -> Step:
    basis = f"{last.month} 缴费额"
    return Step(
        formula=f"{basis} × {terms.factor.name}",
        inputs=(
            (basis, str(Money(last.fen))),
            (terms.factor.name, str(terms.factor.number)),
        ),
        result=str(Money(fen)),
        version=terms.policy_version,
        article=authority(*terms.rules),
        name="暂定应缴",
        sentence=(
            f"单位没有按规定申报，先按 {last.month}（{terms.basis.value}）缴费额的"
            f" {percent(terms.factor.number)} 缴 {Money(fen)} 元，补办申报后再结算。"
        ),
        rounding=terms.rounding.label,
    )


def _last(totals: Iterable[MonthTotal], month: Month, basis: Basis) -> MonthTotal | None:
    before = [
        total
        for total in totals
        if total.month < month
        and total.fen > 0
        and not (basis is Basis.LAST_DECLARED and total.is_estimate)
    ]
    return max(before, key=lambda total: total.month, default=None)
