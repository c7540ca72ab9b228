"""A decision is delivered on record; a case that needs it ends only after that."""

import uuid
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from backend.cases import objections as objecting
from backend.cases.closing import is_closed, needs_delivery
from backend.cases.content import ContentInvalid
from backend.cases.models import Case, Closing
from backend.cases.receive import OtherBody, receive_case
from backend.people.models import Person
from backend.people.queries import sights
from insurance.issuing import print_slips, stage_invariants
from insurance.issuing.delivery import (
    Delivered,
    DeliveredAlready,
    DeliveryInvalid,
    NotDelivered,
    NothingToClose,
    close,
    deliver,
    delivered_on,
)
from insurance.issuing.issue import issue
from insurance.issuing.models import Delivery, IssuedPaper, PaperKind
from insurance.issuing.passed import passed_of
from tests import builders
from tests.backend.cases import filing_builders as filing
from tests.backend.cases import material_builders as materials
from tests.backend.cases import objection_builders as objections
from tests.builders import Member
from tests.insurance.issuing import issuing_builders as ours

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk() -> Member:
    ours.configured()
    return filing.clerk()


@pytest.fixture
def declined(clerk: Member) -> Case:
    """Zhao's application was not accepted, a while ago."""
    then = timezone.now() - timedelta(days=10)
    return filing.declined(filing.filed(clerk, now=then), filing.reviewer(), now=then)


@pytest.fixture
def paper(clerk: Member, declined: Case) -> IssuedPaper:
    return print_slips.print_declined(case=declined, by=clerk.staff).paper


def today() -> date:
    return timezone.localdate()


def told(**changes: Any) -> Delivered:
    facts = {
        "way": "IN_PERSON",
        "on": today() - timedelta(days=2),
        "receiver": "赵志强",
        "relation": "本人",
        "proof": "送达回证已签名",
        **changes,
    }
    return Delivered(**facts)


def delivered(paper: IssuedPaper, by: Member, **changes: Any) -> Delivery:
    if paper.case is not None and changes.get("way") != "PUBLIC":
        changes.setdefault("material", materials.of(paper.case, title="送达回证").pk)
        changes.setdefault("receiver", _addressed(paper))
    return deliver(paper=paper, told=told(**changes), staff=by.staff, now=timezone.now())


def _addressed(paper: IssuedPaper) -> str:
    party = paper.party_id
    return paper.addressee or sights(party_ids=[party], on=today())[party].name


def closed(case: Case, by: Member) -> Closing:
    return close(case_id=case.pk, staff=by.staff, now=timezone.now())


def known(case: Case) -> date | None:
    return delivered_on(case=case, party_ids=[builders.zhao().pk])


def stages(case: Case) -> list[str]:
    return [passed.stage.name for passed in passed_of(case=case)]


def test_a_case_that_needs_it_ends_after_delivery_only(
    clerk: Member, declined: Case, paper: IssuedPaper
) -> None:
    with pytest.raises(NotDelivered):
        closed(declined, clerk)
    delivered(paper, clerk)

    closed(declined, clerk)

    assert is_closed(case=declined)
    assert stages(declined) == ["FILED", "DECLINED", "DELIVERED", "CLOSED"]
    assert stage_invariants.broken_promises() == []
    with pytest.raises(NothingToClose):
        closed(declined, clerk)


def test_a_slip_that_decides_nothing_ends_nothing(clerk: Member) -> None:
    case = filing.filed(clerk)
    filing.asked(case, clerk)
    notice = print_slips.print_correction(case=Case.objects.get(pk=case.pk), by=clerk.staff)
    filing.answered(case, clerk)
    case = filing.declined(Case.objects.get(pk=case.pk), filing.reviewer(), now=timezone.now())
    delivered(notice.paper, clerk)

    with pytest.raises(NotDelivered):
        closed(case, clerk)


@pytest.fixture
def hold(clerk: Member) -> Case:
    """A decision about Wang that is put on paper."""
    return ours.decided(kind="HOLD")


