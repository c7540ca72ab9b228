"""Pension and medical insurance have an agency each: its own staff pay from and close its books."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pytest_django.plugin import DjangoDbBlocker

from backend.access.models import Agency, Staff
from backend.people.models import Person
from insurance.accounts.leaving import pay_lump_sum
from payments.ledger.models import LedgerMonth
from payments.models import Batch, BatchKind, BatchState
from tests import builders
from tests.flows.flow_city import Bureau, City, opened
from tests.insurance.accounts import account_builders as of
from tests.payments import payment_builders as pay

MEDICAL = "34080002"


def leave_with_medical_account(person: Person) -> None:
    """Somebody takes out a medical account, as the medical bureau decided."""
    pay.account(person)
    of.entry(person_id=person.pk, scheme="310", month="2026-01", fen=100_000)
    content = {"scheme": "310", "month": "2026-11", "reason": "EMIGRATED"}
    bureau = Agency.objects.get(code=MEDICAL)
    case = builders.case(kind="ACCOUNT_LUMP_SUM", party=person, content=content, at=bureau)
    case.decided_at = datetime(2026, 11, 5, tzinfo=UTC)
    pay_lump_sum(case)


@pytest.fixture(scope="module")
def november(
    city: City, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bureau]:
    var = tmp_path_factory.mktemp("two_agencies") / "var"
    with django_db_blocker.unblock(), opened(city=city, var=var) as bureau:
        leave_with_medical_account(builders.li())
        bureau.run()
        yield bureau


def test_an_agencys_staff_act_for_it(november: Bureau) -> None:
    finance = november.office().member("FINANCE", agency=MEDICAL)

    assert finance.get("/api/v1/staff/me")["username"] == "medical_finance"


def test_medical_account_money_is_signed_by_the_medical_bureau(november: Bureau) -> None:
    (batch,) = Batch.objects.filter(kind=BatchKind.ACCOUNT).exclude(state=BatchState.EMPTY)

    signers = [batch.checked_by or 0, batch.approved_by or 0, batch.sent_by or 0]
    staff = Staff.objects.filter(person_id__in=signers)
    assert (batch.book.scheme, batch.state) == ("310", BatchState.CLOSED)
    assert [member.agency.code for member in staff] == [MEDICAL] * 3


def test_each_agency_closes_its_own_books(november: Bureau) -> None:
    closed = {
        (month.book.agency.code, month.closed_by)
        for month in LedgerMonth.objects.select_related("book__agency")
    }

    approver = Staff.objects.get(username="medical_approver")
    assert {by for code, by in closed if code == MEDICAL} == {approver.person_id}
    assert approver.person_id not in {by for code, by in closed if code != MEDICAL}
