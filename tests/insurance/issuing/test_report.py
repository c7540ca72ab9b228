"""A person is told on paper what is held, why, how long, and who looked (个人信息报告)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from backend.access.looked import look
from backend.audit.models import Act
from backend.cases.archive.volumes import put_away
from backend.kernel.identity import Sex
from backend.people.look import SHOWN
from backend.people.models import Alias, Person
from backend.privacy.classes import FieldClass, fields
from backend.privacy.holdings import holdings
from backend.web.lookups import How, lookups
from insurance.issuing import report
from insurance.issuing.check import check_paper
from insurance.issuing.invariants import broken_promises
from insurance.issuing.models import IssuedPaper, PaperKind
from insurance.issuing.print_slips import SlipNotDue, print_delivery_record
from insurance.issuing.report import print_report
from tests import builders
from tests.backend.cases import filing_builders as filing
from tests.backend.cases import material_builders as material
from tests.backend.cases import objection_builders as objections
from tests.insurance.issuing import issuing_builders as ours

pytestmark = pytest.mark.django_db
PURPOSE = "本人持身份证申请查阅"
RARE = "䶮㛃𠮷"


@pytest.fixture(autouse=True)
def _configured(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    ours.configured()


def clerk() -> Client:
    client = Client()
    client.force_login(ours.printer().staff)
    return client


def asked(person: Person, **query: str) -> Any:
    return clerk().get(f"/api/v1/persons/{person.pk}/report.pdf", query)


def test_a_person_is_told_what_is_held_and_who_looked() -> None:
    wang = builders.wang()
    number = builders.id_number(birth_date=wang.birth_date, sex=Sex.FEMALE, serial=301)
    builders.case(party=wang, content={})
    with_look = clerk().get(f"/api/v1/persons/{wang.pk}/", {"purpose": "窗口办理换卡"})

    answer = asked(wang, purpose=PURPOSE)

    said = ours.text(answer.content)
    assert (with_look.status_code, answer.status_code) == (200, 200)
    for told in ("王秀英", number, "1958-03-12", "女", "汉族"):
        assert told in said
    for told in (
        "业务件、审批、文书",
        "期限未核实，不删除",
        "社会保险法第七十四条（转引）",
        "令第3号",
    ):
        assert told in said
    assert "窗口办理换卡" in said
    assert "人员信息" in said
    assert PURPOSE in said


def test_whoever_prints_it_learns_nothing_of_supervision() -> None:
    wang = builders.wang()
    supervisor = builders.member(role="SUPERVISOR").staff
    look(staff=supervisor, party_id=wang.pk, purpose="核查线索", at="/api/v1/persons/1/")

    said = ours.text(asked(wang, purpose=PURPOSE).content)

    assert "没有办理业务的人员查看过。" in said
    assert "稽核、审计人员的查看不印在本报告" in said
    assert "核查线索" not in said
    assert supervisor.username not in said


def test_a_person_is_told_what_another_agency_holds() -> None:
    wang = builders.wang()
    builders.case(party=wang, content={}, at=builders.agency(code="34080002", name="演示医保局"))

    said = ours.text(asked(wang, purpose=PURPOSE).content)

    assert "业务件、审批、文书" in said


def test_a_person_is_told_what_he_handed_in_and_what_came_of_it() -> None:
    merged, clerk = builders.li(), filing.clerk()
    case = filing.filed(clerk)
    first = material.of(case, title="终止劳动合同证明")
    material.of(case, title="终止劳动合同证明（盖章）", replaces=first)
    filing.asked(case, clerk)
    other = builders.case(party=merged, content={})
    material.of(other, title="户口簿首页")
    Alias.objects.create(party_id=merged.pk, survivor_id=builders.zhao().pk, case_id=case.pk)
    material.of(builders.case(party=builders.chen(), content={}), title="陈桂芳的存折")

    said = ours.text(asked(builders.zhao(), purpose=PURPOSE).content)

    received = timezone.localdate(case.received_at)
    assert f"{case.pk}失业保险金申领{received}待补正" in said
    assert "终止劳动合同证明（已替换）、终止劳动合同证明（盖章）" in said
    assert "户口簿首页" in said
    assert "陈桂芳的存折" not in said


def test_an_archived_case_is_told_with_its_volume() -> None:
    decider = builders.member(role="REVIEWER", of=builders.li())
    case = objections.decided(decider, kind="DEATH")
    (kept,) = put_away(case_ids=[case.pk], staff=filing.clerk().staff, now=builders.NOW)

    said = ours.text(asked(Person.objects.get(pk=case.party_id), purpose=PURPOSE).content)

    assert f"{case.pk}（{kept.volume.number}第1件）" in said


def test_names_of_materials_are_shown_as_their_class_is(monkeypatch: pytest.MonkeyPatch) -> None:
    table = fields().tables["cases_material"]
    columns = {**table.columns, "title": FieldClass.TRAIT}
    tables = {**fields().tables, "cases_material": replace(table, columns=columns)}
    monkeypatch.setattr(report, "fields", lambda: replace(fields(), tables=tables))
    material.of(builders.case(party=builders.wang(), content={}), title="残疾人证")

    assert "残疾人证" not in ours.text(asked(builders.wang(), purpose=PURPOSE).content)


def test_it_is_numbered_registered_and_the_look_is_on_record() -> None:
    wang = builders.wang()

    first, again = asked(wang, purpose=PURPOSE), asked(wang, purpose=PURPOSE)

    papers = IssuedPaper.objects.filter(party=wang.pk, kind=PaperKind.PERSON_REPORT).order_by("pk")
    year = papers[0].issued_on.year
    assert [paper.number for paper in papers] == [
        f"34080001-GRXX-{year}-00000{ordinal}" for ordinal in (1, 2)
    ]
    assert papers[0].number in first.headers["Content-Disposition"]
    looks = Act.objects.filter(name="people.looked", party_id=wang.pk).order_by("id")
    assert [act.details for act in looks] == [
        {"purpose": PURPOSE, "at": paper.number} for paper in papers
    ]
    assert papers[0].number in ours.text(again.content)  # the first report was a look too
    found = check_paper(number=papers[0].number, check=papers[0].check_code)
    assert (found.genuine, found.kind, found.newest) == (True, "个人信息报告", False)
    assert list(broken_promises()) == []


def test_without_a_purpose_nothing_is_told() -> None:
    wang = builders.wang()

    answers = [asked(wang), asked(wang, purpose="x")]

    assert [answer.json()["code"] for answer in answers] == ["purpose_missing", "purpose_invalid"]
    assert not IssuedPaper.objects.exists()


def test_what_was_merged_into_the_person_is_told_with_him() -> None:
    wang, merged = builders.wang(), builders.li()
    builders.case(party=merged, content={})
    case = builders.case(party=wang, content={})
    Alias.objects.create(party_id=merged.pk, survivor_id=wang.pk, case_id=case.pk)

    said = ours.text(asked(wang, purpose=PURPOSE).content)
    held = {one.table.name: one.rows for one in holdings(party_ids=[wang.pk, merged.pk])}

    assert "李建国" in said
    assert (held["cases_case"], held["people_person"]) == (2, 2)


def test_rare_names_stand_on_the_paper_as_they_are_written() -> None:
    person = builders.person(name=RARE)

    out = print_report(person=person, purpose=PURPOSE, by=ours.printer().staff)

    assert RARE in ours.text(out.pdf)


@pytest.mark.parametrize("kind", [PaperKind.HOLD_NOTICE, PaperKind.PERSON_REPORT])
def test_a_report_alone_has_no_case(kind: PaperKind) -> None:
    row = ours.printed(ours.decided()).paper
    row.pk, row.digest, row.number, row.kind = None, "0" * 64, "34080001-X-2026-000001", kind
    if kind is PaperKind.HOLD_NOTICE:
        row.case, row.ordinal = None, 2

    with pytest.raises(IntegrityError, match="case_or_report"), transaction.atomic():
        row.save(force_insert=True)


def test_a_report_is_handed_over_and_not_delivered() -> None:
    paper = print_report(person=builders.wang(), purpose=PURPOSE, by=ours.printer().staff).paper

    with pytest.raises(SlipNotDue):
        print_delivery_record(paper=paper, by=ours.printer().staff)


def test_every_table_that_names_a_person_is_counted() -> None:
    wang = builders.wang()
    counted = {one.table.name for one in holdings(party_ids=[wang.pk])}

    assert {"people_party", "people_person", "people_partyname"} <= counted
    assert all(
        one.table.of_class(FieldClass.PERSON) or one.table.through
        for one in holdings(party_ids=[wang.pk])
    )
    assert len(fields().tables) > len(counted)


def test_every_page_that_shows_somebody_in_full_has_a_name() -> None:
    pages = {route for route, how in lookups().items() if how is not How.PRINTED}

    assert pages - SHOWN.keys() == {"person-report"}  # a paper has its number
