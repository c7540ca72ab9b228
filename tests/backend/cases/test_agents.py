"""Somebody acts for another within a mandate: its person, kinds and term; never beyond it."""

import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from backend.audit.models import Act
from backend.cases import acts as acting_acts
from backend.cases import decide as deciding
from backend.cases import filing, kinds
from backend.cases.agents import mandates
from backend.cases.agents.acting import AgentNotAllowed, MandateNotOpen, act_for
from backend.cases.agents.mandates import (
    NEVER,
    EndInvalid,
    EvidenceMissing,
    NotToEnd,
    may_be_acted_in,
)
from backend.cases.content import ContentInvalid
from backend.cases.decide import SamePerson
from backend.cases.materials.hand_in import hand_in
from backend.cases.models import Acting, Case, Mandate
from backend.cases.own_matter import OwnMatter
from backend.cases.receive import receive_at_desk
from backend.people.models import Alias, Death
from backend.people.queries import sights
from insurance.issuing import delivery, print_slips, stage_invariants
from tests import builders
from tests.backend.cases import agent_builders as ours
from tests.backend.cases import filing_builders as filing_ours
from tests.builders import NOW, TODAY, Member
from tests.insurance.issuing import issuing_builders as issuing

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer() -> Member:
    return filing_ours.reviewer()


@pytest.fixture
def clerk() -> Member:
    return filing_ours.clerk()


def filed(by: Member, mandate: int, **changes: Any) -> Case:
    facts = {
        "staff": by.staff,
        "kind": filing_ours.KIND,
        "party_id": builders.zhao().pk,
        "content": {"note": "演示"},
        "now": NOW,
        **changes,
    }
    return filing.file_at_desk(**facts, mandate=mandate)


def dead(person_id: int) -> None:
    Death.objects.create(
        person_id=person_id, death_date=date(2026, 10, 1), source="OFFICE", confirmed=True
    )


def test_a_mandate_is_granted_by_a_decided_case(reviewer: Member) -> None:
    mandate = ours.granted(reviewer)

    assert (mandate.principal_id, mandate.agent_id) == (builders.zhao().pk, builders.li().pk)
    assert mandate.kinds == ["SKILL_SUBSIDY", filing_ours.KIND]
    assert stage_invariants.broken_promises() == []


@pytest.mark.parametrize("kind", sorted(NEVER))
def test_what_is_a_persons_own_is_never_in_the_scope(kind: str) -> None:
    with pytest.raises(AgentNotAllowed):
        ours.asked(kinds=[{"kind": kind}])


def test_without_the_scan_of_its_evidence_nobody_lets_an_agent_act(reviewer: Member) -> None:
    case = ours.asked()

    with pytest.raises(EvidenceMissing):
        ours.decided(case, reviewer)
    assert not Mandate.objects.exists()


def test_only_what_is_applied_for_is_acted_in() -> None:
    allowed = may_be_acted_in(on=TODAY)

    assert allowed
    assert all(kind.filed for kind in kinds.kinds(on=TODAY) if kind.code in allowed)
    assert not allowed & NEVER


@pytest.mark.parametrize(
    "wrong",
    [
        {"agent": 987654321},
        {"agent": None},
        {"basis": "FRIEND"},
        {"kinds": []},
        {"kinds": None},
        {"from_date": "元旦"},
        {"until_date": "2026-10-31"},
        {"from_date": "2028-01-01"},
        {"evidence": ""},
    ],
)
def test_a_mandate_says_who_how_far_and_by_what(wrong: dict[str, object]) -> None:
    with pytest.raises(ContentInvalid):
        ours.asked(**wrong)


def test_nobody_is_his_own_agent() -> None:
    with pytest.raises(ContentInvalid, match="不能是本人"):
        ours.asked(agent=builders.zhao().pk)


def test_whoever_decides_the_mandate_is_not_its_agent() -> None:
    agent = builders.person(name="吴国平")
    own = builders.member(role="REVIEWER", of=agent)

    with pytest.raises(OwnMatter):
        ours.granted(own, agent=agent.pk)


