"""A good baseline is taken over exactly; taken again it changes nothing (接管基线)."""

from datetime import date

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.audit.models import Act
from backend.feeds.refused import RefusedRow
from backend.kernel.identity import Sex
from backend.people import queries
from backend.people.models import Death, Organisation, PartyIdentifier, PartyName, Person
from insurance.benefits.baseline.take_over import Taken, take_over
from insurance.benefits.models import Baseline, Component, Entitlement, Hold
from payments.models import PayeeAccount
from tests import builders
from tests.insurance.benefits.baseline_files import CHEN, LI, TRUSTED, WANG, BaselineFiles

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _agency() -> None:
    builders.agency()


def taken(baseline: BaselineFiles) -> tuple[Taken, list[RefusedRow]]:
    refused: list[RefusedRow] = []
    return take_over(folder=baseline.folder, trusted=TRUSTED, refused=refused), refused


def wang_id() -> int:
    found = queries.party_by_number(number=WANG)
    assert found is not None
    return found


def test_every_row_of_a_good_baseline_is_taken(baseline: BaselineFiles) -> None:
    result, refused = taken(baseline.write())

    assert refused == []
    assert result.rows == {
        "people_party": 5,
        "people_organisation": 2,
        "people_person": 3,
        "people_partyname": 5,
        "people_partyidentifier": 4,
        "payments_payeeaccount": 3,
        "benefits_entitlement": 2,
        "benefits_component": 5,
        "benefits_hold": 1,
        "people_death": 1,
    }


def test_an_entitlement_rests_on_the_baseline(baseline: BaselineFiles) -> None:
    result, _ = taken(baseline.write())

    one, two = Entitlement.objects.order_by("id")

    assert (one.source_no, one.scheme, one.book.pool_region) == ("P1-170", "170", "340800")
    assert (two.source_no, two.scheme, two.book.pool_region) == ("P2-110", "110", "340000")
    assert one.baseline == result.baseline
    assert (one.person_id, one.start_month) == (wang_id(), date(2018, 4, 1))
    assert one.paid_through == date(2026, 10, 1)


def test_months_paid_for_are_known_or_not(baseline: BaselineFiles) -> None:
    baseline.rows["entitlements"].append("P3-170,P3,170,2026-12,2026-10,0")

    taken(baseline.write())

    months = Entitlement.objects.order_by("id").values_list("paid_months", flat=True)
    assert list(months) == [None, 385, 0]


def test_components_hold_by_whole_months(baseline: BaselineFiles) -> None:
    taken(baseline.write())

    one = Component.objects.get(component="EXTRA_YEARS")

    assert one.valid == SqlRange(date(2020, 1, 1), date(2026, 11, 1))
    assert (one.fen, one.standing) == (900, "BASELINE")


def test_names_and_numbers_hold_from_birth(baseline: BaselineFiles) -> None:
    taken(baseline.write())

    name = PartyName.objects.get(party=wang_id())
    number = PartyIdentifier.objects.get(party=wang_id())

    assert (name.name, name.valid.lower, name.valid.upper) == ("王秀英", date(1958, 3, 12), None)
    assert (number.number, number.valid.lower) == (WANG, date(1958, 3, 12))


def test_a_village_is_found_again_and_joined_to_its_people(baseline: BaselineFiles) -> None:
    taken(baseline.write())

    village = Organisation.objects.get(district="340802001201")

    assert Person.objects.get(pk=wang_id()).village_id == village.pk


def test_accounts_keep_the_banks_spelling_of_the_holder(baseline: BaselineFiles) -> None:
    taken(baseline.write())

    account = PayeeAccount.objects.get(account_no="9900010000000000003")

    assert account.holder_name == "买买提•李"


def test_known_deaths_are_confirmed_by_the_baseline(baseline: BaselineFiles) -> None:
    result, _ = taken(baseline.write())

    death = Death.objects.get()

    assert death.confirmed
    assert death.evidence == f"接管基线 {result.baseline.digest[:16]}"


def test_holds_are_open_ended(baseline: BaselineFiles) -> None:
    taken(baseline.write())

    hold = Hold.objects.get()

    assert (hold.reason, hold.valid) == ("CHECK_MISSED", SqlRange(date(2026, 11, 1), None))


def test_the_same_baseline_again_changes_nothing(baseline: BaselineFiles) -> None:
    taken(baseline.write())
    acts = Act.objects.count()

    again, _ = taken(baseline)

    assert again.already
    assert again.rows == {}
    assert (Baseline.objects.count(), Act.objects.count()) == (1, acts)


def test_the_act_counts_every_row(baseline: BaselineFiles) -> None:
    result, _ = taken(baseline.write())

    act = Act.objects.get(name="benefits.baseline_taken")

    assert act.rows == 1 + sum(result.rows.values())
    assert act.digest == result.baseline.digest


def test_fifteen_digits_are_stored_as_eighteen(baseline: BaselineFiles) -> None:
    baseline.rows["persons"][1] = baseline.rows["persons"][1].replace(LI, LI[:6] + LI[8:17])

    taken(baseline.write())

    assert PartyIdentifier.objects.filter(number=LI).exists()


def test_who_is_registered_already_is_not_entered_twice(baseline: BaselineFiles) -> None:
    known = _registered("陈桂芳")

    result, refused = taken(baseline.write())

    assert refused == []
    assert result.rows["people_person"] == 2
    assert queries.party_by_number(number=CHEN) == known.pk


def test_one_number_with_two_names_is_left_out(baseline: BaselineFiles) -> None:
    _registered("周小梅")

    _, (row,) = taken(baseline.write())

    assert (row.file, row.line, row.column) == ("persons.csv", 4, "id_number")
    assert CHEN not in row.shown


def test_a_person_without_pension_may_be_left_out(baseline: BaselineFiles) -> None:
    baseline.rows["persons"][2] = baseline.rows["persons"][2].replace("陈桂芳", "陈\ue000芳")

    result, (row,) = taken(baseline.write())

    assert result.rows["people_person"] == 2
    assert (row.file, row.line, row.column) == ("persons.csv", 4, "name")
    assert "自造字" in row.reason


def _registered(name: str) -> Person:
    """Somebody with Chen's number who was entered before the take-over."""
    return builders.person(name=name, birth_date=date(1966, 12, 31), sex=Sex.FEMALE, number=CHEN)
