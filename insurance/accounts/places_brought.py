"""Where somebody paid before (各地缴费月数), as the sheets of transfers in tell."""

import re

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.months import Month
from insurance.accounts.places import PlaceMonths
from insurance.accounts.sent_away import brought_since, told_by
from insurance.accounts.settling import LeavingInvalid

PLACES, LABEL = "places", "各地缴费月数"
MONTHS_MAX = 12 * 60
REGION = re.compile(r"[1-9][0-9]{5}", re.ASCII)


def places_of(*, case: Case, name: str, last: Month) -> tuple[PlaceMonths, ...]:
    """Read a case's list of ``region``, ``months`` and ``until``, none of them after ``last``.

    Raises:
        LeavingInvalid, ContentInvalid, MonthInvalid.
    """
    found = tuple(
        PlaceMonths(
            region=region_of(written=row.content.get("region"), case=case),
            months=content.count(row, "months", "缴费月数", most=MONTHS_MAX),
            until=Month.parse(row.content.get("until")),
        )
        for row in content.rows(case, name, LABEL)
    )
    if any(one.until > last or not one.months for one in found):
        raise LeavingInvalid(
            f"{LABEL}不正确：每地至少 1 个月，最后缴费月份不晚于 {last}。", case_id=case.pk
        )
    return found


def region_of(*, written: object, case: Case) -> str:
    """Read the code of a place.

    Raises:
        LeavingInvalid.
    """
    if not isinstance(written, str) or not REGION.fullmatch(written):
        raise LeavingInvalid("地区应为六位区划代码，如 310000。", case_id=case.pk)
    return written


def brought(*, person_id: int, scheme: str) -> tuple[PlaceMonths, ...]:
    """Give what transfers brought since the relation last went away, sheet by sheet."""
    cases = Case.objects.in_bulk(
        number
        for step in brought_since(person_id=person_id, scheme=scheme)
        if (number := told_by(step=step)) is not None
    )
    return tuple(
        place
        for _, case in sorted(cases.items())
        for place in places_of(case=case, name=PLACES, last=Month.of(content.day_of(case)))
    )
