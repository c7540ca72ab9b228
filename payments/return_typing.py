"""Type a return file (回盘定性): every line in exactly one state, in temporary tables.

What follows from the states is written by ``returns.py``; ``return_proof.py`` reads the archived
file again and holds what was written against it.
"""

from typing import Any

from django.db.backends.utils import CursorWrapper

from backend.kernel.names import same_name
from payments import return_sql as sql
from payments.banks.profile import BankProfile
from payments.banks.read import Answers, ReturnReader
from payments.models import Batch, OutcomeState

NAMES_AT_ONCE = 10_000


def load_answers(*, reader: ReturnReader, cursor: CursorWrapper) -> None:
    """Put the file's lines into a temporary table, block by block."""
    cursor.execute(sql.FORGET)
    cursor.execute(sql.ANSWER)
    with cursor.copy(sql.LOAD) as copy:
        for answers in reader.answers():
            copy.write(_copy_text(answers))


def type_lines(*, cursor: CursorWrapper, profile: BankProfile, batch: Batch, part: int) -> None:
    """Give every line that was loaded its state, in the table ``typed``."""
    given = {**_meanings(profile), "batch": batch.id}
    cursor.execute(sql.TYPED_FIRST if part == 1 else sql.TYPED_LATER, given)
    cursor.execute(sql.COUNT_OF_BATCH)
    (ours,) = cursor.fetchone()
    if part != 1 or ours != batch.line_count:
        cursor.execute(sql.MERGE_TWINS)
    cursor.execute(sql.KNOW_TYPED)
    _forgive_spellings(cursor)


def _copy_text(answers: Answers) -> bytes:
    columns = (
        answers.due_refs,
        answers.ns,
        answers.refs,
        answers.accounts,
        answers.names,
        answers.fen_digits,
        answers.codes,
    )
    text = "\n".join(map("\t".join, zip(*columns, strict=True))) + "\n"
    return text.replace("\\", "\\\\").encode("utf-8")


def _forgive_spellings(cursor: CursorWrapper) -> None:
    """Paid under the same name, however the bank spells it: widths and dots are folded here."""
    after = 0
    while True:
        cursor.execute(sql.MISNAMED, {"after": after, "most": NAMES_AT_ONCE})
        candidates = cursor.fetchall()
        if not candidates:
            return
        same = [
            (due_ref, n) for due_ref, n, ours, theirs in candidates if same_name(ours, theirs or "")
        ]
        if same:
            due_refs, ns = zip(*same, strict=True)
            cursor.execute(sql.SAME_NAME, {"due_refs": list(due_refs), "ns": list(ns)})
        after = candidates[-1][0]


def _meanings(profile: BankProfile) -> dict[str, Any]:
    """What the bank's codes say, as columns for SQL."""
    meant = {
        **dict.fromkeys(profile.paid_codes, (OutcomeState.PAID.value, "")),
        **dict.fromkeys(profile.unknown_codes, (OutcomeState.UNKNOWN.value, "")),
        **{code: (OutcomeState.RETURNED.value, why) for code, why in profile.reasons.items()},
    }
    return {
        "codes": list(meant),
        "states": [state for state, _ in meant.values()],
        "reasons": [reason for _, reason in meant.values()],
    }
