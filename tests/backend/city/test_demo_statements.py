"""The simulated bank's statement is one that we read: it adds up, in order of day."""

import io
from datetime import date

from backend.city.bank.statement import Moved, statement_text
from payments.banks.statement import read_statement, statement_profiles

START, END = date(2026, 11, 1), date(2026, 11, 30)


def test_what_it_writes_is_read_as_it_was_meant() -> None:
    moved = (
        Moved(date(2026, 11, 10), -700, "34080001-170-202611-NSB-1", "发放待遇"),
        Moved(date(2026, 11, 10), 500, "演示拨款20261110-1", "财政专户拨款到账"),
        Moved(date(2026, 11, 30), 3, "", "利息"),
    )

    content = statement_text(
        account="340001700001", start=START, end=END, opening_fen=200, moved=moved
    )

    told = read_statement(profiles=statement_profiles("NSB", demo=True), file=io.BytesIO(content))
    assert (told.account, told.start, told.end) == ("340001700001", START, END)
    assert (told.opening_fen, told.closing_fen) == (200, 3)
    assert [line.fen for line in told.lines] == [500, -700, 3]
    assert [line.our_ref for line in told.lines] == [moved[1].ref, moved[0].ref, ""]
