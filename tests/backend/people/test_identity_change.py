"""Names and numbers change from a day on; both within a year are listed (双改)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.utils import timezone

from backend.cases.models import Case
from backend.kernel.identity import IdNumberInvalid, Sex
from backend.people import identity_change, queries
from backend.people.identity_change import ChangeInvalid
from backend.people.models import PartyIdentifier, PartyName
from backend.people.register import FactsDisagree, NumberTaken
from tests import builders

pytestmark = pytest.mark.django_db
FROM = date(2026, 11, 5)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def change(**content: object) -> Case:
    return builders.case(kind="IDENTITY_CHANGE", content={"from_date": FROM.isoformat(), **content})


def new_number() -> str:
    return builders.id_number(birth_date=date(1958, 3, 12), sex=Sex.FEMALE, serial=401)


def shown(on: date) -> queries.Sight:
    party_id = builders.wang().pk
    return queries.sights(party_ids=[party_id], on=on)[party_id]


def past_change(
    model: type[PartyName] | type[PartyIdentifier], recorded: datetime, **values: str
) -> None:
    """A row that was superseded at an instant of the past."""
    model.objects.create(
        party_id=builders.wang().pk,
        valid=SqlRange(date(1990, 1, 1), None),
        recorded_at=LONG_AGO,
        superseded_at=recorded,
        **values,
    )


def test_a_new_name_holds_from_its_day() -> None:
    builders.wang()

    written = identity_change.apply(change(name="王秀英兰"))

    assert written == 3
    assert shown(date(2026, 11, 4)).name == "王秀英"
    assert shown(FROM).name == "王秀英兰"


def test_what_was_known_before_stays_to_be_read() -> None:
    party_id = builders.wang().pk
    identity_change.apply(change(name="王秀英兰"))

    history = queries.name_history(party_id=party_id)

    assert [row.name for row in history if row.superseded_at] == ["王秀英"]
    assert len(history) == 3


def test_both_numbers_find_the_person() -> None:
    party_id = builders.wang().pk
    old = shown(FROM).number
    identity_change.apply(change(id_kind="CITIZEN", id_number=new_number()))

    assert queries.party_by_number(number=old) == party_id
    assert queries.party_by_number(number=new_number()) == party_id


def test_another_persons_number_is_refused() -> None:
    number = new_number()
    builders.person(birth_date=date(1958, 3, 12), sex=Sex.FEMALE, number=number)

    with pytest.raises(NumberTaken):
        identity_change.apply(change(id_kind="CITIZEN", id_number=number))
    assert len(queries.number_history(party_id=builders.wang().pk)) == 1


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ({}, ChangeInvalid),
        ({"name": "王秀英兰", "from_date": "2026-02-30"}, ChangeInvalid),
        ({"id_kind": "LIBRARY_CARD", "id_number": "1"}, ChangeInvalid),
        ({"id_kind": "CITIZEN", "id_number": "340802195803120000"}, IdNumberInvalid),
    ],
)
def test_an_incomplete_change_is_refused(
    content: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        identity_change.apply(change(**content))


@pytest.mark.parametrize(
    ("born", "sex", "refusal"),
    [
        (date(1958, 3, 13), Sex.FEMALE, FactsDisagree),
        (date(1958, 3, 12), Sex.MALE, FactsDisagree),
        (date(2030, 1, 1), Sex.FEMALE, IdNumberInvalid),
    ],
)
@pytest.mark.parametrize("act", [identity_change.check, identity_change.apply])
def test_a_number_that_tells_of_another_birth_or_sex_is_another_person_s(
    act: Callable[[Case], int], born: date, sex: Sex, refusal: type[Exception]
) -> None:
    number = builders.id_number(birth_date=born, sex=sex, serial=401 + (sex is Sex.MALE))

    with pytest.raises(refusal):
        act(change(id_kind="CITIZEN", id_number=number))

    assert len(queries.number_history(party_id=builders.wang().pk)) == 1


def test_name_and_number_changed_in_one_year_are_listed() -> None:
    identity_change.apply(change(name="王秀英兰"))
    assert queries.double_changes(now=timezone.now()) == []

    identity_change.apply(change(id_kind="CITIZEN", id_number=new_number()))

    (found,) = queries.double_changes(now=timezone.now())
    assert found.party_id == builders.wang().pk


@pytest.mark.parametrize(("days", "listed"), [(364, True), (365, True), (366, False)])
def test_a_year_is_the_boundary(days: int, *, listed: bool) -> None:
    name_changed = datetime(2024, 3, 1, tzinfo=UTC)
    past_change(PartyName, name_changed, name="王翠", search_name="王翠")
    past_change(
        PartyIdentifier,
        name_changed + timedelta(days=days),
        kind="CITIZEN",
        number=new_number(),
    )

    assert bool(queries.double_changes(now=name_changed + timedelta(days=days))) is listed


@pytest.mark.parametrize(("days", "listed"), [(730, True), (731, False)])
def test_what_was_doubly_changed_long_ago_is_not_listed_any_more(
    days: int, *, listed: bool
) -> None:
    changed = datetime(2024, 3, 1, tzinfo=UTC)
    past_change(PartyName, changed, name="王翠", search_name="王翠")
    past_change(PartyIdentifier, changed, kind="CITIZEN", number=new_number())

    assert bool(queries.double_changes(now=changed + timedelta(days=days))) is listed


def test_two_new_names_are_no_double_change() -> None:
    for name in ("王秀英兰", "王秀兰"):
        identity_change.apply(change(name=name))

    assert queries.double_changes(now=timezone.now()) == []
