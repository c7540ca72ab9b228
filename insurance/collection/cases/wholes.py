"""What a case weighs when what it asks is part of a whole (累计): the whole, which it names.

What is named is signed, and can be weighed again for ever. A case counts itself and what was
received before it, so the last weighs all and each can be decided in any order.
"""

from collections.abc import Callable
from dataclasses import dataclass

from backend.cases import content
from backend.cases.authority import Weight
from backend.cases.content import Asks
from backend.cases.models import Case
from backend.kernel.errors import Refusal


@dataclass(frozen=True)
class Whole:
    """A kind's ``whole``: what the field is called, how much (fen) it must be, and the refusal of
    another, given the case and that much."""

    label: str
    of: Callable[[Case], int]
    refusal: Callable[[Case, int], Refusal]

    def weigh(self, asks: Asks) -> Weight:
        """What a case of the kind weighs: the ``whole`` (yuan) that it names."""
        return Weight(fen=self._named(asks))

    def refuse_other(self, case: Case) -> None:
        """At its receipt a case names exactly the whole.

        Raises:
            the refusal; ContentInvalid, MoneyInvalid.
        """
        found = self.of(case)
        if self._named(case) != found:
            raise self.refusal(case, found)

    def refuse_lighter(self, case: Case) -> None:
        """When it is decided none before it may weigh more than it names; what fell away may.

        Raises:
            as ``refuse_other``.
        """
        found = self.of(case)
        if self._named(case) < found:
            raise self.refusal(case, found)

    def _named(self, asks: Asks) -> int:
        return content.fen(asks, "whole", self.label)
