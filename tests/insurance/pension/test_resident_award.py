"""A resident is awarded account, basic amount of the district and years (居民待遇核定)."""

from datetime import date
from decimal import Decimal

import pytest

from backend.access.models import Agency
from backend.cases import acts
from backend.cases.content import ContentInvalid
from backend.kernel.dated import Standing
from backend.kernel.identity import Sex
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured
from backend.people.models import Person
from insurance.accounts.models import EntryKind
from insurance.benefits.effective_month import EffectiveMonthDiffers
from insurance.benefits.models import Component, Entitlement
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import BillLine, LinePart
from insurance.enrolment.models import Enrolment, Kind, RollEntry
from insurance.pension import resident_award as act
from insurance.pension.award_steps import steps_of
from insurance.pension.in_payment import AlreadyAwarded, NotYetRetired
from insurance.pension.models import Award
from insurance.pension.paid_years import Years, years_of
from insurance.pension.resident_award import ExtraDiffers, StillEmployed, YearsOpen
from insurance.pension.residents import EXTRA_KEY, ResidentTooYoung, ResidentYearsMissing
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.accounts import account_builders
from tests.insurance.benefits import month_builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.bill_builders import DEC, NOV
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension.adjusting.adjusting_builders import with_rows

pytestmark = pytest.mark.django_db
KIND = "RESIDENT_AWARD"
PAPER = {"qualified_because": "补缴到账凭证 演示9号"}


def cheng() -> Person:
    """Born in August 1966: she draws from September 2026."""
    born = date(1966, 8, 20)
    number = builders.id_number(birth_date=born, sex=Sex.FEMALE, serial=312)
    return builders.person(name="程桂芳", birth_date=born, sex=Sex.FEMALE, number=number)


def asked(**changes: object) -> dict[str, object]:
    content: dict[str, object] = {
        "scheme": "170",
        "earlier_years": 15,
        "earlier_until": 2025,
        "earlier_evidence": "原系统缴费明细 演示3号",
    }
    return {**content, **changes}


def awarded(**changes: object) -> Award:
    month_builders.office()
    case = p.decided(kind=KIND, of=cheng(), content=asked(**changes))
    act.decide(case)
    return Award.objects.get(case_id=case.pk)


def insured_in_2026() -> None:
    """She stands on the village's roll of 2026, and the year is billed."""
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    of.enrolment(
        person_id=cheng().pk,
        scheme="170",
        kind=Kind.RESIDENT,
        valid=of.months("2026-01", "2027-01"),
    )
    bills.on_roll(person_id=cheng().pk)
    bills.bill()


def pays(fen: int) -> None:
    came = Came(
        of.village().pk, "170", fen, month=Month(2026, 1), person_id=cheng().pk,
        part=LinePart.PERSON,
    )  # fmt: skip
    file = city.write_file(receipts=[came])
    work_off(file_id=file.pk, period=NOV, today=NOV.last_day)


def test_by_hand() -> None:
    account_builders.entry(
        person_id=cheng().pk, scheme="170", kind=EntryKind.OPENING, month="2025-12",
        arrival="2026-01", fen=9_000_00,
    )  # fmt: skip

    award = awarded()

    # 9,000 yuan bear 3.67 % for eight months; a 139th of it, and 230 yuan of the district.
    balance = Money.of_yuan(9_000 + 9_000 * 8 * Decimal("0.0367") / 12)
    assert award.balance_fen == balance.fen
    assert award.parts == {"BASIC": 230_00, "ACCOUNT": round(balance.fen / Decimal(139))}
    assert (award.total_months, award.interim) == (180, False)


def test_every_step_comes_out_again() -> None:
    steps = steps_of(award=awarded())

    assert first_wrong(steps=steps) is None
    assert (steps[0].name, steps[0].result) == ("缴费年数", "15")
    assert all(step.article and step.sentence and step.version for step in steps)


@pytest.mark.parametrize("year", [2027, 2062])
def test_years_that_papers_tell_lie_before_the_pension_begins(year: int) -> None:
    with pytest.raises(ContentInvalid, match="不晚于 2026 年"):
        awarded(earlier_until=year, earlier_years=15)

    assert awarded(earlier_until=2026).total_months == 180


def test_what_is_paid_begins_in_the_first_month() -> None:
    award = awarded()

    entitlement = Entitlement.objects.get(person=cheng().pk)
    (row,) = Component.objects.filter(entitlement=entitlement)
    assert (entitlement.scheme, Month.of(entitlement.start_month)) == ("170", Month(2026, 9))
    assert (row.component, row.fen, row.standing) == ("BASIC", award.basic_fen, "DEMO")


def test_the_year_that_was_paid_here_counts() -> None:
    insured_in_2026()
    pays(500_00)

    award = awarded(earlier_years=14)

    assert (award.total_months, award.figures["years_here"]) == (180, [2026])


