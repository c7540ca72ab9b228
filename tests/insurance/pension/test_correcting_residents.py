"""A resident's award is corrected too, also where the standard was raised since (居民更正核定)."""

from datetime import date

import pytest

from backend.kernel.dated import Standing
from backend.people.models import Person
from insurance.accounts.models import EntryKind
from insurance.benefits.models import Overpaid
from insurance.pension import resident_award as act
from insurance.pension.adjusting.basic_raise import STANDARD
from insurance.pension.adjusting.explain import steps_of
from insurance.pension.adjusting.invariants import broken_promises as broken_adjusting
from insurance.pension.adjusting.models import Row
from insurance.pension.correcting import NothingChanged
from insurance.pension.invariants import broken_promises
from insurance.pension.models import Award
from tests import builders
from tests.insurance.accounts import account_builders
from tests.insurance.benefits import month_builders as month
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER
from tests.insurance.pension import correction_builders as c
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension.adjusting import adjusting_builders as b
from tests.insurance.pension.test_resident_award import KIND, asked, awarded, cheng

pytestmark = pytest.mark.django_db
HERE, THERE = "340802", "340822"


def standards(monkeypatch: pytest.MonkeyPatch) -> None:
    """220 and 210 yuan by the two districts; 250 and 230 from 2027 on."""
    first = JANUARY.first_day
    b.with_rows(
        monkeypatch,
        STANDARD,
        *(
            b.value(yuan, since=since, until=until, region=region)
            for region, told in {HERE: (220, 250), THERE: (210, 230)}.items()
            for yuan, since, until in (
                (told[0], date(2024, 7, 1), first),
                (told[1], first, None),
            )
        ),
    )


@pytest.fixture(autouse=True)
def _configured(monkeypatch: pytest.MonkeyPatch) -> None:
    standards(monkeypatch)


def corrected(award: Award, **changes: object) -> Award:
    content = asked(corrects=award.pk, **{**c.FOUND, **changes})
    case = p.decided(kind=KIND, of=cheng(), content=content)
    act.decide(case)
    return Award.objects.get(case_id=case.pk)


def somebody_there() -> None:
    """Somebody draws a pension in the other district, whose standard is raised too."""
    other = builders.person(name="方小满", birth_date=date(1950, 2, 3))
    Person.objects.filter(pk=other.pk).update(district=THERE)
    other.refresh_from_db()
    month.entitlement(of=other, components={"BASIC": 210_00})


def test_the_basic_amount_of_another_district() -> None:
    award = awarded()

    after = corrected(award, district=THERE)

    assert (award.basic_fen, after.basic_fen, after.region) == (220_00, 210_00, THERE)
    assert c.amounts(award.entitlement, NOVEMBER) == {"BASIC": 210_00}


def somebody_else_here() -> None:
    """Somebody draws a pension in the first district."""
    other = builders.person(name="方小满", birth_date=date(1950, 2, 3))
    Person.objects.filter(pk=other.pk).update(district=HERE)
    other.refresh_from_db()
    month.entitlement(of=other, components={"BASIC": 220_00})


def last_row(award: Award) -> Row:
    found = Row.objects.filter(entitlement=award.entitlement).order_by("run_id").last()
    assert found is not None
    return found


def broken() -> list[str]:
    found = [*broken_promises(), *broken_adjusting()]
    return [one.promise for one in found if "签名" not in one.promise]


@pytest.mark.parametrize("corrected_first", [True, False])
def test_the_order_of_correction_and_raise_does_not_matter(corrected_first: bool) -> None:
    award = awarded()
    somebody_there()
    if not corrected_first:
        b.adjusted(b.RAISE)
        assert c.amounts(award.entitlement, JANUARY) == {"BASIC": 250_00}
    corrected(award, district=THERE)
    if corrected_first:
        b.adjusted(b.RAISE)
    b.followed()

    found = [c.amounts(award.entitlement, one)["BASIC"] for one in (DECEMBER, JANUARY)]
    assert found == [210_00, 230_00]
    assert broken() == []


