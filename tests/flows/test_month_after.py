"""The month after: late deaths, what is carried over, and returns that come after the close."""

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from backend.cases.models import Case
from insurance.benefits.models import Cancelled, Due, Held, Overpaid
from payments.ledger.models import Entry, MemoEntry, MemoKind
from payments.models import Attempt, Batch, Discrepancy, Outcome, OutcomeState
from tests.flows.flow_city import DECEMBER, Bureau, City, broken, identities, opened, sums
from tests.payments.payment_builders import CLOSED_ACCOUNT, Said, return_bytes

BALANCE = """
SELECT coalesce(sum(p.dr_fen - p.cr_fen), 0) FROM ledger_posting p
JOIN ledger_entry e ON e.id = p.entry_id AND e.source NOT LIKE 'collection.%%'
JOIN ledger_account a ON a.id = p.account_id WHERE a.code = %s
"""


class December:
    """Two months; between them the deaths of November are decided, one of them as false."""

    def __init__(self, bureau: Bureau) -> None:
        self.november = bureau.run()
        bureau.rest()
        self.held = set(Held.objects.values_list("due_id", flat=True))
        dead = Held.objects.filter(reason="DIED").values("due__payee_id")
        self.alive = Case.objects.filter(kind="DEATH", state="RECEIVED", party__in=dead)[0]
        bureau.decide("DEATH", but=[self.alive.id])
        bureau.decide("DEATH", approve=False)
        bureau.rest()
        self.outcome = bureau.run(DECEMBER)


@pytest.fixture(scope="module")
def december(
    city: City, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[December]:
    var = tmp_path_factory.mktemp("december") / "var"
    with django_db_blocker.unblock(), opened(city=city, var=var) as bureau:
        yield December(bureau)


class LateReturn:
    """A payment of November that comes back when the month is closed; then people accept it."""

    def __init__(self, bureau: Bureau) -> None:
        self.november = bureau.run()
        self.line = come_back(bureau)
        bureau.rest()
        self.waiting = bureau.run()
        self.open = list(Discrepancy.objects.filter(closed_at=None).values_list("kind", "ref"))
        (self.owed,) = sums(BALANCE, "2001")
        self.broken = broken()
        bureau.propose({"LATE_RETURN": "CLEARED"})
        bureau.decide("DISCREPANCY")
        bureau.rest()
        self.ended = bureau.run()


def come_back(bureau: Bureau) -> Attempt:
    """The bank says that the account of somebody paid in November was closed."""
    batch = Batch.objects.filter(bank="NSB", kind="REGULAR").order_by("-line_count")[0]
    returned = Outcome.objects.filter(state=OutcomeState.RETURNED).values("due_ref")
    line = Attempt.objects.filter(batch_id=batch.id).exclude(due_ref__in=returned)[0]
    content = return_bytes(batch=batch, said=[Said(line, code=CLOSED_ACCOUNT)], part=2)
    name = f"HP340800NSB{batch.bankfile.serial:08d}_02.txt"
    (bureau.var / "bank" / "NSB" / "returns" / name).write_bytes(content)
    return line


@pytest.fixture(scope="module")
def late(
    city: City, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LateReturn]:
    var = tmp_path_factory.mktemp("late") / "var"
    with django_db_blocker.unblock(), opened(city=city, var=var) as bureau:
        yield LateReturn(bureau)


class NotOwed:
    """A payment of November that comes back when the month is closed, to somebody who died before;
    December finds it out."""

    def __init__(self, bureau: Bureau) -> None:
        self.november = bureau.run()
        self.line = come_back(bureau)
        bureau.rest()
        bureau.run()
        (self.owed,) = sums(BALANCE, "2001")
        self._die(bureau)
        bureau.rest()
        self.december = bureau.run(DECEMBER)

    def _die(self, bureau: Bureau) -> None:
        clerk = bureau.office().member("CLERK")
        content = {
            "death_date": "2026-10-20",
            "received_date": "2026-11-25",
            "source": "OFFICE",
            "evidence": "死亡证明(演示)",
        }
        body = {"kind": "DEATH", "party": self.line.payee_id, "content": content}
        clerk.post("/api/v1/cases/receive", body)
        bureau.decide("DEATH")


@pytest.fixture(scope="module")
def not_owed(
    city: City, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NotOwed]:
    var = tmp_path_factory.mktemp("not_owed") / "var"
    with django_db_blocker.unblock(), opened(city=city, var=var) as bureau:
        yield NotOwed(bureau)


def test_december_goes_to_its_end(december: December) -> None:
    assert december.outcome.gate is None
    assert all(identities(december.outcome.summary).values())
    assert broken() == []


def test_what_was_paid_after_a_death_is_owed_back(december: December) -> None:
    owed = dict(MemoEntry.objects.filter(kind=MemoKind.OVERPAID).values_list("party_id", "fen"))
    after_death = sums("SELECT sum(fen) FROM benefits_overpaid")

    assert owed
    assert all(fen > 0 for fen in owed.values())
    assert sum(owed.values()) == after_death[0]


def test_only_months_after_the_month_of_death_are_owed_back(december: December) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM benefits_overpaid o JOIN people_death d "
            "ON d.person_id = o.payee_id AND d.confirmed AND d.superseded_at IS NULL "
            "WHERE o.for_month > d.death_date"
        )
        (count,) = cursor.fetchone()

    assert count == Overpaid.objects.count() > 0


