"""The agency awards what somebody is due, on the department's paper, with every step (待遇核定)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError

from backend.access.models import Agency
from backend.cases import acts
from backend.cases.content import ContentInvalid
from backend.cases.receive import OtherBody
from backend.kernel.dated import Standing
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured
from backend.people.models import Death
from insurance.benefits.models import Component, Entitlement
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import BillLine
from insurance.enrolment.models import Enrolment, RetiredStatus
from insurance.pension import award as act
from insurance.pension import in_payment
from insurance.pension.award import (
    ApprovalMissing,
    ApprovalOutdated,
    MonthsOpen,
)
from insurance.pension.award_steps import steps_of
from insurance.pension.deemed import DeemedInvalid
from insurance.pension.earlier_of import EarlierInvalid
from insurance.pension.in_payment import AlreadyAwarded, DiedBefore, NotYetRetired
from insurance.pension.index import IndexImpossible
from insurance.pension.models import Award
from insurance.pension.retirement import EnoughAtAge, MonthsMissing
from insurance.policy.recompute import holds
from insurance.policy.standing import mark_of_amount
from tests import builders
from tests.insurance.benefits import month_builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
KIND = "PENSION_AWARD"
JULY = Month(2026, 7)


@pytest.fixture
def approved() -> None:
    p.recognise()
    p.approve()


def paid_in_july() -> None:
    """His employer's bill of the retirement month is paid."""
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    of.enrolment(person_id=p.man().pk, scheme="110", valid=of.months("2026-07"))
    bills.bill(JULY)
    fen = sum(BillLine.objects.filter(scheme="110").values_list("fen", flat=True))
    file = city.write_file(receipts=[Came(of.employer().pk, "110", fen, month=JULY)])
    work_off(file_id=file.pk, period=JULY, today=p.TODAY)


def results(award: Award) -> dict[str, str]:
    return {step.name: step.result for step in steps_of(award=award)}


@pytest.mark.usefixtures("approved")
def test_by_hand() -> None:
    p.with_account()

    award = p.awarded()

    # 450 months are 37.5 years, 130 are 10.9; at 60 years and 4 months the divisor is 136.7.
    interest = 120_000 * 7 * Decimal("0.0150") / 12
    balance = Money.of_yuan(120_000 + interest)
    assert (award.total_months, award.deemed_months) == (450, 130)
    assert results(award)["缴费年限"] == "37.5"
    assert results(award)["视同缴费年限"] == "10.9"
    assert results(award)["计发月数"] == "136.7"
    assert (award.balance_fen, award.base_fen) == (balance.fen, 7_999_00)
    assert award.parts == {
        "BASIC": 292_463,
        "ACCOUNT": round(balance.fen / Decimal("136.7")),
        "TRANSITIONAL": 107_679,
    }


@pytest.mark.usefixtures("approved")
def test_every_step_comes_out_again_and_takes_what_the_step_before_gave() -> None:
    p.with_account()

    steps = steps_of(award=p.awarded())

    known: dict[str, str] = {}
    for step in steps:
        assert holds(step=step), step
        assert all(step.version and step.article and step.sentence for step in steps)
        for name, text in step.inputs:
            assert name not in known or text == known[name]
        known[step.name] = step.result
    assert [step.name for step in steps][:2] == ["累计缴费月数", "平均缴费指数"]
    assert steps[-1].name == "基本养老金"


@pytest.mark.usefixtures("approved")
def test_what_is_paid_begins_the_month_after() -> None:
    p.with_account()

    award = p.awarded()

    entitlement = Entitlement.objects.get(person=p.man().pk)
    rows = Component.objects.filter(entitlement=entitlement)
    assert (Month.of(entitlement.start_month), entitlement.paid_months) == (Month(2026, 8), 450)
    assert {row.component: row.fen for row in rows} == award.parts
    assert {(row.valid.lower, row.valid.upper, row.standing) for row in rows} == {
        (date(2026, 8, 1), None, "DEMO")
    }


@pytest.mark.usefixtures("approved")
def test_last_years_base_is_interim_and_needs_no_override() -> None:
    award = p.awarded()

    assert (award.interim, award.base_year) == (True, 2025)
    assert "预发" in next(s for s in steps_of(award=award) if s.name == "基础养老金").sentence


