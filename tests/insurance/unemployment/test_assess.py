"""Each condition by the sentence of its article; what ends the benefit names its own."""

from dataclasses import replace
from datetime import date

import pytest

from backend.kernel.parameters import NotConfigured
from insurance.policy import parameters
from insurance.unemployment.assess import (
    Circumstances,
    ConditionsUnmet,
    ConditionTerms,
    JobEnd,
    StopEvent,
    condition_terms,
    require_conditions,
    require_paid,
    unmet_conditions,
)
from tests.insurance.unemployment.unemployment_facts import ANQING, month

ZHAO = Circumstances(
    paid_months=12,
    unused_months=0,
    job_end=JobEnd.CONTRACT_EXPIRED,
    registered_date=date(2026, 11, 5),
    seeks_work=True,
)


def terms() -> ConditionTerms:
    return condition_terms(tree=parameters.load(), region=ANQING, month=month("2026-11"))


def articles(shown: Circumstances) -> list[str]:
    return [one.article for one in unmet_conditions(shown=shown, terms=terms())]


def test_the_law_is_in_force_since_july_2011() -> None:
    condition_terms(tree=parameters.load(), region=ANQING, month=month("2011-07"))

    with pytest.raises(NotConfigured):
        condition_terms(tree=parameters.load(), region=ANQING, month=month("2011-06"))


def test_who_meets_all_conditions_passes() -> None:
    require_conditions(shown=ZHAO, terms=terms())


def test_eleven_months_are_no_year() -> None:
    assert articles(replace(ZHAO, paid_months=11)) == ["社会保险法第四十五条第一项"]


def test_months_that_were_left_need_no_other_year() -> None:
    assert articles(replace(ZHAO, paid_months=11, unused_months=1)) == []


@pytest.mark.parametrize("job_end", [JobEnd.RESIGNED, JobEnd.AGREED_BY_PERSON])
def test_who_left_by_choice_is_refused(job_end: JobEnd) -> None:
    assert articles(replace(ZHAO, job_end=job_end)) == ["社会保险法第四十五条第二项"]


@pytest.mark.parametrize(
    "job_end", sorted(set(JobEnd) - {JobEnd.RESIGNED, JobEnd.AGREED_BY_PERSON}, key=str)
)
def test_every_other_end_is_not_by_choice(job_end: JobEnd) -> None:
    assert articles(replace(ZHAO, job_end=job_end)) == []


@pytest.mark.parametrize(
    "shown", [replace(ZHAO, registered_date=None), replace(ZHAO, seeks_work=False)]
)
def test_registered_and_seeking_work(shown: Circumstances) -> None:
    assert articles(shown) == ["社会保险法第四十五条第三项"]


def test_a_refusal_says_all_that_is_missing() -> None:
    shown = replace(ZHAO, paid_months=3, job_end=JobEnd.RESIGNED, registered_date=None)

    with pytest.raises(ConditionsUnmet) as refused:
        require_conditions(shown=shown, terms=terms())

    assert refused.value.detail == (
        "失业前用人单位和本人缴纳失业保险费3个月，不满12个月（社会保险法第四十五条第一项）。"
        "劳动者辞职，不属于非因本人意愿中断就业的情形（社会保险法第四十五条第二项）。"
        "尚未办理失业登记（社会保险法第四十五条第三项）。"
    )


def test_the_time_paid_may_be_asked_alone() -> None:
    require_paid(paid_months=12, unused_months=0, minimum=terms().minimum)

    with pytest.raises(ConditionsUnmet):
        require_paid(paid_months=11, unused_months=0, minimum=terms().minimum)


def test_every_stop_names_its_article() -> None:
    of_the_law = [event for event in StopEvent if event.article.startswith("社会保险法第五十一条")]

    assert len(of_the_law) == 5
    assert StopEvent.REEMPLOYED.label == "重新就业的"
    assert StopEvent.IN_PRISON.article == "失业保险条例第十五条"