def test_a_held_due_of_somebody_dead_is_cancelled(december: December) -> None:
    cancelled = set(Cancelled.objects.values_list("due_id", flat=True))

    assert cancelled
    assert cancelled <= december.held
    assert not Attempt.objects.filter(due_ref__in=cancelled).exists()


def test_the_dead_get_no_december(december: December) -> None:
    dead = Case.objects.filter(kind="DEATH", state="APPROVED").values("party")

    assert not Due.objects.filter(for_month="2026-12-01", payee_id__in=dead).exists()


def test_a_false_report_is_made_good_in_december(december: December) -> None:
    dues = Due.objects.filter(payee_id=december.alive.party_id)
    paid = Outcome.objects.filter(due_ref__in=dues.values("due_ref"), state=OutcomeState.PAID)

    assert {f"{month:%Y-%m}" for month in dues.values_list("for_month", flat=True)} == {
        "2026-11",
        "2026-12",
    }
    assert paid.count() == 2


def test_what_stays_held_is_carried_over(december: December) -> None:
    again = set(Held.objects.filter(run_period="2026-12-01").values_list("due_id", flat=True))

    assert again & december.held
    assert december.outcome.summary["held"] == len(again)


def test_a_due_is_held_or_paid_or_cancelled(december: December) -> None:
    again = set(Held.objects.filter(run_period="2026-12-01").values_list("due_id", flat=True))
    cancelled = set(Cancelled.objects.values_list("due_id", flat=True))
    paid = set(Outcome.objects.filter(state=8).values_list("due_ref", flat=True))
    dues = set(Due.objects.values_list("due_ref", flat=True))

    assert again | cancelled | paid == dues
    assert len(again) + len(cancelled) + len(paid) == len(dues)


def test_a_late_return_waits_for_two_people(late: LateReturn) -> None:
    assert late.open == [("LATE_RETURN", f"{late.line.due_ref}-1")]
    assert late.waiting.summary["open_exceptions"] == 1
    assert late.waiting.summary["reissued"] == late.november.summary["reissued"]


def test_a_late_return_is_owed_to_the_payee(late: LateReturn) -> None:
    assert late.owed == -late.line.fen
    assert all(identities(late.waiting.summary).values())
    assert late.broken == []


def test_a_late_return_is_paid_again_from_the_liability(late: LateReturn) -> None:
    attempt = Attempt.objects.get(due_ref=late.line.due_ref, n=2)

    assert late.ended.gate is None
    assert attempt.from_liability
    assert Outcome.objects.filter(due_ref=late.line.due_ref, n=2, state=OutcomeState.PAID).exists()
    assert sums(BALANCE, "2001") == (0,)
    assert broken() == []


