"""Compute a resident's award again by what is known since (居民待遇重算). Pure.

The district's amount or that of each year above the least was published late or put right, or the
account's rate is announced: years and birth month stay as they were awarded. Whether the amount for
years above the least is added the years decide, whatever was said at the award.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from backend.kernel.dated import Standing
from insurance.accounts.interest import Rate
from insurance.pension.reckoning import difference_step
from insurance.pension.residents import (
    ResidentAward,
    ResidentFacts,
    ResidentTerms,
    award_resident,
)
from insurance.pension.waiting_account import WaitingAccount
from insurance.policy.standing import weakest
from insurance.policy.steps import Step

BEFORE = "原核定养老金"
VERIFIED = "核实的标准"


@dataclass(frozen=True)
class ResidentParts:
    """What an award came to, in fen."""

    basic: int
    account: int
    extra: int

    @property
    def total(self) -> int:
        """What was paid by the month."""
        return self.basic + self.account + self.extra


@dataclass(frozen=True)
class ResidentBefore:
    """An award: what it rested on, and what it came to."""

    facts: ResidentFacts
    account: WaitingAccount | None  # none: its balance is final
    facts_standing: Standing  # of all that stays as it was
    steps: tuple[Step, ...]
    parts: ResidentParts


@dataclass(frozen=True)
class ResidentKnown:
    """What is known of a first month when its awards are computed again."""

    terms: ResidentTerms  # ``extra``: none where what the place adds is not known
    rates: Mapping[int, Rate]  # of accounts, as far as they are announced

    def of(self, *, paid_years: int) -> ResidentTerms:
        """The terms of an award of so many years: without the extra amount where none is above the
        least."""
        above = paid_years > self.terms.least_years.whole
        return self.terms if above else replace(self.terms, extra=None)


@dataclass(frozen=True)
class ResidentAgain:
    """The same award by what is known now."""

    award: ResidentAward
    steps: tuple[Step, ...]
    standing: Standing


def recalculate_resident(*, before: ResidentBefore, known: ResidentKnown) -> ResidentAgain:
    """Compute an award again; a balance that was final, or whose rates are not known, stays.

    Raises:
        as ``award_resident``.
    """
    if before.parts.extra and known.terms.extra is None:
        raise ValueError("nobody loses the extra amount that a place no longer states")
    terms = known.of(paid_years=before.facts.paid_years)
    account = before.account.again(rates=known.rates) if before.account else None
    facts = replace(before.facts, account_fen=account.fen) if account else before.facts
    award = award_resident(facts=facts, terms=terms)
    told = award.steps[-1]
    more = difference_step(
        told=told,
        before=(BEFORE, before.parts.total),
        since=terms.month,
        because=f"按{_changed(before, award)}重算，每月比原来核定的",
    )
    again = (*award.steps, more)
    names = {step.name for step in again}
    otherwise = {step.name: step for step in account.steps} if account else {}
    stay = tuple(otherwise.get(step.name, step) for step in before.steps if step.name not in names)
    standings = {before.facts_standing, *(one.standing for one in terms.sources)}
    if before.account is not None:
        standings |= (
            {before.account.standing}
            if account is None
            else {known.rates[year].standing for year in before.account.years}
        )
    return ResidentAgain(award, (*stay, *again), weakest(standings=standings))


def _changed(before: ResidentBefore, award: ResidentAward) -> str:
    parts = before.parts
    said = {
        "基础养老金标准": award.basic_fen != parts.basic,
        "公布的记账利率": award.account_fen != parts.account,
        "每年加发标准": award.extra_fen != parts.extra,
    }
    return "和".join(name for name, differs in said.items() if differs) or VERIFIED
