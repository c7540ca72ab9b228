"""What an employer's agent hands in counts when another person, a clerk, takes it; not before."""

from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.conf import LazySettings
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from backend.access.models import Agency, RoleAssignment
from backend.kernel.months import Month
from backend.people.models import Person
from insurance.enrolment import assess, invariants
from insurance.enrolment.filing_models import EmployerFiling
from insurance.enrolment.models import Enrolment, EnrolmentFile, Wage
from tests import builders
from tests.backend.access.scope_world import called_by
from tests.insurance.benefits import month_builders as months
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment import filing_builders as filed
from tests.insurance.enrolment.feed_files import number_of
from tests.insurance.enrolment.wage_builders import HEAD, LI, declaration

pytestmark = pytest.mark.django_db
NOON = "2026-11-05T04:00:00Z"


@pytest.fixture(autouse=True)
def company(settings: LazySettings, tmp_path: Path) -> None:
    """Li works at the company."""
    settings.VAR_DIR = tmp_path
    of.employer(name=HEAD.employer_name)
    of.enrolment()


@pytest.fixture
def agent() -> Client:
    return filed.agent()


def test_nothing_of_it_counts_before_a_clerk_takes_it(agent: Client) -> None:
    with time_machine.travel(NOON):
        filing = filed.hand_in(agent, filed.joiner(), filed.leaver()).json()
        before = Enrolment.objects.filter(superseded_at=None).count()
        taken = filed.acted(filed.clerk(), filing["id"], "take").json()

    assert (filing["state"], before) == ("HANDED_IN", 1)
    assert (taken["state"], taken["refused"]) == ("TAKEN", [])
    now = Enrolment.objects.filter(superseded_at=None)
    assert {(row.person_id, row.source, row.source_id) for row in now} == {
        (person.pk, "ROSTER", taken["file"]) for person in (builders.zhao(), builders.li())
    }


def test_the_same_rows_are_taken_again_when_they_are_right_again(agent: Client) -> None:
    clerk = filed.clerk()
    with time_machine.travel(NOON):
        for _ in range(2):
            filing = filed.hand_in(agent, filed.leaver()).json()["id"]
            taken = filed.acted(clerk, filing, "take").json()
            left = Enrolment.objects.get(superseded_at=None)
            Enrolment.objects.filter(pk=left.pk).update(superseded_at=timezone.now())
            of.enrolment()  # by the desk: Li had not left

    assert (taken["state"], taken["detail"]) == ("TAKEN", "")
    assert left.source_id == taken["file"]


def test_what_can_not_be_taken_goes_back_with_the_reason_of_each_row(agent: Client) -> None:
    with time_machine.travel(NOON):
        filing = filed.hand_in(agent, filed.leaver(), filed.joiner(name="赵强")).json()
        filed.acted(filed.clerk(), filing["id"], "take")
    told = agent.get(f"{filed.PATH}{filing['id']}/").json()

    assert told["state"] == "REFUSED"
    assert told["refused"] == [
        {
            "line": 3,
            "column": "name",
            "shown": "赵*",
            "reason": assess.NameDiffers.words,
            "code": assess.NameDiffers.code,
        }
    ]
    assert Enrolment.objects.count() == 1


def test_an_employer_is_not_told_on_which_benefit_a_month_rests(agent: Client) -> None:
    months.entitlement(of=builders.li(), scheme="110", start=Month(2026, 11), paid_through=None)
    clerk = filed.clerk()
    with time_machine.travel(NOON):
        filing = filed.hand_in(agent, filed.leaver(month="2026-09")).json()["id"]
        desk = filed.acted(clerk, filing, "take").json()
    told = agent.get(f"{filed.PATH}{filing}/").json()
    (listed,) = agent.get(filed.PATH).json()["results"]

    (row,) = desk["refused"]
    assert (row["code"], row["column"]) == ("enrolment_months_rested_on", "month")
    assert "起享受险种 110 的待遇" in row["reason"]
    assert row["reason"] in desk["detail"]
    plain = "该月不能减员，请到窗口办理。"
    for shown in (told, listed):
        assert (shown["refused"], shown["detail"]) == ([{**row, "reason": plain}], plain)


def test_nobody_who_works_elsewhere_is_reported_as_a_leaver(agent: Client) -> None:
    chen = builders.chen().pk
    of.enrolment(person_id=chen, payer_id=of.employer(serial=2).pk)
    with time_machine.travel(NOON):
        row = filed.leaver(id_number=number_of(chen), name="陈桂芳")
        filing = filed.hand_in(agent, row).json()
        taken = filed.acted(filed.clerk(), filing["id"], "take").json()

    assert taken["refused"][0]["reason"] == assess.NotEnrolled.words


def test_rows_that_are_none_are_told_at_once_and_not_kept(agent: Client) -> None:
    answer = filed.hand_in(agent, filed.joiner(id_number="340802197902280000"))

    assert (answer.status_code, answer.json()["code"]) == (422, "filing_rows_invalid")
    assert answer.json()["refused"][0]["shown"] == "340802********0000"
    assert not EmployerFiling.objects.exists()


def test_a_scheme_that_the_agency_does_not_serve_is_told_at_once_and_not_kept() -> None:
    builders.agency()
    Agency.objects.update(schemes=["110", "210"])

    answer = filed.hand_in(filed.agent(), filed.leaver(), filed.joiner())

    assert (answer.status_code, answer.json()["code"]) == (422, "filing_rows_invalid")
    (refused,) = answer.json()["refused"]
    assert (refused["line"], refused["code"]) == (3, "filing_scheme_not_served")
    assert "不办 310" in refused["reason"]
    assert not EmployerFiling.objects.exists()


