"""Put together what an award of 110 comes to (待遇核定的计算). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from backend.kernel.dated import Standing
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.accounts.accrued import Accrued
from insurance.pension.award_terms import AwardTerms
from insurance.pension.formula import Award, AwardFacts, award_pension
from insurance.pension.index import (
    INDEX,
    AverageIndex,
    EarlierMonths,
    IndexTerms,
    PaidMonth,
    average_index,
    index_of_years,
)
from insurance.pension.retirement import Allowed, Applicant, RouteTerms, check_route
from insurance.pension.several import Cut
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
    differences: int = 0  # months that count on what was billed first: a difference is not paid
    months_at_age: int | None = None  # those by the statutory month, of who paid on
    cut: Cut | None = None  # what does not count of months at several employers


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
    index: AverageIndex
    steps: tuple[Step, ...]
    facts_standing: Standing  # of all that a recalculation leaves as it is
    standing: Standing

    @property
    def interim(self) -> bool:
        """Whether it is computed again when the year's base or an average is known (预发)."""
        return self.award.interim or self.index.interim


def reckon(*, given: Given, terms: Terms) -> Reckoned:
    """Compute an award from the papers, the bills and the account.

    Raises:
        NothingPaid; DivisorOutsideTable, DeemedBeyondTotal; as ``retirement.check_route``.
    """
    earlier = given.earlier
    here = len({one.month for one in given.paid})
    total = given.deemed_months + (earlier.months if earlier else 0) + here
    allowed = check_route(
        applicant=Applicant(given.category, given.birth_month, total, given.months_at_age),
        terms=terms.route,
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
    version = terms.award.policy_version
    cut = (given.cut.step(policy_version=version),) if given.cut else ()
    steps = (_months_step(given, here, total, terms), *cut, index.step, *given.account.steps)
    of_index = {one.standing for one in terms.index.sources}
    stays = {terms.route.minimum.standing, *given.account_standings}
    if terms.route.continued is not None:
        stays |= {one.standing for one in terms.route.continued.sources}
    if given.cut is not None:
        stays.add(given.cut.rule.standing)
    of_facts = weakest(standings=stays if index.interim else stays | of_index)
    of_award = {one.standing for one in terms.award.sources}
    return Reckoned(
        award=award,
        allowed=allowed,
        index=index,
        steps=(*steps, *award.steps),
        facts_standing=of_facts,
        standing=weakest(standings={of_facts} | of_index | of_award),
    )


def _months_step(given: Given, here: int, total: int, terms: Terms) -> Step:
    parts = [("视同缴费月数", given.deemed_months), ("本系统缴费月数", here)]
    papers = ""
    if given.earlier is not None:
        parts.insert(1, ("以前缴费月数", given.earlier.months))
        papers = f"；{given.earlier.until}以前：{given.earlier.evidence}"
    said = "，".join(f"{name.removesuffix('月数')} {count} 个月" for name, count in parts if count)
    waits = (
        f"其中 {given.differences} 个月的补差还没有缴，先按已缴的基数计算，缴清后更正。"
        if given.differences
        else ""
    )
    return Step(
        formula=" + ".join(name for name, _ in parts),
        inputs=tuple((name, str(count)) for name, count in parts),
        result=str(total),
        version=terms.award.policy_version,
        article=f"档案认定、征缴入库记录{papers}",
        name="累计缴费月数",
        sentence=f"{said}，一共 {total} 个月。{waits}",
        rounding="",
    )


@dataclass(frozen=True)
class Bases:
    """What an index rests on of which an average was not published (待重算的指数)."""

    by_year: Mapping[int, int]  # fen of all bases of a year
    months: int
    earlier: EarlierMonths | None


@dataclass(frozen=True)
class Before:
    """An award that was interim: what it rested on, and what it came to."""

    facts: AwardFacts
    bases: Bases | None  # none: its index is final
    facts_standing: Standing  # of all that stays as it was
    steps: tuple[Step, ...]
    total_fen: int


@dataclass(frozen=True)
class Known:
    """What is known of a retirement month when its awards are computed again."""

    award: AwardTerms
    index: IndexTerms | None  # none: no index waited for an average


@dataclass(frozen=True)
class Recalculated:
    """The same award by the base of its year and the averages of all."""

    award: Award
    steps: tuple[Step, ...]
    standing: Standing


def recalculate(*, before: Before, known: Known) -> Recalculated:
    """Compute an interim award again (重算): months, bases and account stay as they were, and so
    does an index that was final.

    Raises:
        KeyError: an average that the index waits for is not known.
    """
    terms = known.award
    index = _index_again(before.bases, known.index)
    facts = replace(before.facts, index=index.index) if index else before.facts
    award = award_pension(facts=facts, terms=terms)
    more = difference_step(
        told=award.steps[-1],
        before=("原预发养老金", before.total_fen),
        since=terms.month.next,
        because=f"按{terms.base.year}年的计发基数重算，每月比预发",
    )
    again = (*award.steps, more)
    names = {step.name for step in again}
    stay = tuple(
        index.step if index and step.name == INDEX else step
        for step in before.steps
        if step.name not in names
    )
    standings = {before.facts_standing, *(one.standing for one in terms.sources)}
    if index and known.index:
        standings |= {one.standing for one in known.index.of_years(index.by_year).sources}
    return Recalculated(award, (*stay, *again), weakest(standings=standings))


def _index_again(bases: Bases | None, terms: IndexTerms | None) -> AverageIndex | None:
    if bases is None or terms is None:
        return None
    return index_of_years(
        by_year=bases.by_year,
        months=bases.months,
        terms=terms.of_years(bases.by_year),
        earlier=bases.earlier,
    )


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
