"""What an award of 110 rests on (待遇核定依据): base, rates, divisors, roundings. Pure.

The award base (计发基数) of a year is published in its autumn. Who retires before that is paid by
last year's, as an interim figure (预发), and is computed again when the year's own is known.
Everything is whole numbers, for speed and so that SQL can say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property, lru_cache
from typing import NamedTuple

from backend.kernel.money import Money, Rounding
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, ParameterTree, Resolved
from insurance.pension.divisor import DivisorTerms, divisor_terms
from insurance.policy import parameters as policy
from insurance.policy.steps import authority

BASE = "pension.award_base"
RULES = (
    "basic_rate_per_year",
    "transitional_coefficient",
    "years_rounding",
    "index_decimals",
    "component_rounding",
)
TERMS_KEPT = 4096  # months × regions that one process works on


class YearsRounding(Enum):
    """How months become years (缴费年限进位)."""

    UP_TENTH_OF_YEAR = "见小数进到0.1"


@dataclass(frozen=True)
class AwardBase:
    """The award base of a retirement month."""

    fen: int
    year: int  # whose base it is
    interim: bool  # last year's: this year's is not published yet
    source: Resolved | None  # none: it was given from outside


class Words(NamedTuple):
    """What every explanation by the same terms has in common."""

    base: str
    rate: str
    coefficient: str
    interim: str
    basic_article: str
    account_article: str
    transitional_article: str
    total_article: str


@dataclass(frozen=True, eq=False)  # one for a month and region: steps are kept by it
class AwardTerms:
    """All that the awards of a region and retirement month rest on."""

    month: Month
    base: AwardBase
    divisors: DivisorTerms
    rate_ppm: int  # of the basic pension for each year, in millionths
    coefficient_ppm: int  # of the transitional pension
    index_decimals: int
    rounding: Rounding
    rules: Mapping[str, Resolved]
    policy_version: str

    @property
    def sources(self) -> tuple[Resolved, ...]:
        """Every figure and rule that counts."""
        base = (self.base.source,) if self.base.source else ()
        return (*base, *self.divisors.sources, *self.rules.values())

    @cached_property
    def index_unit(self) -> int:
        """What one whole of an index is."""
        return int(10**self.index_decimals)

    @cached_property
    def words(self) -> Words:
        """What is printed in every explanation."""
        return _words(self)


def award_base(
    *, tree: ParameterTree, region: str, month: Month, known_on: date, demo: bool = False
) -> AwardBase:
    """Give the base of a retirement month as far as it was published by ``known_on``.

    Raises:
        NotConfigured: neither the year nor the one before has a base.
        NotVerified: it is known by hearsay only.
    """
    published = tree.published_by(known_on, BASE)
    try:
        source = published.resolve(BASE, region, month.first_day, demo)
    except NotConfigured as missing:
        try:
            source = published.resolve(BASE, region, Month(month.year - 1, 12).first_day, demo)
        except NotConfigured:
            raise missing from None
    year = source.valid.start.year
    return AwardBase(source.money.fen, year, year < month.year, source)


def award_terms(
    *,
    tree: ParameterTree,
    region: str,
    month: Month,
    known_on: date,
    demo: bool = False,
    base_fen: int | None = None,
) -> AwardTerms:
    """Resolve all that an award of who retires in ``month`` rests on, as known on a day.

    ``base_fen`` stands in for the base, as for a figure that is printed on a paper.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    rules = {name: tree.resolve(f"pension.{name}", region, month.first_day, demo) for name in RULES}
    YearsRounding[rules["years_rounding"].text]
    rounding = Rounding[rules["component_rounding"].text]
    if rounding is not Rounding.HALF_UP_FEN:
        raise ValueError(f"{rounding} is no rounding of the parts of an award")
    base = (
        AwardBase(base_fen, month.year, interim=False, source=None)
        if base_fen is not None
        else award_base(tree=tree, region=region, month=month, known_on=known_on, demo=demo)
    )
    return AwardTerms(
        month=month,
        base=base,
        divisors=divisor_terms(tree=tree, region=region, month=month, demo=demo),
        rate_ppm=rules["basic_rate_per_year"].millionths,
        coefficient_ppm=rules["transitional_coefficient"].millionths,
        index_decimals=rules["index_decimals"].whole,
        rounding=rounding,
        rules=rules,
        policy_version=tree.version,
    )


@lru_cache(maxsize=TERMS_KEPT)
def terms_in_force(*, region: str, month: Month, known_on: date, demo: bool) -> AwardTerms:
    """Give the terms of a region and retirement month, each resolved once per process.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    return award_terms(tree=policy.load(), region=region, month=month, known_on=known_on, demo=demo)


def _words(terms: AwardTerms) -> Words:
    rules, base = terms.rules, terms.base
    whose = authority(base.source) if base.source else "计发基数由经办人给出"
    interim = (
        f"{terms.month.year}年的计发基数还没有公布，先按{base.year}年的 {Money(base.fen)} 元预发，"
        "公布后重算，多退少补。"
        if base.interim
        else ""
    )
    parts = authority(rules["component_rounding"])
    index = authority(rules["index_decimals"])
    return Words(
        base=str(Money(base.fen)),
        rate=str(rules["basic_rate_per_year"].number),
        coefficient=str(rules["transitional_coefficient"].number),
        interim=interim,
        basic_article=f"{authority(rules['basic_rate_per_year'])}；{whose}；{index}；{parts}",
        account_article=f"{authority(*terms.divisors.sources)}；{parts}",
        transitional_article=(
            f"{authority(rules['transitional_coefficient'])}；{whose}；{index}；{parts}"
        ),
        total_article=parts,
    )
