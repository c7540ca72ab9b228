"""What is not simply paid has an owner, and two persons decide it in the ways of its kind."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import transaction

from backend.access.models import Agency
from backend.audit.models import Act
from backend.cases.approvals import OtherAgency
from backend.cases.decide import SamePerson
from backend.cases.models import Case
from backend.cases.receive import OriginTaken
from backend.cases.served import RowOfAnother
from payments import discrepancies
from payments.discrepancies import (
    DECISIONS,
    AlreadyDecided,
    BatchOfAnother,
    DecisionNotPossible,
)
from payments.models import AccountBlock, Attempt, Discrepancy, Outcome, OutcomeState
from payments.returned_list import write_returned_list
from tests import builders
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import CLOSED_ACCOUNT, PAID, UNKNOWN, Said, state_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def row() -> Discrepancy:
    """A line of which the bank does not know the result."""
    pay.answered(UNKNOWN)
    return Discrepancy.objects.get()


def propose(row: Discrepancy, decision: str, *, evidence: str = "查复书 演示-1") -> Case:
    return discrepancies.propose(
        discrepancy_id=row.id,
        decision=decision,
        evidence=evidence,
        agency=builders.agency(),
        received_by=builders.chen().pk,
    )


def paid_elsewhere(*, name: str = "", account_no: str = "") -> Attempt:
    """A line that the bank paid to another name or number, decided as returned."""
    wang = builders.wang()
    pay.account(wang)
    batch = pay.sent(pay.Line(wang))
    (line,) = pay.lines_of(batch)
    pay.answer(batch, Said(line, name=name, account_no=account_no))
    assert state_of(line) == OutcomeState.NAME_DIFFERS
    pay.decide_discrepancy(batch, "RETURNED")
    return line


def line_of(row: Discrepancy) -> Attempt:
    assert row.due_ref is not None
    assert row.n is not None
    return Attempt.objects.get(due_ref=row.due_ref, n=row.n)


def test_an_exception_has_owner_and_proposal(row: Discrepancy) -> None:
    assert (row.kind, row.owner_role, row.proposal) == ("UNKNOWN", "FINANCE", "QUERY_BANK")
    assert (row.instructed_fen, row.decision, row.closed_at) == (20000, "", None)


def test_a_refused_account_is_the_clerk_s() -> None:
    pay.answered(CLOSED_ACCOUNT)

    row = Discrepancy.objects.get()
    assert (row.kind, row.owner_role, row.reason) == ("RETURNED", "CLERK", "CLOSED")


def test_a_proposal_changes_nothing_yet(row: Discrepancy) -> None:
    case = propose(row, "PAID")

    row.refresh_from_db()
    assert (case.kind, case.state, row.closed_at) == ("DISCREPANCY", "RECEIVED", None)
    assert state_of(line_of(row)) == OutcomeState.UNKNOWN


@pytest.mark.parametrize("decision", ["PAID", "RETURNED"])
def test_a_decision_is_an_answer_on_the_line(row: Discrepancy, decision: str) -> None:
    case = pay.decided(propose(row, decision))

    row.refresh_from_db()
    answer = Outcome.objects.get(case_id=case.pk)
    assert (answer.state, answer.fen) == (OutcomeState[decision], row.instructed_fen)
    assert (row.decision, row.case_id, row.closed_at) == (decision, case.pk, case.decided_at)


def test_what_was_decided_as_returned_is_to_be_paid_again(row: Discrepancy) -> None:
    pay.decided(propose(row, "RETURNED"))

    opened = Discrepancy.objects.get(kind="RETURNED")
    assert (opened.proposal, opened.closed_at) == ("REISSUE", None)
    assert len(pay.reissued()) == 1


def test_an_account_under_another_name_is_not_paid_to_again(tmp_path: Path) -> None:
    paid_elsewhere(name="李建国")

    opened = Discrepancy.objects.get(kind="RETURNED")
    assert (opened.proposal, opened.owner_role) == ("CORRECT_ACCOUNT", "CLERK")
    assert AccountBlock.objects.get().reason == "NAME_MISMATCH"
    assert pay.reissued() == []
    assert write_returned_list(period=pay.PERIOD, path=tmp_path / "returned.csv") == 1
    assert opened.ref in (tmp_path / "returned.csv").read_text("utf-8")


def test_what_was_returned_for_another_name_is_paid_to_the_corrected_account() -> None:
    pay.correct(paid_elsewhere(name="李建国"))

    assert len(pay.reissued()) == 1


def test_what_went_to_another_account_is_paid_again_to_the_right_one() -> None:
    paid_elsewhere(account_no=pay.OTHER_ACCOUNT)

    opened = Discrepancy.objects.get(kind="RETURNED")
    assert (opened.proposal, AccountBlock.objects.count()) == ("REISSUE", 0)
    assert len(pay.reissued()) == 1


def test_a_wrong_amount_is_never_taken_for_right() -> None:
    batch = pay.sent()
    pay.answer(batch, Said(pay.lines_of(batch)[0], fen=20900))
    row = Discrepancy.objects.get()

    pay.decided(propose(row, "PAID"))

    answer = Outcome.objects.get(state=OutcomeState.PAID)
    assert (row.bank_fen, answer.fen) == (20900, 20000)


@pytest.mark.parametrize(
    "altered",
    [
        {"decision": "CLEARED"},
        {"decision": None},
        {"evidence": " "},
        {"evidence": None},
        {"ref": "1-1"},
        {"kind": "EXTRA"},
        {"discrepancy": 0},
        {"discrepancy": "1"},
        {"discrepancy": None},
    ],
)
def test_a_case_that_came_by_another_door_decides_nothing_else(
    row: Discrepancy, altered: dict[str, object]
) -> None:
    asked = {
        "discrepancy": row.id,
        "ref": row.ref,
        "kind": row.kind,
        "decision": "RETURNED",
        "evidence": "查复书 演示-1",
    }

    with pytest.raises(DecisionNotPossible), transaction.atomic():
        pay.decided(builders.case(kind="DISCREPANCY", content={**asked, **altered}))

    row.refresh_from_db()
    assert (row.closed_at, state_of(line_of(row))) == (None, OutcomeState.UNKNOWN)


@pytest.mark.parametrize("kind", sorted(DECISIONS))
def test_a_kind_is_decided_in_its_own_ways_only(row: Discrepancy, kind: str) -> None:
    Discrepancy.objects.filter(id=row.id).update(kind=kind)

    known = {"PAID", "RETURNED", "CLEARED", "PAID_AFTER_ALL", "REISSUED", ""}

    for decision in known - set(DECISIONS[kind]):
        with pytest.raises(DecisionNotPossible):
            propose(row, decision)


def test_a_decision_needs_evidence(row: Discrepancy) -> None:
    with pytest.raises(DecisionNotPossible, match="依据"):
        propose(row, "PAID", evidence="  ")


def test_a_return_is_settled_by_a_reissue_not_by_a_decision() -> None:
    pay.answered(CLOSED_ACCOUNT)

    with pytest.raises(DecisionNotPossible):
        propose(Discrepancy.objects.get(), "CLEARED")


def test_an_exception_is_decided_once(row: Discrepancy) -> None:
    pay.decided(propose(row, "PAID"))

    with pytest.raises(AlreadyDecided):
        propose(row, "PAID")


def test_the_same_proposal_twice_is_one_case(row: Discrepancy) -> None:
    assert propose(row, "PAID").pk == propose(row, "PAID").pk


def test_two_proposals_do_not_wait_at_once(row: Discrepancy) -> None:
    propose(row, "PAID")

    with pytest.raises(OriginTaken):
        propose(row, "RETURNED")


def test_a_refused_proposal_makes_way_for_another(row: Discrepancy) -> None:
    pay.decided(propose(row, "PAID"), approve=False)

    again = pay.decided(propose(row, "PAID"))

    row.refresh_from_db()
    assert (row.decision, row.case_id) == ("PAID", again.pk)


def test_a_refused_proposal_leaves_the_line_as_it_was(row: Discrepancy) -> None:
    pay.decided(propose(row, "PAID"), approve=False)

    row.refresh_from_db()
    assert (row.closed_at, state_of(line_of(row))) == (None, OutcomeState.UNKNOWN)


def test_who_proposes_does_not_decide(row: Discrepancy) -> None:
    finance = builders.person()
    case = discrepancies.propose(
        discrepancy_id=row.id,
        decision="PAID",
        evidence="查复书",
        agency=builders.agency(),
        received_by=finance.pk,
    )

    with pytest.raises(SamePerson):
        pay.decided(case, by=builders.member(role="REVIEWER", of=finance))


def test_a_line_that_is_not_ours_is_cleared_up_without_an_answer() -> None:
    batch = pay.answered(PAID)
    stranger = pay.lines_of(batch)[0]
    stranger.due_ref, stranger.holder_name = 99_000_001, "陈桂芳"
    pay.answer(batch, Said(stranger), part=2)
    row = Discrepancy.objects.get()

    pay.decided(propose(row, "CLEARED"))

    row.refresh_from_db()
    assert (row.kind, row.decision) == ("EXTRA", "CLEARED")
    assert Outcome.objects.count() == 1


def test_the_bank_s_later_answer_closes_the_exception(row: Discrepancy) -> None:
    pay.answer(row.batch, Said(line_of(row), PAID), part=2)

    row.refresh_from_db()
    assert row.decision == "BANK_ANSWERED"
    with pytest.raises(AlreadyDecided):
        propose(row, "PAID")


def test_a_proposal_is_void_when_the_bank_answers_first(row: Discrepancy) -> None:
    case = propose(row, "PAID")
    pay.answer(row.batch, Said(line_of(row), CLOSED_ACCOUNT), part=2)

    with pytest.raises(AlreadyDecided), transaction.atomic():
        pay.decided(case)
    assert state_of(line_of(row)) == OutcomeState.RETURNED


def test_an_owner_is_named_and_it_is_recorded(row: Discrepancy) -> None:
    owner = builders.member(role="FINANCE")

    count = discrepancies.assign(
        discrepancy_ids=[row.id], staff_id=owner.staff.pk, by=owner.key.person_id
    )

    row.refresh_from_db()
    assert (count, row.owner_staff_id) == (1, owner.staff.pk)
    assert Act.objects.get(name="payments.assign_discrepancies").rows == 1


def test_what_is_closed_is_given_to_nobody(row: Discrepancy) -> None:
    pay.decided(propose(row, "PAID"))

    assert discrepancies.assign(discrepancy_ids=[row.id], staff_id=1, by=1) == 0


@pytest.fixture
def other() -> Agency:
    return Agency.objects.create(
        code="34080002", name="演示医保局", region="340800", kind="MEDICAL"
    )


def test_an_agency_decides_on_its_own_batches_only(row: Discrepancy, other: Agency) -> None:
    case = propose(row, "PAID")
    with pytest.raises(BatchOfAnother):
        discrepancies.propose(
            discrepancy_id=row.id,
            decision="PAID",
            evidence="查复书 演示-1",
            agency=other,
            received_by=builders.chen().pk,
        )

    with pytest.raises(RowOfAnother):
        builders.case(kind="DISCREPANCY", content=case.content, at=other)

    forged = Case(kind="DISCREPANCY", content=case.content, agency=other)
    for act in (discrepancies.check, discrepancies.complete):
        with pytest.raises(BatchOfAnother), transaction.atomic():
            act(forged)
    assert state_of(line_of(row)) == OutcomeState.UNKNOWN


def test_staff_of_another_agency_do_not_decide_it(row: Discrepancy, other: Agency) -> None:
    with pytest.raises(OtherAgency):
        pay.decided(propose(row, "PAID"), by=builders.member(role="REVIEWER", at=other))
