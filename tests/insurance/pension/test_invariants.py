"""The promises of pensions hold on what people decided, and find what SQL put in (不变量)."""

import pytest
from django.db import connection

from insurance.benefits.models import Component, Entitlement
from insurance.enrolment import invariants as enrolment
from insurance.pension.award_steps import steps_of
from insurance.pension.invariants import DECIDED, STEPS, broken_promises, promises
from insurance.pension.models import Award, Recalculation
from insurance.pension.recalculation_terms import year_terms
from insurance.policy import parameters
from insurance.policy.kept_steps import kept
from tests.insurance.benefits import month_builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db


def broken() -> list[str]:
    return [one.promise for one in broken_promises()]


def copied(award: Award, **changes: object) -> Award:
    """What somebody could put in by SQL."""
    fields = {
        field.attname: getattr(award, field.attname)
        for field in Award._meta.concrete_fields
        if field.attname not in ("id", "recorded_at")
    }
    terms = year_terms(
        tree=parameters.load(), region="340800", year=2026, known_on=p.TODAY, paid_years=()
    )
    run = Recalculation.objects.create(
        region="340800",
        year=2026,
        ordinal=Recalculation.objects.count() + 1,
        base_fen=1,
        known_on=p.TODAY,
        policy_version=parameters.load().version,
        parameters=terms.as_json(demo=True),
        chunks=[],
        state="DONE",
        opened_at=p.NOW,
    )
    fields["steps"] = None
    return Award.objects.create(**{**fields, "recalculation_id": run.pk, **changes})


def test_what_three_people_decided_holds() -> None:
    of.enrolment(person_id=p.man().pk, scheme="310", valid=of.months("2010-01"))

    p.retired_by_law()

    assert broken() == []
    assert enrolment.broken_promises() == []
    assert len(promises()) == 6


def test_what_nobody_signed_is_found() -> None:
    p.recognise()
    p.approve()
    p.awarded()

    assert broken() == [DECIDED] * 3


def test_a_pension_that_nobody_awarded_is_found() -> None:
    made = Entitlement.objects.create(
        person_id=p.man().pk,
        scheme="110",
        book=month_builders.office().employees,
        start_month=month_builders.NOVEMBER.first_day,
        case_id=month_builders.SOME_CASE,
    )
    month_builders.component(
        of=made, name="BASIC", fen=9_999_00, start=month_builders.NOVEMBER, case_id=900_001
    )

    assert broken() == ["养老:每项依据业务件的待遇有其核定,起始月各项相等"]


def test_an_amount_that_was_not_awarded_is_found() -> None:
    award = p.retired_by_law()
    for row in Component.objects.filter(entitlement=award.entitlement, component="BASIC"):
        month_builders.supersede(row)

    assert broken() == ["养老:每项依据业务件的待遇有其核定,起始月各项相等"]


def test_an_award_with_a_step_that_does_not_come_out_is_found() -> None:
    award = p.retired_by_law()
    steps = [{**step, "result": "450.00"} for step in kept(steps=steps_of(award=award))]
    changes = {"kind": "CORRECTION", "case_id": 900_001, "recalculation_id": None}

    copied(award, previous_id=award.pk, steps=steps, **changes)

    assert broken() == [DECIDED, STEPS]


def test_a_recalculation_by_other_figures_than_its_run_keeps_is_found() -> None:
    award = p.retired_by_law()

    copied(award, kind="RECALCULATION", previous_id=award.pk, transitional_fen=1)

    assert STEPS in broken()


def test_amounts_that_differ_from_their_steps_are_found() -> None:
    award = p.retired_by_law()

    copied(award, kind="RECALCULATION", previous_id=award.pk, basic_fen=award.basic_fen + 1)

    assert STEPS in broken()


def test_a_recalculation_of_what_was_final_is_found() -> None:
    award = p.retired_by_law()
    what_is_final = {"interim": False, "account_years": None}
    final = copied(award, kind="RECALCULATION", previous_id=award.pk, **what_is_final)

    copied(award, kind="RECALCULATION", previous_id=final.pk, **what_is_final)

    assert broken() == ["养老:核定的待遇是同一人、同一险种、次月起领取,重算、更正不换待遇"]


def test_a_department_that_awards_is_found() -> None:
    p.retired_by_law()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_agency SET kind = 'PENSION' WHERE kind = 'DEPARTMENT'")

    assert set(broken()) == {"养老:审批由行政部门、核定由经办机构的人员签名"}
