"""Each stage has its slip, numbered and registered, which says what the person must know."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.access.models import Staff
from backend.cases.agents import mandates
from backend.cases.models import Case
from backend.papers.printing import print_paper
from backend.people.models import Death, Person
from insurance.issuing import invariants as issuing_invariants
from insurance.issuing import print_slips, slips, stage_invariants
from insurance.issuing.issue import Out, issue
from insurance.issuing.models import IssuedPaper, PaperKind, Printing
from insurance.issuing.print_slips import SlipNotDue
from tests import builders
from tests.backend.cases import agent_builders as agents
from tests.backend.cases import filing_builders as filing
from tests.backend.cases import material_builders as materials
from tests.builders import Member
from tests.insurance.benefits.paper_builders import issued
from tests.insurance.enrolment.enrolment_builders import village
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.issuing import slip_builders

database = pytest.mark.django_db


@pytest.fixture
def clerk() -> Member:
    ours.configured()
    return filing.clerk()


def text(out: Out) -> str:
    return ours.text(out.pdf)


def helper() -> Staff:
    """Who helps the village."""
    staff = builders.member(role="VILLAGE").staff
    staff.village_id = village().pk
    staff.save()
    return staff


def no_promise_is_broken() -> bool:
    return not [*stage_invariants.broken_promises(), *issuing_invariants.broken_promises()]


@pytest.mark.parametrize("name", slip_builders.samples())
def test_a_slip_is_printed_with_all_that_stands_on_it(name: str) -> None:
    paper = slip_builders.samples()[name]

    said = ours.text(print_paper(paper=paper, origin="https://rs.example.invalid", check="A" * 16))

    assert paper.title in said
    assert "赵䶮" in said
    assert "李建国（委托，代办登记12）" in said


def test_whoever_objected_is_told_what_is_left_to_him() -> None:
    first, second = (
        slips.declined_notice(said=slip_builders.declined(of_objection=of), issued=issued())
        for of in (False, True)
    )

    assert any(way.startswith("一、异议") for way in first.remedy)
    assert not any("异议：" in way for way in second.remedy)
    assert len(second.remedy) == 2


def test_without_a_known_term_none_is_promised() -> None:
    said = slips.Receipt(
        applicant=slip_builders.applicant(agent=""),
        accepted_on=slip_builders.ON,
        materials=(),
        due=None,
    )

    paper = slips.receipt(said=said, issued=issued())

    assert "办理期限" not in str(paper)
    assert "材料清单" not in str(paper)
    assert "代办人" not in str(paper)


@database
def test_the_receipt_names_materials_and_term(clerk: Member) -> None:
    case = filing.filed(clerk)
    materials.of(case, title="终止劳动合同证明")
    filing.accepted(case, clerk)

    out = print_slips.print_receipt(case=Case.objects.get(pk=case.pk), by=clerk.staff)

    said = text(out)
    assert out.paper.number == "34080001-SLHZ-2026-000001"
    for wanted in ("失业保险金申领", "终止劳动合同证明", "10个工作日", "2026年11月19日", "程桂芳"):
        assert wanted in said
    assert "未核实" in said  # no notice of holidays of the year
    assert no_promise_is_broken()


@database
def test_a_receipt_printed_again_is_the_same_until_more_is_handed_in(clerk: Member) -> None:
    case = filing.accepted(filing.filed(clerk), clerk)
    first = print_slips.print_receipt(case=case, by=clerk.staff)

    again = print_slips.print_receipt(case=case, by=clerk.staff)
    materials.of(case)
    more = print_slips.print_receipt(case=case, by=clerk.staff)

    assert (again.paper, again.pdf) == (first.paper, first.pdf)
    assert more.paper.ordinal == 2
    assert Printing.objects.count() == 3


@database
def test_the_receipt_lists_nothing_that_came_after_the_decision(clerk: Member) -> None:
    case = ours.decided(kind="HOLD")
    before = print_slips.print_receipt(case=case, by=clerk.staff)

    materials.of(case, title="送达回证影像")
    after = print_slips.print_receipt(case=case, by=clerk.staff)

    assert after.paper == before.paper
    assert "送达回证影像" not in text(after)


@database
def test_what_was_accepted_as_it_came_has_its_receipt_too(clerk: Member) -> None:
    case = builders.case(kind="STOP")

    assert "待遇停发" in text(print_slips.print_receipt(case=case, by=clerk.staff))


@database
def test_the_correction_notice_lists_all_that_is_missing(clerk: Member) -> None:
    case = filing.filed(clerk)
    filing.asked(case, clerk)

    out = print_slips.print_correction(case=Case.objects.get(pk=case.pk), by=clerk.staff)

    said = text(out)
    for wanted in ("终止劳动合同证明", "核实失业原因（本人意愿）", "2026年11月12日", "演示路1号"):
        assert wanted in said
    assert "未核实" in said  # no verified notice of holidays of the year
    assert out.paper.number == "34080001-BZGZ-2026-000001"
    assert no_promise_is_broken()


@database
def test_not_accepting_says_why_and_what_may_be_done(clerk: Member) -> None:
    now = timezone.now()
    case = filing.filed(clerk, now=now - timedelta(days=30))
    filing.asked(case, clerk, now=now - timedelta(days=30))
    case = filing.declined(case, filing.reviewer(), now=now, reason="逾期没有补正证明")

    said = text(print_slips.print_declined(case=case, by=clerk.staff))

    for wanted in ("逾期没有补正证明", "一次告知补正", "行政复议", "吴国平", "赵志强"):
        assert wanted in said
    assert no_promise_is_broken()


@database
def test_a_slip_of_a_stage_that_was_not_passed_is_not_printed(clerk: Member) -> None:
    case = filing.filed(clerk)

    for printing in (
        print_slips.print_receipt,
        print_slips.print_correction,
        print_slips.print_declined,
    ):
        with pytest.raises(SlipNotDue):
            printing(case=case, by=clerk.staff)
    assert not IssuedPaper.objects.exists()


@database
def test_who_acts_for_the_person_stands_on_the_slip(clerk: Member) -> None:
    reviewer = filing.reviewer()
    case = filing.filed(clerk)
    mandate = agents.granted(reviewer)
    agents.act(case, mandate)
    filing.accepted(case, clerk)

    out = print_slips.print_receipt(case=Case.objects.get(pk=case.pk), by=clerk.staff)

    assert f"李建国（委托，代办登记{mandate.pk}）" in text(out)


@database
def test_the_record_of_delivery_is_of_one_paper(clerk: Member) -> None:
    paper = ours.printed(ours.decided()).paper

    out = print_slips.print_delivery_record(paper=paper, by=clerk.staff)

    said = text(out)
    for wanted in ("送达回证", paper.number, "暂停待遇告知书", "□当面", "送达人（签名）"):
        assert wanted in said
    assert (out.paper.about, out.paper.kind) == (paper.number, PaperKind.DELIVERY_RECORD)
    with pytest.raises(SlipNotDue):
        print_slips.print_delivery_record(paper=out.paper, by=clerk.staff)
    assert no_promise_is_broken()


@pytest.fixture
def acted_in(clerk: Member) -> Case:
    """Declined a while after Li came for Zhao."""
    case = filing.filed(clerk)
    agents.act(case, agents.granted(filing.reviewer()))
    return filing.declined(case, filing.reviewer(), now=timezone.now())


@database
def test_the_record_of_delivery_names_the_agent_while_he_may_come(
    clerk: Member, acted_in: Case
) -> None:
    paper = print_slips.print_declined(case=acted_in, by=clerk.staff).paper
    first = print_slips.print_delivery_record(paper=paper, by=clerk.staff)
    mandates.end(
        mandate_id=acted_in.acting.mandate_id,
        reason="本人撤销委托",
        staff=clerk.staff,
        now=timezone.now(),
    )

    after = print_slips.print_delivery_record(paper=paper, by=clerk.staff)

    assert ("李建国" in text(first), "李建国" in text(after)) == (True, False)
    assert "李建国" in text(print_slips.print_declined(case=acted_in, by=clerk.staff))


@database
def test_no_dead_agent_receives_a_paper(clerk: Member, acted_in: Case) -> None:
    paper = print_slips.print_declined(case=acted_in, by=clerk.staff).paper
    Death.objects.create(
        person_id=builders.li().pk, death_date=date(2026, 11, 1), source="OFFICE", confirmed=True
    )

    out = print_slips.print_delivery_record(paper=paper, by=clerk.staff)

    assert "李建国" not in text(out)


@database
def test_the_record_of_delivery_names_whom_the_paper_is_for(clerk: Member) -> None:
    order = replace(ours.ordered(ours.decided()), party_id=builders.li().pk)
    written = order.compose
    order = replace(
        order, compose=lambda issued: replace(written(issued), addressee="李大山、李小山")
    )
    paper = issue(order=order, by=clerk.staff).paper

    out = print_slips.print_delivery_record(paper=paper, by=clerk.staff)

    said = text(out)
    assert ("受送达人李大山、李小山" in said, "当事人李建国" in said) == (True, True)
    assert out.paper.party_id == builders.li().pk


@database
def test_slips_are_printed_over_the_api(client: Client, clerk: Member) -> None:
    client.force_login(clerk.staff)
    case = filing.filed(clerk)
    filing.asked(case, clerk)

    answer: Any = client.get(f"/api/v1/cases/{case.pk}/correction.pdf")
    refused = client.get(f"/api/v1/cases/{case.pk}/receipt.pdf")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert (refused.status_code, refused.json()["code"]) == (422, "slip_not_due")
    paper = IssuedPaper.objects.get()
    record = client.get(f"/api/v1/papers/{paper.pk}/delivery.pdf")
    assert record.status_code == 200


@database
def test_who_helps_a_village_prints_the_receipt_of_what_he_received_alone(
    client: Client, clerk: Member
) -> None:
    resident, staff = builders.zhao(), helper()
    Person.objects.filter(pk=resident.pk).update(village=village().party)
    clerks = builders.case(kind="DEATH", party=resident)
    print_slips.print_receipt(case=clerks, by=clerk.staff)  # a number that he does not see
    own = builders.case(kind="DEATH", party=resident, received_by=staff.person_id)
    client.force_login(staff)

    receipt: Any = client.get(f"/api/v1/cases/{own.pk}/receipt.pdf")

    assert receipt.status_code == 200
    assert "赵志强" in ours.text(receipt.content)
    assert client.get(f"/api/v1/cases/{clerks.pk}/receipt.pdf").status_code == 404
    assert no_promise_is_broken()
