"""The honest bank pays what it can, returns the rest, and answers every file once."""

import ast
import sys
from pathlib import Path

import pytest

from backend.city.make.numbers import account_number
from tests.backend.city.bank_builders import ROOT, Exchange, Payment, payments

BANKS = ["NSB", "CSB"]
PAID = {"NSB": "0000", "CSB": "S"}
DUPLICATE = {"NSB": "3099", "CSB": "E99"}


@pytest.fixture(params=BANKS)
def exchange(request: pytest.FixtureRequest, tmp_path: Path) -> Exchange:
    return Exchange(folder=tmp_path, bank=request.param)


def test_every_line_is_answered_once(exchange: Exchange) -> None:
    lines = payments(exchange.bank, 50)
    exchange.instruct(1, lines)

    exchange.work()

    answered = exchange.returned(1)
    assert [(a.ref, a.account, a.name, a.fen) for a in answered] == [tuple(p) for p in lines]
    assert [a.seq for a in answered] == [f"{seq:08d}" for seq in range(1, 51)]
    assert {a.code for a in answered} == {PAID[exchange.bank]}


@pytest.mark.parametrize(
    ("marker", "nsb", "csb"),
    [
        ("999", {"3018", "3039"}, "E02"),
        ("998", {"3017"}, "E03"),
        ("997", {"3016"}, "E04"),
        ("996", {"3034"}, "E06"),
        ("995", {"3031"}, "E05"),
    ],
)
def test_an_account_tells_why_it_is_returned(
    exchange: Exchange, marker: str, nsb: set[str], csb: str
) -> None:
    exchange.instruct(1, payments(exchange.bank, 2, marker=marker))

    exchange.work()

    codes = {answered.code for answered in exchange.returned(1)}
    assert codes == (nsb if exchange.bank == "NSB" else {csb})


@pytest.mark.parametrize("account", ["9900013000000000001", "6222021234567890128", "12345678"])
def test_an_account_that_is_not_in_its_books_does_not_exist(
    exchange: Exchange, account: str
) -> None:
    exchange.instruct(1, [Payment("1-1", account)])

    exchange.work()

    (answered,) = exchange.returned(1)
    assert answered.code == {"NSB": "3009", "CSB": "E01"}[exchange.bank]


def test_another_holder_is_named_and_not_paid(exchange: Exchange) -> None:
    exchange.instruct(1, payments(exchange.bank, 1, marker="995"))

    exchange.work()

    assert exchange.returned(1)[0].name != "汪桂兰"


@pytest.mark.parametrize("name", ["操䶮", "查𠮷㛃", "石", "明詟亅", "艾力·买买提"])
def test_names_come_back_as_they_were_sent(exchange: Exchange, name: str) -> None:
    # the second byte of 詟 and others in GB18030 may be the separator's
    exchange.instruct(1, [payments(exchange.bank, 1)[0]._replace(name=name)])

    exchange.work()

    assert exchange.returned(1)[0].name == name


def test_a_ref_is_paid_once_also_in_a_later_file(exchange: Exchange) -> None:
    lines = payments(exchange.bank, 3)
    exchange.instruct(1, lines)
    exchange.work()
    exchange.instruct(2, [*payments(exchange.bank, 1, first=9), lines[1]])

    exchange.work()

    codes = [answered.code for answered in exchange.returned(2)]
    assert codes == [PAID[exchange.bank], DUPLICATE[exchange.bank]]


def test_a_ref_twice_in_one_file_is_paid_once(exchange: Exchange) -> None:
    (line,) = payments(exchange.bank, 1)
    exchange.instruct(1, [line, line])

    exchange.work()

    codes = [answered.code for answered in exchange.returned(1)]
    assert codes == [PAID[exchange.bank], DUPLICATE[exchange.bank]]


def test_a_returned_ref_may_be_paid_later(exchange: Exchange) -> None:
    (line,) = payments(exchange.bank, 1, marker="998")
    exchange.instruct(1, [line])
    exchange.work()
    good = account_number(bank=exchange.bank, marker="100", order=5)
    exchange.instruct(2, [line._replace(ref="1-2", account=good)])

    exchange.work()

    assert exchange.returned(2)[0].code == PAID[exchange.bank]


def test_the_bank_reads_the_instructions_of_its_own_name_only(tmp_path: Path) -> None:
    ours, theirs = Exchange(tmp_path, "NSB"), Exchange(tmp_path, "CSB")
    ours.instruct(1, payments("NSB", 1))
    theirs.instruct(1, payments("CSB", 1))

    ours.work()

    assert [path.name for path in ours.outbox.glob("[!.]*")] == ["HP340800NSB00000001_01.txt"]


def test_it_needs_the_standard_library_only() -> None:
    for path in (ROOT / "backend/city/bank").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names if isinstance(node, ast.Import)]
                for name in names:
                    own = name.startswith("backend.city.bank.")
                    assert own or name.split(".")[0] in sys.stdlib_module_names