def of_person(case: Case, who: Person, by: Member, *, said: str = "同意") -> IssuedPaper:
    order = replace(ours.ordered(case, said=said), about=str(who.pk), party_id=who.pk)
    return issue(order=order, by=by.staff).paper


def test_a_case_ends_once_the_paper_that_was_last_issued_is_delivered(
    clerk: Member, hold: Case
) -> None:
    delivered(ours.printed(hold, by=clerk).paper, clerk, on=today())
    newer = ours.printed(hold, said="姓名已更正", by=clerk).paper

    with pytest.raises(NotDelivered) as refused:
        closed(hold, clerk)
    delivered(newer, clerk, on=today())
    closed(hold, clerk)

    assert refused.value.facts["number"] == newer.number
    assert stage_invariants.broken_promises() == []


def test_a_case_about_many_ends_once_each_has_the_own_paper(clerk: Member, hold: Case) -> None:
    one, other = (of_person(hold, who, clerk) for who in (builders.li(), builders.zhao()))
    delivered(one, clerk, on=today())

    with pytest.raises(NotDelivered) as refused:
        closed(hold, clerk)
    delivered(other, clerk, on=today())

    assert refused.value.facts["number"] == other.number
    assert closed(hold, clerk).case_id == hold.pk


def test_a_letter_that_tells_of_a_change_is_no_decision(clerk: Member, hold: Case) -> None:
    letter = issue(order=ours.ordered(hold, kind=PaperKind.CHANGE_LETTER), by=clerk.staff).paper
    delivered(letter, clerk, on=today())

    with pytest.raises(NotDelivered):
        closed(hold, clerk)
    delivered(ours.printed(hold, by=clerk).paper, clerk, on=today())
    closed(hold, clerk)

    assert stage_invariants.broken_promises() == []


def test_an_end_with_the_earlier_paper_delivered_is_found(clerk: Member, hold: Case) -> None:
    delivered(ours.printed(hold, by=clerk).paper, clerk, on=today())
    newer = ours.printed(hold, said="姓名已更正", by=clerk).paper
    Closing.objects.create(case=hold, closed_by=clerk.staff.person_id, closed_on=today())

    (broken,) = stage_invariants.broken_promises()

    assert (broken.subject, broken.found) == (f"业务件 {hold.pk}", newer.number)


def test_what_is_printed_otherwise_after_the_end_breaks_nothing(clerk: Member, hold: Case) -> None:
    delivered(ours.printed(hold, by=clerk).paper, clerk, on=today())
    closed(hold, clerk)

    ours.printed(hold, said="姓名已更正", by=clerk)

    assert stage_invariants.broken_promises() == []


def test_what_ends_with_its_decision_is_not_ended_again(clerk: Member) -> None:
    case = objections.decided(builders.member(role="REVIEWER", of=builders.chen()))

    assert is_closed(case=case)
    assert stages(case)[-1] == "CLOSED"
    with pytest.raises(NothingToClose):
        closed(case, clerk)


def test_what_is_not_decided_does_not_end(clerk: Member) -> None:
    case = filing.filed(clerk)

    assert not is_closed(case=case)
    with pytest.raises(NothingToClose):
        closed(case, clerk)


@pytest.mark.parametrize(
    ("kind", "content", "waits"),
    [
        ("UNEMPLOYMENT_CLAIM", {}, True),
        ("UNEMPLOYMENT_CLAIM", {"corrects": 7}, False),
        ("HOLD", {}, False),
    ],
)
def test_what_nobody_applied_for_and_was_refused_has_no_paper_to_wait_for(
    kind: str, content: dict[str, object], waits: bool
) -> None:
    case = Case(kind=kind, state="REJECTED", content=content, decided_at=timezone.now())

    assert needs_delivery(case=case) is waits


