"""A resident's award is corrected too, also where the standard was raised since (居民更正核定)."""

from datetime import date

import pytest

from backend.people.models import Person
from insurance.accounts.models import EntryKind
from insurance.benefits.models import Overpaid
from insurance.pension import resident_award as act
from insurance.pension.adjusting.basic_raise import STANDARD
from insurance.pension.adjusting.invariants import broken_promises
from insurance.pension.correcting import NothingChanged
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
    assert [one for one in broken_promises() if "签名" not in one.promise] == []


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
