"""Employers are late with lists and registrations, person by person (单位逾期未报)."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from backend.kernel.months import Month
from backend.kernel.parameters import NotVerified
from backend.people.models import Death
from insurance.enrolment.models import Enrolment, Kind, Source
from insurance.issuing.models import IssuedPaper
from insurance.policy.recompute import holds
from insurance.unemployment.assess import JobEnd
from insurance.unemployment.job_ends import Certificate, report_job_end
from insurance.unemployment.overdue import Duty, Overdue, lateness
from insurance.unemployment.overdue_list import Late, late_duties, term_of
from insurance.unemployment.print_overdue import NothingOverdue, print_overdue
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.issuing import issuing_builders as ours

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)
LAST_DAY, DUE = date(2026, 9, 30), date(2026, 10, 15)
PATH = "/api/v1/unemployment/overdue-reports/"


def ended(until: Month = OCTOBER, *, start: str = "2020-01") -> Enrolment:
    """Li was insured by the company until a month."""
    return of.enrolment(scheme="210", valid=of.months(start, str(until)))


def late(today: date = DUE + timedelta(days=1), *, only_open: bool = False) -> list[Late]:
    return late_duties(today=today, only_open=only_open, limit=50)


def certified(on: date) -> None:
    told = Certificate(
        person_id=builders.li().pk,
        payer_id=of.employer().pk,
        ended_on=on,
        reason=JobEnd.LAID_OFF,
        document="解除证明 演示1号",
    )
    report_job_end(told=told, today=timezone.localdate(), by=None)


@pytest.mark.parametrize(("today", "days"), [(DUE, None), (DUE + timedelta(days=1), 1)])
def test_a_list_is_late_on_the_sixteenth_day(today: date, days: int | None) -> None:
    ended()

    found = late(today)

    assert [one.lateness.days for one in found] == ([] if days is None else [days])


def test_a_row_says_who_until_when_and_by_which_rule() -> None:
    ended()

    (one,) = late()

    assert (one.of.duty, one.of.payer_id, one.of.person_id) == (
        Duty.END_REPORT, of.employer().pk, builders.li().pk,
    )  # fmt: skip
    assert (one.of.happened_by, one.lateness.due_on, one.of.done_on) == (LAST_DAY, DUE, None)
    assert one.lateness.step.article == "中华人民共和国社会保险法第五十条（全国000000，转引）"
    assert holds(step=one.lateness.step)


def test_who_was_certified_late_is_listed_as_done() -> None:
    ended()
    certified(date(2026, 9, 20))
    recorded = timezone.localdate()

    found = late(recorded + timedelta(days=1))

    assert [one.of.done_on for one in found] == ([recorded] if recorded > DUE else [])
    assert late(recorded + timedelta(days=1), only_open=True) == []


def has_another_job() -> None:
    of.enrolment(scheme="210", payer_id=of.employer(serial=2).pk, valid=of.months("2026-10"))


def draws_a_pension() -> None:
    m.entitlement(of=builders.li(), scheme="110", start=OCTOBER)


def died() -> None:
    Death.objects.create(
        person_id=builders.li().pk, death_date=date(2026, 9, 12), source="POLICE",
        confirmed=True, evidence="演示", case_id=m.SOME_CASE,
    )  # fmt: skip


@pytest.mark.parametrize("not_out_of_work", [has_another_job, draws_a_pension, died])
def test_who_did_not_lose_work_is_nobody_s_delay(not_out_of_work: object) -> None:
    ended()
    assert callable(not_out_of_work)

    not_out_of_work()

    assert [one for one in late() if one.of.duty is Duty.END_REPORT] == []


def test_what_ended_a_year_ago_is_not_asked_for() -> None:
    ended(Month(2025, 10))

    assert late() == []


def test_whom_a_desk_insured_too_late_was_registered_late() -> None:
    start = Month.of(timezone.localdate()).plus(-3)
    of.enrolment(scheme="210", valid=of.months(str(start)))

    (one,) = late(timezone.localdate())

    assert (one.of.duty, one.of.happened_by) == (Duty.HIRE_REPORT, start.last_day)
    assert one.of.done_on == timezone.localdate()
    assert "就业服务与就业管理规定第六十二条（全国000000，未核实）" in one.lateness.step.article


def test_what_an_old_system_handed_over_was_not_registered_late() -> None:
    start = Month.of(timezone.localdate()).plus(-3)
    Enrolment.objects.create(
        person_id=builders.li().pk,
        scheme="210",
        kind=Kind.EMPLOYED,
        payer_id=of.employer().pk,
        district="340802",
        valid=of.months(str(start)),
        source=Source.BASELINE,
        source_id=1,
    )

    assert late(timezone.localdate()) == []


def test_how_late_is_reckoned_by_the_term_alone() -> None:
    term = term_of(duty=Duty.END_REPORT, on=DUE)
    one = Overdue(Duty.END_REPORT, 1, 2, LAST_DAY, None)

    found = lateness(of=one, term=term, today=date(2026, 11, 9), version="演示")

    assert (found.due_on, found.days, found.step.result) == (DUE, 25, "25")


def recently_ended() -> None:
    ended(Month.of(timezone.localdate()).plus(-1))


def test_the_list_is_read_with_masked_names_and_steps(client: Client) -> None:
    recently_ended()
    client.force_login(builders.member(role="CLERK").staff)

    (row,) = client.get(PATH, {"open": "true", "payer": of.employer().pk}).json()

    assert (row["duty_label"], "*" in row["person_name"]) == ("失业人员名单", True)
    assert row["steps"][0]["name"] == "逾期天数"


def test_an_employer_is_asked_in_writing_and_the_paper_is_in_the_register() -> None:
    ours.configured()
    recently_ended()
    printer = ours.printer().staff

    out = print_overdue(payer_id=of.employer().pk, by=printer)
    again = print_overdue(payer_id=of.employer().pk, by=printer)

    said = ours.text(out.pdf)
    for one in ("失业人员名单限期报送通知书", "社会保险法", "第五十条", "逾期天数"):
        assert one in said
    assert out.paper == again.paper == IssuedPaper.objects.get()
    assert (out.paper.case_id, out.paper.party_id) == (None, of.employer().pk)


def test_an_employer_that_owes_nothing_is_not_asked() -> None:
    ours.configured()
    of.enrolment(scheme="210")

    with pytest.raises(NothingOverdue):
        print_overdue(payer_id=of.employer().pk, by=ours.printer().staff)


def test_no_employer_is_asked_by_a_term_that_nobody_verified(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("insurance.unemployment.overdue_list.is_demo", lambda: False)

    assert term_of(duty=Duty.END_REPORT, on=DUE, counts=True).whole == 15
    with pytest.raises(NotVerified):
        term_of(duty=Duty.HIRE_REPORT, on=DUE, counts=True)
