"""Doubled enrolments are found, and closed by two persons; what was paid goes back."""

from datetime import date
from functools import partial
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from backend.cases import acts, decide
from backend.cases.decide import decide_many
from backend.cases.models import Case
from backend.kernel.identity import Sex
from backend.people.models import Alias
from insurance.enrolment import invariants
from insurance.enrolment import merge_months as merging
from insurance.enrolment.merge_months import EmployeeMonthsCount, NothingDoubled
from insurance.enrolment.models import Cleared, Deregistration, Duplicate, Enrolment, Kind, Source
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
COUNTY = "340822100201"
merge_months = partial(merging.merge_months, blockers=())


def employed(**changes: object) -> Enrolment:
    return of.enrolment(valid=of.months("2026-03", "2026-10"), **changes)  # type: ignore[arg-type]


def resident(**changes: object) -> Enrolment:
    facts = {"scheme": "170", "kind": Kind.RESIDENT, "valid": of.months("2026-01", "2027-01")}
    return of.enrolment(**{**facts, **changes})


def found() -> list[tuple[str, int | None, int | None]]:
    rows = Duplicate.objects.order_by("id")
    return [(row.kind, row.enrolment_id, row.other_enrolment_id) for row in rows]


def test_employee_and_resident_in_the_same_months_are_found() -> None:
    stays, goes = employed(), resident()

    assert found() == [("TWO_SCHEMES", stays.pk, goes.pk)]
    assert Duplicate.objects.get().months == of.months("2026-03", "2026-10")


def test_two_counties_are_found_two_employers_in_one_are_not() -> None:
    one = employed()
    employed(payer_id=of.employer(serial=2).pk)
    assert found() == []

    resident()
    elsewhere = of.employer(serial=3, district="340822").pk
    there = employed(payer_id=elsewhere, district="340822")

    assert ("TWO_PLACES", one.pk, there.pk) in found()


def test_months_that_only_touch_are_not_doubled() -> None:
    employed()
    resident(valid=of.months("2026-10", "2027-01"))

    assert found() == []


def test_one_person_with_two_numbers_is_guessed() -> None:
    twins = [
        builders.person(name="江小二", birth_date=date(1980, 2, 2), sex=Sex.FEMALE).pk
        for _ in range(2)
    ]
    for number, person in enumerate(twins, start=5):
        employed(person_id=person, payer_id=of.employer(serial=number).pk)

    row = Duplicate.objects.get()
    assert (row.kind, row.person_id, row.other_person_id) == ("TWO_NUMBERS", *twins)

    Alias.objects.create(party_id=twins[1], survivor_id=twins[0], case_id=1)
    assert found() == []


def merge_case(goes: Enrolment, stays: Enrolment, **changes: object) -> Case:
    months = {"from_month": "2026-03", "last_month": "2026-09"}
    content = {"close": goes.pk, "keep": stays.pk, **months, **changes}
    return builders.case(kind="ENROLMENT_MERGE", party=builders.li(), content=content)


def decided(case: Case) -> None:
    """Two persons sign."""
    now = builders.NOW
    reviewer, approver = builders.member(role="REVIEWER"), builders.member(role="APPROVER")
    decide.review(case_id=case.pk, key=reviewer.key, role="REVIEWER", now=now)
    decide_many(
        case_ids=[case.pk],
        approve=True,
        reason="",
        key=approver.key,
        role="APPROVER",
        now=now,
        acts=acts.registered(),
    )


def test_two_persons_close_the_residents_months_and_they_go_back() -> None:
    stays, goes = employed(), resident()
    case = merge_case(goes, stays)

    decided(case)

    left = Enrolment.objects.filter(scheme="170", superseded_at__isnull=True).order_by("valid")
    assert [row.valid for row in left] == [
        of.months("2026-01", "2026-03"),
        of.months("2026-10", "2027-01"),
    ]
    assert {(row.source, row.case_id) for row in left} == {("CASE", case.pk)}
    row = Cleared.objects.get()
    assert (row.person_id, row.scheme, row.case_id) == (builders.li().pk, "170", case.pk)
    assert (row.from_month, row.until_month) == (date(2026, 3, 1), date(2026, 10, 1))
    assert found() == []
    assert invariants.broken_promises() == []


def test_an_enrolment_of_the_doubled_months_alone_goes_wholly() -> None:
    stays, goes = employed(), resident(valid=of.months("2026-03", "2026-10"))

    assert merge_months(merge_case(goes, stays)) == 2

    assert not Enrolment.objects.filter(scheme="170", superseded_at__isnull=True).exists()
    assert Cleared.objects.count() == 1


def test_the_employees_months_count() -> None:
    with pytest.raises(EmployeeMonthsCount):
        merge_months(merge_case(employed(), resident()))


@pytest.mark.parametrize(
    "changes",
    [
        {"last_month": "2026-10"},
        {"from_month": "2026-02"},
        {"from_month": "2026-09", "last_month": "2026-08"},
        {"keep": None},
        {"close": "1"},
    ],
)
def test_only_what_is_doubled_is_closed(changes: dict[str, object]) -> None:
    case = merge_case(resident(), employed(), **changes)

    with pytest.raises(NothingDoubled):
        merge_months(case)


def test_other_insurances_and_other_persons_are_not_doubled() -> None:
    goes = resident()
    for other in (employed(scheme="310"), employed(person_id=builders.chen().pk)):
        with pytest.raises(NothingDoubled):
            merge_months(merge_case(goes, other))


def test_a_merge_without_signatures_shows() -> None:
    merge_months(merge_case(resident(), employed()))

    assert {row.promise[:4] for row in invariants.broken_promises()} == {"参保关系", "清退月份"}


def test_what_plain_sql_forges_shows() -> None:
    of.enrolment()
    Deregistration.objects.create(
        payer_id=of.employer().pk, evidence="演示", valid=of.months("2026-11"), source=Source.DESK
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO enrolment_enrolment (person_id, scheme, kind, payer_id, district, valid,"
            " source, source_id) SELECT person_id, '310', kind, payer_id, district, valid,"
            " 'ROSTER', 1 FROM enrolment_enrolment"
        )

    wrong = {row.promise for row in invariants.broken_promises()}

    assert wrong == {
        "参保关系、缴费工资来自已接收的文件、基线或已办结的业务件",
        "已注销的单位没有参保人员",
    }


def test_check_invariants_asks_enrolment() -> None:
    out = StringIO()

    call_command("check_invariants", stdout=out)

    assert all(f"✓ {promise}" in out.getvalue() for promise in invariants.promises())
