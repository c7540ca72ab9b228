"""A case freezes what is asked for; one origin is one case."""

import pytest

from backend.access.models import Staff
from backend.audit.models import Act
from backend.cases import kinds
from backend.cases.acts import NO_ACTS
from backend.cases.authority import LIGHTEST, authority
from backend.cases.canonical import canonical, case_digest
from backend.cases.kinds import KindUnknown, StepNotAllowed
from backend.cases.models import Case
from backend.cases.receive import (
    NotFromFeed,
    OriginTaken,
    PartyMissing,
    receive_at_desk,
    receive_case,
)
from tests import builders
from tests.builders import IN_OFFICE_SINCE, TODAY

CONTENT: dict[str, object] = {"death_date": "2026-11-01", "source": "OFFICE"}


def receive(**changes: object) -> Case:
    facts: dict[str, object] = {
        "kind": "DEATH",
        "agency": builders.agency(),
        "party_id": builders.wang().pk,
        "content": CONTENT,
        **changes,
    }
    return receive_case(**facts)  # type: ignore[arg-type]  # any field may be wrong here


def at_desk(staff: Staff, kind: str = "DEATH") -> Case:
    return receive_at_desk(
        staff=staff,
        kind=kind,
        party_id=builders.wang().pk,
        content=CONTENT,
        today=TODAY,
        acts=NO_ACTS,
    )


@pytest.mark.django_db
def test_the_digest_says_what_is_asked_and_for_whom() -> None:
    case = receive()

    digests = {
        case.digest,
        case_digest(kind="DEATH", party_id=case.party_id + 1, content=CONTENT),
        case_digest(kind="STOP", party_id=case.party_id, content=CONTENT),
        case_digest(kind="DEATH", party_id=case.party_id, content={**CONTENT, "source": "POLICE"}),
    }

    assert len(digests) == 4


@pytest.mark.django_db
def test_the_same_origin_is_received_once() -> None:
    first = receive(origin="deaths-2026-11:7")

    assert receive(origin="deaths-2026-11:7") == first
    assert Act.objects.filter(name="cases.received").count() == 1


@pytest.mark.django_db
def test_the_same_origin_with_another_content_is_refused() -> None:
    receive(origin="deaths-2026-11:7")

    with pytest.raises(OriginTaken):
        receive(origin="deaths-2026-11:7", content={**CONTENT, "source": "POLICE"})


@pytest.mark.django_db
def test_what_begins_with_a_case_begins_once() -> None:
    begun: list[Case] = []

    def begin(case: Case) -> int:
        begun.append(case)
        return 1

    for _ in range(2):
        receive(origin="deaths-2026-11:7", acts={"DEATH.RECEIVED": begin})

    assert len(begun) == 1
    assert Act.objects.get(name="cases.received").rows == 2


@pytest.mark.django_db
def test_a_kind_for_the_desk_does_not_come_from_a_feed() -> None:
    with pytest.raises(NotFromFeed):
        receive(kind="ACCOUNT_CHANGE")


@pytest.mark.django_db
def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KindUnknown):
        receive(kind="GIFT")


@pytest.mark.django_db
def test_a_case_is_about_somebody_in_the_register() -> None:
    with pytest.raises(PartyMissing):
        receive(party_id=987654321)


@pytest.mark.django_db
def test_a_clerk_receives_at_the_desk() -> None:
    clerk = builders.member(role="CLERK").staff

    assert at_desk(clerk).received_by == clerk.person_id


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "kind"), [("REVIEWER", "DEATH"), ("CLERK", "DISCREPANCY")])
def test_a_role_receives_only_its_own_kinds(role: str, kind: str) -> None:
    with pytest.raises(StepNotAllowed):
        at_desk(builders.member(role=role).staff, kind)


def test_the_canonical_form_is_one_spelling() -> None:
    assert canonical({"b": [1, None], "a": "王·𠮷"}) == '{"a":"王·𠮷","b":[1,null]}'.encode()


def test_a_float_is_our_own_mistake() -> None:
    with pytest.raises(TypeError):
        canonical({"amount": 1.5})


def test_no_role_both_receives_and_decides_a_kind() -> None:
    for kind in kinds.kinds(on=TODAY):
        receiving, deciding = (
            authority(
                subject_kind="cases.case",
                case_kind=kind.code,
                step=step,
                on=TODAY,
                weight=LIGHTEST,
            ).roles
            for step in ("RECEIVE", "DECIDE")
        )

        assert receiving
        assert deciding
        assert not receiving & deciding


def test_two_person_kinds_are_those_with_a_review() -> None:
    for kind in kinds.kinds(on=TODAY):
        reviewing = authority(
            subject_kind="cases.case", case_kind=kind.code, step="REVIEW", on=TODAY
        )

        assert bool(reviewing.roles) == (kind.two_person or kind.feed_two_person)


def test_nothing_is_configured_before_the_table_begins() -> None:
    before = IN_OFFICE_SINCE.replace(year=2019)

    assert kinds.kinds(on=before) == ()
