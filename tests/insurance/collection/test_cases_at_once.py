"""Two decisions about the same money at once: each waits for the other, and only one moves it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from backend.cases.models import Case
from backend.jobs.runner import run_waiting
from backend.kernel.errors import Refusal
from insurance.accounts import entries, yearly_interest
from insurance.accounts.invariants import MADE_UP, broken_promises
from insurance.accounts.models import AccountEntry, EntryKind
from insurance.accounts.yearly_interest import chunk_keys, close_year, open_year
from insurance.collection.cases import taken_over_case, treasury_refund
from insurance.collection.cases.taken_over_case import NotLower
from insurance.collection.cases.treasury_refund import RefundNotSo
from insurance.collection.models import RefundAdvance, RefundAnswer, TreasuryRefund
from insurance.collection.refund_advances import AdvanceDiffers, left_of
from tests.insurance.accounts.account_facts import rate
from tests.insurance.collection import refund_builders as r
from tests.insurance.collection import taken_over_builders as taken_over
from tests.insurance.collection.arrears_files import insured, take, write
from tests.insurance.collection.debt_city import arrears_of
from tests.insurance.collection.test_taken_back_interest import close
from tests.insurance.collection.test_withdrawn_interest import ASKED, CHEN, LI, NOV, paid
from tests.side_by_side import Act, side_by_side

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture(autouse=True)
def _world(own_database: object, settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"
    r.world()


def nothing() -> None:
    """The transaction ends after the other has met it."""


def refused(decide: Callable[[Case], int], case: Case, refusal: type[Refusal]) -> Act:
    """The act of a case that comes too late."""

    def act() -> None:
        with pytest.raises(refusal):
            decide(case)

    return act


def asked_back(person_id: int) -> TreasuryRefund:
    """What a person's month brought is to go back."""
    content = {**ASKED, "person": person_id, "from_month": str(NOV), "last_month": str(NOV)}
    case = r.give_back(content)
    return TreasuryRefund.objects.get(case_id=case.pk)


def test_of_two_decisions_about_a_refund_one_is_late() -> None:
    row = r.owed_of_suspense()
    r.listed()
    r.decide("REFUSED", [row])
    first, second = (r.proposal("AGAIN", [row]) for _ in range(2))

    side_by_side(
        [lambda: treasury_refund.decide(first), nothing],
        [refused(treasury_refund.decide, second, RefundNotSo)],
    )

    row.refresh_from_db()
    assert (row.state, row.attempt, r.proved()) == ("DECIDED", 2, True)


def test_an_advance_counts_once_whoever_counts_it_at_once(tmp_path: Path) -> None:
    paid_too_much, owed = r.owed_of_suspense(), r.owed_of_suspense()
    r.listed()
    file = r.told(tmp_path, r.answer(paid_too_much.number, amount="150.00"))
    given = RefundAnswer.objects.get(file=file)
    r.decide("BOOK", [], answers=[r.entry(given)])
    advance = RefundAdvance.objects.get(answer=given)
    uses = [r.use(advance, owed, "50.00")]
    first, second = (r.proposal("COUNT", [], advances=uses) for _ in range(2))

    side_by_side(
        [lambda: treasury_refund.decide(first), nothing],
        [refused(treasury_refund.decide, second, AdvanceDiffers)],
    )

    assert (left_of(advance=advance), r.proved()) == (0, True)


def test_what_was_taken_over_falls_once(tmp_path: Path) -> None:
    company = insured().pk
    take(write(tmp_path))
    lines = taken_over.both_parts(company, "240.00", "0.00")
    whole = "2400.00"  # of both
    first, second = (taken_over.case_of(company, *lines, whole=whole) for _ in range(2))

    def decide(case: Case) -> int:
        return taken_over_case.decide(case, blockers=())

    side_by_side([lambda: decide(first), nothing], [refused(decide, second, NotLower)])

    assert arrears_of(payer_id=company, today=date(2026, 11, 30)) == 240_00 + 30_00


def test_what_comes_back_to_two_beside_whoever_draws_on_both() -> None:
    for person in (LI, CHEN):
        paid(person, NOV)
    withdrawal = r.proposal("WITHDRAW", [asked_back(CHEN), asked_back(LI)])

    side_by_side(
        [lambda: entries.lock(person_ids=[LI]), lambda: entries.lock(person_ids=[CHEN])],
        [lambda: treasury_refund.decide(withdrawal)],
    )

    assert entries.balance(person_id=LI, scheme="110") == 1000_00


@pytest.mark.parametrize("closes_first", [True, False])
def test_what_comes_back_while_its_year_is_closed_misses_no_interest(
    monkeypatch: pytest.MonkeyPatch, *, closes_first: bool
) -> None:
    paid(LI, NOV)
    row = asked_back(LI)
    close(2026)
    monkeypatch.setattr(yearly_interest, "rate_of_year", lambda **_: rate("0.0397", year=2026))
    run = open_year(scheme="110", year=2026, region="340800", today=date(2028, 6, 30), demo=True)
    run_waiting(keys=chunk_keys(run=run))
    withdrawal = r.proposal("WITHDRAW", [row])
    acts: list[Act] = [
        lambda: close_year(run_id=run.pk, now=timezone.now()),
        lambda: treasury_refund.decide(withdrawal),
    ]
    first, second = acts if closes_first else reversed(acts)

    side_by_side([first, nothing], [second])

    assert AccountEntry.objects.filter(kind=EntryKind.MADE_UP).exists()
    assert MADE_UP not in {one.promise for one in broken_promises()}
