"""Whom an adjustment speaks of may object to it; another case puts it right (对调整的异议)."""

import pytest
from django.utils import timezone

from backend.cases import acts
from backend.cases.corrections import ObjectionUnnamed
from backend.cases.decide import decide, review
from backend.cases.models import Case, Objection
from backend.cases.objections import NotTheirs, ObjectionOpen
from backend.cases.receive import receive_case
from backend.people.models import Person
from insurance.benefits.models import Entitlement
from insurance.pension.adjusting.models import PaidMonths
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import JANUARY
from tests.insurance.pension import correction_builders as c
from tests.insurance.pension.adjusting import adjusting_builders as b

pytestmark = pytest.mark.django_db


def received(kind: str, of: Person, **content: object) -> Case:
    return receive_case(
        kind=kind,
        agency=builders.agency(),
        party_id=of.pk,
        content=content,
        received_by=builders.person(name="石玉兰").pk,
        acts=acts.registered(),
    )


def signed(case: Case, *names: str) -> Case:
    first, second = (builders.person(name=name) for name in names)
    one = builders.member(role="REVIEWER", of=first)
    other = builders.member(role="APPROVER", of=second)
    review(case_id=case.pk, key=one.key, role="REVIEWER", now=timezone.now())
    return decide(
        case_id=case.pk,
        approve=True,
        reason="已更正",
        key=other.key,
        role="APPROVER",
        now=timezone.now(),
        acts={**acts.registered(), "PENSION_ADJUSTMENT": lambda _: 0},
    )


def objected(decision: Case, of: Person) -> Case:
    return received(
        "OBJECTION",
        of,
        decided_case=decision.pk,
        known_on=timezone.localdate().isoformat(),
        against="与缴费年限挂钩的增加额",
        grounds="少算了三年",
    )


def drawing(person: Person) -> Entitlement:
    return m.entitlement(
        of=person, scheme="110", components={"BASIC": 2_000_00}, paid_through=None, paid_months=240
    )


@pytest.fixture
def decision(monkeypatch: pytest.MonkeyPatch) -> Case:
    """Wang and Li are adjusted by one decision, which is about an agency's pensions."""
    b.plan(monkeypatch)
    for person in (builders.wang(), builders.li()):
        drawing(person)
    content = {"region": "340800", "year": 2027, "document": "演示通知"}
    case = builders.case(kind="PENSION_ADJUSTMENT", party=builders.chen(), content=content)
    signed(case, "查明德", "方卫东")
    b.adjusted(b.YEARLY, case_id=case.pk)
    return case


def pension_of(person: Person) -> Entitlement:
    return Entitlement.objects.get(person_id=person.pk)


def adjustment(of: Person) -> int:
    return c.amounts(pension_of(of), JANUARY)["ADJUSTMENT"]


def test_each_whom_it_speaks_of_objects_once(decision: Case) -> None:
    objected(decision, builders.wang())
    objected(decision, builders.li())

    assert Objection.objects.filter(decided=decision).count() == 2
    with pytest.raises(ObjectionOpen):
        objected(decision, builders.li())


def test_a_stranger_to_it_does_not_object(decision: Case) -> None:
    with pytest.raises(NotTheirs):
        objected(decision, builders.zhao())


def test_it_is_granted_by_a_correction_that_names_it(decision: Case) -> None:
    before = adjustment(builders.wang())
    objection = objected(decision, builders.wang())
    pension = pension_of(builders.wang())
    told = {"entitlement": pension.pk, "paid_months": 276, "document": "演示台账"}
    with pytest.raises(ObjectionUnnamed):
        received("PAID_MONTHS", builders.wang(), **told)
    again = received("PAID_MONTHS", builders.wang(), **told, objection=objection.pk)
    signed(again, "操慧敏", "汪明霞")

    signed(objection, "操慧敏", "汪明霞")

    row = Objection.objects.get(case=objection)
    assert (row.outcome, row.correction_id) == ("CORRECTED", again.pk)
    assert PaidMonths.objects.get().case_id == again.pk
    b.followed()
    assert adjustment(builders.wang()) > before


def test_of_a_pension_that_was_taken_over_its_amounts_are_corrected(decision: Case) -> None:
    objection = objected(decision, builders.wang())
    pension = pension_of(builders.wang())
    again = received(
        "COMPONENT_CORRECTION",
        builders.wang(),
        entitlement=pension.pk,
        from_month="2026-11",
        components=[{"component": "BASIC", "amount": "2100.00"}],
        document="演核更〔2026〕2号",
        evidence="原核定表 演示1号",
        objection=objection.pk,
    )

    signed(again, "操慧敏", "汪明霞")
    signed(objection, "操慧敏", "汪明霞")

    assert Objection.objects.get(case=objection).correction_id == again.pk
    assert c.amounts(pension, JANUARY)["BASIC"] == 2_100_00
