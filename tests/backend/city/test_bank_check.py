"""The simulated bank answers what it is asked about accounts, once, by what its books say."""

import csv
import json
from hashlib import sha256
from pathlib import Path

from backend.city.bank.check import answer_all
from backend.city.make.numbers import account_number

SAMPLES = Path(__file__).parents[3] / "docs" / "formats" / "samples"
ID_NUMBER = "340802195803120021"
ACCOUNTS = {
    "100": ("MATCHED", "YES"),
    "101": ("MATCHED", "YES"),
    "102": ("ID_DIFFERS", "NO"),
    "200": ("MATCHED", "NO"),
    "995": ("NAME_DIFFERS", "NO"),
    "998": ("UNUSABLE", "NO"),
}


def asked(
    folder: Path, accounts: list[str], *, bank: str = "NSB", id_number: str = ID_NUMBER
) -> None:
    folder.mkdir(exist_ok=True)
    rows = "".join(
        f"{ref},{number},操䶮,{id_number}\n" for ref, number in enumerate(accounts, start=1)
    )
    content = f"ref,account_no,holder_name,id_number\n{rows}".encode()
    (folder / "checks-000001.csv").write_bytes(content)
    told = {
        "format": "yikatong-account-checks/2",
        "bank": bank,
        "serial": 1,
        "rows": len(accounts),
        "sha256": sha256(content).hexdigest(),
    }
    (folder / "checks-000001.json").write_text(json.dumps(told))


def answers(folder: Path) -> list[tuple[str, str]]:
    with (folder / "checked-000001.csv").open(encoding="utf-8", newline="") as file:
        return [(row["result"], row["own_card"]) for row in csv.DictReader(file)]


def test_each_account_is_what_the_bank_s_books_say(tmp_path: Path) -> None:
    numbers = [account_number(bank="NSB", marker=marker, order=1) for marker in ACCOUNTS]
    asked(tmp_path / "asked", [*numbers, numbers[0][:-1] + "x"])

    told = answer_all(bank="NSB", asked=tmp_path / "asked", answers=tmp_path / "answers")

    assert told == ["checks-000001.json 共7户"]
    assert answers(tmp_path / "answers") == [*ACCOUNTS.values(), ("NO_ACCOUNT", "NO")]


def test_of_a_name_without_a_number_no_bank_says_whose_card_it_is(tmp_path: Path) -> None:
    number = account_number(bank="NSB", marker="100", order=1)
    asked(tmp_path / "asked", [number], id_number="")

    answer_all(bank="NSB", asked=tmp_path / "asked", answers=tmp_path / "answers")

    assert answers(tmp_path / "answers") == [("MATCHED", "NO")]


def test_the_samples_are_a_question_and_its_answer(tmp_path: Path) -> None:
    answer_all(bank="NSB", asked=SAMPLES, answers=tmp_path)

    for name in ("checked-000001.csv", "checked-000001.json"):
        assert (tmp_path / name).read_bytes() == (SAMPLES / name).read_bytes()


def test_a_question_is_answered_once(tmp_path: Path) -> None:
    asked(tmp_path / "asked", [account_number(bank="NSB", marker="100", order=1)])
    folders = {"asked": tmp_path / "asked", "answers": tmp_path / "answers"}
    answer_all(bank="NSB", **folders)
    (tmp_path / "answers" / "checked-000001.json").unlink()

    assert answer_all(bank="NSB", **folders) == []


def test_an_altered_or_another_bank_s_question_is_not_answered(tmp_path: Path) -> None:
    asked(tmp_path / "asked", [account_number(bank="NSB", marker="100", order=1)])
    question = tmp_path / "asked" / "checks-000001.csv"
    question.write_bytes(question.read_bytes() + b"2,1,x\n")
    folders = {"asked": tmp_path / "asked", "answers": tmp_path / "answers"}

    (altered,) = answer_all(bank="NSB", **folders)
    asked(tmp_path / "asked", ["1"], bank="CSB")
    (other,) = answer_all(bank="NSB", **folders)

    assert "摘要" in altered
    assert "不是本行" in other
    assert not (tmp_path / "answers" / "checked-000001.json").exists()
