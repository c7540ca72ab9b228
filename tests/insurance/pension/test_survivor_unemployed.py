"""Who died while drawing unemployment benefit: its fund pays (社会保险法第四十九条)."""

from datetime import date

import pytest

from backend.kernel.parameters import NotConfigured
from insurance.benefits.claims.grant import AlreadyGranted
from insurance.benefits.claims.invariants import broken_promises
from insurance.benefits.claims.models import Claim
from insurance.benefits.models import Stop
from insurance.pension import survivor_grant
from insurance.pension.survivor_unemployed import NotDrawing
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.enrolment.enrolment_builders import enrolment
from tests.insurance.pension import survivor_builders as s

pytestmark = pytest.mark.django_db
DIED_ON = date(2026, 11, 20)
FUNERAL_FEN, GRANT_FEN = 800_000, 4_000_000  # invented


def drawing() -> None:
    """Wang drew unemployment benefit, and died in November."""
    m.entitlement(scheme="210", components={"UNEMPLOYMENT": 150_000}, start=m.OCTOBER)
    s.died(on=DIED_ON)


def granted(**changes: object) -> Claim:
    return s.granted(scheme="210", **changes)


def broken() -> list[str]:
    return [row.promise for row in broken_promises() if "签名" not in row.promise]


def test_both_grants_are_paid_by_the_unemployment_fund() -> None:
    drawing()

    claim = granted()

    assert (claim.fen, claim.funeral_fen) == (FUNERAL_FEN + GRANT_FEN, FUNERAL_FEN)
    assert (claim.book.scheme, claim.standing) == ("210", "DEMO")
    assert {tuple(share.parts[:2]) for share in claim.claimshare_set.all()} == {(0, 0)}
    assert first_wrong(steps=read(rows=claim.steps)) is None
    assert broken() == []


def test_of_the_funeral_grants_one_is_chosen() -> None:
    drawing()
    s.pension()
    s.granted(scheme="110")
    with pytest.raises(AlreadyGranted):
        granted()

    claim = granted(other_funeral="110", other_evidence="养老保险遗属待遇核定 演示1号")

    assert (claim.fen, claim.funeral_fen) == (GRANT_FEN, 0)
    assert broken() == []


def test_who_drew_nothing_in_the_month_of_the_death_leaves_nothing_here() -> None:
    s.died(on=DIED_ON)

    with pytest.raises(NotDrawing, match="2026-11"):
        survivor_grant.check(s.case(scheme="210"))


def test_a_benefit_that_was_stopped_before_is_not_drawn() -> None:
    wang = m.entitlement(scheme="210", components={"UNEMPLOYMENT": 150_000}, start=m.OCTOBER)
    s.died(on=DIED_ON)
    Stop.objects.create(
        entitlement=wang, reason="演示", case_id=m.SOME_CASE, valid=m.months(m.NOVEMBER, None)
    )

    with pytest.raises(NotDrawing):
        survivor_grant.check(s.case(scheme="210"))


def test_where_the_place_has_laid_down_nothing_it_is_said() -> None:
    m.entitlement(scheme="210", components={"UNEMPLOYMENT": 150_000}, start=m.OCTOBER.plus(-12))
    s.died(on=date(2025, 12, 20))

    with pytest.raises(NotConfigured, match="丧葬补助金”未配置"):
        survivor_grant.check(s.case(scheme="210"))


def test_they_are_granted_what_the_county_lays_down_where_the_dead_was_insured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawing()
    enrolment(person_id=builders.wang().pk, scheme="210", district=s.COUNTY)
    s.county_gives(
        monkeypatch, unemployment__funeral_grant=9_000, unemployment__survivor_grant=50_000
    )

    claim = granted()

    assert (claim.fen, claim.funeral_fen, claim.region) == (5_900_000, 900_000, "340826")


def test_the_heirs_of_the_unemployed_are_paid_once() -> None:
    drawing()
    granted()

    with pytest.raises(AlreadyGranted):
        granted()
    assert Claim.objects.filter(person=builders.wang().pk).count() == 1
