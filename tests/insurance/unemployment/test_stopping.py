"""What ends the benefit holds the next payment at once; a person decides (停止领取)."""

from datetime import date

import pytest

from backend.cases import acts
from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cases.decide import SamePerson, decide
from backend.cases.models import Case, CaseState
from backend.kernel.months import Month
from backend.kernel.parameters import NotVerified
from backend.people.models import Alias, Death
from backend.people.supersede import close
from insurance.benefits.effective_month import EffectiveMonthDiffers
from insurance.benefits.models import EffectiveMonth, Hold, Overpaid, Stop
from insurance.unemployment import stop_case
from insurance.unemployment.invariants import broken_promises
from insurance.unemployment.models import Claim, EndReason, Registration
from insurance.unemployment.registration import RegistrationInvalid, deregister
from insurance.unemployment.spells import drawn_months
from insurance.unemployment.stop_case import NothingToStop
from insurance.unemployment.sweep import Swept, sweep
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.life import life_builders as life
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.unemployment import claim_builders as z

pytestmark = pytest.mark.django_db
NOV, DEC, JAN = m.NOVEMBER, m.DECEMBER, m.JANUARY


@pytest.fixture
def claim() -> Claim:
    """Zhao draws benefit from November on; three people decided it."""
    z.out_of_work()
    m.office()
    m.account(of=builders.zhao().pk)
    case = z.through_hands(kind="UNEMPLOYMENT_CLAIM", content=z.claim_content())
    return Claim.objects.get(case_id=case.pk)


def hired(*, since: str = "2026-12", serial: int = 2) -> None:
    """Another company insures him; with ``serial`` 1 the one that laid him off."""
    of.enrolment(
        person_id=builders.zhao().pk,
        scheme="110",
        payer_id=of.employer(serial=serial).pk,
        valid=of.months(since),
    )


def told(of_claim: Claim, **changes: object) -> dict[str, object]:
    content: dict[str, object] = {
        "entitlement": of_claim.entitlement_id,
        "event": "REFUSED_WORK",
        "event_date": "2026-11-04",
        "facts": "三次介绍仓管岗位，均无正当理由拒绝（演示）",
    }
    return {**content, **changes}


def received(content: dict[str, object]) -> Case:
    case = z.waiting(kind="UNEMPLOYMENT_STOP", content=content)
    stop_case.begin(case)
    return case


def open_registrations() -> int:
    return Registration.objects.filter(end_reason="", superseded_at=None).count()


def test_a_new_job_holds_the_payment_and_opens_a_case(claim: Claim) -> None:
    hired()

    assert sweep(period=DEC) == Swept(held=1, ended=0)

    case = Case.objects.get(kind="UNEMPLOYMENT_STOP")
    hold = Hold.objects.get(entitlement=claim.entitlement)
    assert (case.received_by, case.state) == (None, CaseState.RECEIVED)
    assert (case.content["event"], hold.valid) == ("REEMPLOYED", m.months(DEC, None))
    assert (hold.case_id, hold.note) == (case.pk, "重新就业的（社会保险法第五十一条第一项）")
    assert Registration.objects.get(superseded_at=None).end_reason == "REEMPLOYED"
    m.sealed(NOV)
    m.sealed(DEC)
    assert (m.held_reasons(claim.entitlement), m.held_reasons(claim.entitlement, DEC)) == (
        [],
        ["SUSPENDED"],
    )


def test_whom_the_same_company_takes_back_has_work_again(claim: Claim) -> None:
    hired(since="2027-01", serial=1)

    assert sweep(period=JAN) == Swept(held=1, ended=0)
    assert (open_registrations(), Hold.objects.get().entitlement) == (0, claim.entitlement)


def test_the_sweep_finds_nothing_twice(claim: Claim) -> None:
    hired()
    sweep(period=DEC)

    assert sweep(period=DEC) == Swept(0, 0)
    assert Case.objects.filter(kind="UNEMPLOYMENT_STOP").count() == 1


def test_a_job_of_a_later_month_is_not_found_yet(claim: Claim) -> None:
    hired(since="2027-01")

    assert sweep(period=DEC) == Swept(0, 0)
    assert sweep(period=JAN) == Swept(1, 0)


def test_who_is_insured_under_a_merged_entry_is_found(claim: Claim) -> None:
    other = builders.person(name="赵志强")
    of.enrolment(person_id=other.pk, scheme="110", valid=of.months("2026-12"))
    Alias.objects.create(party_id=other.pk, survivor_id=builders.zhao().pk, case_id=1)

    assert sweep(period=DEC) == Swept(1, 0)


