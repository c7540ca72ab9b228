"""110 and 170 are not drawn together: who has the months is told, and 110 ends 170 (不能同领)."""

import pytest

from backend.cases.models import Case
from backend.kernel.months import Month
from insurance.accounts.entries import balance
from insurance.accounts.models import EntryKind
from insurance.benefits.models import Entitlement, Overpaid, Stop
from insurance.enrolment.models import Enrolment
from insurance.pension import resident_award, scheme_switch, stopping
from insurance.pension.both_schemes import EmployeesPensionDue, ResidentsAccountOpen
from insurance.pension.in_payment import AlreadyAwarded
from insurance.pension.models import Award
from tests.insurance.accounts import account_builders
from tests.insurance.benefits import month_builders
from tests.insurance.benefits.life import life_builders as life
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
AUGUST = Month(2026, 8)


def insured(months: str) -> Enrolment:
    """He worked until a month, before this system billed anybody."""
    return of.enrolment(person_id=p.man().pk, scheme="110", valid=of.months("2006-01", months))


def awarded_170(**changes: object) -> Award:
    """He is awarded 170 from June 2026 on, at 60."""
    month_builders.office()
    content: dict[str, object] = {
        "scheme": "170",
        "earlier_years": 15,
        "earlier_until": 2025,
        "earlier_evidence": "原系统缴费明细 演示3号",
    }
    case = p.decided(kind="RESIDENT_AWARD", of=p.man(), content={**content, **changes})
    resident_award.decide(case)
    return Award.objects.get(case_id=case.pk)


def test_who_has_the_months_of_an_employee_is_not_awarded_170_unawares() -> None:
    insured("2021-01")

    with pytest.raises(EmployeesPensionDue, match="180 个月，已满 180 个月，2026-10"):
        awarded_170()

    signed = awarded_170(employees_evidence="本人书面确认 演示7号")
    assert signed.figures["employees_evidence"] == "本人书面确认 演示7号"


def test_a_month_fewer_is_a_residents_pension() -> None:
    insured("2020-12")

    assert awarded_170().scheme == "170"


def test_deemed_months_count() -> None:
    p.recognise()
    insured("2010-03")  # 50 months, and 130 deemed

    with pytest.raises(EmployeesPensionDue, match="180 个月，已满 180 个月，2026-07"):
        awarded_170()


def draws_170() -> Entitlement:
    return month_builders.entitlement(of=p.man(), start=Month(2026, 6))


def awarded_110() -> Award:
    p.recognise()
    p.approve()
    return p.awarded()


def test_the_employees_pension_ends_the_residents() -> None:
    drawn = draws_170()

    award = awarded_110()

    stop = Stop.objects.get(entitlement=drawn)
    assert (stop.valid.lower, stop.valid.upper) == (AUGUST.first_day, None)
    assert (stop.reason, stop.case_id) == ("EMPLOYEES_PENSION", award.case_id)
    assert Month.of(award.entitlement.start_month) == AUGUST


def test_what_was_paid_for_both_is_owed_back() -> None:
    drawn = draws_170()
    awarded_110()

    month_builders.computed()

    owed = Overpaid.objects.filter(entitlement=drawn)
    assert {Month.of(one.for_month) for one in owed} == {AUGUST, Month(2026, 9), Month(2026, 10)}
    assert {one.fen for one in owed} == {sum(month_builders.PENSION.values())}


def stops_in_force(drawn: Entitlement) -> list[Month]:
    rows = Stop.objects.filter(entitlement=drawn, superseded_at=None)
    return [Month.of(row.valid.lower) for row in rows]


def stopped(award: Award, since: str) -> Case:
    content = {
        "entitlement": award.entitlement_id,
        "reason": "核定有误",
        "from_month": since,
        "evidence": "复核记录 演示8号",
    }
    case = p.decided(kind="STOP", content=content)
    stopping.stop(case)
    return case


def test_an_award_that_is_taken_back_lets_the_residents_pension_go_on() -> None:
    drawn = draws_170()
    award = awarded_110()

    stopped(award, "2026-08")

    assert stops_in_force(drawn) == []
    assert stops_in_force(award.entitlement) == [AUGUST]


def test_a_pension_that_ends_later_was_none_of_170_until_then() -> None:
    drawn = draws_170()
    award = awarded_110()

    stopped(award, "2026-11")

    assert stops_in_force(drawn) == [AUGUST]


def test_with_the_stop_withdrawn_the_residents_pension_ends_again() -> None:
    drawn = draws_170()
    award = awarded_110()
    stop = stopped(award, "2026-08")
    content = {
        "stop_case": stop.pk,
        "evidence": "复核记录 演示9号",
        "error": "停发有误",
        "error_evidence": "复核记录 演示9号",
    }

    stopping.withdraw(p.decided(kind="STOP_WITHDRAWAL", content=content))

    assert (stops_in_force(award.entitlement), stops_in_force(drawn)) == ([], [AUGUST])


def test_what_was_stopped_before_is_not_stopped_again() -> None:
    drawn = draws_170()
    month_builders.stop(of=drawn, since=Month(2026, 7))

    awarded_110()

    assert Stop.objects.filter(entitlement=drawn).count() == 1


def test_prison_ends_neither_pension_for_good() -> None:
    drawn = draws_170()
    life.happened("SENTENCED", "2026-02-10", of=p.man())
    award = awarded_110()
    assert stops_in_force(drawn)[-1:] == [AUGUST]

    life.happened("RELEASED", "2026-08-20", of=p.man())

    paid = Stop.objects.filter(entitlement__in=[drawn, award.entitlement], superseded_at=None)
    open_ends = [(stop.entitlement_id, stop.reason) for stop in paid if stop.valid.upper is None]
    assert open_ends == [(drawn.pk, "EMPLOYEES_PENSION")]


def test_who_ever_drew_the_employees_pension_is_awarded_neither() -> None:
    p.recognise()
    p.approve()
    month_builders.entitlement(of=p.man(), scheme="110")

    with pytest.raises(AlreadyAwarded, match="110"):
        awarded_170()
    with pytest.raises(AlreadyAwarded, match="110"):
        p.awarded()


def with_residents_account() -> None:
    """3,000 yuan of 170."""
    account_builders.entry(
        person_id=p.man().pk, scheme="170", kind=EntryKind.OPENING, month="2026-02",
        arrival="2026-03", fen=3_000_00,
    )  # fmt: skip


def goes_over(month: str = "2026-07") -> None:
    content = {
        "scheme": "170",
        "to_scheme": "110",
        "month": month,
        "employee_months": 200,
        "evidence": "缴费明细 演示4号",
    }

    scheme_switch.decide(p.decided(kind="PENSION_SWITCH", content=content))


def test_the_account_of_who_draws_170_goes_over_before_the_award() -> None:
    draws_170()
    with_residents_account()
    with pytest.raises(ResidentsAccountOpen, match="3000"):
        awarded_110()
    goes_over()

    award = p.awarded()

    assert balance(person_id=p.man().pk, scheme="170") == 0
    assert award.balance_fen > 3_000_00


def test_who_was_let_retire_earlier_goes_over_then() -> None:
    draws_170()
    with_residents_account()
    p.recognise()
    p.approve(route="EARLY", retirement_month="2026-05", notice_on="2026-01-05")

    goes_over("2026-05")

    assert balance(person_id=p.man().pk, scheme="170") == 0
