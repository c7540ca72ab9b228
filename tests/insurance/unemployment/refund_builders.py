"""Employers that paid for 2025 and may get a refund in 2026 (稳岗返还样例); all invented (演示)."""

from collections.abc import Mapping
from datetime import date, datetime

from backend.cases.models import Case
from backend.kernel.months import Month
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import LinePart
from insurance.unemployment import refund_case, refund_list
from insurance.unemployment.models import RefundEntry, RefundGrant, RefundList
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.unemployment import claim_builders as z

YEAR = 2025
MONTHS = tuple(Month(YEAR, number) for number in range(1, 13))
PUBLISHED = date(2026, 6, 8)  # a Monday
NOTICE_UNTIL = date(2026, 6, 16)  # five working days on: the tenth is a holiday
DRAWN_UP, DURING, AFTER = (builders.NOW.replace(month=6, day=day) for day in (8, 11, 17))
PART = 3_000  # a month's part of the employer, and of its staff
WHOLE = 12 * 2 * PART


def employer(*, serial: int = 1, paid: int = 12, staff: int = 1, fen: int = PART) -> int:
    """An employer with some staff, of whose twelve months so many are paid in full."""
    m.office()
    payer: int = of.employer(serial=serial).pk
    persons = [builders.person(name="演示职工").pk for _ in range(staff)]
    for person in persons:
        of.enrolment(
            person_id=person, scheme="210", payer_id=payer, valid=of.months("2025-01", "2026-01")
        )
    run = city.open_run()
    parts = (LinePart.PERSON, LinePart.EMPLOYER)
    city.write_lines(
        run=run,
        lines=[
            city.owing(
                payer_id=payer, person_id=persons[0], scheme="210", month=month, part=one, fen=fen
            )
            for month in MONTHS
            for one in parts
        ],
    )
    city.send(run=run)
    came = [Came(payer, "210", 2 * fen, month=month) for month in MONTHS[:paid]]
    if came:
        file = city.write_file(receipts=came)
        work_off(file_id=file.pk, period=Month(2026, 11), today=date(2027, 1, 20))
    return payer


def list_content(**changes: object) -> dict[str, object]:
    """The list of 2026, with a holiday in its notice."""
    content: dict[str, object] = {
        "year": 2026,
        "published_on": PUBLISHED.isoformat(),
        "holidays": [{"day": "2026-06-10"}],
        "large": [],
        "excluded": [],
    }
    return {**content, **changes}


def asking(kind: str, content: Mapping[str, object], on: datetime = DURING) -> Case:
    """A case that waits, as of a day."""
    m.office()
    return z.waiting(kind=kind, content=content, on=on)


def listed(**changes: object) -> RefundList:
    """The list as a decided case publishes it; signatures are tried elsewhere."""
    case = asking("STABILITY_LIST", list_content(**changes), on=DRAWN_UP)
    refund_list.decide(case)
    return RefundList.objects.get(case_id=case.pk)


def objecting(found: RefundList, payer: int, *, effect: str = "EXCLUDE") -> Case:
    """Somebody objects during the notice."""
    content = {"list": found.pk, "payer": payer, "grounds": "演示：去年裁员很多", "effect": effect}
    return asking("STABILITY_OBJECTION", content)


def granted(found: RefundList, on: datetime = AFTER) -> RefundGrant:
    """What a decided case pays."""
    case = asking("STABILITY_REFUND", {"list": found.pk}, on)
    refund_case.decide(case)
    return RefundGrant.objects.get(list=found)


def amounts(found: RefundList) -> dict[int, tuple[int, str]]:
    """What each employer gets, or why nothing."""
    rows = RefundEntry.objects.filter(list=found)
    return {row.payer_id: (row.fen, row.refused) for row in rows}
