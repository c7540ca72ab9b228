"""Whoever falls short of the years at the age may take the account out (一次性领取)."""

import pytest

from backend.cases import acts
from backend.cases.content import ContentInvalid
from insurance.accounts.models import EntryKind, Outgoing
from insurance.pension import lump_sum
from insurance.pension.in_payment import AlreadyAwarded
from insurance.pension.lump_sum import AgeNotReached, YearsEnough
from tests import builders
from tests.insurance.accounts import account_builders
from tests.insurance.benefits import month_builders
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
