"""What a relation brings with it (转入的各年缴费): months and bases by year, as its sheet has them.

The index of a pension and the next transfer rest on them, whether money came along or the record
alone. The other place's sheet (信息表) names each year; one that does not is asked for again.
"""

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, Resolved
from insurance.accounts.sent_away import BroughtYear, brought_years, stays_since
from insurance.accounts.transfer_amounts import YEAR_MONTHS
from insurance.policy import parameters as policy
from insurance.policy.steps import authority

EARLIEST_YEAR, YEARS_MAX = 1951, 80
CEILING = "pension.base_ceiling"
REASON, REASON_LABEL = "difference_reason", "基数高于上限、登记而未缴费的原因和依据"


class BasesMissing(Refusal):
    """The sheet does not say what was paid on in each year (信息表没有各年缴费基数)."""

    code = "transfer_bases_missing"


class BasesTooHigh(Refusal):
    """A year's bases are above its ceiling in every month (转入缴费基数高于上限)."""

    code = "transfer_bases_too_high"


class YearDoubled(Refusal):
    """More months of a year come in than are left beside those paid here (年度缴费月数重复)."""

    code = "transfer_year_doubled"


class KnownMonths(Protocol):
    """How many months of a year were paid here: said by who knows of bills."""

    def __call__(
        self, *, person_id: int, scheme: str, since: Month, region: str, on: date
    ) -> tuple[int, int]:
        """From a month to the end of its year: the fewest and the most that can have been."""


def years_on_sheet(*, case: Case, on: date, empty: bool) -> tuple[BroughtYear, ...]:
    """Give the years that a case's sheet brings, each once; none only where the account is
    ``empty`` too.

    Raises:
        BasesMissing, ContentInvalid, MoneyInvalid.
    """
    rows = content.rows(case, "bases", "各年缴费", most=YEARS_MAX)
    if not rows and not (empty and case.content.get("bases") == []):
        raise BasesMissing(
            "请按对方的信息表逐年写明年度、缴费月数和缴费基数合计；信息表没有各年缴费的，"
            "请对方补发以后再办转入。",
            case_id=case.pk,
        )
    years = tuple(_year(row, on) for row in rows)
    if len({one.year for one in years}) < len(years):
        raise content.ContentInvalid("各年缴费每年只写一次。", case_id=case.pk)
    return years


def refuse_too_high(
    *, case: Case, years: tuple[BroughtYear, ...], on: date, elsewhere: bool
) -> None:
    """Let no year's bases be above its months times the ceiling of bases here; where months were
    paid in another province, whose ceiling is not known here, a reason tells why they are.

    Raises:
        BasesTooHigh, ContentInvalid; NotConfigured: no ceiling up to the day of the transfer.
    """
    for one in years:
        ceiling = _ceiling(case.agency.region, one.year, on)
        if one.fen <= one.months * ceiling.money.fen:
            continue
        if not elsewhere or case.content.get(REASON) is None:
            ask = "有外省缴费的核对后写明原因和依据。" if elsewhere else "请对方更正信息表。"
            raise BasesTooHigh(
                f"{one.year} 年 {one.months} 个月的缴费基数合计 {Money(one.fen)} 元过高："
                f"上限每月 {ceiling.money} 元（{authority(ceiling)}），{ask}",
                year=one.year,
            )
        content.text(case, REASON, REASON_LABEL)


def refuse_doubled(
    *,
    case: Case,
    scheme: str,
    years: tuple[BroughtYear, ...],
    known_months: KnownMonths,
    corrects: int | None,
) -> None:
    """Let no year have more than twelve months, with those paid here and brought before, but by
    what is corrected; a reason tells where months are registered here that were not paid.

    Raises:
        YearDoubled, ContentInvalid.
    """
    before = brought_years(person_id=case.party_id, scheme=scheme, but_for=corrects)
    for one in years:
        since = stays_since(person_id=case.party_id, scheme=scheme, year=one.year)
        least, most = _here(case, scheme, since, known_months)
        there = one.months + _months(before, one.year)
        if most + there <= YEAR_MONTHS:
            continue
        sure = least + there > YEAR_MONTHS
        if sure or case.content.get(REASON) is None:
            ask = "" if sure else "；登记而没有缴费的，写明原因和依据"
            raise YearDoubled(
                f"{one.year} 年本地已有 {most + there - one.months} 个月缴费，信息表又有 "
                f"{one.months} 个月，合计超过 12 个月：重复缴费的月份先办清退，"
                f"或者请对方更正信息表{ask}。",
                year=one.year,
            )
        content.text(case, REASON, REASON_LABEL)


def _ceiling(region: str, year: int, on: date) -> Resolved:
    """The ceiling of a year, whatever its standing, for it only bounds; of years before the first
    that is configured that one, which no earlier was above.

    Raises:
        NotConfigured.
    """
    tree = policy.load()
    for later in range(year, on.year):
        try:
            return tree.resolve_any(CEILING, region, Month(later, 12).first_day)
        except NotConfigured:
            continue
    return tree.resolve_any(CEILING, region, on)


def _here(
    case: Case, scheme: str, since: Month | None, known_months: KnownMonths
) -> tuple[int, int]:
    if since is None:
        return 0, 0
    return known_months(
        person_id=case.party_id,
        scheme=scheme,
        since=since,
        region=case.agency.region,
        on=content.day_of(case),
    )


def _months(years: Mapping[int, BroughtYear], year: int) -> int:
    return years[year].months if year in years else 0


def _year(row: content.Row, on: date) -> BroughtYear:
    year = content.number(row, "year", "年度")
    months = content.count(row, "months", "该年缴费月数", most=YEAR_MONTHS)
    most = on.month if year == on.year else YEAR_MONTHS
    if not EARLIEST_YEAR <= year <= on.year or not 1 <= months <= most:
        raise content.ContentInvalid(
            f"{year} 年缴费月数不正确：{EARLIEST_YEAR} 年至转入当年，每年 1 至 12 个月，"
            "不晚于转入当月。",
            case_id=row.pk,
        )
    return BroughtYear(year, months, content.fen(row, "amount", "该年缴费基数合计"))
