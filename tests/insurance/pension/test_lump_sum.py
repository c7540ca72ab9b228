"""Whoever falls short of the years at the age may take the account out (一次性领取)."""

from dataclasses import replace
from datetime import date

import pytest

from backend.access.models import Agency
from backend.cases import acts
from backend.cases.content import ContentInvalid
from backend.kernel.months import DateRange, Month
from backend.kernel.parameters import ParameterTree
from insurance.accounts.models import EntryKind, Outgoing
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import BillLine, LinePart
from insurance.enrolment.models import Kind
from insurance.enrolment.registered import MonthsDiffer
from insurance.pension import lump_sum
from insurance.pension.in_payment import AlreadyAwarded
from insurance.pension.lump_sum import RESIDENT_AGE, AgeNotReached, YearsEnough
from insurance.policy import parameters
from tests import builders
from tests.insurance.accounts import account_builders
from tests.insurance.benefits import month_builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
KIND = "ACCOUNT_LUMP_SUM"


def asked(scheme: str = "110", **changes: object) -> dict[str, object]:
    content: dict[str, object] = {
        "scheme": scheme,
        "month": "2026-07",
        "reason": "SHORT_YEARS",
        "paid_months": 179,
        "evidence": "缴费明细 演示5号",
    }
    return {**content, **changes}


def taken(scheme: str = "110", **changes: object) -> int:
    content = asked(scheme, **changes)
    return lump_sum.decide(p.decided(kind=KIND, content=content))


@pytest.fixture(autouse=True)
def account() -> None:
    for scheme in ("110", "170"):
        account_builders.entry(
            person_id=p.man().pk, scheme=scheme, kind=EntryKind.OPENING, month="2025-12",
            arrival="2026-01", fen=1_000_00,
        )  # fmt: skip


def test_with_too_few_months_at_the_age_all_of_it_is_paid() -> None:
    p.recognise()

    taken()

    assert Outgoing.objects.get().fen > 1_000_00


def test_a_month_before_the_age_it_is_not() -> None:
    p.recognise()

    with pytest.raises(AgeNotReached):
        taken(month="2026-06")


def test_who_paid_enough_draws_by_the_month() -> None:
    p.recognise()

    with pytest.raises(YearsEnough):
        taken(paid_months=180)


def test_months_fewer_than_the_register_shows_need_a_reason() -> None:
    p.recognise()
    of.enrolment(person_id=p.man().pk, scheme="110", valid=of.months("2010-01", "2026-07"))

    with pytest.raises(MonthsDiffer, match="登记自 2010-01"):
        taken(paid_months=179)

    assert taken(paid_months=179, difference_reason="2014 年起单位停产未缴，欠费核定书 演示1号") > 0


def test_not_fewer_months_than_were_deemed_are_said() -> None:
    p.recognise()

    with pytest.raises(ContentInvalid, match="视同缴费的 130 个月"):
        taken(paid_months=129)


def test_who_was_insured_for_less_may_not_say_that_more_was_paid() -> None:
    since = of.months("2009-01", "2019-01")
    of.enrolment(person_id=p.man().pk, scheme="170", kind=Kind.RESIDENT, valid=since)

    with pytest.raises(MonthsDiffer, match="参保 120 个月"):
        taken("170", paid_months=121)

    assert taken("170", paid_months=120) > 0


def test_years_that_a_resident_paid_for_here_are_not_left_out() -> None:
    of.enrolment(
        person_id=p.man().pk,
        scheme="170",
        kind=Kind.RESIDENT,
        valid=of.months("2026-01", "2027-01"),
    )
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    bills.on_roll(person_id=p.man().pk)
    bills.bill()
    for line in BillLine.objects.filter(person_id=p.man().pk, scheme="170"):
        came = Came(
            line.payer_id,
            "170",
            line.fen,
            month=Month.of(line.month),
            person_id=line.person_id,
            part=LinePart(line.part),
        )
        file = city.write_file(receipts=[came])
        work_off(file_id=file.pk, period=bills.NOV, today=bills.NOV.last_day)

    with pytest.raises(MonthsDiffer, match="在本地已缴 12 个月"):
        taken("170", paid_months=11)


def test_the_age_is_that_in_force_in_the_month(monkeypatch: pytest.MonkeyPatch) -> None:
    """From July 2026 on it is 61; an invented rule."""
    tree = parameters.load()
    shipped = tree.parameters[RESIDENT_AGE]
    (row,) = shipped.rows["value"]
    later = replace(row, valid=DateRange(date(2026, 7, 1)), region="340800", fields={"value": 61})
    made = replace(shipped, rows={"value": (row, later)})
    changed = ParameterTree({**tree.parameters, RESIDENT_AGE: made}, "a" * 64)
    monkeypatch.setattr(parameters, "load", lambda: changed)

    with pytest.raises(AgeNotReached, match="2027-05"):
        taken("170", month="2026-07")
    assert taken("170", month="2026-06") > 0


def test_a_resident_is_counted_by_the_resident_scheme() -> None:
    with pytest.raises(AgeNotReached):  # by the ID card 60 years in May
        taken("170", month="2026-04")
    with pytest.raises(YearsEnough):
        taken("170", paid_months=180)

    assert taken("170", month="2026-05") > 0


def test_the_archive_says_when_an_employee_reaches_the_age() -> None:
    with pytest.raises(ContentInvalid, match="档案认定"):
        taken()


def test_who_draws_takes_nothing_out() -> None:
    p.recognise()
    month_builders.entitlement(of=p.man(), scheme="110")

    with pytest.raises(AlreadyAwarded):
        taken()


def test_who_emigrates_needs_no_age() -> None:
    taken(reason="EMIGRATED")

    assert Outgoing.objects.count() == 1


def test_who_emigrates_shows_that_the_nationality_is_lost() -> None:
    with pytest.raises(ContentInvalid, match="丧失国籍"):
        taken(reason="EMIGRATED", evidence="")

    assert not Outgoing.objects.exists()


def test_medical_accounts_have_no_years() -> None:
    account_builders.entry(scheme="310", kind=EntryKind.OPENING, month="2025-12", arrival="2026-01")

    assert lump_sum.check(p.waiting(kind=KIND, of=builders.li(), content=asked("310"))) == 0


def test_the_city_knows_the_act() -> None:
    assert acts.registered()[KIND] is lump_sum.decide
    assert acts.registered()[f"{KIND}.RECEIVED"] is lump_sum.check
