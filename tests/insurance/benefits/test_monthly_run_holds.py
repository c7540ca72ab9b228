"""Decided cases hold, release and stop what the next month pays (暂缓、恢复、停发)."""

import pytest

from backend.cases.models import Case
from insurance.benefits import holds
from insurance.benefits.holds import HoldInvalid
from insurance.benefits.models import Entitlement, Hold, HoldReason, Stop
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER

pytestmark = pytest.mark.django_db


def case(
    of: Entitlement, *, reason: str = "SUSPENDED", since: str = "2026-11", kind: str = "HOLD"
) -> Case:
    content = {"entitlement": of.id, "reason": reason, "from_month": since, "note": "演示"}
    return builders.case(kind=kind, content=content)


def test_a_decided_hold_keeps_the_next_payment() -> None:
    wang = m.entitlement()

    assert holds.hold(case(wang, reason="CHECK_MISSED")) == 1
    m.computed()

    assert m.held_reasons(wang) == ["CHECK_MISSED"]


def test_a_hold_from_next_month_does_not_touch_this_one() -> None:
    wang = m.entitlement()
    holds.hold(case(wang, since="2026-12"))

    m.sealed()
    m.computed(DECEMBER)

    assert m.held_reasons(wang) == []
    assert m.held_reasons(wang, DECEMBER) == ["SUSPENDED"]


@pytest.mark.parametrize("reason", ["DIED", "UNVERIFIED", "NO_ACCOUNT", "", "ANYTHING"])
def test_only_what_people_decide_is_a_reason_for_a_hold(reason: str) -> None:
    """A hold by a reason that the run does not look for would hold nothing."""
    wang = m.entitlement()

    with pytest.raises(HoldInvalid):
        holds.hold(case(wang, reason=reason))

    assert not Hold.objects.exists()


def test_a_hold_is_about_the_persons_own_pension() -> None:
    of_li = m.entitlement(of=builders.li())

    with pytest.raises(HoldInvalid, match="没有这项待遇"):
        holds.hold(case(of_li))


def test_a_release_ends_the_holds_of_its_reason_only() -> None:
    wang = m.entitlement()
    holds.hold(case(wang))
    holds.hold(case(wang, reason="IN_PRISON"))

    assert holds.release(case(wang, reason="IN_PRISON", kind="HOLD_RELEASE")) == 1
    m.computed()

    assert m.held_reasons(wang) == [HoldReason.SUSPENDED]


def test_there_must_be_something_to_release() -> None:
    wang = m.entitlement()

    with pytest.raises(HoldInvalid, match="没有这种原因"):
        holds.release(case(wang, kind="HOLD_RELEASE"))


def test_a_decided_stop_ends_what_is_owed_from_its_month_on() -> None:
    wang = m.entitlement()

    assert holds.stop(case(wang, reason="重复领取", since="2026-12", kind="STOP")) == 1
    m.sealed()
    m.computed(DECEMBER)

    assert Stop.objects.get().valid.lower == DECEMBER.first_day
    assert [month for month, _, _ in m.dues(wang)] == [NOVEMBER]
    assert m.dues(wang, DECEMBER) == []
