"""The simulated bank says what it finds of accounts that it is asked about (账户核验, 只供演示).

``python -m backend.city.bank.check --bank NSB --asked DIR --answers DIR``: each ``checks-*.json``
with its CSV is answered once. It needs the standard library only and knows nothing of payments but
their files.
"""

import argparse
import csv
import io
import json
import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from backend.city.bank.accounts import CARD_MARKERS, NAMESAKE_MARKER, Answer, look_up
from backend.city.bank.layouts import LAYOUTS

ASKED, ANSWERED = "yikatong-account-checks/2", "yikatong-account-checked/2"
HEADER = ("ref", "account_no", "result", "own_card")
RESULTS = {
    Answer.PAID: "MATCHED",
    Answer.OTHER_NAME: "NAME_DIFFERS",
    Answer.NO_ACCOUNT: "NO_ACCOUNT",
}
UNUSABLE = "UNUSABLE"


def answer_all(*, bank: str, asked: Path, answers: Path) -> list[str]:
    """Answer what has arrived and was not answered; tell what was done."""
    desk = answers / ".books"
    desk.mkdir(parents=True, exist_ok=True)
    told = []
    for path in sorted(asked.glob("checks-*.json")):
        done = desk / path.name
        if done.exists():
            continue
        question = json.loads(path.read_text(encoding="utf-8"))
        content = path.with_suffix(".csv").read_bytes()
        if (question["format"], question["bank"]) != (ASKED, bank):
            told.append(f"{path.name} 不是本行的核验请求")
        elif sha256(content).hexdigest() != question["sha256"]:
            told.append(f"{path.name} 拒收:文件摘要不符")
        else:
            told.append(f"{path.name} 共{_answer(bank, question, content, answers)}户")
            done.touch()
    return told


def _answer(bank: str, question: dict[str, Any], content: bytes, answers: Path) -> int:
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(HEADER)
    asked = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    for row in asked:
        account, number = row["account_no"], row["id_number"]
        marker = account[6:9]
        result = RESULTS.get(look_up(bank=bank, account=account), UNUSABLE)
        if result == "MATCHED" and number and marker == NAMESAKE_MARKER:
            result = "ID_DIFFERS"
        card = result == "MATCHED" and number and marker in CARD_MARKERS
        rows.writerow((row["ref"], account, result, "YES" if card else "NO"))
    found = text.getvalue().encode()
    stem = f"checked-{question['serial']:06d}"
    _place(answers / f"{stem}.csv", found)
    description = {
        "format": ANSWERED,
        "bank": bank,
        "serial": question["serial"],
        "asked_sha256": question["sha256"],
        "rows": len(asked),
        "sha256": sha256(found).hexdigest(),
    }
    _place(answers / f"{stem}.json", (json.dumps(description, indent=1) + "\n").encode())
    return len(asked)


def _place(path: Path, content: bytes) -> None:
    ready = path.with_name(f".{path.name}.part")
    with ready.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    ready.replace(path)


def main(argv: list[str] | None = None) -> int:
    """Read the options and answer."""
    parser = argparse.ArgumentParser(
        prog="python -m backend.city.bank.check", description="模拟银行：账户核验"
    )
    parser.add_argument("--bank", required=True, choices=sorted(LAYOUTS), help="哪家银行")
    parser.add_argument("--asked", required=True, type=Path, help="核验请求所在文件夹")
    parser.add_argument("--answers", required=True, type=Path, help="回复写到的文件夹")
    options = parser.parse_args(argv)
    told = answer_all(bank=options.bank, asked=options.asked, answers=options.answers)
    for sentence in told:
        sys.stdout.write(f"模拟银行 {options.bank}:{sentence}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
