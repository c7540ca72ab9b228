"""What the unemployment fund pays for who draws benefit (失业保险基金代缴的保险费). Pure.

社会保险法第四十八条: the medical contributions of who draws are paid out of the unemployment fund,
he pays none. Less than a year from the statutory age, also those of the pension
(国务院关于渐进式延迟法定退休年龄的办法第七条). Base and rates are a rule of the place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.collection.rules.assess import Insured, assess_person
from insurance.collection.rules.lines import Part
from insurance.collection.rules.terms import Terms, terms_for
from insurance.policy.steps import Step, authority

MEDICAL, PENSION = "310", "110"
RULES: Mapping[str, str] = {
    MEDICAL: "unemployment.medical_by_fund",
    PENSION: "unemployment.pension_by_fund",
}
SAID: Mapping[str, str] = {MEDICAL: "医疗保险费", PENSION: "养老保险费"}
BY_FUND = "失业保险基金代缴"


class Base(Enum):
    """On which base the fund pays (代缴的缴费基数)."""

    FLOOR = "缴费基数下限"


@dataclass(frozen=True)
class FundTerms:
    """What the fund pays by, for a scheme, region and month."""

    rule: Resolved
    terms: Terms

    @property
    def sources(self) -> tuple[Resolved, ...]:
        """Every figure and rule that counted."""
        return (self.rule, *self.terms.sources)


@dataclass(frozen=True)
class FundContribution:
    """What the fund pays for a person's month, and why (代缴金额)."""

    fen: int
    account_fen: int  # of it, to the personal account
    steps: tuple[Step, ...]


def fund_terms(
    *,
    tree: ParameterTree,
    scheme: str,
    region: str,
    month: Month,
    known_on: date,
    demo: bool = False,
) -> FundTerms:
    """Resolve what the fund pays by, for a month; ``known_on`` as bills know the bounds.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    rule = tree.resolve(RULES[scheme], region, month.first_day, demo)
    Base[rule.part("base").text]  # no other is known
    terms = terms_for(
        tree=tree,
        scheme=scheme,
        kind=rule.part("rates").text,
        region=region,
        month=month,
        known_on=known_on,
        demo=demo,
    )
    return FundTerms(rule, terms)


def fund_contribution(*, terms: FundTerms) -> FundContribution:
    """Give what the fund pays for a month: all that is due on the least base, whoever else would
    pay it."""
    nobody = Insured(person_id=0, payer_id=0, wage_fen=None)  # the amount is the same for all
    bill = assess_person(insured=nobody, terms=terms.terms)
    parts = {line.key.part: line.fen for line in bill.lines}
    fen = sum(parts.values())
    return FundContribution(
        fen=fen,
        account_fen=sum(line.account_fen for line in bill.lines),
        steps=(*bill.steps, _step(terms, parts, fen)),
    )


def _step(terms: FundTerms, parts: Mapping[Part, int], fen: int) -> Step:
    paid = tuple((part.value, str(Money(one))) for part, one in parts.items())
    amount = str(Money(fen))
    return Step(
        name=BY_FUND,
        formula=" + ".join(name for name, _ in paid),
        inputs=paid,
        result=amount,
        version=terms.terms.policy_version,
        article=authority(terms.rule),
        sentence=f"领取失业保险金期间，{terms.terms.month}的{SAID[terms.terms.scheme]}{amount}元"
        "由失业保险基金代您缴纳，您不用缴。",
        rounding="",
    )
