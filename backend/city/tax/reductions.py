"""By how much bill files ask for less (核减): of what is not paid yet; nothing is paid back."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from backend.city.tax.bill_files import BillFile


class Whose(NamedTuple):
    """Whose month is asked for less; employers have no person."""

    payer_number: str
    scheme: str
    month: str
    person_number: str


class Reductions:
    """The reductions of the files of one call."""

    def __init__(self, files: Iterable[BillFile]) -> None:
        self._left: Counter[Whose] = Counter()
        for file in files:
            for row in file.bills():
                if row.fen < 0:
                    whose = Whose(row.payer_number, row.scheme, row.month, row.person_number)
                    self._left[whose] -= row.fen

    def __bool__(self) -> bool:
        """Whether something is left of them."""
        return any(self._left.values())

    def left_of(self, fen: int, whose: Whose) -> int:
        """What is still to be paid of so much."""
        taken = min(fen, self._left[whose])
        if taken:
            self._left[whose] -= taken
        return fen - taken