def test_who_draws_nothing_is_only_taken_off_the_register() -> None:
    z.out_of_work()
    hired()

    assert sweep(period=DEC) == Swept(held=0, ended=1)
    assert (open_registrations(), Case.objects.count()) == (0, 0)


def test_a_pension_holds_it_too(claim: Claim) -> None:
    m.entitlement(of=builders.zhao(), scheme="110", start=DEC, paid_through=None)

    assert sweep(period=DEC).held == 1
    assert Case.objects.get(kind="UNEMPLOYMENT_STOP").content["event"] == "PENSION"


def test_prison_holds_it_too_unless_a_court_acquits() -> None:
    z.worked()
    z.registered(on=z.LOST_ON)
    z.claimed()
    life.happened("SENTENCED", "2026-11-03", of=builders.zhao())
    life.happened("ACQUITTED", "2026-11-04", of=builders.zhao())
    assert sweep(period=DEC) == Swept(0, 0)

    life.happened("SENTENCED", "2026-11-05", of=builders.zhao())
    assert sweep(period=DEC) == Swept(1, 0)
    assert Case.objects.get(kind="UNEMPLOYMENT_STOP").content["event"] == "IN_PRISON"


def zhao_died(*, confirmed: bool = True) -> Death:
    return Death.objects.create(
        person_id=builders.zhao().pk, death_date=date(2026, 11, 20), source="POLICE",
        confirmed=confirmed, evidence="演示", case_id=m.SOME_CASE,
    )  # fmt: skip


def test_a_death_ends_the_registration_and_no_case_is_needed(claim: Claim) -> None:
    """Two people confirmed it, and it ends the benefit by itself."""
    zhao_died()

    assert sweep(period=DEC) == Swept(held=0, ended=1)
    assert sweep(period=DEC) == Swept(held=0, ended=0)

    row = Registration.objects.get(superseded_at=None)
    assert (row.end_reason, row.valid.upper) == ("DIED", date(2026, 11, 20))
    assert not Hold.objects.exists()
    assert [one.promise for one in broken_promises() if "签名" not in one.promise] == []
    m.sealed(NOV)
    m.sealed(DEC)
    assert m.dues(claim.entitlement, DEC) == []


@pytest.mark.usefixtures("claim")
def test_a_death_in_doubt_ends_no_registration() -> None:
    zhao_died(confirmed=False)

    assert sweep(period=DEC) == Swept(held=0, ended=0)


@pytest.mark.usefixtures("claim")
def test_who_is_alive_after_all_is_registered_as_before() -> None:
    death = zhao_died()
    sweep(period=DEC)
    close(death)
    assert "失业:登记注销以后的月份已停发,或已暂停待核" in {
        one.promise for one in broken_promises()
    }

    assert sweep(period=DEC) == Swept(held=0, ended=0, reopened=1)

    row = Registration.objects.get(superseded_at=None)
    assert (row.end_reason, row.valid.upper) == ("", None)
    assert [one.promise for one in broken_promises() if "签名" not in one.promise] == []


def test_nobody_is_taken_off_as_dead_at_the_desk() -> None:
    row = z.out_of_work()

    with pytest.raises(RegistrationInvalid, match="死亡"):
        deregister(
            registration_id=row.pk,
            reason=EndReason.DIED,
            ended_on=z.TODAY,
            today=z.TODAY,
            by=None,
        )


def test_decided_the_benefit_stops_and_the_months_that_are_left_are_kept(claim: Claim) -> None:
    hired()
    m.sealed(NOV)
    sweep(period=DEC)
    m.sealed(DEC)

    z.decided(Case.objects.get(kind="UNEMPLOYMENT_STOP"), roles=("REVIEWER",))
    m.sealed(JAN)

    stop = Stop.objects.get(entitlement=claim.entitlement)
    assert (stop.reason, stop.valid.lower, stop.valid.upper) == ("REEMPLOYED", DEC.first_day, None)
    assert m.held_reasons(claim.entitlement, JAN) == []
    assert m.dues(claim.entitlement, JAN) == []
    assert len(drawn_months(claim=claim)) == 1
    assert broken_promises() == []


def test_refused_what_was_held_is_paid_and_the_registration_goes_on(claim: Claim) -> None:
    hired()
    m.sealed(NOV)
    sweep(period=DEC)
    m.sealed(DEC)

    z.decided(Case.objects.get(kind="UNEMPLOYMENT_STOP"), roles=("REVIEWER",), approve=False)
    m.sealed(JAN)

    assert open_registrations() == 1
    assert m.line(claim.entitlement, for_month=DEC).fen == 1_737_00
    assert m.line(claim.entitlement, for_month=JAN).fen == 1_737_00
    assert sweep(period=JAN) == Swept(0, 0)


