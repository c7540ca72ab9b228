"""What an award of 110 rests on (待遇核定依据): base, rates, divisors, roundings. Pure.

The award base (计发基数) of a year is published in its autumn. Who retires before that is paid by
last year's, as an interim figure (预发), and is computed again when the year's own is known.
Everything is whole numbers, for speed and so that SQL can say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache, cached_property, lru_cache, partial
from typing import NamedTuple

from backend.kernel.money import Money, Rounding
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, ParameterTree, Resolved
from insurance.pension.divisor import DivisorTerms, divisor_step, divisor_terms, tenths_text
from insurance.pension.index import AVERAGE
from insurance.policy import parameters as policy
from insurance.policy.recompute import AS_AGE, Nearest
from insurance.policy.retirement import YEAR_MONTHS, age_text, month_said
from insurance.policy.steps import Step, authority

BASE = "pension.award_base"
RULES = (
    "basic_rate_per_year",
    "transitional_coefficient",
    "years_rounding",
    "index_decimals",
    "component_rounding",
)
TERMS_KEPT = 256  # months × regions that one process works on


class YearsRounding(Enum):
    """How months become years (缴费年限进位)."""

    UP_TENTH_OF_YEAR = Nearest.UP_TENTH.label


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


class SharedSteps:
    """Steps that many awards by the same terms share: written once, gone with the terms."""

    def __init__(self, terms: "AwardTerms") -> None:
        self.at_age = cache(partial(_age_steps, terms))
        self.for_months = cache(partial(_years_step, terms))
        self.for_deemed = cache(partial(_deemed_step, terms))


@dataclass(frozen=True)
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
    def shared(self) -> SharedSteps:
        """What many explanations share."""
        return SharedSteps(self)

    @cached_property
    def words(self) -> Words:
        """What is printed in every explanation."""
        return _words(self)


def figures_there(*, demo: bool) -> ParameterTree:
    """The parameters that awards go by; outside of a demonstration no invented base or average
    stands before a real one of the year before."""
    tree = policy.load()
    return tree if demo else tree.without_invented(BASE, AVERAGE)


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


def tenths_of_years(*, months: int) -> int:
    """Years in tenths, any part of a tenth up: 1 for one month, 10 for twelve."""
    return -(-months * 10 // YEAR_MONTHS)


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


def _age_steps(terms: AwardTerms, age_months: int) -> tuple[Step, Step]:
    """Of all who retire in a month at an age."""
    divisor_read = divisor_step(age_months=age_months, terms=terms.divisors)
    age = Step(
        "退休年月 − 出生年月",
        (("退休年月", str(terms.month)), ("出生年月", str(terms.month.plus(-age_months)))),
        age_text(months=age_months),
        terms.policy_version,
        divisor_read.article,
        "退休年龄",
        "您{}退休，那时{}岁零{}个月。".format(
            month_said(month=terms.month), *divmod(age_months, YEAR_MONTHS)
        ),
        AS_AGE,
    )
    return age, divisor_read


def _years_step(terms: AwardTerms, months: int) -> Step:
    years = tenths_text(tenths=tenths_of_years(months=months))
    return Step(
        "累计缴费月数 ÷ 12",
        (("累计缴费月数", str(months)),),
        years,
        terms.policy_version,
        authority(terms.rules["years_rounding"]),
        "缴费年限",
        f"您累计缴费 {months} 个月（含视同缴费），合 {years} 年。",
        YearsRounding[terms.rules["years_rounding"].text].value,
    )


def _deemed_step(terms: AwardTerms, months: int) -> Step:
    years = tenths_text(tenths=tenths_of_years(months=months))
    said = f"建立个人账户以前、视同缴费的 {months} 个月，合 {years} 年。"
    return Step(
        "视同缴费月数 ÷ 12",
        (("视同缴费月数", str(months)),),
        years,
        terms.policy_version,
        authority(terms.rules["years_rounding"]),
        "视同缴费年限",
        f"其中{said}" if months else "您没有视同缴费的年限。",
        YearsRounding[terms.rules["years_rounding"].text].value,
    )
