"""An honest month: from the files of the city to the closed ledger."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db.models import Sum
from pytest_django.plugin import DjangoDbBlocker

from backend.access.models import RoleAssignment
from backend.audit.models import Act
from backend.cases.models import Approval, Case, CaseState
from backend.city.run_month import MonthOutcome
from backend.people.models import PartyIdentifier
from insurance.benefits.models import Held
from insurance.collection.models import (
    Bill,
    BillMode,
    DeclaredLine,
    Finding,
    Receipt,
    RefundAnswer,
    TreasuryRefund,
)
from payments.ledger.balances import trial_balance
from payments.ledger.models import Book, Entry, LedgerMonth
from payments.models import (
    Attempt,
    BalanceTable,
    Batch,
    BatchState,
    Discrepancy,
    DiscrepancyKind,
    OpenItem,
)
from tests.flows.flow_city import (
    NOVEMBER,
    Bureau,
    City,
    broken,
    identities,
    opened,
    run_again,
    sums,
)

SUMMARY = (
    "period",
    "bills",
    "billed_fen",
    "collected_fen",
    "posted_fen",
    "suspense_fen",
    "gaps",
    "people",
    "entitled",
    "batched",
    "held",
    "entitled_fen",
    "batch_fen",
    "held_fen",
    "file_fen",
    "bank_paid_fen",
    "bank_returned_fen",
    "unknown_fen",
    "ledger_fen",
    "reissued",
    "open_exceptions",
    "changed",
    "seconds",
    "gate",
)
PAID_BY_BANK = """
SELECT sum(a.fen) FROM payments_attempt a JOIN payments_batch b ON b.id = a.batch_id
JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.n AND o.state = 8 WHERE b.kind = %s
"""
EXPENSE = """
SELECT sum(p.dr_fen - p.cr_fen) FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
WHERE a.code LIKE '5001%%'
"""
IN_TRANSIT = """
SELECT count(*) FROM (
    SELECT a.code FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
    JOIN ledger_entry e ON e.id = p.entry_id AND e.source NOT LIKE 'collection.%%'
    WHERE a.code IN ('1101', '2001') GROUP BY a.book_id, a.code
    HAVING sum(p.dr_fen - p.cr_fen) <> 0) open
