"""Something that is measured (测速项目): how it is asked for, its sizes, its processes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Tell = Callable[[str], None]
Run = Callable[..., Iterator[str]]  # place, sizes, repeat, tell, and its own options by name


class Figured(Protocol):
    """What a part measured."""

    def figures(self) -> Mapping[str, Mapping[str, float]]:
        """All of it as plain figures."""


Part = Callable[[dict[str, Any]], Figured]  # is given the options of the command


@dataclass(frozen=True)
class Option:
    """A whole number that a benchmark asks for besides its size."""

    counted: str  # what it counts, in Chinese
    default: int


@dataclass(frozen=True)
class Benchmark:
    """``manage.py bench NAME``: measures each size, gives its tables and one line of JSON last."""

    name: str
    about: str
    option: str  # what its size is called
    counted: str  # and what that counts, in Chinese
    size: int
    growth: tuple[int, ...]  # the sizes of --growth; none: it is not asked how it grows
    run: Run
    parts: Mapping[str, Part]  # run by it as processes of their own
    options: Mapping[str, Option] = field(default_factory=dict)
