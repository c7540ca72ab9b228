"""The department lets somebody retire in a month, on a paper of its own (退休审批)."""

from datetime import date
from typing import Any

import pytest

from backend.cases import acts
from backend.cases.collective import MinutesMissing
from backend.cases.content import ContentInvalid
from backend.cases.receive import OtherBody
from backend.kernel.months import Month
from backend.people.models import Death
from insurance.pension import models, retirement
from insurance.pension.approval import (
    AlreadyRetired,
    ArchiveMissing,
    NoticeRunning,
    PersonDead,
    SpecialWorkTooShort,
    check,
    decide,
)
from insurance.pension.models import RetirementApproval
from insurance.pension.retirement import (
    AgeTooLow,
    EnoughAtAge,
    MonthDiffers,
    MonthsMissing,
    NoticeTooLate,
    TooLate,
)
from insurance.policy.kept_steps import read
from insurance.policy.recompute import holds
from tests import builders
from tests.insurance.benefits import month_builders
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
KIND = "RETIREMENT_APPROVAL"
PUBLIC: dict[str, Any] = {"public_from": "2026-10-20", "public_until": "2026-10-30"}
SPECIAL: dict[str, Any] = {
    "route": "SPECIAL",
    "retirement_month": "2026-03",
    **PUBLIC,
    **builders.minutes(),
}
MINER = {
    "from_month": "1990-01",
    "last_month": "1998-12",
    "work": "UNDERGROUND",
    "evidence": "下井台账 演示",
}


def test_ways_are_those_of_the_rule() -> None:
    assert [one.value for one in models.Route] == [one.name for one in retirement.Route]


def test_by_law_he_retires_in_his_month() -> None:
    facts = p.recognise()

    approval = p.approve()

    assert (approval.facts, Month.of(approval.retirement_month)) == (facts, Month(2026, 7))
    steps = read(rows=approval.steps)
    assert [step.name for step in steps][-2:] == ["法定退休年龄", "最低缴费月数"]
    assert all(holds(step=step) for step in steps)


def test_only_the_department_receives_it() -> None:
    with pytest.raises(OtherBody):
        p.waiting(kind=KIND, content=p.retirement())


def test_nobody_retires_before_the_archive_is_recognised() -> None:
    with pytest.raises(ArchiveMissing):
        p.approve()


@pytest.mark.parametrize("month", ["2026-06", "2026-08"])
def test_by_law_no_other_month_is_right(month: str) -> None:
    p.recognise()

    with pytest.raises(MonthDiffers):
        p.approve(retirement_month=month)


def test_too_few_months_are_refused() -> None:
    p.recognise()

    with pytest.raises(MonthsMissing):
        p.approve(contribution_months=179)

    p.approve(contribution_months=180)


def test_who_chooses_earlier_said_so_three_months_before() -> None:
    p.recognise()
    early: dict[str, Any] = {"route": "EARLY", "retirement_month": "2026-05"}

    with pytest.raises(NoticeTooLate):
        p.approve(**early, notice_on="2026-03-01")

    assert p.approve(**early, notice_on="2026-02-28").notice_on == date(2026, 2, 28)


def test_nobody_retires_below_the_original_age() -> None:
    p.recognise()

    with pytest.raises(AgeTooLow):
        p.approve(route="EARLY", retirement_month="2026-02", notice_on="2025-10-01")


def test_later_is_three_years_at_most() -> None:
    p.recognise()
    late: dict[str, Any] = {"route": "LATE", "notice_on": "2026-06-01"}

    with pytest.raises(TooLate):
        p.approve(**late, retirement_month="2029-08")

    assert p.approve(**late, retirement_month="2029-07").route == "LATE"


def test_who_was_short_at_the_age_pays_on_and_retires_when_the_months_are_full() -> None:
    p.recognise()
    paid_on: dict[str, Any] = {
        "route": "CONTINUED",
        "retirement_month": "2030-09",
        "contribution_months": 180,
    }

    with pytest.raises(ContentInvalid, match="到法定退休年月的缴费月数"):
        p.approve(**paid_on)
    with pytest.raises(EnoughAtAge):
        p.approve(**paid_on, months_at_age=180)

    approval = p.approve(**paid_on, months_at_age=130)
    assert (approval.route, approval.months_at_age) == ("CONTINUED", 130)
    assert all(holds(step=step) for step in read(rows=approval.steps))


def test_a_month_short_is_paid_first() -> None:
    p.recognise()

    with pytest.raises(MonthsMissing):
        p.approve(
            route="CONTINUED",
            retirement_month="2030-08",
            contribution_months=179,
            months_at_age=130,
        )


def test_special_work_of_nine_years_underground_lets_retire_at_55() -> None:
    p.recognise(special=[MINER])

    assert p.approve(**SPECIAL).public_until == date(2026, 10, 30)


def test_special_work_is_decided_at_a_meeting() -> None:
    p.recognise(special=[MINER])

    with pytest.raises(MinutesMissing):
        p.approve(**{**SPECIAL, "minutes": ""})


def test_a_month_of_special_work_less_is_too_little() -> None:
    p.recognise(special=[{**MINER, "last_month": "1998-11"}])

    with pytest.raises(SpecialWorkTooShort):
        p.approve(**SPECIAL)


def test_the_public_is_told_first() -> None:
    p.recognise(special=[MINER])
    special = {**SPECIAL, "public_from": "2026-10-30"}

    with pytest.raises(NoticeRunning):
        p.approve(**{**special, "public_until": "2026-11-05"})

    p.approve(**{**special, "public_until": "2026-11-04"})


def test_illness_rests_on_a_finding() -> None:
    p.recognise()
    ill: dict[str, Any] = {"route": "ILLNESS", "retirement_month": "2026-03", **PUBLIC}

    with pytest.raises(ContentInvalid, match="劳动能力鉴定"):
        p.approve(**ill)

    assert p.approve(**ill, finding="演劳鉴〔2026〕1号").finding == "演劳鉴〔2026〕1号"


def test_who_draws_a_pension_does_not_retire_again() -> None:
    p.recognise()
    month_builders.entitlement(of=p.man(), scheme="110")

    with pytest.raises(AlreadyRetired):
        p.approve()


def test_who_died_before_does_not_retire() -> None:
    p.recognise()
    Death.objects.create(
        person_id=p.man().pk, death_date=date(2026, 7, 31), source="POLICE", evidence="演示"
    )

    with pytest.raises(PersonDead):
        p.approve()


def test_a_new_paper_takes_the_place_of_the_old_one() -> None:
    p.recognise()
    old = p.approve()

    new = p.approve(document_no="演退审〔2026〕2号")

    old.refresh_from_db()
    assert (old.superseded_at, RetirementApproval.objects.count()) == (new.recorded_at, 2)


def test_the_city_knows_the_act() -> None:
    assert acts.registered()[KIND] is decide
    assert acts.registered()[f"{KIND}.RECEIVED"] is check