"""


@dataclass(frozen=True)
class Paid:
    """The month as it ended, and where."""

    bureau: Bureau
    outcome: MonthOutcome

    @property
    def summary(self) -> dict[str, Any]:
        """Its figures."""
        return self.outcome.summary


@pytest.fixture(scope="module")
def month(
    city: City, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Paid]:
    var = tmp_path_factory.mktemp("honest") / "var"
    with django_db_blocker.unblock(), opened(city=city, var=var) as bureau:
        yield Paid(bureau, bureau.run())


def test_the_month_goes_to_its_end(month: Paid) -> None:
    assert month.outcome.gate is None
    assert set(month.summary) == set(SUMMARY)


@pytest.mark.parametrize("identity", identities(dict.fromkeys(SUMMARY, 0)))
def test_an_identity_holds(month: Paid, identity: str) -> None:
    assert identities(month.summary)[identity]


def test_some_are_held_and_each_with_a_reason(month: Paid) -> None:
    reasons = set(Held.objects.values_list("reason", flat=True))

    assert month.summary["held"] == Held.objects.count() > 0
    assert {"DIED", "CHECK_MISSED", "UNVERIFIED", "NO_ACCOUNT"} <= reasons


def test_what_the_bank_returned_is_paid_again(month: Paid) -> None:
    returned = Discrepancy.objects.filter(kind=DiscrepancyKind.RETURNED)

    assert month.summary["bank_returned_fen"] > 0
    assert month.summary["reissued"] == returned.count() > 0
    assert set(returned.values_list("decision", flat=True)) == {"REISSUED"}


def test_a_reissue_obeys_the_identities_by_itself(month: Paid) -> None:
    again = Batch.objects.filter(kind="REISSUE").aggregate(fen=Sum("fen"))["fen"]

    assert sums(PAID_BY_BANK, "REISSUE") == (again,) == (month.summary["bank_returned_fen"],)


def test_what_was_paid_had_arrived_before(month: Paid) -> None:
    left = {
        row.closing_fen
        for book in Book.objects.all()
        for row in trial_balance(book_id=book.pk, month=NOVEMBER.first_day)
        if row.code == "1004"
    }

    assert min(left) >= 0
    assert Entry.objects.filter(rule="funding.arrived").exists()


def test_two_accounts_agree_with_their_bank_but_for_its_interest(month: Paid) -> None:
    tables = BalanceTable.objects.order_by("book__scheme")
    told = [(table.book.scheme, table.rest_fen) for table in tables]
    known = OpenItem.objects.filter(closed_at=None).values_list("told", flat=True)

    assert told == [("110", 0), ("170", 0)]
    assert set(known) == {"利息"}


def test_no_exception_is_open(month: Paid) -> None:
    assert month.summary["open_exceptions"] == 0


def test_everybody_in_a_batch_is_paid_once(month: Paid) -> None:
    paid = sums(
        "SELECT count(*), count(DISTINCT due_ref), sum(fen) FROM payments_outcome WHERE state = 8"
    )

    assert paid == (month.summary["batched"], month.summary["batched"], month.summary["batch_fen"])


def test_three_persons_sign_each_batch(month: Paid) -> None:
    for batch in Batch.objects.exclude(state=BatchState.EMPTY):
        signed = Approval.objects.filter(subject_kind="payments.batch", subject_id=batch.id)

        assert set(signed.values_list("step", flat=True)) == {"CHECK", "APPROVE", "SEND"}
        assert len(set(signed.values_list("person_id", flat=True))) == 3
        assert set(signed.values_list("digest", flat=True)) == {batch.digest}


def test_who_signs_holds_the_role_of_the_step(month: Paid) -> None:
    roles = {"CHECK": "REVIEWER", "APPROVE": "APPROVER", "SEND": "CASHIER"}

    for approval in Approval.objects.filter(subject_kind="payments.batch"):
        held = RoleAssignment.objects.filter(staff=approval.staff).values_list("role", flat=True)
        assert [roles[approval.step]] == list(held)


def test_nobody_decides_the_account_that_he_received(month: Paid) -> None:
    cases = Case.objects.filter(kind="ACCOUNT_CHANGE", state=CaseState.APPROVED)

    assert cases.count() == month.summary["reissued"]
    assert all(case.decided_by != case.received_by for case in cases)


def test_a_reissue_goes_to_the_corrected_account(month: Paid) -> None:
    for again in Attempt.objects.filter(n=2):
        first = Attempt.objects.get(due_ref=again.due_ref, n=1)

        assert (again.payee_id, again.fen, again.parts) == (first.payee_id, first.fen, first.parts)
        assert again.account_no != first.account_no


def test_the_expense_of_all_batches_is_what_the_bank_paid(month: Paid) -> None:
    paid = sums(PAID_BY_BANK, "REGULAR")[0] + sums(PAID_BY_BANK, "REISSUE")[0]

    assert sums(EXPENSE) == (paid,)
    assert sums(IN_TRANSIT) == (0,)


def test_batches_and_months_are_closed(month: Paid) -> None:
    states = set(Batch.objects.values_list("state", flat=True))

    assert states <= {BatchState.CLOSED, BatchState.EMPTY}
    assert not LedgerMonth.objects.filter(closed_at=None).exists()


def test_every_row_that_was_written_is_counted(month: Paid) -> None:
    calls = Act.objects.exclude(call=None).values_list("call", flat=True).distinct()

    assert month.summary["changed"] > month.summary["entitled"]
    assert len(set(calls)) >= 1


def test_all_promises_hold(month: Paid) -> None:
    assert broken() == []


def test_a_second_run_changes_no_row(month: Paid) -> None:
    assert run_again(month.bureau) == 0


def test_a_month_collects_in_both_modes(month: Paid) -> None:
    employers = Bill.objects.filter(kind="EMPLOYED", run__period=NOVEMBER.first_day)
    asked, declaring = (
        set(employers.filter(mode=mode).values_list("payer_id", flat=True)) for mode in BillMode
    )
    paid = set(Receipt.objects.values_list("payer_id", flat=True))

    assert asked & paid
    assert declaring & paid
    assert set(DeclaredLine.objects.values_list("payer_id", flat=True)) == declaring
    numbers = PartyIdentifier.objects.filter(party_id__in=asked).values_list("number", flat=True)
    assert employers_sent(month.bureau) == set(numbers)


def test_what_an_employer_paid_twice_goes_back_through_the_treasury(month: Paid) -> None:
    refunds = TreasuryRefund.objects.all()

    assert refunds.count() > 0
    assert set(refunds.values_list("state", flat=True)) == {"PAID"}
    answers = RefundAnswer.objects.filter(refund__in=refunds, file__isnull=False, trouble="")
    assert answers.count() == refunds.count()
    booked = Entry.objects.filter(source="collection.refund", rule="collection.suspense.refunded")
    assert booked.count() == refunds.count()
    assert not Finding.objects.filter(kind="DUPLICATE", closed_at=None).exists()
    assert treasury_holds() >= 0


def treasury_holds() -> int:
    """The least that any book says the treasury holds."""
    return min(
        row.closing_fen
        for book in Book.objects.all()
        for row in trial_balance(book_id=book.pk, month=NOVEMBER.first_day)
        if row.code == "1005"
    )


def employers_sent(bureau: Bureau) -> set[str]:
    """The numbers of the employers whose bills went to the tax bureau."""
    numbers: set[str] = set()
    for path in (bureau.var / "tax" / "sent").glob("bills-*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        numbers |= {row["payer_number"] for row in rows if row["kind"] == "EMPLOYED"}
    return numbers
