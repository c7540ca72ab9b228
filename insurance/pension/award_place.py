"""Where a pension of 110 is awarded (待遇领取地): by how long somebody paid where. Pure.

国办发〔2009〕66号第六条: at the household's place where the relation is there; else where the
relation is, with ten years there; else at the last place with ten years; else at the household's
place. A place is a province, deemed months count where the work was (人社部规〔2016〕5号). A
temporary account (临时基本养老保险缴费账户) never makes a place of award.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.accounts.places import PlaceMonths
from insurance.policy.regions import province_of, region_said
from insurance.policy.steps import Step, authority

RULE = "transfer.award_place"
ANY_MONTHS = "ANY_MONTHS"
NAME = "待遇领取地缴费月数"


class HouseholdMissing(Refusal):
    """Without the household's place the place of award cannot be told (户籍所在地不明)."""

    code = "award_household_missing"


class PlaceElsewhere(Refusal):
    """The pension is awarded at another place (待遇领取地不在本地)."""

    code = "award_place_elsewhere"


class Ground(Enum):
    """Why a place is the place of award."""

    RELATION_AT_HOUSEHOLD = "关系在户籍所在地"
    RELATION = "关系所在地满规定年限"
    EARLIER = "关系所在地不满规定年限，这是上一个满的地方"
    HOUSEHOLD = "各地都不满规定年限，归集到户籍所在地"


@dataclass(frozen=True)
class PlaceTerms:
    """What the place of award rests on."""

    rule: Resolved
    policy_version: str

    @property
    def least_months(self) -> int:
        """With so many months a place may be the place of award."""
        return self.rule.part("least_months").whole

    @property
    def household_alone(self) -> bool:
        """Whether a relation at the household's place needs no months."""
        return self.rule.part("household_relation").text == ANY_MONTHS


@dataclass(frozen=True)
class Paid:
    """All that the place of award depends on; the relation is at ``relation``."""

    relation: PlaceMonths
    earlier: Sequence[PlaceMonths] = ()  # at other places
    household: str | None = None  # its region; None: not known
    temporary: bool = False  # the account at the relation's place


@dataclass(frozen=True)
class AwardPlace:
    """The place of award, with its reason."""

    province: str
    ground: Ground
    step: Step
    terms: PlaceTerms

    @property
    def said(self) -> str:
        """The place by its name and code."""
        return region_said(region=self.province)


def place_terms(
    *, tree: ParameterTree, region: str, month: Month, demo: bool = False
) -> PlaceTerms:
    """Resolve the rule of who retires in a month.

    Raises:
        NotConfigured, NotVerified.
    """
    return PlaceTerms(tree.resolve(RULE, region, month.first_day, demo), tree.version)


def place_of_award(*, paid: Paid, terms: PlaceTerms) -> AwardPlace:
    """Tell where the pension is awarded.

    Raises:
        HouseholdMissing: it depends on the household's place, which is not known.
    """
    months, last = _by_province((paid.relation, *paid.earlier))
    here, least = paid.relation.province, terms.least_months
    enough = [one for one, count in months.items() if count >= least]
    home = province_of(region=paid.household) if paid.household else None
    if paid.temporary:
        enough = [one for one in enough if one != here]
    elif here == home and terms.household_alone:
        return _place(here, Ground.RELATION_AT_HOUSEHOLD, months, terms)
    if here in enough:
        return _place(here, Ground.RELATION, months, terms)
    if home is None and terms.household_alone and not paid.temporary:
        raise _missing(months[here], terms)
    if enough:
        return _place(max(enough, key=last.__getitem__), Ground.EARLIER, months, terms)
    if home is None:
        raise _missing(months[here], terms)
    return _place(home, Ground.HOUSEHOLD, months, terms)


def _missing(months: int, terms: PlaceTerms) -> HouseholdMissing:
    return HouseholdMissing(
        f"此人在本地累计缴费 {months} 个月，不满 {terms.least_months} 个月或者是临时账户，"
        f"待遇领取地要看户籍所在地（{authority(terms.rule)}），请写明户籍所在地和依据。",
        months=months,
    )


def _by_province(places: Sequence[PlaceMonths]) -> tuple[dict[str, int], dict[str, Month]]:
    months: dict[str, int] = {}
    last: dict[str, Month] = {}
    for one in places:
        months[one.province] = months.get(one.province, 0) + one.months
        last[one.province] = max(one.until, last.get(one.province, one.until))
    return months, last


def _place(province: str, ground: Ground, months: dict[str, int], terms: PlaceTerms) -> AwardPlace:
    total, there = sum(months.values()), months.get(province, 0)
    step = Step(
        formula="累计缴费月数 − 其他地缴费月数",
        inputs=(("累计缴费月数", str(total)), ("其他地缴费月数", str(total - there))),
        result=str(there),
        version=terms.policy_version,
        article=authority(terms.rule),
        name=NAME,
        sentence=f"待遇领取地是{region_said(region=province)}，在那里累计缴费 {there} 个月："
        f"{ground.value}（规定 {terms.least_months} 个月）。",
        rounding="",
    )
    return AwardPlace(province, ground, step, terms)
