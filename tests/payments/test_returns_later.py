"""Later parts of an answer only ever add, and what they contradict goes to people."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import LazySettings

from payments.models import Batch, Discrepancy, Outcome, ReturnFile
from payments.returns import ReturnTooEarly, receive_return
from tests.payments import bank_builders as bank
from tests.payments.bank_builders import NO_ACCOUNT, PAID, UNKNOWN, Answer, Line

pytestmark = pytest.mark.django_db
PAY, BACK, OPEN = PAID["NSB"], NO_ACCOUNT["NSB"], UNKNOWN["NSB"]


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def line() -> Line:
    return bank.lines(1)[0]


@pytest.fixture
def batch(line: Line) -> Batch:
    """Two lines sent; the tests look at the first one."""
    return bank.sent(by=bank.office(), of=[line, *bank.lines(1, first=6_000_001)])


def answer(line: Line, code: str, **other: str) -> Answer:
    return Answer(line.ref, line.account, other.get("name", line.name), line.fen, code)


def take_in(tmp_path: Path, batch: Batch, rows: Sequence[Answer], part: int) -> ReturnFile:
    content = bank.file_of(batch=batch, rows=rows, part=part)
    return receive_return(bank="NSB", path=bank.put(tmp_path, content))


def states(line: Line) -> list[int]:
    return sorted(Outcome.objects.filter(due_ref=line.due_ref).values_list("state", flat=True))


def open_kinds(line: Line) -> list[str]:
    rows = Discrepancy.objects.filter(due_ref=line.due_ref, closed_at__isnull=True)
    return sorted(rows.values_list("kind", flat=True))


def rest(line: Line) -> list[Answer]:
    other = bank.lines(1, first=6_000_001)[0]
    return [answer(other, PAY)]


@pytest.mark.parametrize(
    ("first", "then", "found", "left"),
    [
        (PAY, BACK, [8, 9], ["LATE_RETURN"]),
        (OPEN, PAY, [2, 8], []),
        (OPEN, BACK, [2, 9], ["RETURNED"]),
        (None, PAY, [1, 8], []),
        (None, BACK, [1, 9], ["RETURNED"]),
        (None, OPEN, [1, 2], ["UNKNOWN"]),
        (PAY, PAY, [8], []),
        (BACK, BACK, [9], ["RETURNED"]),
        (OPEN, OPEN, [2], ["UNKNOWN"]),
    ],
)
def test_a_later_answer_stands_above_the_earlier_one(
    tmp_path: Path,
    batch: Batch,
    line: Line,
    first: str | None,
    then: str,
    found: list[int],
    left: list[str],
) -> None:
    told = [] if first is None else [answer(line, first)]
    take_in(tmp_path, batch, told + rest(line), 1)

    assert take_in(tmp_path, batch, [answer(line, then)], 2).accepted

    assert states(line) == found
    assert open_kinds(line) == left


def test_the_bank_itself_closes_what_it_had_left_open(
    tmp_path: Path, batch: Batch, line: Line
) -> None:
    take_in(tmp_path, batch, rest(line), 1)
    take_in(tmp_path, batch, [answer(line, PAY)], 2)

    silent = Discrepancy.objects.get(kind="SILENT")
    assert silent.decision == "BANK_ANSWERED"
    assert silent.closed_at is not None


@pytest.mark.parametrize(("first", "then"), [(BACK, PAY), (BACK, OPEN), (PAY, OPEN)])
def test_a_contradiction_flips_nothing_and_goes_to_people(
    tmp_path: Path, batch: Batch, line: Line, first: str, then: str
) -> None:
    take_in(tmp_path, batch, [answer(line, first), *rest(line)], 1)
    before = states(line)

    assert take_in(tmp_path, batch, [answer(line, then)], 2).accepted

    assert states(line) == before
    told = Discrepancy.objects.get(due_ref=line.due_ref, kind="EXTRA")
    assert (told.reason, told.owner_role) == ("CONTRADICTS", "FINANCE")


def test_paid_and_returned_in_one_file_is_neither(tmp_path: Path, batch: Batch, line: Line) -> None:
    take_in(tmp_path, batch, [answer(line, PAY), answer(line, BACK), *rest(line)], 1)

    assert states(line) == [3]
    told = Discrepancy.objects.get(due_ref=line.due_ref)
    assert (told.kind, told.reason, told.bank_fen) == ("DUPLICATE", "DUPLICATE_REF", 2 * line.fen)


def test_a_line_twice_in_a_later_part_is_a_duplicate_too(
    tmp_path: Path, batch: Batch, line: Line
) -> None:
    take_in(tmp_path, batch, [answer(line, OPEN), *rest(line)], 1)
    take_in(tmp_path, batch, [answer(line, BACK), answer(line, BACK)], 2)

    assert states(line) == [2, 3]
    assert open_kinds(line) == ["DUPLICATE"]


def test_a_wrong_name_set_right_by_the_bank_is_paid(
    tmp_path: Path, batch: Batch, line: Line
) -> None:
    take_in(tmp_path, batch, [answer(line, PAY, name="王五"), *rest(line)], 1)
    take_in(tmp_path, batch, [answer(line, PAY)], 2)

    assert states(line) == [5, 8]
    assert open_kinds(line) == []


def test_a_part_before_its_time_waits_and_is_taken_later(
    tmp_path: Path, batch: Batch, line: Line
) -> None:
    with pytest.raises(ReturnTooEarly):
        take_in(tmp_path, batch, [answer(line, BACK)], 2)
    assert not ReturnFile.objects.exists()
    take_in(tmp_path, batch, [answer(line, PAY), *rest(line)], 1)

    assert take_in(tmp_path, batch, [answer(line, BACK)], 2).accepted


def test_a_part_that_was_taken_in_is_not_taken_with_other_content(
    tmp_path: Path, batch: Batch, line: Line
) -> None:
    take_in(tmp_path, batch, [answer(line, PAY), *rest(line)], 1)

    again = take_in(tmp_path, batch, [answer(line, BACK), *rest(line)], 1)

    assert (again.accepted, again.code) == (False, "wrong_part")
    assert states(line) == [8]


def test_lines_keep_their_reason(tmp_path: Path, batch: Batch, line: Line) -> None:
    take_in(tmp_path, batch, [answer(line, PAY), *rest(line)], 1)
    take_in(tmp_path, batch, [replace(answer(line, BACK), code="3018")], 2)

    assert Outcome.objects.get(due_ref=line.due_ref, state=9).reason == "CLOSED"
    assert Discrepancy.objects.get(kind="LATE_RETURN").proposal == "CORRECT_ACCOUNT"
