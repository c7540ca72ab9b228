"""Pension and medical insurance have an agency each: its own staff close its own books."""

from backend.access.models import Staff
from payments.ledger.models import LedgerMonth
from tests.flows.flow_city import Bureau

MEDICAL = "34080002"


def test_an_agencys_staff_act_for_it(bureau: Bureau) -> None:
    finance = bureau.office().member("FINANCE", agency=MEDICAL)

    assert finance.get("/api/v1/staff/me")["username"] == "medical_finance"


def test_each_agency_closes_its_own_books(bureau: Bureau) -> None:
    bureau.run()

    closed = {
        (month.book.agency.code, month.closed_by)
        for month in LedgerMonth.objects.select_related("book__agency")
    }
    approver = Staff.objects.get(username="medical_approver")
    assert {by for code, by in closed if code == MEDICAL} == {approver.person_id}
    assert approver.person_id not in {by for code, by in closed if code != MEDICAL}
