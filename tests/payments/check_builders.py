"""What banks say of proposed accounts, for tests (样例核验回复); all is invented (演示)."""

import csv
import io
import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from payments.account_answers import FORMAT, HEADER, IN, Answered, take_answer
from payments.account_checks import ask_banks, asked
from payments.account_models import AccountCheckFile
from payments.bank_folders import bank_folder

Row = tuple[object, ...]


def answer_rows(file: AccountCheckFile, *, result: str, own_card: bool) -> list[Row]:
    """One answer for each account that was asked about."""
    card = "YES" if own_card else "NO"
    return [(case.pk, case.content["account_no"], result, card) for case in asked(file=file)]


def laid(file: AccountCheckFile, rows: Sequence[Row], /, **said: Any) -> Path:
    """Lay an answer where the bank puts it; its description."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([HEADER, *rows])
    content = text.getvalue().encode()
    told = {
        "format": FORMAT,
        "bank": file.bank,
        "serial": file.serial,
        "asked_sha256": file.sha256,
        "rows": len(rows),
        "sha256": sha256(content).hexdigest(),
        **said,
    }
    path = bank_folder(bank=file.bank, name=IN) / f"checked-{file.serial:06d}.json"
    path.with_suffix(".csv").write_bytes(content)
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def bank_says(*, result: str = "MATCHED", own_card: bool = True) -> list[Answered]:
    """Ask about what is proposed, and let the banks say the same of each."""
    files = ask_banks()
    return [
        take_answer(path=laid(file, answer_rows(file, result=result, own_card=own_card)))
        for file in files
    ]
