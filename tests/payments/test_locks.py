"""Decisions, answers and reissues at once wait for each other in one order: never for ever."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.cases.models import Case
from payments import discrepancies
from payments.locks import hold_payees
from payments.models import Attempt, Batch, Discrepancy, OutcomeState
from tests import builders
from tests.builders import Member
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import BUSY, PAID, UNKNOWN, Said
from tests.side_by_side import Act, side_by_side

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def batch() -> Batch:
    """Two lines that the bank leaves open, and two that it returned and then calls paid."""
    batch = pay.answered(UNKNOWN, UNKNOWN, BUSY, BUSY)
    returned = pay.lines_of(batch)[2:]
    pay.answer(batch, *(Said(line, PAID) for line in returned), part=2)
    return batch


def deciding(case: Case) -> Act:
    reviewer: Member = builders.member(role="REVIEWER")
    return lambda: pay.decided(case, by=reviewer)


def decision(line: Attempt, as_decided: str) -> Act:
    """The decision of two on what the bank says of a line."""
    rows = Discrepancy.objects.filter(due_ref=line.due_ref, closed_at=None)
    case = discrepancies.propose(
        discrepancy_id=rows.exclude(kind="RETURNED").get().pk,
        decision=as_decided,
        evidence="查复书 演示-9",
        agency=builders.agency(),
        received_by=builders.chen().pk,
    )
    return deciding(case)


def account_change(number: str) -> Act:
    """The decision of two on another account of Zhao's."""
    zhao = builders.zhao()
    content = {
        "bank": "NSB",
        "account_no": number,
        "holder_name": "王秀英",
        "from_date": builders.TODAY.isoformat(),
        "evidence": "新卡(演示)",
        "holder_is_payee": False,
    }
    return deciding(builders.case(party=zhao, content=content, origin=number))


def returned(line: Attempt) -> Act:
    return decision(line, "RETURNED")


def paid_after_all(line: Attempt) -> Act:
    return decision(line, "PAID_AFTER_ALL")


def test_bulk_decisions_of_accounts_and_discrepancies_in_either_order(batch: Batch) -> None:
    one, two, *_ = pay.lines_of(batch)

    side_by_side(
        [account_change("99001"), returned(one)],
        [returned(two), account_change("99002")],
    )

    assert [pay.state_of(line) for line in (one, two)] == [OutcomeState.RETURNED] * 2


def test_bulk_decisions_of_discrepancies_in_either_order(batch: Batch) -> None:
    one, two, three, four = pay.lines_of(batch)

    side_by_side(
        [returned(one), paid_after_all(three)],
        [paid_after_all(four), returned(two)],
    )

    assert Batch.objects.filter(kind="FOUND").count() == 2


@pytest.mark.parametrize("accounts_first", [True, False])
def test_an_answer_of_the_bank_beside_a_bulk_decision(batch: Batch, accounts_first: bool) -> None:
    one, two, *_ = pay.lines_of(batch)
    acts = [account_change("99001"), returned(one)]

    side_by_side(
        acts if accounts_first else acts[::-1],
        [lambda: pay.answer(batch, Said(two, BUSY), part=3)],
    )

    assert [pay.state_of(line) for line in (one, two)] == [OutcomeState.RETURNED] * 2


def test_a_decision_beside_an_answer_of_the_bank(batch: Batch) -> None:
    one, two, *_ = pay.lines_of(batch)

    side_by_side(
        [lambda: pay.answer(batch, Said(two, BUSY), part=3)],
        [account_change("99001"), returned(one)],
    )

    assert [pay.state_of(line) for line in (one, two)] == [OutcomeState.RETURNED] * 2


def test_a_reissue_beside_a_bulk_decision(batch: Batch) -> None:
    one, _, three, four = pay.lines_of(batch)
    decision(four, "CLEARED")()

    side_by_side([returned(one), paid_after_all(three)], [pay.reissued])

    paid_again = Attempt.objects.filter(n=2, batch_id__in=Batch.objects.filter(kind="REISSUE"))
    assert {line.due_ref for line in paid_again} == {one.due_ref, four.due_ref}


FILE, DESK = [1, 2], [2]


@pytest.mark.parametrize(("first", "second"), [(FILE, DESK), (DESK, FILE), (DESK, DESK)])
def test_who_proposes_an_account_waits_for_who_proposes_one_of_the_same_payee(
    first: list[int], second: list[int]
) -> None:
    done: list[str] = []

    side_by_side(
        [lambda: hold_payees(party_ids=first), lambda: done.append("first")],
        [lambda: hold_payees(party_ids=second), lambda: done.append("second")],
    )

    assert done == ["first", "second"]


def test_who_proposes_for_others_does_not_wait() -> None:
    done: list[str] = []

    side_by_side(
        [lambda: hold_payees(party_ids=[1]), lambda: done.append("first")],
        [lambda: hold_payees(party_ids=[2]), lambda: done.append("second")],
    )

    assert done == ["second", "first"]
