"""Totals, rows and reasons of an adjustment over the API, persons masked (调整接口)."""

import pytest
from django.test import Client

from backend.people.models import Alias
from insurance.pension.adjusting.explain import explained
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.pension.adjusting import adjusting_builders as a
from tests.insurance.pension.adjusting.adjusting_builders import RAISE, YEARLY, retired

pytestmark = pytest.mark.django_db
URL = "/api/v1/pension/adjustments/"


@pytest.fixture(autouse=True)
def _figures(monkeypatch: pytest.MonkeyPatch) -> None:
    a.plan(monkeypatch)
    a.standards(monkeypatch)


@pytest.fixture
def clerk() -> Client:
    client = Client()
    client.force_login(builders.member(role="CLERK").staff)
    return client


def test_a_run_is_shown_with_its_totals(clerk: Client) -> None:
    retired()
    retired(of=builders.chen(), paid_months=None)
    a.adjusted(YEARLY)

    (run,) = clerk.get(f"{URL}?kind=YEARLY&since=2027-01-01").json()["results"]

    assert (run["since"], run["ordinal"], run["state_label"]) == ("2027-01", 1, "已封存")
    assert run["totals"] == {
        "adjusted": 1,
        "fixed": "39.00",
        "linked": "79.00",
        "supplement": "0.00",
        "more": "118.00",
        "left_out": {"MONTHS_UNKNOWN": 1},
    }


def test_who_was_left_out_is_listed_with_the_reason(clerk: Client) -> None:
    retired()
    chen = retired(of=builders.chen(), paid_months=None)
    run = a.adjusted(YEARLY)

    found = clerk.get(f"{URL}rows/?run={run.pk}&left_out=MONTHS_UNKNOWN").json()["results"]

    assert [(row["entitlement"], row["person_name"]) for row in found] == [(chen.pk, "陈*芳")]
    assert found[0]["left_out_label"] == "缴费月数不明，须先查清"


def test_a_persons_adjustment_is_explained_step_by_step(clerk: Client) -> None:
    wang = retired()
    a.adjusted(YEARLY)

    (one,) = clerk.get(f"{URL}of/{wang.person_id}/2027/").json()

    assert (one["fixed"], one["linked"], one["person_name"]) == ("39.00", "79.00", "王*英")
    assert one["steps"][-1]["result"] == "2718.00"
    assert one["steps"][-1]["sentence"] == "从2027年1月起，您的养老金每月 2718.00 元。"


def test_every_step_can_be_reckoned_again_and_gives_what_the_row_says() -> None:
    old = retired(of=a.born(1956), components={**a.EMPLOYEES, "AGE_SUPPLEMENT": 77_00})
    wang = m.entitlement()
    a.adjusted(YEARLY)
    a.adjusted(RAISE, case_id=2)

    for pension, added in ((old, ("固定增加额", "挂钩增加额")), (wang, ("基础养老金增加额",))):
        (one,) = explained(person_id=pension.person_id, year=2027)
        results = {step.name: step.result for step in one.steps}
        assert first_wrong(steps=one.steps) is None
        said = one.row.fixed_fen + one.row.linked_fen
        assert sum(int(results[name].replace(".", "")) for name in added) == said


def test_it_is_explained_by_the_figures_of_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    wang = retired()
    run = a.adjusted(YEARLY)
    a.plan(monkeypatch, fixed=100)

    (one,) = explained(person_id=wang.person_id, year=2027)

    assert one.steps[0].result == "39.00"
    assert {step.version for step in one.steps} == {run.policy_version}
    assert a.NOTICE in one.steps[0].article


def test_the_last_word_counts_and_a_reason_stands_without_steps(clerk: Client) -> None:
    wang = retired()
    a.adjusted(YEARLY)
    m.stop(of=wang, since=m.DECEMBER)
    a.followed()

    (one,) = clerk.get(f"{URL}of/{wang.person_id}/2027/").json()

    assert (one["left_out"], one["steps"]) == ("STOPPED", [])
    assert clerk.get(f"{URL}of/{wang.person_id}/2026/").json() == []


def test_an_entry_that_was_merged_is_the_same_person() -> None:
    wang = retired()
    other = builders.person(name="王秀莲")
    Alias.objects.create(party_id=other.pk, survivor_id=wang.person_id, case_id=m.SOME_CASE)
    a.adjusted(YEARLY)

    (one,) = explained(person_id=other.pk, year=2027)

    assert one.row.entitlement_id == wang.pk


@pytest.mark.parametrize("year", [0, 12037])
def test_in_a_year_that_no_month_can_have_nothing_was_adjusted(year: int) -> None:
    assert explained(person_id=builders.wang().pk, year=year) == []