@pytest.mark.parametrize("who", [builders.zhao, builders.li])
def test_nobody_acts_for_the_dead_and_no_dead_act(who: Any) -> None:
    dead(who().pk)

    with pytest.raises(AgentNotAllowed, match="已死亡"):
        ours.asked()


def test_who_came_for_the_party_stands_on_the_case(reviewer: Member, clerk: Member) -> None:
    case = filed(clerk, ours.granted(reviewer).pk)

    assert Case.objects.get(pk=case.pk).agent_id == builders.li().pk
    assert stage_invariants.broken_promises() == []


def test_beyond_the_scope_nobody_acts(reviewer: Member, clerk: Member) -> None:
    mandate = ours.granted(reviewer)

    with pytest.raises(AgentNotAllowed, match="不在代办登记的范围"):
        filed(clerk, mandate.pk, kind="CHILDBIRTH_SUM")
    with pytest.raises(MandateNotOpen):
        filed(clerk, mandate.pk, party_id=builders.wang().pk)
    with pytest.raises(MandateNotOpen):
        filed(clerk, mandate.pk + 1)


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2026, 10, 31), False),
        (date(2026, 11, 1), True),
        (date(2027, 12, 31), True),
        (date(2028, 1, 1), False),
    ],
)
def test_a_mandate_holds_from_its_first_day_through_its_last(
    reviewer: Member, clerk: Member, day: date, open_: bool
) -> None:
    mandate, case = ours.granted(reviewer), filing_ours.filed(clerk)

    if open_:
        act_for(case=case, mandate_id=mandate.pk, on=day, staff=clerk.staff)
    else:
        with pytest.raises(MandateNotOpen):
            act_for(case=case, mandate_id=mandate.pk, on=day, staff=clerk.staff)


def test_a_mandate_that_was_ended_opens_nothing(reviewer: Member, clerk: Member) -> None:
    mandate = ours.granted(reviewer)

    mandates.end(mandate_id=mandate.pk, reason="本人撤销委托", staff=clerk.staff, now=NOW)

    with pytest.raises(MandateNotOpen):
        filed(clerk, mandate.pk)
    with pytest.raises(MandateNotOpen):
        mandates.end(mandate_id=mandate.pk, reason="再次撤销", staff=clerk.staff, now=NOW)


def elsewhere() -> Member:
    """A clerk of another agency."""
    other = builders.agency(code="34080002", name="演示医保局")
    return builders.member(role="CLERK", of=builders.chen(), at=other)


def end_at(mandate: Mandate, clerk: Member, *, shown: str = "") -> Mandate:
    return mandates.end(
        mandate_id=mandate.pk, reason="不再委托", staff=clerk.staff, now=NOW, shown=shown
    )


def test_another_agency_ends_no_mandate_of_its_own_accord(reviewer: Member) -> None:
    mandate = ours.granted(reviewer)

    with pytest.raises(NotToEnd):
        end_at(mandate, elsewhere())

    assert Mandate.objects.get(pk=mandate.pk).ended_at is None


def test_the_principal_ends_his_mandate_wherever_he_shows_his_card(reviewer: Member) -> None:
    mandate = ours.granted(reviewer)

    assert end_at(mandate, elsewhere(), shown=number_of(mandate.principal_id)).ended_at == NOW
    act = Act.objects.get(name="cases.mandate_ended")
    assert act.details == {"reason": "不再委托", "in_person": True}


def test_the_agent_is_not_the_principal(reviewer: Member) -> None:
    mandate = ours.granted(reviewer)

    with pytest.raises(NotToEnd, match="不是被代办人的"):
        end_at(mandate, elsewhere(), shown=number_of(mandate.agent_id))


@pytest.mark.parametrize("at_home", [True, False])
def test_a_ward_ends_no_guardianship(reviewer: Member, clerk: Member, at_home: bool) -> None:
    mandate = ours.granted(reviewer, basis="GUARDIAN")

    with pytest.raises(NotToEnd, match="凭书面材料"):
        end_at(mandate, clerk if at_home else elsewhere(), shown=number_of(mandate.principal_id))

    assert Mandate.objects.get(pk=mandate.pk).ended_at is None
    assert end_at(mandate, clerk).ended_at == NOW


