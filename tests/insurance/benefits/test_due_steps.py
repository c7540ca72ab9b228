"""A due says how it came about: of the month, kept of it, or paid later, as its run knew it."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.benefits.due_steps import steps_of
from insurance.benefits.models import Due, DueKind, Entitlement, Stop
from insurance.issuing.models import IssuedPaper
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.benefits import back_pay_builders as late
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER
from tests.insurance.benefits.recovery import recovery_builders as recovery
from tests.insurance.issuing import issuing_builders as issuing

pytestmark = pytest.mark.django_db
SEPTEMBER = Month(2026, 9)
RETURNED = 9


@pytest.fixture
def clerk(settings: LazySettings, tmp_path: Path) -> Client:
    settings.VAR_DIR = tmp_path
    issuing.configured()
    client = Client()
    client.force_login(issuing.printer().staff)
    return client


def due(of: Entitlement, month: Month, kind: DueKind, period: Month) -> Due:
    return Due.objects.get(
        entitlement=of, for_month=month.first_day, kind=kind, run_period=period.first_day
    )


def told(one: Due) -> dict[str, str]:
    """What each step gives; they hold, and the last gives the amount."""
    steps = steps_of(due=one)
    assert first_wrong(steps=steps) is None
    assert steps[-1].result == str(Money(one.fen))
    return {step.name: step.result for step in steps}


def test_a_month_is_its_components() -> None:
    wang = m.entitlement()
    m.sealed()

    (step,) = steps_of(due=due(wang, NOVEMBER, DueKind.REGULAR, NOVEMBER))

    assert step.formula == "基础养老金 + 个人账户养老金"
    assert (step.name, step.result, step.article) == ("2026年11月应发", "251.50", "接管基线")


def test_what_is_kept_of_a_month_and_what_is_paid_of_it() -> None:
    wang = recovery.overpaid()
    recovery.served()
    recovery.done("RECOVERY_SET_OFF", entitlement=wang.pk, monthly="20.00", from_month="2027-01")
    m.sealed(JANUARY)

    paid = told(due(wang, JANUARY, DueKind.REGULAR, JANUARY))
    kept = told(due(wang, JANUARY, DueKind.SET_OFF, JANUARY))

    assert list(paid.values()) == ["131.50", "20.00", "111.50"]
    assert list(kept.values()) == ["131.50", "20.00"]


def test_a_raise_is_what_is_owed_less_what_the_old_system_and_the_run_paid() -> None:
    wang = m.entitlement()
    m.sealed()
    m.raise_basic(of=wang, to_fen=24_000, since=SEPTEMBER)
    m.sealed(DECEMBER)

    old = steps_of(due=due(wang, SEPTEMBER, DueKind.DIFFERENCE, DECEMBER))
    ours = steps_of(due=due(wang, NOVEMBER, DueKind.DIFFERENCE, DECEMBER))

    assert old[1].inputs == (("原系统发放的", "251.50"),)
    assert ours[1].inputs == (("当月发放的", "251.50"),)
    assert f"业务件{m.SOME_CASE}" in ours[2].article
    assert told(due(wang, NOVEMBER, DueKind.DIFFERENCE, DECEMBER))["2026年11月补发"] == "20.00"


def test_what_was_paid_later_counts_as_paid_when_more_is_owed() -> None:
    wang = m.entitlement()
    m.sealed()
    m.raise_basic(of=wang, to_fen=24_000, since=NOVEMBER)
    m.sealed(DECEMBER)
    m.raise_basic(of=wang, to_fen=25_000, since=NOVEMBER)
    m.sealed(JANUARY)

    so_far = steps_of(due=due(wang, NOVEMBER, DueKind.DIFFERENCE, JANUARY))[1]

    assert so_far.inputs == (("当月发放的", "251.50"), ("2026年12月补发的", "20.00"))


def test_later_facts_do_not_change_how_a_due_came_about() -> None:
    wang = m.entitlement()
    m.sealed()
    m.raise_basic(of=wang, to_fen=24_000, since=NOVEMBER)
    m.sealed(DECEMBER)
    one = due(wang, NOVEMBER, DueKind.DIFFERENCE, DECEMBER)
    before = steps_of(due=one)

    m.raise_basic(of=wang, to_fen=30_000, since=NOVEMBER)
    m.sealed(JANUARY)

    assert steps_of(due=one) == before


def test_what_was_cancelled_is_not_counted_as_paid() -> None:
    """The bank sent November back, a death was told and was false: it is owed anew, in full."""
    wang = m.entitlement()
    m.sealed()
    m.answered(m.line(wang), RETURNED)
    death = m.death(of=wang, on=date(2026, 10, 20))
    m.sealed(DECEMBER)
    m.supersede(death)
    m.sealed(JANUARY)

    steps = steps_of(due=due(wang, NOVEMBER, DueKind.DIFFERENCE, JANUARY))

    assert [step.name for step in steps] == ["2026年11月应发", "2026年11月补发", "补发合计"]
    assert "死亡信息" in steps[1].article


def test_a_stop_that_was_withdrawn_is_named() -> None:
    wang = m.entitlement()
    m.stop(of=wang, since=NOVEMBER)
    m.sealed()
    m.supersede(Stop.objects.get())
    m.sealed(DECEMBER)

    steps = steps_of(due=due(wang, NOVEMBER, DueKind.DIFFERENCE, DECEMBER))

    assert f"原登记的停发（业务件{m.SOME_CASE}）已经撤销" in steps[1].article


def test_who_is_paid_late_is_told_the_months_the_decision_and_how_to_object(clerk: Client) -> None:
    wang = late.awarded_late(builders.wang())
    m.sealed()
    one = due(wang, SEPTEMBER, DueKind.DIFFERENCE, NOVEMBER)

    said = issuing.text(clerk.get(f"/api/v1/dues/{one.pk}/notice.pdf").content)

    for part in ("补发待遇告知书", "2026年9月至2026年10月每月应发", "补发合计（元）503.00"):
        assert part in said
    for part in ("×月数", f"业务件{wang.case_id}", "不服本决定怎么办", "行政复议"):
        assert part in said
    assert IssuedPaper.objects.get().party_id == wang.person_id


def test_all_that_a_run_paid_later_is_told_on_one_paper(clerk: Client) -> None:
    wang = late.awarded_late(builders.wang())
    m.sealed()

    for month in (SEPTEMBER, SEPTEMBER.next):
        one = due(wang, month, DueKind.DIFFERENCE, NOVEMBER)
        assert clerk.get(f"/api/v1/dues/{one.pk}/notice.pdf").status_code == 200

    assert IssuedPaper.objects.count() == 1


def test_a_due_shows_its_steps(clerk: Client) -> None:
    wang = late.awarded_late(builders.wang())
    m.sealed()
    one = due(wang, SEPTEMBER, DueKind.DIFFERENCE, NOVEMBER)

    shown = clerk.get(f"/api/v1/dues/{one.pk}/").json()

    assert (shown["kind_label"], shown["amount"]) == ("补差", "251.50")
    assert shown["steps"][-1]["result"] == "251.50"


@pytest.mark.parametrize("kind", [DueKind.REGULAR, DueKind.DIFFERENCE])
def test_what_is_of_the_month_or_rests_on_no_decision_has_no_notice(
    clerk: Client, kind: DueKind
) -> None:
    wang = m.entitlement(paid_through=SEPTEMBER)
    m.sealed()
    month = NOVEMBER if kind == DueKind.REGULAR else SEPTEMBER.next

    refused = clerk.get(f"/api/v1/dues/{due(wang, month, kind, NOVEMBER).pk}/notice.pdf")

    assert refused.json()["code"] == "back_pay_none"


def test_what_is_not_sealed_is_not_told(clerk: Client) -> None:
    wang = late.awarded_late(builders.wang())
    m.computed()
    one = due(wang, SEPTEMBER, DueKind.DIFFERENCE, NOVEMBER)

    refused = clerk.get(f"/api/v1/dues/{one.pk}/notice.pdf")

    assert refused.json()["code"] == "back_pay_none"
