"""A first month moves past an adjustment: it is given to who began before it (起始月与调整)."""

import pytest

from backend.kernel.months import Month
from insurance.benefits.models import Entitlement
from insurance.pension import resident_award as act
from insurance.pension.adjusting.invariants import broken_promises as broken_adjusting
from insurance.pension.adjusting.models import Row, Run
from insurance.pension.invariants import broken_promises
from insurance.pension.models import Award
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY
from tests.insurance.pension import correction_builders as c
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension.adjusting import adjusting_builders as b
from tests.insurance.pension.test_correcting_residents import somebody_there, standards
from tests.insurance.pension.test_resident_award import KIND, PAPER, asked, awarded, cheng

pytestmark = pytest.mark.django_db
FEBRUARY, MARCH = Month(2027, 2), Month(2027, 3)
LATER = p.NOW.replace(year=2027, month=2)


@pytest.fixture(autouse=True)
def _configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """220 yuan, and 250 from 2027 on."""
    standards(monkeypatch)


def broken() -> list[str]:
    found = [*broken_promises(), *broken_adjusting()]
    return [one.promise for one in found if "签名" not in one.promise]


def last_row(of: Entitlement) -> Row:
    found = Row.objects.filter(entitlement=of).order_by("run_id").last()
    assert found is not None
    return found


def moved(award: Award, first_month: str) -> Award:
    day = Month.parse(first_month).previous.last_day.isoformat()
    content = asked(corrects=award.pk, qualified_on=day, **PAPER, **c.FOUND)
    case = p.decided(kind=KIND, of=cheng(), content=content, on=LATER)
    act.decide(case)
    return Award.objects.get(case_id=case.pk)


@pytest.mark.parametrize("first", ["2027-01", "2027-02"])
def test_who_begins_with_the_raise_or_after_it_is_awarded_the_new_amount_once(first: str) -> None:
    award = awarded()
    somebody_there()
    b.adjusted(b.RAISE)
    assert c.amounts(award.entitlement, FEBRUARY) == {"BASIC": 250_00}

    after = moved(award, first)

    assert after.basic_fen == 250_00
    assert c.amounts(award.entitlement, FEBRUARY) == {"BASIC": 250_00}
    assert broken() == []
    b.followed(MARCH)
    assert c.amounts(award.entitlement, FEBRUARY) == {"BASIC": 250_00}
    row = last_row(award.entitlement)
    assert (row.left_out, row.fixed_fen) == ("NO_PENSION", 0)
    assert broken() == []


def test_moved_back_before_it_the_raise_is_given_again() -> None:
    award = awarded()
    first = str(Month.of(award.retirement_month).next)
    somebody_there()
    b.adjusted(b.RAISE)
    once = moved(award, "2027-02")
    b.followed(FEBRUARY)

    moved(once, first)
    b.followed(MARCH)

    amounts = [c.amounts(award.entitlement, one)["BASIC"] for one in (DECEMBER, JANUARY, MARCH)]
    assert amounts == [220_00, 250_00, 250_00]
    assert last_row(award.entitlement).fixed_fen == 30_00
    assert broken() == []


def test_who_begins_only_after_the_yearly_adjustment_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    b.plan(monkeypatch)
    award = c.as_it_was()
    b.adjusted(b.YEARLY)
    assert "ADJUSTMENT" in c.amounts(award.entitlement, FEBRUARY)
    p.approve(
        corrects=c.approved().pk, route="LATE", notice_on="2026-06-01",
        retirement_month="2027-01", **c.FOUND,
    )  # fmt: skip

    after = p.awarded(corrects=award.pk, on=LATER, **c.FOUND)

    assert c.amounts(award.entitlement, FEBRUARY) == after.parts
    b.followed(MARCH)
    assert c.amounts(award.entitlement, FEBRUARY) == after.parts
    assert (Run.objects.count(), broken()) == (2, [])
