"""A lying bank: exactly its lies are open, typed, and people decide before the month closes."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from backend.city.demo_staff import DemoStaffRefused, close_month
from backend.city.run_month import MonthOutcome
from payments.ledger.models import LedgerMonth
from payments.models import Batch, BatchState, Discrepancy, DiscrepancyKind
from tests.flows.flow_city import Bureau, City, broken, identities, opened
from tests.flows.lies import SETTLED_AS, TYPED_AS

PENDING = ("AMOUNT_DIFFERS", "DUPLICATE", "SILENT", "NAME_DIFFERS")


class Waiting:
    """The month as the lying bank left it."""

    def __init__(self, bureau: Bureau) -> None:
        self.bureau = bureau
        self.outcome = bureau.run(lying=True)
        rows = Discrepancy.objects.filter(closed_at=None).select_related("batch")
        self.open = {(row.batch.no, row.kind, row.ref) for row in rows}
        self.broken = broken()
        bureau.rest()
        with pytest.raises(DemoStaffRefused) as refusal:
            close_month(office=bureau.office(), month="2026-11")
        self.close_refused = str(refusal.value)


@pytest.fixture(scope="module")
def waiting(
    city: City, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Waiting]:
    var = tmp_path_factory.mktemp("lying") / "var"
    with django_db_blocker.unblock(), opened(city=city, var=var) as bureau:
        yield Waiting(bureau)


@pytest.fixture(scope="module")
def decided(waiting: Waiting) -> MonthOutcome:
    """What follows when finance proposed, a reviewer decided and the month went on."""
    waiting.bureau.rest()
    waiting.bureau.propose(SETTLED_AS)
    waiting.bureau.decide("DISCREPANCY")
    waiting.bureau.rest()
    return waiting.bureau.run(lying=True)


def test_every_kind_of_lie_was_told(waiting: Waiting) -> None:
    assert {lie["kind"] for lie in waiting.bureau.lies()} == set(TYPED_AS)


def test_exactly_the_lies_are_open_each_typed(waiting: Waiting) -> None:
    planted = {
        (lie["batch_no"], TYPED_AS[lie["kind"]], lie["ref"]) for lie in waiting.bureau.lies()
    }

    assert waiting.open == planted
    assert waiting.outcome.summary["open_exceptions"] == len(planted)


def test_the_month_waits_for_people(waiting: Waiting) -> None:
    gate = waiting.outcome.gate

    assert gate is not None
    assert (gate.step, gate.role) == ("DECIDE", "财务、复核")


def test_the_identities_hold_while_lines_are_unknown(waiting: Waiting) -> None:
    assert all(identities(waiting.outcome.summary).values())
    assert waiting.broken == []


def test_an_unknown_line_counts_whole(waiting: Waiting) -> None:
    told = [lie for lie in waiting.bureau.lies() if TYPED_AS[lie["kind"]] in PENDING]

    assert waiting.outcome.summary["unknown_fen"] == sum(lie["fen"] for lie in told)


def test_an_approver_can_not_close_the_month_meanwhile(waiting: Waiting) -> None:
    assert "ledger_month_blocked" in waiting.close_refused


def test_it_closes_when_people_have_decided(decided: MonthOutcome) -> None:
    states = set(Batch.objects.values_list("state", flat=True))

    assert decided.gate is None
    assert decided.summary["open_exceptions"] == 0
    assert states <= {BatchState.CLOSED, BatchState.EMPTY}
    assert not LedgerMonth.objects.filter(closed_at=None).exists()


def test_the_identities_hold_when_people_have_decided(decided: MonthOutcome) -> None:
    assert all(identities(decided.summary).values())
    assert decided.summary["unknown_fen"] == 0
    assert broken() == []


def test_what_was_decided_as_returned_is_paid_again(decided: MonthOutcome) -> None:
    returned = Discrepancy.objects.filter(
        kind=DiscrepancyKind.RETURNED, batch__kind="REGULAR"
    ).count()
    late = Discrepancy.objects.filter(kind=DiscrepancyKind.LATE_RETURN).count()

    assert decided.summary["reissued"] == returned + late
