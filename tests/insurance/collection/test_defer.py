"""Employers pay later by decision: dated, all that is open; the later decision counts."""

from datetime import date
from typing import Any

import pytest

from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from insurance.collection.cases.defer import (
    DeferralTooLong,
    NotAnEmployer,
    NotDeferred,
    NothingToDefer,
    check,
    decide,
)
from insurance.collection.models import Deferral
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import P

pytestmark = pytest.mark.django_db
PAYER, LI = city.FIRST_PAYER, city.FIRST_PERSON


@pytest.fixture(autouse=True)
def billed() -> None:
    """The employer owes 100 yuan for October and 100 for November, and a late fee."""
    city.write_parties(payers=2)
    keys = [
        city.owing(
            payer_id=PAYER, person_id=LI, scheme="110", month=month, part=P.PERSON, fen=100_00
        )
        for month in city.MONTHS[1:]
    ]
    fee = city.owing(
        payer_id=PAYER, person_id=None, scheme="110", month=city.NOV, part=P.LATE_FEE, fen=3_00
    )
    city.write_lines(run=city.open_run(), lines=[*keys, fee])


def asked(party_id: int = PAYER, **changes: object) -> Case:
    content: dict[str, object] = {
        "change": "GRANT",
        "scheme": "110",
        "from_month": "2026-10",
        "last_month": "2026-11",
        "from_date": "2026-12-01",
        "until_date": "2027-05-31",
        "document": "演示〔2026〕1号",
    }
    return cases.decided(
        kind="COLLECTION_DEFERRAL", party_id=party_id, content={**content, **changes}
    )


def current() -> list[tuple[int, date, date, int]]:
    rows = Deferral.objects.filter(superseded_at__isnull=True).order_by("month", "valid")
    return [(row.month.month, row.valid.lower, row.valid.upper, row.fen) for row in rows]


def test_all_that_is_open_of_the_months_may_be_paid_later() -> None:
    assert check(asked()) == 0

    assert decide(asked()) == 2

    days = (date(2026, 12, 1), date(2027, 6, 1))
    assert current() == [(10, *days, 100_00), (11, *days, 100_00)]


def test_a_later_decision_takes_the_place_of_the_earlier() -> None:
    decide(asked(last_month="2026-10"))

    decide(asked(last_month="2026-10", from_date="2027-03-01", until_date="2027-09-30"))

    assert current() == [
        (10, date(2026, 12, 1), date(2027, 3, 1), 100_00),
        (10, date(2027, 3, 1), date(2027, 10, 1), 100_00),
    ]


def test_a_revocation_ends_it() -> None:
    decide(asked())

    decide(asked(change="REVOKE", from_date="2027-01-01"))

    assert {until for _, _, until, _ in current()} == {date(2027, 1, 1)}


def test_done_again_nothing_happens() -> None:
    case = asked()
    decide(case)

    assert decide(case) == 0
    assert Deferral.objects.count() == 2


def test_what_is_not_open_is_not_deferred() -> None:
    months: dict[str, Any] = {"from_month": "2026-09", "last_month": "2026-09"}

    for act in (check, decide):
        with pytest.raises(NothingToDefer):
            act(asked(**months))


def test_individuals_do_not_defer() -> None:
    with pytest.raises(NotAnEmployer):
        check(asked(LI))


@pytest.mark.parametrize(("until", "long"), [("2027-11-30", False), ("2027-12-01", True)])
def test_it_lasts_a_year_at_most(until: str, long: bool) -> None:
    if long:
        with pytest.raises(DeferralTooLong, match="第13号"):
            check(asked(until_date=until))
    else:
        assert check(asked(until_date=until)) == 0


def test_what_is_not_deferred_is_not_revoked() -> None:
    for act in (check, decide):
        with pytest.raises(NotDeferred):
            act(asked(change="REVOKE"))


@pytest.mark.parametrize(
    "changes",
    [
        {"document": ""},
        {"scheme": "170"},
        {"change": "MAYBE"},
        {"from_date": "明天"},
        {"until_date": "2026-11-30"},
        {"last_month": "2026-09"},
    ],
)
def test_a_case_that_says_too_little_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ContentInvalid):
        check(asked(**changes))
