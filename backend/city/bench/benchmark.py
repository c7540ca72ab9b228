"""Something that is measured (测速项目): how it is asked for, its sizes, its processes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.city.bench.meter import Meter
from backend.city.bench.place import Place

Tell = Callable[[str], None]
Run = Callable[[Place, Sequence[int], int, Tell], Iterator[str]]
Part = Callable[[dict[str, Any]], Meter]  # is given the options of the command


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
