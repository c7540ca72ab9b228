"""A claim is decided on registration, certificate and what was paid, and is paid by the month."""

from datetime import date, datetime

import pytest
from django.db import DatabaseError

from backend.cases.content import ContentInvalid, ProposalWaits
from backend.kernel.dated import Standing
from backend.kernel.identity import Sex
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured
from backend.people.models import Death, Person
from insurance.benefits.models import Component, Entitlement
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from insurance.policy.standing import mark_of_amount
from insurance.unemployment.assess import ConditionsUnmet, JobEnd
from insurance.unemployment.books import NoBook
from insurance.unemployment.claim_facts import (
    ClaimantDead,
    ClaimKnown,
    ClaimRunning,
    EarlierInvalid,
)
from insurance.unemployment.models import Claim, EndReason
from insurance.unemployment.reckoning import CategoryNeeded
from insurance.unemployment.registration import PensionDrawn, StillEmployed
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p
from tests.insurance.unemployment import claim_builders as z

pytestmark = pytest.mark.django_db


def test_by_hand() -> None:
    """70 months are five years: 12 + (5 − 4) × 2 = 14 months at 1,737 yuan."""
    z.out_of_work()

    claim = z.claimed()

    assert (claim.paid_months, claim.granted_months, claim.monthly_fen) == (70, 14, 1_737_00)
    assert (claim.region, claim.standing) == ("340802", Standing.UNVERIFIED.value)
    assert first_wrong(steps=read(rows=claim.steps)) is None


def test_benefit_runs_from_the_month_of_the_registration_for_the_months_granted() -> None:
    z.out_of_work()

    claim = z.claimed()

    entitlement = Entitlement.objects.get(person=builders.zhao().pk)
    (component,) = Component.objects.filter(entitlement=entitlement)
    assert claim.entitlement_id == entitlement.pk
    assert (entitlement.scheme, entitlement.book.scheme) == ("210", "210")
    assert Month.of(entitlement.start_month) == Month(2026, 11)
    assert (component.valid.lower, component.valid.upper) == (date(2026, 11, 1), date(2028, 1, 1))
    assert (component.component, component.standing) == ("UNEMPLOYMENT", "DEMO")


def test_the_month_is_paid_and_what_was_missed_is_paid_back() -> None:
    z.out_of_work()
    m.account(of=builders.zhao().pk)
    m.office()
    wang = m.entitlement()
    m.sealed(m.NOVEMBER)
    claim = z.claimed(on=datetime(2026, 11, 28, 9, 0, tzinfo=builders.CHINA))

    m.sealed(m.DECEMBER)

    assert m.dues(claim.entitlement, m.DECEMBER) == [
        (m.NOVEMBER, 2, 1_737_00),
        (m.DECEMBER, 1, 1_737_00),
    ]
    assert m.dues(wang, m.DECEMBER) == [(m.DECEMBER, 1, m.PENSION_FEN)]
    assert m.held_reasons(claim.entitlement, m.DECEMBER) == []


def test_who_resigned_has_no_claim() -> None:
    z.worked()
    z.registered(report=z.certificate(reason=JobEnd.RESIGNED))

    with pytest.raises(ConditionsUnmet) as refused:
        z.claimed()

    assert refused.value.facts["articles"] == ["社会保险法第四十五条第二项"]


def test_eleven_months_are_too_few_and_twelve_enough() -> None:
    z.out_of_work()

    with pytest.raises(ConditionsUnmet):
        z.claimed(earlier_months=11)

    assert z.claimed(earlier_months=12).granted_months == 3


def test_who_is_not_registered_has_no_claim() -> None:
    z.worked()

    with pytest.raises(ConditionsUnmet) as refused:
        z.claimed()

    assert "尚未办理失业登记" in refused.value.detail


def test_who_does_not_look_for_work_has_no_claim() -> None:
    z.worked()
    z.registered(seeks_work=False)

    with pytest.raises(ConditionsUnmet):
        z.claimed()


def test_a_registration_gives_one_claim() -> None:
    z.out_of_work()
    z.claimed()

    with pytest.raises(ClaimKnown):
        z.claimed()


def test_who_was_hired_since_has_no_claim() -> None:
    z.out_of_work()
    of.enrolment(person_id=builders.zhao().pk, scheme="110", valid=of.months("2026-12"))

    with pytest.raises(StillEmployed):
        z.claimed()


def test_who_was_awarded_a_pension_since_has_no_claim() -> None:
    z.out_of_work()
    m.entitlement(of=builders.zhao(), scheme="170")

    with pytest.raises(PensionDrawn):
        z.claimed()