def test_after_a_refusal_another_job_is_found(claim: Claim) -> None:
    hired()
    sweep(period=DEC)
    z.decided(Case.objects.get(kind="UNEMPLOYMENT_STOP"), roles=("REVIEWER",), approve=False)
    of.enrolment(
        person_id=builders.zhao().pk,
        scheme="210",
        payer_id=of.employer(serial=3).pk,
        valid=of.months("2027-01"),
    )

    assert sweep(period=JAN) == Swept(1, 0)


def test_what_was_paid_before_it_was_known_is_found_by_the_next_run(claim: Claim) -> None:
    m.sealed(NOV)
    m.sealed(DEC)
    m.answered(m.line(claim.entitlement, for_month=DEC), 8)
    hired()
    sweep(period=JAN)
    z.decided(Case.objects.get(kind="UNEMPLOYMENT_STOP"), roles=("REVIEWER",))

    m.sealed(JAN)

    (over,) = Overpaid.objects.filter(entitlement=claim.entitlement)
    assert (over.for_month, over.fen) == (DEC.first_day, 1_737_00)


def test_who_refuses_work_loses_the_benefit_and_stays_registered(claim: Claim) -> None:
    case = received(told(claim))

    case.decided_at = z.NOW
    stop_case.decide(case)

    assert Stop.objects.get().reason == "REFUSED_WORK"
    assert open_registrations() == 1


def test_the_army_ends_the_registration(claim: Claim) -> None:
    received(told(claim, event="ARMY"))

    assert open_registrations() == 0


def test_an_event_is_told_once_and_no_later_than_today(claim: Claim) -> None:
    received(told(claim))

    with pytest.raises(ProposalWaits):
        received(told(claim))
    for changes in (
        {"event_date": "2026-12-01"},
        {"event_date": "2026-10-31"},
        {"facts": ""},
        {"event": "RICH"},
    ):
        with pytest.raises(ContentInvalid):
            received(told(claim, **changes))


@pytest.mark.parametrize(
    ("event", "follows"),
    [("REFUSED_WORK", "2026-11"), ("REEMPLOYED", "2026-11"), ("ARMY", "2026-12")],
)
def test_the_rule_says_from_which_month_on(claim: Claim, event: str, follows: str) -> None:
    case = received(told(claim, event=event, from_month=follows))

    assert Hold.objects.get().valid == m.months(Month.parse(follows), None)
    assert EffectiveMonth.objects.get(case_id=case.pk).month == Month.parse(follows).first_day


@pytest.mark.parametrize(("event", "wrong"), [("REFUSED_WORK", "2026-12"), ("ARMY", "2026-11")])
def test_another_month_than_that_is_refused(claim: Claim, event: str, wrong: str) -> None:
    with pytest.raises(EffectiveMonthDiffers, match="按规定从 2026-1"):
        received(told(claim, event=event, from_month=wrong))


def test_what_nobody_verified_holds_and_does_not_stop(
    claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("insurance.benefits.effective_month_of.is_demo", lambda: False)
    case = received(told(claim))

    with pytest.raises(NotVerified, match="停发情形影响失业保险金的起始月"):
        stop_case.decide(case)

    assert (Hold.objects.count(), Stop.objects.count()) == (1, 0)


def test_a_benefit_of_somebody_else_is_not_stopped(claim: Claim) -> None:
    other = m.entitlement()

    with pytest.raises(ContentInvalid):
        received(told(claim, entitlement=other.pk))


def test_what_is_over_is_not_stopped_again(claim: Claim) -> None:
    case = received(told(claim))
    case.decided_at = z.NOW
    stop_case.decide(case)

    with pytest.raises(NothingToStop):
        stop_case.decide(case)


def test_who_told_it_does_not_decide_it(claim: Claim) -> None:
    both = builders.member(role="REVIEWER")
    case = builders.case(
        kind="UNEMPLOYMENT_STOP",
        party=builders.zhao(),
        content=told(claim),
        received_by=both.staff.person_id,
    )

    with pytest.raises(SamePerson):
        decide(
            case_id=case.pk,
            approve=True,
            reason="",
            key=both.key,
            role="REVIEWER",
            now=z.NOW,
            acts=acts.registered(),
        )
