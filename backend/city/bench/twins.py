"""Measure two who do the same (对照测速): ours and a statement by hand, each in a fresh clone.

Both count in the end what everybody is given: what differs is not compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from backend.city.bench.benchmark import Tell
from backend.city.bench.meter import Meter, session_of
from backend.city.bench.month import Figures, figures_of
from backend.city.bench.place import TAKEN, Place
from backend.city.bench.report import AIM_GROWTH

OURS, BY_HAND = "ours", "by_hand"


class RowsDifferError(Exception):
    """Ours and the statement by hand did not give the same."""


@dataclass(frozen=True)
class Twins:
    """What is measured: ``adjustment-fill``, ``adjustment-ours``, ``adjustment-by-hand``."""

    name: str
    option: str  # what the size is called
    counted: str  # 份养老金
    compared: str  # the step that counts what both gave
    given: str  # SQL of that: rows and fen

    @property
    def who(self) -> dict[str, str]:
        """Who does it, and as which process."""
        return {OURS: f"{self.name}-ours", BY_HAND: f"{self.name}-by-hand"}


@dataclass
class Measured:
    """All that was measured with a size; one entry for each repetition."""

    of: Twins
    size: int
    runs: dict[str, list[Figures]] = field(default_factory=lambda: {OURS: [], BY_HAND: []})

    def best(self, who: str, *steps: str, key: str = "seconds") -> float:
        """The best of all repetitions of some steps together."""
        return min(sum(run[step][key] for step in steps) for run in self.runs[who])

    def require_same(self) -> None:
        """Refuse to compare what is not the same.

        Raises:
            RowsDifferError.
        """
        given = {
            (run[self.of.compared]["rows"], run[self.of.compared]["fen"])
            for runs in self.runs.values()
            for run in runs
        }
        if len(given) != 1:
            raise RowsDifferError(sorted(given))


def measure(*, of: Twins, place: Place, size: int, repeat: int, tell: Tell) -> Measured:
    """Fill a database, and let both do it ``repeat`` times from there."""
    tell(f"▶ {size} {of.counted}：生成")
    place.prepare()
    wanted = (f"--{of.option}", str(size))
    figures_of(f"{of.name}-fill", *wanted, place=place, database=TAKEN, city=place.var)
    place.settle()
    measured = Measured(of, size)
    for round_no in range(1, repeat + 1):
        tell(f"▶ 第 {round_no} 轮")
        for who, act in of.who.items():
            database = place.clone()
            place.rest()
            measured.runs[who].append(
                figures_of(act, place=place, database=database, city=place.var)
            )
    measured.require_same()
    return measured


def count(*, of: Twins, meter: Meter) -> None:
    """Put down what everybody was given, whoever did it."""
    with connections["default"].cursor() as cursor:
        cursor.execute(of.given)
        spent = meter.spent[of.compared]
        spent.rows, spent.fen = cursor.fetchone()


def begin() -> tuple[Meter, Any]:
    """A meter and a cursor of the owner's, whose statement is measured."""
    connection = connections["owner"]
    return Meter(session=session_of(connection)), connection.cursor()


def growth_lines(*, small: Measured, large: Measured, steps: tuple[str, ...]) -> Iterator[str]:
    """How much more ours grows than the statement by hand when there is more of it."""
    mine, theirs = (large.best(who, *steps) / small.best(who, *steps) for who in (OURS, BY_HAND))
    yield ""
    yield (
        f"增长：{large.size:,} ÷ {small.size:,} {large.of.counted}，"
        f"本系统 {mine:.2f}，手写 {theirs:.2f}"
    )
    yield f"目标：本系统 ÷ 手写 ≤ {AIM_GROWTH}"