@pytest.mark.usefixtures("approved")
def test_without_an_account_nothing_comes_from_it() -> None:
    assert "ACCOUNT" not in p.awarded().parts


def test_without_the_departments_approval_nothing_is_awarded() -> None:
    p.recognise()

    with pytest.raises(ApprovalMissing):
        p.awarded()


@pytest.mark.usefixtures("approved")
def test_the_department_awards_nothing() -> None:
    with pytest.raises(OtherBody):
        p.waiting(kind=KIND, content=p.award(), at=p.department())


@pytest.mark.usefixtures("approved")
def test_an_archive_recognised_anew_needs_a_new_approval() -> None:
    p.recognise(deemed=[])

    with pytest.raises(ApprovalOutdated):
        p.awarded()


def test_nothing_is_awarded_before_the_month_has_come() -> None:
    p.recognise()
    p.approve(route="LATE", notice_on="2026-06-01", retirement_month="2026-12")

    with pytest.raises(NotYetRetired):
        p.awarded()

    assert p.awarded(on=datetime(2026, 12, 1, tzinfo=UTC)).route == "LATE"


@pytest.mark.usefixtures("approved")
def test_a_month_too_few_is_refused() -> None:
    with pytest.raises(MonthsMissing):
        p.awarded(earlier_months=49)

    assert p.awarded(earlier_months=50).total_months == 180


def paid_on() -> None:
    """130 months at the age in July 2026; in October 2026 the department counts 180 (an invention:
    papers tell of 50 more)."""
    p.recognise()
    p.approve(
        route="CONTINUED",
        retirement_month="2026-10",
        contribution_months=180,
        months_at_age=130,
    )


def test_who_paid_on_is_awarded_when_the_months_are_full() -> None:
    paid_on()

    with pytest.raises(MonthsMissing):
        p.awarded(earlier_months=49, earlier_until="2026-10")

    award = p.awarded(earlier_months=50, earlier_until="2026-10")
    assert (award.route, award.total_months) == ("CONTINUED", 180)
    assert Month.of(award.entitlement.start_month) == Month(2026, 11)


def test_who_turns_out_to_have_had_enough_at_the_age_did_not_pay_on() -> None:
    paid_on()

    with pytest.raises(EnoughAtAge):
        p.awarded(earlier_months=53, earlier_until="2026-10")

    assert p.awarded(earlier_months=52, earlier_until="2026-10").total_months == 182


@pytest.mark.usefixtures("approved")
def test_who_draws_a_pension_is_awarded_no_other() -> None:
    month_builders.entitlement(of=p.man(), scheme="110")

    with pytest.raises(AlreadyAwarded):
        p.awarded()


@pytest.mark.usefixtures("approved")
def test_who_died_in_the_retirement_month_is_due_nothing_a_month_later_something() -> None:
    death = Death(person_id=p.man().pk, source="POLICE", evidence="演示", confirmed=True)
    death.death_date = date(2026, 7, 31)
    death.save()

    with pytest.raises(DiedBefore):
        p.awarded()

    Death.objects.update(superseded_at=builders.NOW)
    Death.objects.create(
        person_id=p.man().pk, death_date=date(2026, 8, 1), source="POLICE", evidence="演示"
    )
    assert p.awarded().total_fen > 0


@pytest.mark.usefixtures("approved")
@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"earlier_months": 368}, EarlierInvalid),
        ({"earlier_until": "2026-08"}, EarlierInvalid),
        ({"earlier_index": "0.95"}, ContentInvalid),
        ({"earlier_index": None}, ContentInvalid),
        ({"earlier_index": "95.0000"}, ContentInvalid),
        ({"earlier_index": "3.0001"}, IndexImpossible),
        ({"earlier_index": "0.0000"}, IndexImpossible),
        ({"earlier_evidence": ""}, ContentInvalid),
        ({"scheme": "170"}, ContentInvalid),
    ],
)
def test_what_papers_say_must_agree_with_the_archive(
    wrong: dict[str, object], why: type[Exception]
) -> None:
    with pytest.raises(why):
        act.check(p.waiting(kind=KIND, content=p.award(**wrong)))


