"""People come to the window with a new card, and the bank pays to it."""

import csv
from pathlib import Path

from backend.city.window import correct
from tests.backend.city.bank_builders import Exchange, Payment

RETURNED = """ref,bank,account_no,holder_name,amount,reason
17-1,NSB,9900019990000000004,操䶮,215.01,ACCOUNT_NOT_FOUND
18-1,CSB,9900029990000000003,艾力·买买提,3215.99,FROZEN
"""


def corrections(folder: Path, seed: str) -> list[dict[str, str]]:
    """What the window writes about the two returned payments."""
    returned, out = folder / "returned-2026-11.csv", folder / "corrections.csv"
    returned.write_text(RETURNED, encoding="utf-8")
    assert correct(returned=returned, out=out, seed=seed) == 2
    with out.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_returned_line_gets_a_fresh_account_of_the_same_bank(tmp_path: Path) -> None:
    found = corrections(tmp_path, "1")

    assert [(row["ref"], row["bank"], row["holder_name"]) for row in found] == [
        ("17-1", "NSB", "操䶮"),
        ("18-1", "CSB", "艾力·买买提"),
    ]
    assert [row["account_no"][:9] for row in found] == ["990001100", "990002100"]
    assert all("演示" in row["evidence"] for row in found)


def test_the_bank_pays_to_the_fresh_account(tmp_path: Path) -> None:
    first = corrections(tmp_path, "1")[0]
    exchange = Exchange(folder=tmp_path, bank="NSB")
    exchange.instruct(1, [Payment("17-2", first["account_no"], first["holder_name"])])

    exchange.work()

    assert exchange.returned(1)[0].code == "0000"


def test_the_same_seed_gives_the_same_accounts(tmp_path: Path) -> None:
    assert corrections(tmp_path, "1") == corrections(tmp_path, "1")
    assert corrections(tmp_path, "1") != corrections(tmp_path, "2")
