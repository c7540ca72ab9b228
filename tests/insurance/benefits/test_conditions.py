"""The deaths come first (封存条件): a month is computed on its death match, or somebody signs."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import IntegrityError

from backend.cases.decide import SamePerson, decide
from backend.cases.models import Case
from backend.kernel.months import Month
from insurance.benefits import monthly_run
from insurance.benefits.condition_invariants import KEPT, SEALED, SIGNED, broken_promises
from insurance.benefits.conditions import ConditionMissing, MatchUnconfirmed, unconfirmed
from insurance.benefits.death_match_case import (
    MatchCaseInvalid,
    MatchInHand,
    check,
    condition_of,
    confirm,
    content_of,
    vouch,
)
from insurance.benefits.death_match_file import kept_folder
from insurance.benefits.models import Run, RunState
from payments.models import Batch, SealCondition
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER
from tests.insurance.benefits.month_late import clock

pytestmark = pytest.mark.django_db
STRANGER = "CITIZEN,340802194901019999,演示,2026-10-20,POLICE"


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def open_november() -> Run:
    """Without the match that ``m.opened`` would see to."""
    pay_date = m.pay_date(NOVEMBER)
    return monthly_run.open_run(period=NOVEMBER, pay_date=pay_date, now=m.now(NOVEMBER))


def seal() -> Run:
    return monthly_run.seal_run(period=NOVEMBER, now=m.now(NOVEMBER)).run


def computed_before_the_match() -> None:
    """The month does not know what its match told: it was recorded after the run had opened."""
    m.entitlement()
    match = m.death_match(recorded_at=clock() + timedelta(hours=1))
    assert m.computed().known_at < match.recorded_at


def test_without_a_death_match_the_month_is_not_opened() -> None:
    m.entitlement()

    with pytest.raises(ConditionMissing, match="缺少有效的死亡比对结果") as refused:
        open_november()

    assert refused.value.code == "seal_condition_missing"
    assert not Run.objects.exists()
    assert not Batch.objects.exists()


@pytest.mark.parametrize("period", [Month(2026, 10), Month(2026, 12)])
def test_the_death_match_of_another_month_is_no_evidence(period: Month) -> None:
    m.entitlement()
    m.death_match(period, as_of=m.now(NOVEMBER).date())

    with pytest.raises(ConditionMissing):
        open_november()


def test_a_stale_death_match_is_refused_and_the_last_fresh_day_is_not() -> None:
    m.entitlement()
    oldest = m.pay_date(NOVEMBER) - timedelta(days=31)
    m.death_match(as_of=oldest - timedelta(days=1))

    with pytest.raises(ConditionMissing):
        open_november()
    m.death_match(as_of=oldest, lines=[STRANGER])

    assert open_november().state == RunState.OPEN


def test_a_signed_override_lets_the_month_go_without_a_match() -> None:
    m.entitlement()
    m.overridden()

    m.computed()

    assert seal().state == RunState.SEALED


def test_an_override_that_nobody_signed_does_not_count() -> None:
    m.entitlement()
    content = {"period": "2026-11", "condition": "DEATH_MATCH", "reason": "演示"}
    m.override_row(case_id=builders.case(kind="OVERRIDE", content=content).pk)

    with pytest.raises(ConditionMissing):
        open_november()


@pytest.mark.parametrize(
    ("period", "condition"), [(Month(2026, 10), "DEATH_MATCH"), (NOVEMBER, "ANOTHER")]
)
def test_a_signature_for_something_else_is_not_borrowed(period: Month, condition: str) -> None:
    m.entitlement()
    m.override_row(case_id=m.overridden(period=period, condition=condition).pk)

    with pytest.raises(ConditionMissing):
        open_november()


def test_a_match_that_came_after_the_month_was_opened_does_not_seal_it() -> None:
    computed_before_the_match()

    with pytest.raises(ConditionMissing, match="开始计算之后才确认"):
        seal()


def test_another_match_that_came_later_takes_nothing_from_the_first() -> None:
    m.entitlement()
    m.computed()
    m.death_match(recorded_at=clock() + timedelta(hours=1), lines=[STRANGER])

    assert seal().state == RunState.SEALED


def test_an_override_signed_after_the_month_was_opened_lets_it_go() -> None:
    computed_before_the_match()
    m.overridden()

    assert seal().state == RunState.SEALED


def test_a_match_that_one_person_vouches_for_opens_nothing() -> None:
    m.entitlement()
    match = m.unconfirmed_match()
    vouch(match=match, agency=builders.agency(), received_by=builders.chen().pk)

    with pytest.raises(MatchUnconfirmed, match="尚未经两人确认") as refused:
        open_november()
    assert (refused.value.code, refused.value.facts["match"]) == (
        "death_match_unconfirmed",
        match.pk,
    )

    assert not Run.objects.exists()


def test_a_confirmed_match_opens_the_month_and_keeps_its_promises() -> None:
    m.entitlement()
    m.confirmed(m.unconfirmed_match(lines=[STRANGER]))

    m.sealed()

    assert list(broken_promises()) == []


def test_who_handed_the_match_in_does_not_confirm_it() -> None:
    clerk = builders.member(role="REVIEWER")
    case = vouch(
        match=m.unconfirmed_match(),
        agency=builders.agency(),
        received_by=clerk.staff.person_id,
    )
    assert case is not None

    with pytest.raises(SamePerson):
        decide(
            case_id=case.pk,
            approve=True,
            reason="",
            key=clerk.key,
            role="REVIEWER",
            now=builders.NOW,
            acts={"DEATH_MATCH": confirm},
        )


def test_evidence_that_sql_put_in_opens_nothing_and_is_found() -> None:
    m.entitlement()
    match = m.unconfirmed_match()
    case = vouch(match=match, agency=builders.agency(), received_by=builders.chen().pk)
    assert case is not None
    condition_of(case).save(force_insert=True)

    with pytest.raises(ConditionMissing):
        open_november()

    assert [one.promise for one in broken_promises()] == [SIGNED]


def test_evidence_that_sql_put_in_hides_nothing_and_stands_in_nobodys_way() -> None:
    m.entitlement()
    match = m.unconfirmed_match(lines=[STRANGER])
    forged = SealCondition.objects.create(
        period=match.period,
        kind="DEATH_MATCH",
        evidence="演示",
        evidence_sha256=match.sha256,
        as_of=match.as_of,
        case_id=10**9,
    )

    assert list(unconfirmed(period=NOVEMBER)) == [match]
    with pytest.raises(MatchUnconfirmed):
        open_november()
    m.confirmed(match)

    assert not unconfirmed(period=NOVEMBER).exists()
    m.sealed()
    assert {(one.promise, one.subject) for one in broken_promises()} == {
        (SIGNED, f"{forged.kind} {NOVEMBER}")
    }


def test_evidence_names_a_case() -> None:
    match = m.unconfirmed_match()

    with pytest.raises(IntegrityError, match="payments_condition_rests_on_a_case"):
        SealCondition.objects.create(
            period=match.period, kind="DEATH_MATCH", evidence_sha256=match.sha256, as_of=match.as_of
        )


@pytest.mark.parametrize("altered", ["rows", "sha256", "as_of", "period"])
def test_a_case_says_of_the_match_what_is_on_record(altered: str) -> None:
    match = m.unconfirmed_match()
    content = content_of(match=match) | {altered: "0"}

    with pytest.raises(MatchCaseInvalid):
        check(builders.case(kind="DEATH_MATCH", content=content))


def test_a_match_is_vouched_for_once_until_it_is_rejected() -> None:
    match = m.unconfirmed_match()
    first = builders.case(kind="DEATH_MATCH", content=content_of(match=match))
    again = builders.case(kind="DEATH_MATCH", content=content_of(match=match))

    with pytest.raises(MatchInHand):
        check(again)
    Case.objects.filter(pk=first.pk).update(state="REJECTED", decided_by=1)

    assert check(again) == 0


def test_a_kept_file_that_was_shortened_is_not_confirmed_and_is_found_later() -> None:
    m.entitlement()
    m.confirmed(m.unconfirmed_match(lines=[STRANGER]))
    (kept,) = kept_folder().iterdir()
    kept.write_text(kept.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")

    assert [one.promise for one in broken_promises()] == [KEPT]
    with pytest.raises(MatchCaseInvalid, match="已不可用"):
        check(Case.objects.get(kind="DEATH_MATCH"))


def test_a_month_that_was_sealed_on_nothing_is_found() -> None:
    m.entitlement()
    m.sealed()
    Run.objects.create(
        period=DECEMBER.first_day, pay_date=m.pay_date(DECEMBER), known_at=builders.NOW,
        policy_version="", parameters={}, state=RunState.SEALED, chunk_size=1,
    )  # fmt: skip

    assert [one.promise for one in broken_promises()] == [SEALED]