@pytest.mark.usefixtures("approved")
def test_who_always_paid_at_the_ceiling_has_three_times_the_average() -> None:
    assert p.awarded(earlier_index="3.0000").average_index == 30_000


def test_no_month_counts_as_deemed_and_as_paid() -> None:
    in_service = {"from_month": "2026-06", "last_month": "2026-07", "ground": "ARMY"}
    p.recognise(deemed=[{**in_service, "evidence": "退伍证 演示1号"}])
    p.approve()
    paid_in_july()

    with pytest.raises(DeemedInvalid, match="2026-07 已实际缴费"):
        p.awarded(earlier_until="2026-05")


def test_what_is_deemed_ends_with_the_retirement_month() -> None:
    p.recognise(
        deemed=[
            {
                "from_month": "2026-06",
                "last_month": "2026-08",
                "ground": "ARMY",
                "evidence": "退伍证 演示1号",
            }
        ]
    )
    p.approve()

    with pytest.raises(DeemedInvalid, match="不能晚于 2026-07"):
        p.awarded(earlier_until="2026-05")


def test_not_more_months_count_than_there_were_since_the_first_work() -> None:
    p.recognise(first_work_month="2026-08", deemed=[])
    p.approve()
    paid_in_july()

    with pytest.raises(DeemedInvalid, match="共 0 个月，视同和实际缴费却有 1 个月"):
        p.awarded(earlier_months=0)


@pytest.mark.usefixtures("approved")
def test_employers_insure_him_no_more_and_medical_insurance_goes_on() -> None:
    man = p.man()
    for scheme in ("110", "210", "310"):
        of.enrolment(person_id=man.pk, scheme=scheme, valid=of.months("2010-01"))

    p.awarded()

    now = Enrolment.objects.filter(person=man.pk, superseded_at=None)
    assert {(row.scheme, row.valid.upper, row.source) for row in now} == {
        (scheme, date(2026, 8, 1), "CASE") for scheme in ("110", "210", "310")
    }
    retired = RetiredStatus.objects.get(person=man.pk)
    assert (retired.valid.lower, retired.known_months) == (date(2026, 8, 1), 16 * 12 + 7)


@pytest.mark.usefixtures("approved")
def test_an_enrolment_that_began_later_never_was() -> None:
    of.enrolment(person_id=p.man().pk, scheme="110", valid=of.months("2026-09"))

    p.awarded()

    assert not Enrolment.objects.filter(person=p.man().pk, superseded_at=None).exists()
    assert not RetiredStatus.objects.exists()


@pytest.mark.usefixtures("approved")
def test_outside_a_demonstration_what_is_unverified_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    month_builders.office()
    month_builders.account(of=p.man().pk)
    monkeypatch.setattr(in_payment, "is_demo", lambda: False)
    p.awarded()

    month_builders.computed()

    entitlement = Entitlement.objects.get(person=p.man().pk)
    assert month_builders.held_reasons(entitlement) == ["UNVERIFIED"] * 4


@pytest.mark.usefixtures("approved")
def test_outside_a_demonstration_an_invented_figure_refuses() -> None:
    with pytest.raises(NotConfigured):
        mark_of_amount(standing=Standing.DEMO, demo=False)


@pytest.mark.usefixtures("approved")
def test_months_that_are_open_are_paid_first_or_left_out() -> None:
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    of.enrolment(person_id=p.man().pk, scheme="110", valid=of.months("2026-01"))
    bills.bill(Month(2026, 7))

    with pytest.raises(MonthsOpen, match="2026-07"):
        p.awarded(earlier_until="2026-06")

    award = p.awarded(earlier_until="2026-06", open_accepted=True)
    assert (award.total_months, award.figures["open_months"]) == (450, ["2026-07"])


@pytest.mark.usefixtures("approved")
def test_an_award_is_never_changed() -> None:
    p.awarded()

    with pytest.raises(DatabaseError, match="permission denied"):
        Award.objects.update(basic_fen=1)


def test_the_city_knows_the_act() -> None:
    assert acts.registered()[KIND] is act.decide
    assert acts.registered()[f"{KIND}.RECEIVED"] is act.check
