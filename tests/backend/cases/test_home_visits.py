"""Who can not come is served at home: two go, another decides, what is taken in names it."""

from datetime import timedelta
from typing import Any

import pytest

from backend.cases import filing
from backend.cases.content import ContentInvalid
from backend.cases.decide import decide
from backend.cases.home_visits import (
    KIND,
    HomeVisitNotOpen,
    VisitorDecides,
    arrange,
    check,
)
from backend.cases.models import Case, CaseState
from backend.cases.receive import receive_at_desk
from backend.people.models import Death
from tests import builders
from tests.builders import NOW, Member

pytestmark = pytest.mark.django_db
ACTS = {f"{KIND}.RECEIVED": check, KIND: arrange, "CONTACT_CHANGE": lambda case: 1}


@pytest.fixture
def going() -> list[Member]:
    """Two who go."""
    return [builders.member(role="CLERK"), builders.member(role="CLERK")]


def asked(going: list[Member], **changes: Any) -> Case:
    content = {
        "cannot_come": "八十九岁，卧床",
        "address": "演示路2号",
        "visit_on": NOW.date().isoformat(),
        "kinds": [{"kind": "CONTACT_CHANGE"}],
        "visitors": [{"visitor": one.staff.pk} for one in going],
    }
    return receive_at_desk(
        staff=going[0].staff,
        kind=KIND,
        party_id=builders.wang().pk,
        content={**content, **changes},
        today=NOW.date(),
        acts=ACTS,
    )


def arranged(going: list[Member], *, by: Member | None = None, **changes: Any) -> Case:
    decider = by or builders.member(role="REVIEWER")
    case = asked(going, **changes)
    decided = decide(
        case_id=case.pk, approve=True, reason="", key=decider.key, role="REVIEWER", now=NOW,
        acts=ACTS,
    )  # fmt: skip
    return decided


def taken_in(visit: Case, by: Member, **changes: Any) -> Case:
    told = {"kind": "CONTACT_CHANGE", "party_id": builders.wang().pk, **changes}
    content = {"phone": "13800000000", "evidence": "上门核对", "home_visit": visit.pk}
    return receive_at_desk(staff=by.staff, content=content, today=NOW.date(), acts={}, **told)


def test_what_is_taken_in_at_home_names_the_visit(going: list[Member]) -> None:
    visit = arranged(going)

    assert visit.state == CaseState.APPROVED
    assert taken_in(visit, going[1]).content["home_visit"] == visit.pk


def test_nobody_who_did_not_go_took_it_in_there(going: list[Member]) -> None:
    with pytest.raises(HomeVisitNotOpen, match="上门的人"):
        taken_in(arranged(going), builders.member(role="CLERK"))


@pytest.mark.parametrize("other", [{"kind": "IDENTITY_CHANGE"}, {"party_id": 0}])
def test_a_visit_is_of_its_person_and_its_kinds(going: list[Member], other: dict[str, Any]) -> None:
    if "party_id" in other:
        other = {"party_id": builders.li().pk}

    with pytest.raises(HomeVisitNotOpen):
        taken_in(arranged(going), going[0], **other)


def test_nothing_is_taken_in_before_the_day_or_the_decision(going: list[Member]) -> None:
    later = (NOW.date() + timedelta(days=400)).isoformat()

    with pytest.raises(HomeVisitNotOpen, match="还没有到"):
        taken_in(arranged(going, visit_on=later), going[0])
    with pytest.raises(HomeVisitNotOpen, match="没有已批准"):
        taken_in(asked(going), going[0])


def test_what_is_only_filed_names_no_other_visit_when_it_is_accepted(going: list[Member]) -> None:
    case = filing.file_at_desk(
        staff=going[0].staff, kind=KIND, party_id=builders.wang().pk, content={}, now=NOW
    )

    with pytest.raises(HomeVisitNotOpen):
        filing.accept(
            case_id=case.pk,
            seen=case.digest,
            staff=going[0].staff,
            content={"home_visit": 1},
            now=NOW,
            acts={},
        )


def test_who_goes_does_not_decide_that_he_goes(going: list[Member]) -> None:
    goes = builders.member(role="REVIEWER")

    with pytest.raises(VisitorDecides):
        arranged([*going, goes], by=goes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"visitors": []},
        {"visitors": [{"visitor": 987654321}, {"visitor": 987654322}]},
        {"kinds": []},
        {"kinds": [{"kind": KIND}]},
        {"kinds": [{"kind": "NONE"}]},
        {"visit_on": "明天"},
        {"cannot_come": ""},
        {"address": ""},
    ],
)
def test_a_visit_says_who_goes_where_when_why_and_for_what(
    going: list[Member], wrong: dict[str, Any]
) -> None:
    with pytest.raises(ContentInvalid):
        asked(going, **wrong)


def test_one_alone_does_not_go(going: list[Member]) -> None:
    with pytest.raises(ContentInvalid, match="至少2名"):
        asked(going[:1])


def test_a_day_that_is_over_is_not_arranged(going: list[Member]) -> None:
    past = (NOW.date() - timedelta(days=1)).isoformat()

    with pytest.raises(ContentInvalid, match="已过"):
        arranged(going, visit_on=past)


def test_nobody_visits_the_dead(going: list[Member]) -> None:
    Death.objects.create(
        person_id=builders.wang().pk,
        death_date=NOW.date(),
        source="OFFICE",
        evidence="死亡证明 演示1号",
        case_id=1,
    )

    with pytest.raises(ContentInvalid, match="死亡信息"):
        asked(going)
