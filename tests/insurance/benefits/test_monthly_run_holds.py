"""Decided cases hold, release and stop what the next month pays (暂缓、恢复、停发)."""

import pytest

from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from insurance.benefits import holds
from insurance.benefits.holds import HoldInvalid
from insurance.benefits.models import Entitlement, Hold, HoldReason, Stop
from payments.models import Attempt
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER

pytestmark = pytest.mark.django_db


def case(
    of: Entitlement, *, reason: str = "SUSPENDED", since: str = "2026-11", kind: str = "HOLD"
) -> Case:
    content = {"entitlement": of.id, "reason": reason, "from_month": since, "note": "演示"}
    if kind == "STOP":
        content["evidence"] = "外地发放记录(演示)"
    return builders.case(kind=kind, content=content)


def release(of: Entitlement, *, since: str, reason: str = "SUSPENDED") -> Case:
    return case(of, reason=reason, since=since, kind="HOLD_RELEASE")


def test_a_decided_hold_keeps_the_next_payment() -> None:
    wang = m.entitlement()

    assert holds.hold(case(wang)) == 1
    m.computed()

    assert m.held_reasons(wang) == ["SUSPENDED"]


def test_a_hold_from_next_month_does_not_touch_this_one() -> None:
    wang = m.entitlement()
    holds.hold(case(wang, since="2026-12"))

    m.sealed()
    m.computed(DECEMBER)

    assert m.held_reasons(wang) == []
    assert m.held_reasons(wang, DECEMBER) == ["SUSPENDED"]


@pytest.mark.parametrize(
    "reason",
    ["DIED", "IN_PRISON", "MISSING", "CHECK_MISSED", "UNVERIFIED", "NO_ACCOUNT", "", "ANYTHING"],
)
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
    m.hold(of=wang, reason="CHECK_MISSED")

    assert holds.release(release(wang, since="2026-11")) == 1
    m.computed()

    assert m.held_reasons(wang) == [HoldReason.CHECK_MISSED]


def test_prison_is_not_ended_by_a_release_of_a_hold() -> None:
    wang = m.entitlement()
    m.hold(of=wang, reason="IN_PRISON")

    with pytest.raises(HoldInvalid, match="另按情形登记"):
        holds.release(release(wang, since="2026-11", reason="IN_PRISON"))


def test_a_release_pays_its_month_and_what_was_held_before_it() -> None:
    wang = m.entitlement()
    holds.hold(case(wang))
    assert holds.release(release(wang, since="2027-01")) == 2

    m.sealed()
    m.sealed(DECEMBER)
    m.computed(JANUARY)

    assert [m.held_reasons(wang, month) for month in (NOVEMBER, DECEMBER, JANUARY)] == [
        ["SUSPENDED"],
        ["SUSPENDED", "SUSPENDED"],
        [],
    ]
    assert Attempt.objects.filter(payee_id=wang.person_id).count() == 3


def test_a_release_supersedes_the_hold_by_one_that_ends() -> None:
    wang = m.entitlement()
    holds.hold(case(wang))
    decided = release(wang, since="2026-12")
    holds.release(decided)

    closed = Hold.objects.get(superseded_at__isnull=False)
    ended = Hold.objects.get(superseded_at=None)
    assert (closed.valid, ended.valid) == (m.months(NOVEMBER, None), m.months(NOVEMBER, DECEMBER))
    assert ended.recorded_at == closed.superseded_at
    assert ended.case_id == decided.pk


def test_a_release_from_a_sealed_month_is_paid_by_the_next_run() -> None:
    """That somebody was free again is often told late."""
    wang = m.entitlement()
    holds.hold(case(wang))
    m.sealed()
    m.sealed(DECEMBER)

    holds.release(release(wang, since="2026-12"))
    m.computed(JANUARY)

    assert m.held_reasons(wang, DECEMBER) == ["SUSPENDED", "SUSPENDED"]
    assert m.held_reasons(wang, JANUARY) == []


def test_a_hold_released_from_its_first_month_never_was() -> None:
    wang = m.entitlement()
    holds.hold(case(wang))

    assert holds.release(release(wang, since="2026-11")) == 1

    assert not Hold.objects.filter(superseded_at=None).exists()


def test_a_hold_can_not_end_before_it_begins() -> None:
    wang = m.entitlement()
    holds.hold(case(wang))

    with pytest.raises(HoldInvalid, match="自 2026-11 起，不能从 2026-10 起恢复"):
        holds.release(release(wang, since="2026-10"))

    assert Hold.objects.get().superseded_at is None


def test_a_hold_that_is_over_is_not_released_again() -> None:
    wang = m.entitlement()
    holds.hold(case(wang))
    holds.release(release(wang, since="2026-12"))

    with pytest.raises(HoldInvalid, match="没有这种原因"):
        holds.release(release(wang, since="2026-12"))


def test_there_must_be_something_to_release() -> None:
    wang = m.entitlement()

    with pytest.raises(HoldInvalid, match="没有这种原因"):
        holds.release(release(wang, since="2026-11"))


def test_a_decided_stop_ends_what_is_owed_from_its_month_on() -> None:
    wang = m.entitlement()

    assert holds.stop(case(wang, reason="重复领取", since="2026-12", kind="STOP")) == 1
    m.sealed()
    m.computed(DECEMBER)

    assert Stop.objects.get().valid.lower == DECEMBER.first_day
    assert [month for month, _, _ in m.dues(wang)] == [NOVEMBER]
    assert m.dues(wang, DECEMBER) == []


@pytest.mark.parametrize("missing", ["reason", "evidence"])
def test_a_stop_says_why_and_on_what_evidence(missing: str) -> None:
    stopping = case(m.entitlement(), reason="重复领取", kind="STOP")
    stopping.content |= {missing: " "}

    with pytest.raises(ContentInvalid):
        holds.stop(stopping)
    assert not Stop.objects.exists()
