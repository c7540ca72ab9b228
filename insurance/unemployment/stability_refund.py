"""What an employer gets back for keeping its staff (稳岗返还). Pure.

A share, by the employer's size, of what it and its staff really paid in unemployment insurance last
year. Who is on the list, and the public notice before the payment, is not of this module.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from backend.kernel.money import Money
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.policy.rounding import TO_FEN
from insurance.policy.steps import Step, authority, percent

REFUND = "unemployment.stability_refund"
AMOUNT = "稳岗返还金额"


class Size(Enum):
    """How large an employer is (企业划型)."""

    LARGE = "大型企业"
    SMALL = "中小微企业"


@dataclass(frozen=True)
class RefundTerms:
    """What the refunds of a year rest on."""

    year: int
    shares: Resolved
    policy_version: str


@dataclass(frozen=True)
class StabilityRefund:
    """What an employer gets back, and why."""

    fen: int
    paid_fen: int  # by employer and staff, in the year before
    size: Size
    terms: RefundTerms

    @property
    def steps(self) -> tuple[Step, ...]:
        """The one product."""
        share, last_year = _share(self.terms, self.size), self.terms.year - 1
        step = Step(
            name=AMOUNT,
            formula="上年实际缴费 × 返还比例",
            inputs=(
                ("上年实际缴费", str(Money(self.paid_fen))),
                ("返还比例", str(share.number)),
            ),
            result=str(Money(self.fen)),
            version=self.terms.policy_version,
            article=authority(share),
            sentence=f"{self.size.value}按{last_year}年单位和职工实际缴纳失业保险费的"
            f"{percent(share.number)}返还。",
            rounding=TO_FEN.label,
        )
        return (step,)


def refund_terms(*, tree: ParameterTree, region: str, year: int, demo: bool = False) -> RefundTerms:
    """Resolve the shares of a year's refunds.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    shares = tree.resolve(REFUND, region, date(year, 1, 1), demo)
    return RefundTerms(year, shares, tree.version)


def stability_refund(*, paid_fen: int, size: Size, terms: RefundTerms) -> StabilityRefund:
    """Give the refund on what was really paid in the year before."""
    if paid_fen < 0:
        raise ValueError("contributions are never below zero")
    share = _share(terms, size).number
    return StabilityRefund(Money(paid_fen).times(share, TO_FEN).fen, paid_fen, size, terms)


def _share(terms: RefundTerms, size: Size) -> Resolved:
    return terms.shares.part(size.name.lower())