def test_the_same_rows_that_wait_are_one_filing(agent: Client) -> None:
    first, again = (filed.hand_in(agent, filed.leaver()).json() for _ in range(2))

    assert first["id"] == again["id"]


@pytest.mark.parametrize(
    ("proof", "status"), [({}, 400), ({"password": "cai-de-kouling", "code": "000000"}, 401)]
)
def test_a_stolen_session_hands_nothing_in(
    agent: Client, proof: dict[str, str], status: int
) -> None:
    assert filed.hand_in(agent, filed.leaver(), proof=proof).status_code == status
    assert not EmployerFiling.objects.exists()


def test_a_declaration_of_wages_goes_the_same_way(agent: Client) -> None:
    with time_machine.travel(NOON):
        filing = filed.hand_in_sheet(agent, declaration(LI)).json()
        before = Wage.objects.exists()
        taken = filed.acted(filed.clerk(), filing["id"], "take").json()

    assert (filing["kind"], filing["row_count"], before) == ("WAGES", 1, False)
    assert taken["state"] == "TAKEN"
    assert Wage.objects.get().source_id == taken["file"]


def test_a_declaration_of_another_employer_is_not_kept() -> None:
    stranger = filed.agent(employer_id=of.employer(serial=2).pk)

    answer = filed.hand_in_sheet(stranger, declaration(LI))

    assert (answer.status_code, answer.json()["code"]) == (422, "filing_of_another_employer")
    assert not EmployerFiling.objects.exists()


def test_a_broken_sheet_is_told_at_once(agent: Client) -> None:
    answer = filed.hand_in_sheet(agent, b"no spreadsheet")

    assert (answer.status_code, answer.json()["code"]) == (422, "sheet_refused")


def test_a_filing_is_decided_once(agent: Client) -> None:
    filing = filed.waiting().pk
    clerk = filed.clerk()
    declined = filed.acted(clerk, filing, "decline", reason="没有附劳动合同")
    again = filed.acted(clerk, filing, "take")

    assert (declined.status_code, again.status_code) == (200, 409)
    assert again.json()["code"] == "filing_decided"
    told = agent.get(f"{filed.PATH}{filing}/").json()
    assert (told["state_label"], told["reason"]) == ("不予受理", "没有附劳动合同")


@pytest.mark.parametrize("act", ["take", "decline"])
def test_who_was_the_agent_and_is_a_clerk_now_does_not_take_his_own(act: str) -> None:
    filing = filed.waiting()
    keeper = Person.objects.get(pk=filing.handed_in_by)
    clerk = filed.clerk(of=builders.member(role="CLERK", of=keeper).staff)

    answer = filed.acted(clerk, filing.pk, act, reason="演示")

    assert (answer.status_code, answer.json()["code"]) == (403, "filing_own")
    with pytest.raises(IntegrityError):
        EmployerFiling.objects.filter(pk=filing.pk).update(
            state="DECLINED", reason="演示", decided_by=keeper.pk, decided_at=timezone.now()
        )


def test_another_agency_or_employer_finds_no_filing_here() -> None:
    filing = filed.waiting().pk
    medical = Agency.objects.create(code="34080002", name="演示市医保局", region="340800")
    stranger = filed.agent(employer_id=of.employer(serial=2).pk)
    clerk = filed.clerk(of=builders.member(role="CLERK", at=medical).staff)

    assert stranger.get(f"{filed.PATH}{filing}/").status_code == 404
    assert stranger.get(filed.PATH).json()["results"] == []
    assert filed.acted(clerk, filing, "take").status_code == 404


def test_the_database_hides_a_filing_and_lets_no_agent_decide_it() -> None:
    filing = filed.waiting()

    with called_by(actor="staff/1", employer=str(of.employer(serial=2).pk)):
        assert not EmployerFiling.objects.exists()
    with called_by(actor="staff/1", employer=str(filing.employer_id)):
        assert EmployerFiling.objects.get() == filing
        assert EmployerFiling.objects.update(state="TAKEN") == 0


def test_who_is_agent_no_more_hands_nothing_in_at_the_next_call(agent: Client) -> None:
    role = RoleAssignment.objects.get(role="EMPLOYER_AGENT")
    first = filed.hand_in(agent, filed.leaver()).status_code
    role.valid = type(role.valid)(role.valid.lower, timezone.localdate())
    role.certify()

    second = filed.hand_in(agent, filed.joiner()).status_code

    assert (first, second) == (201, 403)


def test_an_agent_decides_nothing(agent: Client) -> None:
    filing = filed.waiting().pk

    for act in ("take", "decline"):
        assert filed.acted(agent, filing, act, reason="演示").status_code == 403
    assert not EnrolmentFile.objects.exists()


def test_only_an_agent_hands_in() -> None:
    body = {"changes": [filed.leaver()]}
    answer = filed.clerk().post(
        filed.PATH, body, content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )  # fmt: skip

    assert answer.status_code == 403


def test_a_filing_that_is_said_to_be_taken_with_a_refused_file_is_found() -> None:
    filing = filed.waiting()
    clerk = builders.member(role="CLERK").staff.person_id
    refused = EnrolmentFile.objects.create(kind="ROSTER", name="x", accepted=False, code="x")
    before = invariants.broken_promises()

    EmployerFiling.objects.filter(pk=filing.pk).update(
        state="TAKEN", decided_by=clerk, decided_at=timezone.now(), file=refused
    )

    (broken,) = [one for one in invariants.broken_promises() if one not in before]
    assert broken.subject == f"单位申报 {filing.pk}"