def test_what_came_back_and_is_not_owed_leaves_the_liability(not_owed: NotOwed) -> None:
    (entry,) = Entry.objects.filter(source="payments.withdrawn")

    assert not_owed.owed == -not_owed.line.fen
    assert (entry.rule, f"{entry.month:%Y-%m}") == ("withdrawn.same_year", "2026-12")
    assert sums(BALANCE, "2001") == (0,)


def test_what_came_back_and_is_not_owed_is_no_expense(not_owed: NotOwed) -> None:
    expense = (
        "SELECT sum(p.dr_fen) FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id "
        "WHERE e.source = 'payments.withdrawn'"
    )

    assert sums(expense) == (-not_owed.line.fen,)
    assert not_owed.december.gate is None
    assert broken() == []


def test_what_is_not_owed_is_neither_paid_again_nor_asked_back(not_owed: NotOwed) -> None:
    line = not_owed.line

    assert not Attempt.objects.filter(due_ref=line.due_ref, n=2).exists()
    assert not MemoEntry.objects.filter(party=line.payee_id, kind=MemoKind.OVERPAID).exists()
    assert not Discrepancy.objects.filter(due_ref=line.due_ref, closed_at=None).exists()


LATE_OF_NOVEMBER = """
SELECT count(DISTINCT b.payer_id), count(DISTINCT f.payer_id),
    count(DISTINCT f.payer_id) FILTER (WHERE b.payer_id IS NULL), coalesce(sum(f.fen), 0)
FROM (SELECT payer_id, scheme, month, sum(fen) AS fen FROM collection_billline
      WHERE part = 8 AND month >= '2026-11-01' GROUP BY 1, 2, 3) f
FULL JOIN (
    SELECT b.payer_id, b.scheme, b.month FROM collection_bill b
    JOIN collection_billrun r ON r.id = b.run_id AND r.kind <> 'LATE_FEE'
    WHERE b.kind = 'EMPLOYED' AND b.month = '2026-11-01'
    GROUP BY 1, 2, 3
    HAVING sum(b.fen) FILTER (WHERE r.period = b.month)
        > coalesce((SELECT sum(t.fen) FROM collection_matchtotal t
            WHERE (t.payer_id, t.scheme, t.month) = (b.payer_id, b.scheme, b.month)
                AND t.part <> 8 AND t.arrived <= min(b.pay_by)), 0)) b
    USING (payer_id, scheme, month)
"""
FEES_TOLD = """
SELECT count(*), coalesce(sum(r.fen), 0), coalesce(sum(a.fen), 0)
FROM collection_receipt r LEFT JOIN (
    SELECT a.funds_id, sum(a.fen) AS fen FROM collection_allocation a
    JOIN collection_match m ON m.id = a.match_id AND m.kind = 'RECEIPTS'
    JOIN collection_billline l ON l.id = a.key_id AND l.part = 8 GROUP BY 1) a ON a.funds_id = r.id
WHERE r.late_fee
"""


def test_in_an_honest_december_only_who_paid_november_late_or_short_owes_a_fee(
    december: December,
) -> None:
    late, charged, charged_wrongly, fen = sums(LATE_OF_NOVEMBER)

    assert late == charged > 0
    assert charged_wrongly == 0
    assert fen > 0


def test_what_the_tax_bureau_charged_finds_our_line_to_the_fen(december: December) -> None:
    receipts, told, matched = sums(FEES_TOLD)

    assert receipts > 0
    assert told == matched


def test_nobody_is_charged_in_the_first_month_before_its_money_is_known(
    december: December,
) -> None:
    """But for what was late when the old system handed it over."""
    charged = """SELECT count(*) FROM collection_bill b JOIN collection_billrun r ON r.id = b.run_id
        AND r.kind = 'LATE_FEE' AND r.period = %s WHERE b.month >= '2026-11-01'"""

    assert sums(charged, "2026-11-01") == (0,)
    assert sums(charged, "2026-12-01")[0] >= 1
