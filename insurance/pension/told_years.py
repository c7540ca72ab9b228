"""Years of a resident that papers tell (居民以前缴费年数): before this system's own bills."""

from dataclasses import dataclass

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.months import LAST_YEAR, Month
from insurance.pension.paid_years import FIRST_YEAR

YEARS_MAX = 60


@dataclass(frozen=True)
class Earlier:
    """Years that papers tell (以前缴费)."""

    years: int
    evidence: str


NONE_EARLIER = Earlier(0, "")


def earlier_of(case: Case, *, last_year: int) -> tuple[Earlier, Month]:
    """What papers say of years up to one, and the first January that is counted here."""
    years = content.count(case, "earlier_years", "以前缴费年数", most=YEARS_MAX)
    if not years:
        return NONE_EARLIER, FIRST_YEAR
    evidence = content.text(case, "earlier_evidence", "以前缴费的依据")
    last = content.count(case, "earlier_until", "以前缴费的最后年度", most=LAST_YEAR)
    if last > last_year:
        raise content.ContentInvalid(
            f"以前缴费的最后年度 {last} 应在开始领取以前，不晚于 {last_year} 年。", case_id=case.pk
        )
    if years > last - FIRST_YEAR.year + 1:
        raise content.ContentInvalid("以前缴费年数多于制度建立以来的年数。", case_id=case.pk)
    return Earlier(years, evidence), Month(last + 1, 1)


def least_years_of(case: Case) -> int | None:
    """Fewer years than the rule's, where that was decided."""
    if case.content.get("least_years") is None:
        return None
    content.text(case, "least_evidence", "少于规定年限的依据")
    return content.count(case, "least_years", "规定年数", most=YEARS_MAX)
