"""Who signs a kind of case is dated: what was decided under an older rule is read by that one."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from backend.cases import kinds
from backend.cases.kinds import kind_of

TWO_ROWS = """
name = "业务类型"
from = 2020-01-01
document = "演示规定"
standing = "cited"

[[kind]]
code = "DEATH"
label = "死亡信息核实"
two_person = false
from_feed = true
to = 2026-11-30

[[kind]]
code = "DEATH"
label = "死亡信息核实"
two_person = false
from_feed = true
feed_two_person = true
from = 2026-12-01
"""
LAST, NEXT = date(2026, 11, 30), date(2026, 12, 1)


def forget() -> None:
    for kept in (kinds._kinds, kinds.kinds, kinds._by_code):
        kept.cache_clear()


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """From December on two persons are asked for."""
    (tmp_path / "kinds.toml").write_text(TWO_ROWS, encoding="utf-8")
    forget()
    monkeypatch.setattr(kinds, "FOLDER", tmp_path)
    yield
    forget()


@pytest.mark.usefixtures("changed")
def test_a_rule_that_changes_is_read_by_the_day() -> None:
    asked = [kind_of(code="DEATH", on=day).needs_review(received_by=None) for day in (LAST, NEXT)]

    assert asked == [False, True]


def test_a_death_needs_two_persons_by_whatever_door_it_comes() -> None:
    death = kind_of(code="DEATH", on=NEXT)

    assert death.needs_review(received_by=None)
    assert not death.needs_review(received_by=1)  # who received it is the first


def test_what_the_sweep_of_the_unemployed_finds_is_decided_by_one() -> None:
    stop = kind_of(code="UNEMPLOYMENT_STOP", on=NEXT)

    assert stop.from_feed
    assert not stop.needs_review(received_by=None)
