"""The register: one person is one entry, whatever the spelling of the number."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from backend.kernel.identity import (
    CreditCodeInvalid,
    IdKind,
    IdNumberInvalid,
    Sex,
    id_check_digit,
)
from backend.kernel.names import NameInvalid
from backend.people import queries, register
from backend.people.models import PartyKind, PartyName, Person
from backend.people.register import (
    CreditCodeMissing,
    FactsDisagree,
    NumberTaken,
    OrganisationNameInvalid,
)
from tests import builders
from tests.builders import TODAY

pytestmark = pytest.mark.django_db
# 340802 1965-06-07, the first generation's number and its successor.
FIFTEEN, EIGHTEEN = "340802650607121", "340802196506071212"


def enter(**changes: Any) -> Person:
    facts: dict[str, Any] = {
        "name": "江明华",
        "id_kind": IdKind.CITIZEN,
        "id_number": EIGHTEEN,
        "birth_date": date(1965, 6, 7),
        "sex": Sex.MALE,
        "nation": "01",
        "district": "340802",
        "today": TODAY,
        **changes,
    }
    return register.register_person(**facts)


def organisation(**changes: Any) -> int:
    facts: dict[str, Any] = {
        "name": "演示纺织有限公司",
        "kind": PartyKind.EMPLOYER,
        "code": "91350100M000100Y43",
        "district": "340802",
        "since": date(2010, 1, 1),
        **changes,
    }
    return register.register_organisation(**facts).party_id


def test_fifteen_and_eighteen_digits_are_one_person() -> None:
    person = enter(id_number=FIFTEEN)

    with pytest.raises(NumberTaken):
        enter(id_number=EIGHTEEN)
    assert queries.party_by_number(number=FIFTEEN) == person.pk
    assert queries.party_by_number(number=EIGHTEEN) == person.pk


def test_a_lower_case_x_is_the_same_number() -> None:
    number = "34080219650607005X"
    person = enter(id_number=number)

    assert queries.party_by_number(number=number.lower()) == person.pk


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"id_number": "340802196506071211"}, IdNumberInvalid),
        ({"id_number": "３４０８０２１９６５０６０７１２１２"}, IdNumberInvalid),
        ({"birth_date": date(1965, 6, 8)}, FactsDisagree),
        ({"sex": Sex.FEMALE}, FactsDisagree),
        ({"name": "江\u200b明华"}, NameInvalid),
    ],
)
def test_what_cannot_be_is_not_entered(change: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        enter(**change)


def test_a_person_of_hong_kong_is_entered_by_the_permit() -> None:
    person = enter(id_kind=IdKind.HKMO_PASS, id_number="h90000001")

    assert queries.party_by_number(number="H90000001", kind="HKMO_PASS") == person.pk
    assert queries.party_by_number(number="H90000001", kind="PASSPORT") is None


def coded(region: str) -> str:
    """A number by GB 11643 of somebody born on 7 June 1965."""
    first = f"{region}19650607121"
    return first + id_check_digit(first)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (IdKind.CITIZEN, coded("340823")),  # 枞阳县, until it went to Tongling
        (IdKind.HKMO_RESIDENCE, coded("810000")),
        (IdKind.HKMO_RESIDENCE, coded("820000")),
        (IdKind.TW_RESIDENCE, coded("830000")),
        (IdKind.TW_PASS, "90000001"),
        (IdKind.FOREIGN_PERMANENT, coded("934012")),
        (IdKind.FOREIGN_PERMANENT, "CAN340065060702"),
        (IdKind.PASSPORT, "E90000001"),
    ],
)
def test_everybody_who_is_insured_is_entered_by_his_paper(kind: IdKind, number: str) -> None:
    person = enter(id_kind=kind, id_number=number.lower())

    assert queries.party_by_number(number=number) == person.pk
    assert queries.party_by_number(number=number, kind=kind.value) == person.pk
    with pytest.raises(NumberTaken):
        enter(id_kind=kind, id_number=number)


def test_a_permit_that_tells_of_another_birth_is_refused() -> None:
    with pytest.raises(FactsDisagree):
        enter(id_kind=IdKind.TW_RESIDENCE, id_number=coded("830000"), birth_date=date(1965, 6, 8))


@pytest.mark.parametrize(
    "change", ["UPDATE people_party SET id = id + 1000", "DELETE FROM people_party"]
)
def test_an_id_is_for_ever(change: str) -> None:
    enter()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_a_name_is_found_whatever_dot_it_was_typed_with() -> None:
    person = enter(name="艾力·买买提")

    found = queries.parties_by_name(name="艾力・买买提")

    assert list(found.values_list("pk", flat=True)) == [person.pk]


@pytest.mark.parametrize("name", ["操𠮷", "䶮志明", "查㛃", "石\U0003106c", "欧阳春兰"])
def test_a_rare_character_comes_back_as_it_went_in(name: str) -> None:
    person = enter(name=name)

    assert queries.sights(party_ids=[person.pk], on=TODAY)[person.pk].name == name


def test_a_name_is_only_ever_superseded() -> None:
    person = enter()

    with pytest.raises(DatabaseError), transaction.atomic():
        PartyName.objects.filter(party=person.pk).update(name="他人")
    with pytest.raises(DatabaseError), transaction.atomic():
        PartyName.objects.filter(party=person.pk).delete()


def test_an_organisation_is_found_by_its_credit_code() -> None:
    party_id = organisation()

    assert queries.party_by_number(number="91350100m000100y43") == party_id


def test_an_employer_needs_a_credit_code() -> None:
    with pytest.raises(CreditCodeMissing):
        organisation(code="")


def test_a_village_needs_none() -> None:
    name = "演示村"

    party_id = organisation(kind=PartyKind.VILLAGE, code="", name=name, district="340802001201")

    assert queries.sights(party_ids=[party_id], on=TODAY)[party_id].name == name


@pytest.mark.parametrize("name", ["", " ", "甲\u0007公司", "甲\ue000", "长" * 101])
def test_an_organisation_has_a_printable_name(name: str) -> None:
    with pytest.raises(OrganisationNameInvalid):
        organisation(name=name)


@pytest.mark.parametrize("rare", ["\U0003106c", "\U00031350"])
def test_an_organisation_may_have_a_newly_encoded_character(rare: str) -> None:
    assert register.organisation_name(f"{rare}乡商店") == f"{rare}乡商店"


def test_a_wrong_credit_code_is_refused() -> None:
    with pytest.raises(CreditCodeInvalid):
        organisation(code="91350100M000100Y44")


def test_persons_and_organisations_share_one_sequence_of_ids() -> None:
    assert len({builders.wang().pk, organisation(), builders.li().pk}) == 3
