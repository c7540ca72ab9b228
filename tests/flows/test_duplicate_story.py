"""Doubled insurance is found, closed by two persons, and what was paid for it goes back (清退)."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.kernel.identity import Sex
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.models import Alias
from insurance.accounts.models import AccountEntry, Outgoing
from insurance.accounts.refunds import owed_refunds, refund_cleared
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import LinePart
from insurance.enrolment.models import Duplicate, Enrolment, Kind
from tests import builders
from tests.flows import stories
from tests.flows.stories import TaxBureau, account_of, income
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.bill_builders import DEC, NOV
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
JANUARY = Month(2026, 1)
NOVEMBER = of.months("2026-11", "2026-12")
BOTH = 480_00 + 960_00  # a month of Li: his own, and the employer's


@pytest.fixture(autouse=True)
def tax(settings: LazySettings, tmp_path: Path) -> TaxBureau:
    settings.VAR_DIR = tmp_path
    stories.open_agencies()
    return TaxBureau(tmp_path)


def works(*, person_id: int, serial: int, district: str) -> Enrolment:
    """November at a company of a county, on 6,000 yuan."""
    payer = of.employer(serial=serial, district=district).pk
    of.wage(person_id=person_id, payer_id=payer)
    return of.enrolment(person_id=person_id, payer_id=payer, district=district, valid=NOVEMBER)


def found() -> tuple[str, int | None, int | None]:
    """The one finding: its kind, and the enrolments or persons that it names."""
    row = Duplicate.objects.get()
    if row.enrolment_id is None:
        return row.kind, row.person_id, row.other_person_id
    return row.kind, row.enrolment_id, row.other_enrolment_id


def closed(*, goes: int, stays: int, person_id: int) -> None:
    content = {"close": goes, "keep": stays, "from_month": "2026-11", "last_month": "2026-11"}
    stories.decided_at_api(kind="ENROLMENT_MERGE", party_id=person_id, content=content)
    assert not Duplicate.objects.exists()


def refunded(*, payer_id: int | None, person_id: int) -> None:
    content = {
        "payer": payer_id, "person": person_id, "scheme": "110", "from_month": "2026-11",
        "last_month": "2026-11", "amount": str(Money(BOTH)), "reason": "DOUBLED",
        "whole": str(Money(BOTH)), "evidence": "重复参保归并 演示1号",
        "received_date": "2026-12-05",
    }  # fmt: skip
    stories.decided_at_api(kind="COLLECTION_REFUND", party_id=person_id, content=content)


def paid(*receipts: Came) -> None:
    """It comes in, and is worked off."""
    file = city.write_file(receipts=receipts)
    work_off(file_id=file.pk, period=NOV, today=NOV.last_day)


def test_two_counties_in_one_month(tax: TaxBureau) -> None:
    """Li is insured by companies of two counties; one of them insured him by mistake."""
    li = builders.li().pk
    stays = works(person_id=li, serial=1, district="340802")
    goes = works(person_id=li, serial=3, district="340822")
    bills.bill(NOV)
    paid(*(Came(one.payer_id, "110", BOTH, month=NOV) for one in (stays, goes)))
    assert (account_of(person_id=li, scheme="110"), income(scheme="110")) == (960_00, 2 * BOTH)

    assert found() == ("TWO_PLACES", stays.pk, goes.pk)
    closed(goes=goes.pk, stays=stays.pk, person_id=li)
    bills.bill(DEC)
    assert owed_refunds() == []  # one scheme: collection knows whose money it was
    refunded(payer_id=goes.payer_id, person_id=li)
    assert (account_of(person_id=li, scheme="110"), income(scheme="110")) == (480_00, 2 * BOTH)
    tax.pays_back(period=DEC, today=DEC.last_day)

    assert (account_of(person_id=li, scheme="110"), income(scheme="110")) == (480_00, BOTH)


def test_one_person_under_two_numbers(tax: TaxBureau) -> None:
    """The second company insured Li under another number: two entries, two accounts."""
    li = builders.li().pk
    twin = builders.person(
        name="李建国", birth_date=date(1985, 7, 1), sex=Sex.MALE,
        number=builders.id_number(birth_date=date(1985, 7, 1), sex=Sex.MALE, serial=77),
    ).pk  # fmt: skip
    stays = works(person_id=li, serial=1, district="340802")
    goes = works(person_id=twin, serial=3, district="340822")
    bills.bill(NOV)
    paid(*(Came(one.payer_id, "110", BOTH, month=NOV) for one in (stays, goes)))
    assert account_of(person_id=twin, scheme="110") == 480_00

    # First it is one person, then his doubled months show.
    assert found() == ("TWO_NUMBERS", li, twin)
    stories.decided_at_api(kind="MERGE", party_id=twin, content={"survivor_id": li})
    assert Alias.objects.get().survivor_id == li
    assert found() == ("TWO_PLACES", stays.pk, goes.pk)
    closed(goes=goes.pk, stays=stays.pk, person_id=li)
    bills.bill(DEC)
    assert owed_refunds() == []
    refunded(payer_id=goes.payer_id, person_id=li)
    tax.pays_back(period=DEC, today=DEC.last_day)

    assert account_of(person_id=twin, scheme="110") == 0
    assert (account_of(person_id=li, scheme="110"), income(scheme="110")) == (480_00, BOTH)


def test_employed_and_on_the_villages_roll() -> None:
    """Li works all the year and stands on the roll as well: the employee's months count."""
    li = builders.li().pk
    year = of.months("2026-01", "2027-01")
    stays = of.enrolment(valid=year)
    of.wage()
    goes = of.enrolment(scheme="170", kind=Kind.RESIDENT, valid=year)
    bills.on_roll(person_id=li)
    bills.bill(NOV)
    village = of.village().pk
    own, subsidy = (
        Came(village, "170", fen, month=JANUARY, person_id=li, part=part,
             fiscal=part is LinePart.SUBSIDY)
        for fen, part in ((500_00, LinePart.PERSON), (60_00, LinePart.SUBSIDY))
    )  # fmt: skip
    paid(own, subsidy)
    assert account_of(person_id=li, scheme="170") == 560_00

    assert found() == ("TWO_SCHEMES", stays.pk, goes.pk)
    content = {
        "close": goes.pk, "keep": stays.pk, "from_month": "2026-01", "last_month": "2026-12",
    }  # fmt: skip
    stories.decided_at_api(kind="ENROLMENT_MERGE", party_id=li, content=content)
    bills.bill(DEC)
    refund_cleared(month=DEC)

    # His own money goes to him from the account; the subsidy is the government's again.
    out = Outgoing.objects.get()
    assert (out.kind, out.payee_id, out.fen) == ("REFUND", li, 500_00)
    assert account_of(person_id=li, scheme="170") == 60_00
    assert AccountEntry.objects.get(kind="REFUND").part == "PERSON"
    assert bills.fen_of(scheme="170", month=JANUARY) == 0
    assert Enrolment.objects.get(superseded_at=None).pk == stays.pk