def test_nobody_claims_for_the_dead() -> None:
    z.out_of_work()
    Death.objects.create(
        person_id=builders.zhao().pk,
        death_date=date(2026, 11, 5),
        source="POLICE",
        confirmed=False,
        evidence="演示",
        case_id=1,
    )

    with pytest.raises(ClaimantDead):
        z.claimed()


def test_earlier_months_lie_before_the_registration_and_fit_their_time() -> None:
    z.out_of_work()

    with pytest.raises(EarlierInvalid):
        z.claimed(earlier_until="2026-12")
    with pytest.raises(EarlierInvalid):
        z.claimed(earlier_until="1987-01", earlier_months=70)
    with pytest.raises(ContentInvalid):
        z.claimed(earlier_evidence="")


def test_months_left_elsewhere_need_papers() -> None:
    z.out_of_work()

    with pytest.raises(ContentInvalid):
        z.claimed(earlier_unused=4)

    claim = z.claimed(earlier_unused=4, unused_evidence="外地核定表 演示1号")
    assert (claim.unused_months, claim.granted_months) == (4, 18)


def she(*, born: date) -> Person:
    """A woman of some age."""
    number = builders.id_number(birth_date=born, sex=Sex.FEMALE, serial=79)
    return builders.person(name="余巧云", birth_date=born, sex=Sex.FEMALE, number=number)


def test_who_may_be_near_retirement_is_asked_for_the_category() -> None:
    woman = she(born=date(1971, 10, 8))  # as F55 she retires in April 2027
    z.registered(report=z.certificate(person=woman))

    with pytest.raises(CategoryNeeded):
        z.claimed(person=woman)

    claim = z.claimed(person=woman, category="F55", category_evidence="岗位聘用合同 演示1号")
    assert (claim.category, claim.figures["category_evidence"]) == ("F55", "岗位聘用合同 演示1号")


def test_the_archive_says_category_and_birth_month_where_it_is_recognised() -> None:
    man = p.man()  # of the ID card: born in May 1966
    paper = {"paper": "招工登记表", "recorded_on": "1985-03-02", "birth_month": "1967-03"}
    p.recognise(birth_month="1967-03", birth_records=[paper])
    z.registered(report=z.certificate(person=man))

    claim = z.claimed(person=man)

    assert (claim.category, claim.birth_month) == ("M60", date(1967, 3, 1))


def test_who_is_past_the_statutory_age_is_of_no_working_age() -> None:
    man = p.man()  # of the archive: he retires in July 2026
    p.recognise()
    z.registered(report=z.certificate(person=man))

    with pytest.raises(ConditionsUnmet, match="2026-07 已到法定退休年龄"):
        z.claimed(person=man)


def test_at_sixty_four_no_category_is_of_working_age() -> None:
    woman = she(born=date(1962, 9, 8))
    z.registered(report=z.certificate(person=woman))

    with pytest.raises(ConditionsUnmet, match="不在劳动年龄内"):
        z.claimed(person=woman)


def test_outside_a_demonstration_an_unverified_amount_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    z.out_of_work()
    m.office()
    monkeypatch.setattr("insurance.unemployment.claim_case.is_demo", lambda: False)

    claim = z.claimed()

    (component,) = Component.objects.filter(entitlement=claim.entitlement)
    assert component.standing == "UNVERIFIED"
    with pytest.raises(NotConfigured):
        mark_of_amount(standing=Standing.DEMO, demo=False)


def test_the_agencys_own_book_pays() -> None:
    z.out_of_work()
    case = z.waiting()

    with pytest.raises(NoBook):
        z.check(case)


def test_while_a_claim_waits_no_other_does() -> None:
    z.out_of_work()
    m.office()
    z.waiting()

    with pytest.raises(ProposalWaits):
        z.check(z.waiting())


def test_a_second_claim_waits_for_the_end_of_the_first() -> None:
    row = z.out_of_work()
    z.claimed()
    z.registrations_end(row, EndReason.NOT_SEEKING)
    z.registered(report=z.certificate(), on=date(2026, 12, 1), today=date(2026, 12, 1))

    with pytest.raises(ClaimRunning):
        z.claimed(earlier_months=0, on=datetime(2026, 12, 2, 9, 0, tzinfo=builders.CHINA))


def test_a_claim_stays_as_it_was_decided() -> None:
    z.out_of_work()
    z.claimed()

    with pytest.raises(DatabaseError):
        Claim.objects.update(granted_months=24)
