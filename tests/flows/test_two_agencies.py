"""Pension and medical insurance have an agency each: its own staff close its own books."""

from backend.access.models import Agency, Staff
from backend.city.demo_staff import books_by_agency, close_month
from payments.ledger.books import ensure_books
from payments.ledger.models import LedgerMonth
from tests.flows.flow_city import NOVEMBER, Bureau

MEDICAL = "34080002"


def test_an_agencys_staff_act_for_it(bureau: Bureau) -> None:
    finance = bureau.office().member("FINANCE", agency=MEDICAL)

    assert finance.get("/api/v1/staff/me")["username"] == "medical_finance"


def test_each_agency_closes_its_own_books(bureau: Bureau) -> None:
    bureau.run()
    medical = Agency.objects.get(code=MEDICAL)
    book = ensure_books(agency=medical, on=NOVEMBER.first_day)[0]
    opened = LedgerMonth.objects.create(book=book, month=NOVEMBER.first_day)
    bureau.rest()

    close_month(office=bureau.office(), month=str(NOVEMBER))

    opened.refresh_from_db()
    approver = Staff.objects.get(username="medical_approver")
    assert opened.closed_by == approver.person_id
    assert book.id in books_by_agency(office=bureau.office())[MEDICAL]
