"""Lines of a bill (应缴明细): who owes what for whom, and what of it goes to the account. Pure."""

from dataclasses import dataclass
from enum import Enum

from backend.kernel.months import Month


class Part(Enum):
    """Which money a line asks for (款项)."""

    PERSON = "个人缴费"
    EMPLOYER = "单位缴费"
    ROUNDING = "单位缴费尾差"  # of an employer's total rounded once; of nobody; may be below zero
    ESTIMATE = "未申报暂按上月额确定"  # of nobody, until the roster arrives
    ON_BEHALF = "困难群体代缴"
    COLLECTIVE = "集体补助"
    SUBSIDY = "政府补贴"
    LATE_FEE = "滞纳金"


@dataclass(frozen=True)
class LineKey:
    """What makes two lines be about the same thing; a difference carries the key of its first."""

    payer_id: int  # the employer, the village, or the person alone
    person_id: int | None  # None: posted to nobody
    scheme: str
    month: Month  # of a year's contribution: its January
    part: Part


@dataclass(frozen=True)
class Line:
    """An amount owed, and how much of it is credited to the personal account when it comes in."""

    key: LineKey
    fen: int
    account_fen: int = 0

    @property
    def pool_fen(self) -> int:
        """What goes to the pool: all but the account part."""
        return self.fen - self.account_fen
