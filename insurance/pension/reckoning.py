"""Put together what an award of 110 comes to (待遇核定的计算). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from backend.kernel.dated import Standing
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.accounts.accrued import Accrued
from insurance.accounts.interest import Rate
from insurance.pension.award_place import AwardPlace
from insurance.pension.award_terms import AwardTerms
from insurance.pension.formula import Award, AwardFacts, award_pension
from insurance.pension.index import (
    INDEX,
    AverageIndex,
    EarlierMonths,
    IndexTerms,
    PaidMonth,
    PaidYear,
    average_index,
    index_of_years,
)
from insurance.pension.retirement import Allowed, Applicant, RouteTerms, check_route
from insurance.pension.several import Cut
from insurance.pension.waiting_account import WaitingAccount, kept_account
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
    paid: tuple[PaidMonth, ...] = ()  # their bases, where the register knows them: they count
    known: tuple[Step, ...] = ()  # the index as far as the register tells it
    known_standings: frozenset[Standing] = frozenset()  # of rules that cut the bases that count

    @property
    def told(self) -> EarlierMonths | None:
        """The average of papers; None where the bases themselves count."""
        return None if self.paid else EarlierMonths(self.months, self.index)


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
    account_settled: frozenset[Standing] = frozenset()  # of rates that are final
    differences: int = 0  # months that count on what was billed first: a difference is not paid
    months_at_age: int | None = None  # those by the statutory month, of who paid on
    cut: Cut | None = None  # what does not count of months at several employers
    place: AwardPlace | None = None  # of award, where months were paid elsewhere
    brought: tuple[PaidYear, ...] = ()  # years that came with the relation
    brought_later: int = 0  # months that came, and lie after the retirement
    one_off: tuple[PaidYear, ...] = ()  # months that were paid for at once

    @property
    def brought_months(self) -> int:
        """How many months came with the relation."""
        return sum(one.months for one in self.brought)

    @property
    def one_off_months(self) -> int:
        """How many months were paid for at once."""
        return sum(one.months for one in self.one_off)


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
    account_years: dict[str, Any] | None  # what bears interim interest
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
    before = (earlier.months if earlier else 0) + given.brought_months
    total = given.deemed_months + before + here + given.one_off_months
    allowed = check_route(
        applicant=Applicant(given.category, given.birth_month, total, given.months_at_age),
        terms=terms.route,
    )
    index = average_index(
        paid=(*(earlier.paid if earlier else ()), *given.paid),
        terms=terms.index,
        earlier=earlier.told if earlier else None,
        years=(*given.brought, *given.one_off),
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
    place = (given.place.step,) if given.place else ()
    known = earlier.known if earlier else ()
    steps = (_months_step(given, here, total, terms), *place, *cut, *known, index.step)
    of_index = {one.standing for one in terms.index.sources}
    waits = given.account.bearing is not None
    of_account = given.account_settled if waits else given.account_standings
    stays = {terms.route.minimum.standing, *of_account}
    if terms.route.continued is not None:
        stays |= {one.standing for one in terms.route.continued.sources}
    if terms.route.chosen is not None:
        stays.add(terms.route.chosen.standing)
    if given.cut is not None:
        stays.add(given.cut.rule.standing)
    if given.place is not None:
        stays.add(given.place.terms.rule.standing)
    if earlier is not None:
        stays |= earlier.known_standings
    of_facts = weakest(standings=stays if index.interim else stays | of_index)
    of_award = {one.standing for one in terms.award.sources}
    return Reckoned(
        award=award,
        allowed=allowed,
        index=index,
        steps=(*steps, *given.account.steps, *award.steps),
        facts_standing=of_facts,
        account_years=kept_account(
            bearing=given.account.bearing, standings=given.account_standings
        ),
        standing=weakest(standings={of_facts, *given.account_standings} | of_index | of_award),
    )


def _months_step(given: Given, here: int, total: int, terms: Terms) -> Step:
    parts = [("视同缴费月数", given.deemed_months), ("本系统缴费月数", here)]
    papers = ""
    if given.one_off:
        parts.append(("一次性缴费月数", given.one_off_months))
    if given.brought:
        parts.insert(1, ("转入缴费月数", given.brought_months))
        papers = f"；{given.brought[0].year}至{given.brought[-1].year}年：关系转移信息表"
    if given.earlier is not None:
        parts.insert(1, ("以前缴费月数", given.earlier.months))
        papers = f"；{given.earlier.until}以前：{given.earlier.evidence}{papers}"
    said = "，".join(f"{name.removesuffix('月数')} {count} 个月" for name, count in parts if count)
    waits = (
        f"其中 {given.differences} 个月的补差还没有缴，先按已缴的基数计算，缴清后更正。"
        if given.differences
        else ""
    )
    later = (
        f"退休当年转入的月数中，{given.brought_later} 个月只能在退休以后或与本地缴费重复，不计。"
        if given.brought_later
        else ""
    )
    return Step(
        formula=" + ".join(name for name, _ in parts),
        inputs=tuple((name, str(count)) for name, count in parts),
        result=str(total),
        version=terms.award.policy_version,
        article=f"档案认定、征缴入库记录{papers}",
        name="累计缴费月数",
        sentence=f"{said}，一共 {total} 个月。{waits}{later}",
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
    base_fen: int | None
    bases: Bases | None  # none: its index is final
    account: WaitingAccount | None  # none: its balance is final
    facts_standing: Standing  # of all that stays as it was
    steps: tuple[Step, ...]
    total_fen: int


@dataclass(frozen=True)
class Known:
    """What is known of a retirement month when its awards are computed again."""

    award: AwardTerms
    index: IndexTerms | None  # none: no index waited for an average
    rates: Mapping[int, Rate]  # of accounts, as far as they are announced


@dataclass(frozen=True)
class Recalculated:
    """The same award by the base of its year, the averages of all and the rates of its account."""

    award: Award
    steps: tuple[Step, ...]
    standing: Standing


def recalculate(*, before: Before, known: Known) -> Recalculated:
    """Compute an interim award again (重算): months and bases stay as they were, and so do an index
    and a balance that were final, or whose rates are not all announced.

    Raises:
        KeyError: an average that the index waits for is not known.
    """
    terms = known.award
    index = _index_again(before.bases, known.index)
    facts = replace(before.facts, index=index.index) if index else before.facts
    account = before.account.again(rates=known.rates) if before.account else None
    if account is not None:
        facts = replace(facts, account_fen=account.fen)
    award = award_pension(facts=facts, terms=terms)
    more = difference_step(
        told=award.steps[-1],
        before=("原预发养老金", before.total_fen),
        since=terms.month.next,
        because=f"按{_published(before, known, account)}重算，每月比预发",
    )
    again = (*award.steps, more)
    names = {step.name for step in again}
    otherwise = {step.name: step for step in account.steps} if account else {}
    if index:
        otherwise[INDEX] = index.step
    stay = tuple(otherwise.get(step.name, step) for step in before.steps if step.name not in names)
    standings = {before.facts_standing, *(one.standing for one in terms.sources)}
    if before.account is not None:
        standings |= _of_account(before.account, account, known)
    if index and known.index:
        standings |= {one.standing for one in known.index.of_years(index.by_year).sources}
    return Recalculated(award, (*stay, *again), weakest(standings=standings))


def _published(before: Before, known: Known, account: Accrued | None) -> str:
    base = known.award.base
    said = [] if account and before.base_fen == base.fen else [f"{base.year}年的计发基数"]
    return "和".join([*said, *(["公布的记账利率"] if account else [])])


def _of_account(waiting: WaitingAccount, account: Accrued | None, known: Known) -> set[Standing]:
    if account is None:
        return {waiting.standing}
    return {known.rates[year].standing for year in waiting.years}


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
