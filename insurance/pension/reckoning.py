"""Put together what an award of 110 comes to (待遇核定的计算). Pure."""

from dataclasses import dataclass
from decimal import Decimal

from backend.kernel.dated import Standing
from backend.kernel.money import Money
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
from insurance.policy.retirement import Category, month_said
from insurance.policy.standing import weakest
from insurance.policy.steps import Step

MORE = "每月补差"


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
    facts_standing: Standing  # of all but the award's own terms
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
    of_facts = _of_facts(given, terms)
    return Reckoned(
        award=award,
        allowed=allowed,
        steps=(*steps, *award.steps),
        facts_standing=of_facts,
        standing=weakest(standings={of_facts, *(one.standing for one in terms.award.sources)}),
    )


def _of_facts(given: Given, terms: Terms) -> Standing:
    used = (terms.route.minimum, *terms.index.sources)
    return weakest(standings={one.standing for one in used} | given.account_standings)


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


@dataclass(frozen=True)
class Before:
    """An award that was interim: what it rested on, and what it came to."""

    facts: AwardFacts
    facts_standing: Standing  # of all but the award's own terms
    steps: tuple[Step, ...]
    total_fen: int


@dataclass(frozen=True)
class Recalculated:
    """The same award by the base of its year."""

    award: Award
    steps: tuple[Step, ...]
    standing: Standing


def recalculate(*, before: Before, terms: AwardTerms) -> Recalculated:
    """Compute an interim award again (重算): months, index and account stay as they were."""
    award = award_pension(facts=before.facts, terms=terms)
    more = difference_step(
        told=award.steps[-1],
        before=("原预发养老金", before.total_fen),
        since=terms.month.next,
        because=f"按{terms.base.year}年的计发基数重算，每月比预发",
    )
    again = (*award.steps, more)
    names = {step.name for step in again}
    stay = tuple(step for step in before.steps if step.name not in names)
    standings = {before.facts_standing, *(one.standing for one in terms.sources)}
    return Recalculated(award, (*stay, *again), weakest(standings=standings))


def difference_step(*, told: Step, before: tuple[str, int], since: Month, because: str) -> Step:
    """Give what a pension is more, or less, than the one it takes the place of (每月补差).

    ``told`` is the step of the pension itself, ``before`` the name and fen of the one before.
    """
    name, fen = before
    more = Money.yuan(told.result).fen - fen
    said = "多" if more >= 0 else "少"
    return Step(
        formula=f"{told.name} − {name}",
        inputs=((told.name, told.result), (name, str(Money(fen)))),
        result=str(Money(more)),
        version=told.version,
        article=told.article,
        name=MORE,
        sentence=f"{because}{said} {Money(abs(more))} 元，从{month_said(month=since)}起算。",
        rounding="",
    )
