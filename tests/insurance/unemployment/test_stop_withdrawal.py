"""A benefit that was stopped wrongly goes on, and the registration with it (撤销失业保险金停发)."""

from datetime import date

import pytest

from backend.cases.models import Case
from insurance.benefits.models import Hold, Stop
from insurance.benefits.stop_invariants import broken_promises as broken_stops
from insurance.unemployment.invariants import broken_promises
from insurance.unemployment.models import Claim, EndReason, Registration
from insurance.unemployment.spells import drawn_months
from insurance.unemployment.stop_withdrawal import SpellFollowed
from insurance.unemployment.sweep import Swept, sweep
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.unemployment import claim_builders as z
from tests.insurance.unemployment import contribution_builders as c
from tests.insurance.unemployment.test_stopping import (
    DEC,
    JAN,
    NOV,
    hired,
    open_registrations,
    told,
)
from tests.insurance.unemployment.test_stopping import claim as claim  # a fixture

pytestmark = pytest.mark.django_db


def stopped(of_claim: Claim, **changes: object) -> Case:
    content = told(of_claim, **changes)
    return z.through_hands(kind="UNEMPLOYMENT_STOP", content=content, roles=("REVIEWER",))


def withdrawn(stop: Case) -> Case:
    content = {
        "stop_case": stop.pk,
        "evidence": "单位更正说明 演示1号",
        "error": "单位报错了人（演示）",
        "error_evidence": "单位更正说明 演示1号",
    }
    return z.through_hands(kind="UNEMPLOYMENT_STOP_WITHDRAWAL", content=content)


def holding() -> bool:
    return Hold.objects.filter(superseded_at=None).exists()


def test_benefit_and_registration_go_on_and_what_was_kept_is_paid(claim: Claim) -> None:
    hired()
    m.sealed(NOV)
    sweep(period=DEC)
    m.sealed(DEC)
    case = z.decided(Case.objects.get(kind="UNEMPLOYMENT_STOP"), roles=("REVIEWER",))
    assert (open_registrations(), len(drawn_months(claim=claim))) == (0, 1)

    withdrawn(case)
    sweep(period=JAN)
    m.sealed(JAN)

    assert open_registrations() == 1
    for month in (DEC, JAN):
        assert m.line(claim.entitlement, for_month=month).fen == 1_737_00
    assert not holding()
    assert broken_promises() == []
    assert list(broken_stops()) == []


def test_the_fund_insures_the_months_after_all() -> None:
    stop = stopped(c.drawing(), event="ARMY", from_month="2026-12")
    assert c.listed() is None

    withdrawn(stop)

    assert [row[1] for row in c.lines(c.listed(c.JAN))] == ["2026-12", "2027-01"]


def test_who_refused_no_work_was_registered_all_along(claim: Claim) -> None:
    stop = stopped(claim)

    withdrawn(stop)

    assert open_registrations() == 1
    assert not Stop.objects.filter(superseded_at=None).exists()


@pytest.mark.parametrize("job_first", [True, False])
def test_a_job_counts_whether_it_was_known_before_the_withdrawal_or_after(
    claim: Claim, *, job_first: bool
) -> None:
    stop = stopped(claim)
    if job_first:
        hired(since="2027-01")
        assert sweep(period=JAN) == Swept(held=0, ended=1)  # nothing was drawn

    withdrawn(stop)
    if not job_first:
        hired(since="2027-01")

    assert sweep(period=JAN) == Swept(held=1, ended=0)
    case = Case.objects.get(kind="UNEMPLOYMENT_STOP", state="RECEIVED")
    z.decided(case, roles=("REVIEWER",))
    assert drawn_months(claim=claim) == {NOV, DEC}
    assert broken_promises() == []


def test_who_registered_again_meanwhile_is_registered_once(claim: Claim) -> None:
    stop = stopped(claim, event="ARMY")
    z.registered(on=date(2026, 11, 6), today=date(2026, 11, 6))

    withdrawn(stop)

    (row,) = Registration.objects.filter(superseded_at=None)
    assert (row.valid.lower, row.valid.upper) == (z.REGISTERED_ON, None)
    assert broken_promises() == []


def test_a_later_spell_that_has_ended_is_not_undone_by_the_way(claim: Claim) -> None:
    stop = stopped(claim, event="ARMY")
    later = z.registered(on=date(2026, 11, 6), today=date(2026, 11, 6))
    z.registrations_end(later, EndReason.NOT_SEEKING)

    with pytest.raises(SpellFollowed, match="2026-11-06"):
        withdrawn(stop)

    assert Stop.objects.get().superseded_at is None


def test_a_general_stop_of_the_benefit_is_withdrawn_here_too(claim: Claim) -> None:
    content = {
        "entitlement": claim.entitlement_id,
        "reason": "重复领取",
        "evidence": "比对清单 演示1号",
        "from_month": "2026-12",
    }
    stop = z.through_hands(kind="STOP", content=content, roles=("REVIEWER",))

    withdrawn(stop)

    assert not Stop.objects.filter(superseded_at=None).exists()
    assert builders.zhao().pk == claim.person_id
