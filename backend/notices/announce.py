"""An act whose party is told of it (办结即告知), in the transaction of the decision."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.cases.acts import CaseAct
from backend.cases.models import Case
from backend.notices.give import give_notices


def _nothing_more(_: Case) -> str:
    return ""


def _nobody(_: Case) -> bool:
    return False


@dataclass(frozen=True)
class Announced:
    """``act``, and then the notices of it: ``says`` what the text adds, ``asks`` whether the person
    is called and asked for an answer."""

    act: CaseAct
    says: Callable[[Case], str] = _nothing_more
    asks: Callable[[Case], bool] = _nobody

    def __call__(self, case: Case) -> int:
        """Do it and tell of it; the rows written by both."""
        rows = self.act(case)
        return rows + give_notices(case=case, more=self.says(case), call_back=self.asks(case))