def number_of(party_id: int) -> str:
    return sights(party_ids=[party_id], on=NOW.date())[party_id].number


def test_another_agency_is_refused_over_the_api(client: Client, reviewer: Member) -> None:
    mandate = ours.granted(reviewer)
    client.force_login(elsewhere().staff)

    def post(**body: str) -> tuple[int, str]:
        answer = client.post(
            f"/api/v1/mandates/{mandate.pk}/end",
            {"reason": "不再委托", **body},
            content_type="application/json",
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )
        return answer.status_code, answer.json().get("code", "")

    assert post() == (403, "mandate_not_to_end")
    assert post(id_number=number_of(mandate.principal_id)) == (200, "")


def test_to_end_a_mandate_takes_a_reason(reviewer: Member, clerk: Member) -> None:
    mandate = ours.granted(reviewer)

    with pytest.raises(EndInvalid):
        mandates.end(mandate_id=mandate.pk, reason=" 撤 ", staff=clerk.staff, now=NOW)


def test_an_agent_works_on_no_case_in_which_he_acts(reviewer: Member, clerk: Member) -> None:
    case = filing_ours.accepted(filed(clerk, ours.granted(reviewer).pk), clerk)
    agent = builders.member(role="REVIEWER", of=builders.li())

    with pytest.raises(SamePerson):
        deciding.review(case_id=case.pk, key=agent.key, role="REVIEWER", now=NOW)
    with pytest.raises(DatabaseError, match="works on no case"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(state="REVIEWED", reviewed_by=builders.li().pk)


def test_an_agent_at_the_desk_takes_no_step_of_his_case(reviewer: Member, clerk: Member) -> None:
    case = filed(clerk, ours.granted(reviewer).pk)
    agent = builders.member(role="CLERK", of=builders.li())

    for step in (filing_ours.accepted, filing_ours.asked):
        with pytest.raises(AgentNotAllowed, match="代办人"):
            step(case, agent)
    filing_ours.asked(case, clerk)
    with pytest.raises(AgentNotAllowed, match="代办人"):
        filing_ours.answered(case, agent)


def test_an_agent_at_the_desk_takes_in_nothing_and_ends_nothing(
    reviewer: Member, clerk: Member, tmp_path: Path
) -> None:
    issuing.configured()
    case = filed(clerk, ours.granted(reviewer).pk)
    case = filing_ours.declined(case, filing_ours.reviewer(), now=timezone.now())
    paper = print_slips.print_declined(case=case, by=clerk.staff).paper
    agent = builders.member(role="CLERK", of=builders.li()).staff
    told = delivery.Delivered(
        way="IN_PERSON", on=paper.issued_on, receiver="李建国", relation="代办人", proof="送达回证"
    )

    with pytest.raises(AgentNotAllowed):
        delivery.deliver(paper=paper, told=told, staff=agent, now=timezone.now())
    with pytest.raises(AgentNotAllowed):
        delivery.close(case_id=case.pk, staff=agent, now=timezone.now())
    with pytest.raises(AgentNotAllowed):
        hand_in(
            case_id=case.pk,
            title="送达回证",
            form="SCAN",
            path=tmp_path / "scan",
            replaces=None,
            staff=agent,
        )


def test_an_agent_is_known_under_a_number_that_was_merged(reviewer: Member, clerk: Member) -> None:
    case = filed(clerk, ours.granted(reviewer).pk)
    agent = builders.member(role="CLERK", of=builders.chen())
    Alias.objects.create(party_id=builders.chen().pk, survivor_id=builders.li().pk, case_id=1)

    with pytest.raises(AgentNotAllowed, match="代办人"):
        filing_ours.accepted(case, agent)
    with pytest.raises(DatabaseError, match="works on no case"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(state="RECEIVED", accepted_by=builders.chen().pk)


@pytest.mark.parametrize("path", ["file", "receive"])
def test_who_let_an_agent_act_is_on_record(reviewer: Member, clerk: Member, path: str) -> None:
    mandate = ours.granted(reviewer)

    if path == "file":
        case = filed(clerk, mandate.pk)
    else:
        case = receive_at_desk(
            staff=clerk.staff,
            kind=filing_ours.KIND,
            party_id=mandate.principal_id,
            content={"note": "演示"},
            today=TODAY,
            acts=filing_ours.ACTS,
            mandate=mandate.pk,
        )

    act = Act.objects.get(name="cases.acted_for")
    assert (act.subject_id, act.rows, act.staff_id) == (str(case.pk), 1, clerk.staff.pk)
    assert act.details == {
        "kind": filing_ours.KIND,
        "mandate": mandate.pk,
        "agent": mandate.agent_id,
    }


def test_who_receives_a_case_is_not_its_agent(reviewer: Member) -> None:
    own = builders.member(role="CLERK", of=builders.li())

    with pytest.raises(AgentNotAllowed):
        filed(own, ours.granted(reviewer).pk)


def test_a_mandate_of_a_merged_number_is_the_same_persons(reviewer: Member, clerk: Member) -> None:
    mandate = ours.granted(reviewer)
    Alias.objects.create(party_id=builders.zhao().pk, survivor_id=builders.chen().pk, case_id=1)

    case = filed(clerk, mandate.pk, party_id=builders.chen().pk)

    assert Acting.objects.get(case=case).mandate == mandate
    assert stage_invariants.broken_promises() == []


def test_the_database_holds_the_scope_too(reviewer: Member, clerk: Member) -> None:
    mandate, other = ours.granted(reviewer), builders.case(kind="STOP")

    own, foreign = filing_ours.filed(clerk), builders.case(kind=filing_ours.KIND)
    for case, day in ((other, TODAY), (foreign, TODAY), (own, date(2028, 1, 1))):
        with pytest.raises(DatabaseError, match="beyond a mandate"), transaction.atomic():
            Acting.objects.create(
                case=case, mandate=mandate, agent_id=mandate.agent_id, acted_on=day
            )
    with pytest.raises(DatabaseError), transaction.atomic():
        Mandate.objects.update(until_date=date(2099, 1, 1))
    mandate.pk, mandate.case = None, other
    with pytest.raises(DatabaseError, match="granted by a decided case"), transaction.atomic():
        mandate.save(force_insert=True)


def test_mandates_are_listed_masked_and_ended_over_the_api(
    client: Client, reviewer: Member, clerk: Member
) -> None:
    mandate = ours.granted(reviewer)
    client.force_login(clerk.staff)

    (row,) = client.get("/api/v1/mandates/", {"principal": mandate.principal_id}).json()["results"]
    ended = client.post(
        f"/api/v1/mandates/{mandate.pk}/end",
        {"reason": "本人撤销委托"},
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )

    assert (row["principal_name"], row["agent_name"]) == ("赵*强", "李*国")
    assert (row["basis_label"], ended.json()["end_reason"]) == ("委托", "本人撤销委托")


def test_an_agent_hands_in_over_the_api(
    client: Client, reviewer: Member, clerk: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acting_acts, "_registered", dict(filing_ours.ACTS))
    mandate = ours.granted(reviewer)
    client.force_login(clerk.staff)
    body = {"kind": filing_ours.KIND, "party": mandate.principal_id}

    def post(path: str, **more: object) -> Any:
        return client.post(
            f"/api/v1/cases/{path}",
            {**body, "content": {"note": f"{path}（演示）"}, **more},
            content_type="application/json",
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )

    for path in ("file", "receive"):
        assert post(path, mandate=mandate.pk).json()["agent"] == mandate.agent_id
        assert post(path, mandate=mandate.pk + 1).json()["code"] == "mandate_not_open"
        assert post(path, content={"note": f"本人来办，{path}"}).json()["agent"] is None