@pytest.mark.parametrize(
    "wrong",
    [
        {"on": date(2020, 1, 1)},
        {"on": date(2099, 1, 1)},
        {"receiver": ""},
        {"receiver": "赵"},
        {"proof": " "},
        {"material": None},
        {"way": "MAIL", "material": None},
        {"way": "LEFT", "material": None},
        {"way": "LEFT", "witnesses": "吴"},
        {"way": "MAIL", "witnesses": "吴国平"},
        {"way": "PUBLIC"},
        {"material": 987654321},
        {"corrects": 987654321},
    ],
)
def test_a_delivery_says_when_to_whom_and_by_what(
    clerk: Member, paper: IssuedPaper, wrong: dict[str, Any]
) -> None:
    with pytest.raises(DeliveryInvalid):
        delivered(paper, clerk, **wrong)
    assert not Delivery.objects.exists()


def test_a_delivery_lies_between_the_paper_and_today(clerk: Member, paper: IssuedPaper) -> None:
    for day in (paper.issued_on - timedelta(days=1), today() + timedelta(days=1)):
        with pytest.raises(DeliveryInvalid):
            delivered(paper, clerk, on=day)

    assert delivered(paper, clerk, on=paper.issued_on).delivered_on == paper.issued_on


def test_a_public_notice_has_no_receiver(clerk: Member, declined: Case, paper: IssuedPaper) -> None:
    delivered(paper, clerk, way="PUBLIC", receiver="", relation="", proof="市政府网站公告")

    assert known(declined) is None
    assert closed(declined, clerk).case_id == declined.pk


def test_what_is_refused_is_left_before_witnesses(
    clerk: Member, declined: Case, paper: IssuedPaper
) -> None:
    left = delivered(paper, clerk, way="LEFT", witnesses="吴国平（居委会）", proof="拒收，留在住所")

    assert known(declined) == left.delivered_on
    assert closed(declined, clerk).case_id == declined.pk


def test_what_is_refused_is_left_in_pictures(
    clerk: Member, declined: Case, paper: IssuedPaper
) -> None:
    pictures = materials.of(declined, title="留置送达照片")

    assert delivered(paper, clerk, way="LEFT", material=pictures.pk).witnesses == ""


def test_nothing_is_left_unseen_by_sql_either(clerk: Member, paper: IssuedPaper) -> None:
    with pytest.raises(IntegrityError, match="issuing_left_before_witnesses"), transaction.atomic():
        Delivery.objects.create(
            paper=paper, way="LEFT", delivered_on=today(), receiver="赵志强", proof="留在住所",
            recorded_by=clerk.staff.person_id,
        )  # fmt: skip


def test_a_paper_is_delivered_once_and_a_wrong_entry_is_corrected(
    clerk: Member, declined: Case, paper: IssuedPaper
) -> None:
    first = delivered(paper, clerk)
    with pytest.raises(DeliveredAlready):
        delivered(paper, clerk)

    delivered(paper, clerk, on=today() - timedelta(days=1), corrects=first.pk)

    assert known(declined) == today() - timedelta(days=1)
    assert stages(declined).count("DELIVERED") == 1
    with pytest.raises(DeliveryInvalid):
        delivered(paper, clerk, corrects=first.pk)


def test_the_signed_record_is_a_material_of_the_case(
    clerk: Member, declined: Case, paper: IssuedPaper
) -> None:
    own, other = materials.of(declined, title="送达回证"), materials.of(builders.case())

    with pytest.raises(DeliveryInvalid):
        delivered(paper, clerk, material=other.pk)
    assert delivered(paper, clerk, material=own.pk).material == own


def test_another_agency_delivers_and_ends_nothing(
    clerk: Member, declined: Case, paper: IssuedPaper
) -> None:
    at = builders.agency(code="34080008", name="演示区社保中心")
    stranger = builders.member(role="CLERK", of=builders.li(), at=at)

    with pytest.raises(OtherBody):
        delivered(paper, stranger)
    with pytest.raises(OtherBody):
        closed(declined, stranger)


