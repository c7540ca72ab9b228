"""What a scheme asks for a month (缴费规则): bounds, rates, roundings of a run. Pure.

Rates are whole millionths (``ppm``), so that SQL computes the same with whole numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from backend.kernel.errors import Refusal
from backend.kernel.money import Money, Rounding
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.collection.rules.bounds import Bounds, Several, bounds_for

MILLION = 1_000_000
EMPLOYED, FLEXIBLE = "EMPLOYED", "FLEXIBLE"  # insurance.enrolment.models.Kind
MONTHLY = {EMPLOYED: ("110", "210", "310"), FLEXIBLE: ("110", "310")}
FOLDERS = {"110": "pension", "210": "unemployment", "310": "medical"}
ACCOUNTS = {"110": "pension.account_credit_rate", "310": "medical.account_rate_in_service"}


class SchemeNotMonthly(Refusal):
    """This kind of insured does not pay this scheme by the month (险种不按月缴费)."""

    code = "collection_scheme_not_monthly"


class EmployerRounding(Enum):
    """How an employer's total is rounded (单位缴费进位)."""

    SUM_OF_PERSONS = "逐人进位后相加"
    ROUND_OF_SUM = "基数合计乘比例后进位"


@dataclass(frozen=True)
class Rate:
    """A share of the base (缴费比例), in millionths."""

    source: Resolved
    rounding: Rounding

    def __post_init__(self) -> None:
        if self.source.number * MILLION % 1 or not 0 <= self.source.number < 1:
            raise ValueError(f"{self.source.key}: {self.source.number} is no rate in millionths")

    @property
    def ppm(self) -> int:
        """The rate in millionths, as SQL takes it."""
        return int(self.source.number * MILLION)

    def of(self, base_fen: int) -> int:
        """The share of a base; half up it is ``(base * ppm + 500000) / 1000000`` in SQL."""
        return Money(base_fen).times(Decimal(self.ppm) / MILLION, self.rounding).fen


@dataclass(frozen=True)
class Terms:
    """All that the bills of a scheme, kind, region and month rest on."""

    scheme: str
    month: Month
    bounds: Bounds
    person: Rate
    employer: Rate | None  # None: who works for himself pays all
    account: Rate | None  # None: the scheme keeps no accounts
    employer_rounding: EmployerRounding
    several: Several
    rules: Mapping[str, Resolved]  # how it is rounded, and what several employers mean
    policy_version: str

    @property
    def sources(self) -> tuple[Resolved, ...]:
        """Every figure and rule that may count."""
        rates = tuple(rate.source for rate in (self.person, self.employer, self.account) if rate)
        return (self.bounds.floor, self.bounds.ceiling, *rates, *self.rules.values())


def terms_for(
    *,
    tree: ParameterTree,
    scheme: str,
    kind: str,
    region: str,
    month: Month,
    known_on: date,
    demo: bool = False,
) -> Terms:
    """Resolve what a scheme asks of employed or flexible people for a month.

    Raises:
        SchemeNotMonthly: residents pay by the year; flexible people have no unemployment insurance.
        NotConfigured, NotVerified: naming the parameter.
    """
    if scheme not in MONTHLY.get(kind, ()):
        raise SchemeNotMonthly(f"险种 {scheme} 的此类人员不按月缴费。", scheme=scheme, kind=kind)

    def value(key: str) -> Resolved:
        return tree.resolve(key, region, month.first_day, demo)

    rules = {
        name: value(f"collection.{name}")
        for name in ("share_rounding", "employer_share_rounding", "several_employers")
    }
    rounding = Rounding[rules["share_rounding"].text]
    folder = FOLDERS[scheme]
    own = "rate_employee" if kind == EMPLOYED else "rate_flexible"
    return Terms(
        scheme=scheme,
        month=month,
        bounds=bounds_for(
            tree=tree, scheme=scheme, region=region, month=month, known_on=known_on, demo=demo
        ),
        person=Rate(value(f"{folder}.{own}"), rounding),
        employer=Rate(value(f"{folder}.rate_employer"), rounding) if kind == EMPLOYED else None,
        account=Rate(value(ACCOUNTS[scheme]), rounding) if scheme in ACCOUNTS else None,
        employer_rounding=EmployerRounding[rules["employer_share_rounding"].text],
        several=Several[rules["several_employers"].text],
        rules=rules,
        policy_version=tree.version,
    )
