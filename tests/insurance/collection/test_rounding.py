"""An employer's total rounded once differs from the sum of its people's lines (单位缴费尾差)."""

import pytest

from backend.people.models import ClockTimestamp
from insurance.collection.models import BillLine
from insurance.collection.rules.lines import Part
from insurance.enrolment.models import Enrolment
from tests import builders
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection.bill_builders import DEC, NOV
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rounded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    b.with_values(monkeypatch, {"collection.employer_share_rounding": "ROUND_OF_SUM"})


def two_people() -> None:
    """0.5 % of 6,001 and of 6,003 yuan ends in half a fen; together it does not."""
    for person, fen in ((builders.li(), 600_100), (builders.zhao(), 600_300)):
        of.enrolment(person_id=person.pk, scheme="210", valid=of.months("2026-01"))
        of.wage(person_id=person.pk, fen=fen)


def test_the_rest_is_a_line_of_nobody_and_may_be_below_zero() -> None:
    two_people()

    b.bill(NOV)

    shares = [x.fen for x in b.lines() if x.key.part is Part.EMPLOYER]
    assert shares == [30_01, 30_02]  # each rounded up
    (rest,) = [x for x in b.lines() if x.key.part is Part.ROUNDING]
    assert (rest.fen, rest.key.person_id, rest.account_fen) == (-1, None, 0)


def test_the_rest_of_a_past_month_follows_its_people() -> None:
    two_people()
    b.bill(NOV)
    theirs = Enrolment.objects.filter(person=builders.zhao().pk)
    theirs.update(superseded_at=ClockTimestamp())

    b.bill(DEC)

    rests = BillLine.objects.filter(part=3, month=NOV.first_day).order_by("pk")
    assert [row.fen for row in rests] == [-1, 1]
    assert b.fen_of(scheme="210", month=NOV, part=Part.EMPLOYER) == 30_01


def test_where_shares_add_up_there_is_no_line() -> None:
    b.li_works()

    b.bill(NOV)

    assert Part.ROUNDING not in {x.key.part for x in b.lines()}
