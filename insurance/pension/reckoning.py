"""Put together what an award of 110 comes to (待遇核定的计算). Pure."""

from dataclasses import dataclass
from decimal import Decimal

from backend.kernel.dated import Standing
from backend.kernel.months import Month
from insurance.accounts.accrued import Accrued
from insurance.pension.award_terms import AwardTerms
from insurance.pension.formula import Award, AwardFacts, award_pension
from insurance.pension.index import (
    EarlierMonths,
    IndexTerms,
    PaidMonth,
    average_index,
)
from insurance.pension.retirement import Allowed, Applicant, RouteTerms, check_route
from insurance.policy.retirement import Category
from insurance.policy.standing import weakest
from insurance.policy.steps import Step


@dataclass(frozen=True)
class Earlier:
    """What was paid before this system's own months, as papers say (以前缴费)."""

    months: int
    index: Decimal
    until: Month
    evidence: str


@dataclass(frozen=True)
class Given:
    """All that is known of the person."""

    category: Category
    birth_month: Month  # recognised
    deemed_months: int
    earlier: Earlier | None
    paid: tuple[PaidMonth, ...]
    account: Accrued
    account_standings: frozenset[Standing]


@dataclass(frozen=True)
class Terms:
    """All that the rules say."""

    route: RouteTerms
    index: IndexTerms
    award: AwardTerms


@dataclass(frozen=True)
class Reckoned:
    """What an award comes to, and why."""

    award: Award
    allowed: Allowed
    steps: tuple[Step, ...]
    standing: Standing

    @property
    def interim(self) -> bool:
        """Whether it is computed again when the year's base is known (预发)."""
        return self.award.interim


def reckon(*, given: Given, terms: Terms) -> Reckoned:
    """Compute an award from the papers, the bills and the account.

    Raises:
        NothingPaid; DivisorOutsideTable, DeemedBeyondTotal; as ``retirement.check_route``.
    """
    earlier = given.earlier
    here = len({one.month for one in given.paid})
    total = given.deemed_months + (earlier.months if earlier else 0) + here
    allowed = check_route(
        applicant=Applicant(given.category, given.birth_month, total), terms=terms.route
    )
    index = average_index(
        paid=given.paid,
        terms=terms.index,
        earlier=EarlierMonths(earlier.months, earlier.index) if earlier else None,
    )
    award = award_pension(
        facts=AwardFacts(
            birth_month=given.birth_month,
            index=index.index,
            total_months=total,
            deemed_months=given.deemed_months,
            account_fen=given.account.fen,
        ),
        terms=terms.award,
    )
    steps = (_months_step(given, here, total, terms), index.step, *given.account.steps)
    return Reckoned(
        award=award,
        allowed=allowed,
        steps=(*steps, *award.steps),
        standing=weakest(standings=_standings(given, terms)),
    )


def _standings(given: Given, terms: Terms) -> set[Standing]:
    used = (terms.route.minimum, *terms.index.sources, *terms.award.sources)
    return {one.standing for one in used} | given.account_standings


def _months_step(given: Given, here: int, total: int, terms: Terms) -> Step:
    parts = [("视同缴费月数", given.deemed_months), ("本系统缴费月数", here)]
    papers = ""
    if given.earlier is not None:
        parts.insert(1, ("以前缴费月数", given.earlier.months))
        papers = f"；{given.earlier.until}以前：{given.earlier.evidence}"
    said = "，".join(f"{name.removesuffix('月数')} {count} 个月" for name, count in parts if count)
    return Step(
        formula=" + ".join(name for name, _ in parts),
        inputs=tuple((name, str(count)) for name, count in parts),
        result=str(total),
        version=terms.award.policy_version,
        article=f"档案认定、征缴入库记录{papers}",
        name="累计缴费月数",
        sentence=f"{said}，一共 {total} 个月。",
        rounding="",
    )
