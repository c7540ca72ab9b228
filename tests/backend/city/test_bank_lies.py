"""The lying bank: every lie it plants is in its return and in the truth file, and no other."""

from pathlib import Path
from typing import Any

import pytest

from backend.city.bank.lies import KINDS
from tests.backend.city.bank_builders import Answered, Exchange, payments

LINES = 400


@pytest.fixture(params=["NSB", "CSB"])
def exchange(request: pytest.FixtureRequest, tmp_path: Path) -> Exchange:
    exchange = Exchange(folder=tmp_path, bank=request.param)
    exchange.instruct(1, payments(request.param, LINES))
    exchange.instruct(2, payments(request.param, 30, first=5000))
    return exchange


def lies_of(truth: list[dict[str, Any]], serial: int, kind: str) -> list[dict[str, Any]]:
    """The planted lies of one kind in one file."""
    return [lie for lie in truth if (lie["serial"], lie["kind"]) == (f"{serial:08d}", kind)]


def honest(exchange: Exchange, serial: int) -> list[Answered]:
    """What an honest bank says to the same files."""
    other = Exchange(folder=exchange.folder / "honest", bank=exchange.bank)
    for path in exchange.inbox.iterdir():
        other.put(path.name, path.read_bytes())
    other.work()
    return other.returned(serial)


@pytest.mark.parametrize("serial", [1, 2])
def test_each_kind_is_planted_in_each_file(exchange: Exchange, serial: int) -> None:
    truth = exchange.work(lies="7")

    assert {kind for kind in KINDS if lies_of(truth, serial, kind)} == set(KINDS)


def test_the_return_differs_from_an_honest_one_by_the_lies_alone(exchange: Exchange) -> None:
    truth = exchange.work(lies="7")
    expected = honest(exchange, 1)
    for lie in lies_of(truth, 1, "WRONG_AMOUNT"):
        place = lie["seq"] - 1
        assert (expected[place].ref, expected[place].fen) == (lie["ref"], lie["fen"])
        expected[place] = expected[place]._replace(fen=lie["told_fen"])
    for lie in lies_of(truth, 1, "NAME_DIFFERS"):
        expected[lie["seq"] - 1] = expected[lie["seq"] - 1]._replace(name=lie["told_name"])
    refs = [line.ref for line in expected]
    refs += [lie["ref"] for kind in ("DUPLICATE", "EXTRA") for lie in lies_of(truth, 1, kind)]
    refs += [lie["ref"] for lie in lies_of(truth, 1, "OTHER_BATCH")]
    for lie in lies_of(truth, 1, "MISSING"):
        refs.remove(lie["ref"])

    told = exchange.returned(1)

    assert sorted(line.ref for line in told) == sorted(refs)
    known = {line.ref for line in expected}
    assert {line for line in told if line.ref in known} <= set(expected)


def test_an_extra_line_was_never_sent_and_one_belongs_elsewhere(exchange: Exchange) -> None:
    truth = exchange.work(lies="7")
    sent = {serial: {line.ref for line in honest(exchange, serial)} for serial in (1, 2)}

    assert all(lie["ref"] not in sent[1] | sent[2] for lie in lies_of(truth, 1, "EXTRA"))
    assert all(lie["ref"] in sent[2] for lie in lies_of(truth, 1, "OTHER_BATCH"))


def test_a_late_return_is_first_paid(exchange: Exchange) -> None:
    truth = exchange.work(lies="7")
    late = {lie["ref"] for lie in lies_of(truth, 1, "LATE_RETURN")}

    first = {line.ref: line.code for line in exchange.returned(1)}
    second = {line.ref: line.code for line in exchange.returned(1, part=2)}

    assert set(second) == late
    assert {first[ref] for ref in late} <= {"0000", "S"}
    assert not set(second.values()) & {"0000", "S"}


def test_the_same_seed_tells_the_same_lies(exchange: Exchange, tmp_path: Path) -> None:
    truth = exchange.work(lies="7")
    again = Exchange(folder=tmp_path / "again", bank=exchange.bank)
    for path in exchange.inbox.iterdir():
        again.put(path.name, path.read_bytes())

    assert again.work(lies="7") == truth


def test_a_restart_keeps_the_truth_and_tells_nothing_twice(exchange: Exchange) -> None:
    truth = exchange.work(lies="7")

    assert exchange.work(lies="7") == truth


def test_a_small_file_is_answered_honestly(tmp_path: Path) -> None:
    exchange = Exchange(folder=tmp_path, bank="NSB")
    exchange.instruct(1, payments("NSB", 29))

    assert exchange.work(lies="7") == []
    assert len(exchange.returned(1)) == 29