def test_a_year_that_is_open_is_paid_first_or_left_out() -> None:
    insured_in_2026()
    pays(499_99)
    years = years_of(person_id=cheng().pk, since=Month(2026, 1), until=Month(2026, 8))
    assert years == Years(paid=(), open_years=(2026,))

    with pytest.raises(YearsOpen, match="2026"):
        awarded()

    assert awarded(open_accepted=True).figures["open_years"] == [2026]


def test_a_difference_that_is_not_paid_takes_no_year_away() -> None:
    insured_in_2026()
    pays(500_00)
    RollEntry.objects.update(superseded_at=builders.NOW)
    bills.on_roll(person_id=cheng().pk, chosen_fen=1_000_00)
    bills.bill(DEC)

    years = years_of(person_id=cheng().pk, since=Month(2026, 1), until=Month(2026, 8))

    assert BillLine.objects.filter(part=LinePart.PERSON).count() == 2
    assert years == Years(paid=(2026,), open_years=())


def test_her_insurance_ends_and_the_year_stays_owed() -> None:
    insured_in_2026()
    pays(500_00)

    awarded()

    now = Enrolment.objects.get(person=cheng().pk, superseded_at=None)
    assert (now.valid.upper, now.source) == (date(2026, 9, 1), "CASE")
    assert RollEntry.objects.filter(person=cheng().pk, superseded_at=None).exists()


def test_fourteen_years_are_too_few_unless_it_was_decided_otherwise() -> None:
    with pytest.raises(ResidentYearsMissing):
        awarded(earlier_years=14)
    with pytest.raises(ContentInvalid, match="依据"):
        awarded(earlier_years=14, least_years=14)

    award = awarded(earlier_years=14, least_years=14, least_evidence="2011年缴费花名册 演示")
    assert award.figures["least_years"] == 14


def test_nothing_is_due_for_the_month_of_the_birthday() -> None:
    with pytest.raises(ResidentTooYoung, match="最早从2026年9月起"):
        awarded(qualified_on="2026-07-31", **PAPER)


def test_nothing_is_awarded_before_the_month_has_come() -> None:
    with pytest.raises(NotYetRetired):
        awarded(qualified_on="2026-12-05", **PAPER)


@pytest.mark.parametrize("month", ["2026-08", "2026-10"])
def test_another_first_month_than_the_one_that_follows_is_refused(month: str) -> None:
    with pytest.raises(EffectiveMonthDiffers, match=r"按规定从 2026-09 起.*全国000000，未核实"):
        awarded(first_month=month)


def test_who_qualifies_after_the_age_draws_from_the_month_after_that_day() -> None:
    with pytest.raises(ContentInvalid, match="依据"):
        awarded(qualified_on="2026-10-31")

    award = awarded(qualified_on="2026-10-31", first_month="2026-11", **PAPER)

    steps = {step.name: step for step in steps_of(award=award)}
    assert Month.of(award.retirement_month).next == Month(2026, 11)
    assert (steps["到龄年月"].result, steps["起始年月"].result) == ("2026-08", "2026-11")
    assert first_wrong(steps=list(steps.values())) is None


def test_a_first_month_that_nobody_verified_holds_the_payment_outside_a_demonstration() -> None:
    award = awarded()

    assert Standing(award.figures["facts_standing"]) is Standing.UNVERIFIED


def test_who_paid_for_more_years_has_the_extra_amount_without_a_word_of_it() -> None:
    award = awarded(earlier_years=17)

    assert award.extra_fen == 400
    assert first_wrong(steps=steps_of(award=award)) is None


@pytest.mark.parametrize(("years", "said"), [(15, True), (17, False)])
def test_a_word_of_extra_years_that_the_years_do_not_bear_out_is_refused(
    years: int, said: bool
) -> None:
    with pytest.raises(ExtraDiffers, match=f"缴费 {years} 年，最低 15 年"):
        awarded(earlier_years=years, with_extra=said)


def test_extra_years_that_are_not_configured_are_not_zero(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_rows(monkeypatch, EXTRA_KEY)

    with pytest.raises(NotConfigured):
        awarded(earlier_years=17)


def test_who_is_insured_as_an_employee_draws_nothing() -> None:
    of.enrolment(person_id=cheng().pk, scheme="110", valid=of.months("2020-01"))

    with pytest.raises(StillEmployed):
        awarded()


def test_nobody_is_awarded_twice() -> None:
    awarded()

    with pytest.raises(AlreadyAwarded):
        awarded()


def test_the_city_knows_the_act() -> None:
    assert acts.registered()[KIND] is act.decide
    assert acts.registered()[f"{KIND}.RECEIVED"] is act.check
