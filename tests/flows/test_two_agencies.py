"""Pension and medical insurance have an agency each: its own staff keep and close its books."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from pytest_django.plugin import DjangoDbBlocker

from backend.access.models import Agency, Staff
from backend.cases.models import Case
from backend.people.models import Person
from insurance.accounts.entries import balance
from insurance.accounts.leaving import pay_lump_sum
from insurance.collection.books import book_ids
from insurance.collection.models import FundLine, FundList, FundPayment
from payments.ledger.models import LedgerMonth
from payments.models import Batch, BatchKind, BatchState
from tests import builders
from tests.flows.flow_city import NOVEMBER, Bureau, City, opened
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


def insured_by_the_fund(person: Person) -> None:
    """The unemployment fund has somebody's medical contributions of November to pay."""
    books = book_ids(on=date(2026, 11, 5))
    listed = FundList.objects.create(
        book_id=books["210"], period=NOVEMBER.first_day, figures=[], policy_version="", line_count=1
    )
    FundLine.objects.create(
        list=listed,
        person_id=person.pk,
        source_id=1,
        region="340800",
        scheme="310",
        month=NOVEMBER.first_day,
        fen=36_574,
        account_fen=8_708,
    )


@pytest.fixture(scope="module")
def november(
    city: City, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bureau]:
    var = tmp_path_factory.mktemp("two_agencies") / "var"
    with django_db_blocker.unblock(), opened(city=city, var=var) as bureau:
        leave_with_medical_account(builders.li())
        insured_by_the_fund(builders.zhao())
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


def test_what_one_agency_pays_the_other_receives(november: Bureau) -> None:
    payment = FundPayment.objects.get()

    assert agencies_of(payment.case_id) == {"34080001"}
    assert agencies_of(payment.receipt.case_id) == {MEDICAL}
    assert payment.receipt.received is not None
    assert payment.receipt.received.book.agency.code == MEDICAL
    assert balance(person_id=builders.zhao().pk, scheme="310") == 8_708


def agencies_of(case_id: int) -> set[str]:
    """Whose staff received and decided a case."""
    case = Case.objects.get(pk=case_id)
    staff = Staff.objects.filter(person_id__in=[case.received_by, case.decided_by])
    return set(staff.values_list("agency__code", flat=True))


def test_each_agency_closes_its_own_books(november: Bureau) -> None:
    closed = {
        (month.book.agency.code, month.closed_by)
        for month in LedgerMonth.objects.select_related("book__agency")
    }

    approver = Staff.objects.get(username="medical_approver")
    assert {by for code, by in closed if code == MEDICAL} == {approver.person_id}
    assert approver.person_id not in {by for code, by in closed if code != MEDICAL}
