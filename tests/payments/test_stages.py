"""One table says at which of the eight stages a batch stands."""

import pytest

from payments.models import BatchState
from payments.stages import PLACES, Mark, Stage, place_of, ribbon

DONE, CURRENT, WAITING, FUTURE = Mark.DONE, Mark.CURRENT, Mark.WAITING, Mark.FUTURE
STATES = (
    ("DRAFT", Stage.SEAL, CURRENT),
    ("EMPTY", Stage.SEAL, DONE),
    ("SEALED", Stage.SEAL, DONE),
    ("CHECKED", Stage.CHECK, DONE),
    ("APPROVED", Stage.APPROVE, DONE),
    ("SENDING", Stage.SEND, Mark.DOUBT),
    ("SENT", Stage.SEND, DONE),
    ("RETURNED", Stage.RETURN, CURRENT),
    ("RECONCILED", Stage.SETTLE, DONE),
    ("CLOSED", Stage.ARCHIVE, DONE),
)


@pytest.mark.parametrize(("state", "stage", "mark"), STATES)
def test_a_state_has_its_stage(state: str, stage: Stage, mark: Mark) -> None:
    place = place_of(state=state, all_answered=False)

    assert (place.stage, place.mark) == (stage, mark)


def test_every_state_has_a_stage() -> None:
    assert set(PLACES) == set(BatchState) == {BatchState(state) for state, _, _ in STATES}


def test_once_the_bank_spoke_of_every_line_a_batch_is_compared() -> None:
    place = place_of(state="RETURNED", all_answered=True)

    assert (place.stage, place.mark) == (Stage.COMPARE, CURRENT)


def test_what_is_answered_does_not_move_a_batch_that_was_not_sent() -> None:
    assert place_of(state="SEALED", all_answered=True) == PLACES[BatchState.SEALED]


def marks(state: str, *, all_answered: bool = False) -> list[Mark]:
    return [place.mark for place in ribbon(state=state, all_answered=all_answered)]


def test_what_follows_on_a_signature_waits_for_the_next() -> None:
    assert marks("CHECKED") == [DONE, DONE, WAITING, *[FUTURE] * 5]


def test_a_batch_handed_over_without_an_answer_is_in_doubt_and_nothing_waits() -> None:
    assert marks("SENDING") == [DONE] * 3 + [Mark.DOUBT] + [FUTURE] * 4
    assert "不得重发" in Mark.DOUBT.label


def test_a_compared_batch_has_five_stages_behind_it() -> None:
    assert marks("RETURNED", all_answered=True) == [DONE] * 5 + [CURRENT, FUTURE, FUTURE]


def test_an_empty_batch_goes_nowhere_and_a_closed_one_has_arrived() -> None:
    assert marks("EMPTY") == [DONE] + [FUTURE] * 7
    assert marks("CLOSED") == [DONE] * 8