def test_what_was_put_down_stays(clerk: Member, declined: Case, paper: IssuedPaper) -> None:
    delivered(paper, clerk)
    closed(declined, clerk)

    for change in (
        lambda: Delivery.objects.update(receiver="别人"),
        lambda: Delivery.objects.all().delete(),
        lambda: Closing.objects.update(closed_by=1),
        lambda: Closing.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_an_undecided_case_is_not_ended_by_sql_either(clerk: Member) -> None:
    case = filing.filed(clerk)

    with pytest.raises(DatabaseError, match="not decided"), transaction.atomic():
        Closing.objects.create(case=case, closed_by=clerk.staff.person_id, closed_on=today())


def test_an_end_without_delivery_is_found(clerk: Member, declined: Case) -> None:
    Closing.objects.create(case=declined, closed_by=clerk.staff.person_id, closed_on=today())

    (broken,) = stage_invariants.broken_promises()

    assert broken.subject == f"业务件 {declined.pk}"


def objected(declined: Case, known_on: date) -> Case:
    return receive_case(
        kind="OBJECTION",
        agency=declined.agency,
        party_id=declined.party_id,
        content={
            "decided_case": declined.pk,
            "known_on": known_on.isoformat(),
            "against": "不予受理",
            "grounds": "我参加过失业保险",
        },
        received_by=builders.person(name="汪志强").pk,
        acts={
            "OBJECTION.RECEIVED": lambda case: objecting.begin(
                case, limits_of=objections.limits_of, delivered_on=delivered_on
            )
        },
    )


def test_what_was_delivered_was_known_then_at_the_latest(
    clerk: Member, declined: Case, paper: IssuedPaper
) -> None:
    delivered(paper, clerk)

    with pytest.raises(ContentInvalid, match="送达"):
        objected(declined, today() - timedelta(days=1))
    assert objected(declined, today() - timedelta(days=2)).objection.decided == declined


def test_of_a_decision_about_many_each_knows_by_the_own_paper(clerk: Member) -> None:
    case = ours.decided()
    one, other = (
        issue(order=replace(ours.ordered(case), about=str(who.pk), party_id=who.pk), by=clerk.staff)
        for who in (builders.li(), builders.zhao())
    )

    delivered(one.paper, clerk, on=today())

    assert known(case) is None
    assert delivered_on(case=case, party_ids=[builders.li().pk]) == today()
    assert other.paper.party_id == builders.zhao().pk


def test_without_a_delivery_the_person_says_when_it_was_known(declined: Case) -> None:
    assert objected(declined, today()).objection.decided == declined


def test_a_paper_is_delivered_and_the_case_ended_over_the_api(
    client: Client, clerk: Member, declined: Case, paper: IssuedPaper
) -> None:
    client.force_login(clerk.staff)

    def post(path: str, body: dict[str, Any] | None = None) -> Any:
        return client.post(
            f"/api/v1/{path}",
            body or {},
            content_type="application/json",
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )

    body: dict[str, Any] = {"way": "MAIL", "on": today().isoformat(), "receiver": "赵志强"}
    body["proof"] = "EMS 1234"
    body = {**body, "material": materials.of(declined, title="邮寄回执").pk}
    answer = post(f"papers/{paper.pk}/deliver", body)
    ended = post(f"cases/{declined.pk}/close")

    assert (answer.status_code, answer.json()["receiver"]) == (201, "赵*强")
    assert answer.json()["way_label"] == "邮寄"
    assert (ended.status_code, ended.json()["closed_by"]) == (201, clerk.staff.person_id)
    assert post(f"papers/{paper.pk}/deliver", body).status_code == 409
    assert post(f"papers/{paper.pk}/deliver", {**body, "way": "FAX"}).status_code == 400
    listed = client.get("/api/v1/deliveries/", {"paper__case": declined.pk}).json()["results"]
    assert [row["number"] for row in listed] == [paper.number]
    last = client.get(f"/api/v1/cases/{declined.pk}/stages/").json()[-1]
    assert last["stage_label"] == "办结"