def test_a_raise_reaches_a_district_where_nobody_drew_when_it_was_decided() -> None:
    award = awarded()
    somebody_else_here()
    run = b.adjusted(b.RAISE)
    assert run.parameters["drawn"] == [HERE]

    corrected(award, district=THERE)
    b.followed()

    row = last_row(award)
    assert (row.district, row.fixed_fen, row.left_out) == (THERE, 20_00, "")
    assert [step.result for step in steps_of(row=row)] == ["20.00", "230.00"]
    found = [c.amounts(award.entitlement, one)["BASIC"] for one in (DECEMBER, JANUARY)]
    assert found == [210_00, 230_00]
    assert broken() == []
    assert b.followed(b.MARCH.next) == []


def test_an_award_made_late_in_such_a_district_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    somebody_else_here()
    b.adjusted(b.RAISE)
    Person.objects.filter(pk=cheng().pk).update(district=THERE)

    award = awarded()
    b.followed()

    assert award.region == THERE
    assert c.amounts(award.entitlement, JANUARY) == {"BASIC": 230_00}
    assert broken() == []


def test_where_the_standard_does_not_rise_the_raise_of_the_other_place_is_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    since = date(2024, 7, 1)
    here = [(220, since, JANUARY.first_day), (250, JANUARY.first_day, None)]
    b.with_rows(
        monkeypatch,
        STANDARD,
        *(b.value(yuan, since=first, until=end, region=HERE) for yuan, first, end in here),
        b.value(210, since=since, region=THERE),
    )
    award = awarded()
    b.adjusted(b.RAISE)
    assert c.amounts(award.entitlement, JANUARY) == {"BASIC": 250_00}

    corrected(award, district=THERE)
    b.followed()

    assert (last_row(award).left_out, last_row(award).fixed_fen) == ("NOT_RAISED", 0)
    assert c.amounts(award.entitlement, JANUARY) == {"BASIC": 210_00}
    assert broken() == []


def test_what_is_not_verified_there_waits_for_nobody_else_and_is_found_once_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    award = awarded()
    somebody_else_here()
    b.adjusted(b.RAISE)
    with monkeypatch.context() as doubtful:
        new = b.value(230, since=JANUARY.first_day, region=THERE, standing=Standing.UNVERIFIED)
        old = b.value(210, since=date(2024, 7, 1), until=JANUARY.first_day, region=THERE)
        here = b.value(220, since=date(2024, 7, 1), region=HERE)
        b.with_rows(doubtful, STANDARD, old, new, here)
        corrected(award, district=THERE)
        doubtful.setattr("insurance.pension.adjusting.follow_up.is_demo", lambda: False)
        b.followed()
        assert c.amounts(award.entitlement, JANUARY) == {"BASIC": 210_00}

    b.followed(b.MARCH.next)

    assert c.amounts(award.entitlement, JANUARY) == {"BASIC": 230_00}


def test_an_account_that_was_overlooked_is_paid_from() -> None:
    award = awarded()
    assert "ACCOUNT" not in award.parts
    account_builders.entry(
        person_id=cheng().pk, scheme="170", kind=EntryKind.OPENING, month="2025-12",
        arrival="2026-01", fen=9_000_00,
    )  # fmt: skip

    after = corrected(award)

    assert c.amounts(award.entitlement, NOVEMBER) == after.parts
    assert after.account_fen > 0


def test_what_was_too_much_is_found_overpaid() -> None:
    award = awarded()
    month.account(of=cheng().pk)
    month.sealed(NOVEMBER)

    corrected(award, district=THERE)

    month.sealed(DECEMBER)

    assert list(Overpaid.objects.values_list("fen", flat=True)) == [10_00] * 3


def test_nothing_changed_is_no_correction() -> None:
    award = awarded()

    with pytest.raises(NothingChanged):
        corrected(award)
