"""What is left of a bill (未缴的去向): in time yet, deferred, in arrears, or a gap. Pure.

billed = matched + not yet due + deferred + arrears + gaps, line by line; when a month's last day to
pay has passed nothing of it is "not yet due". In SQL the four are ``CASE``s over ``billed -
matched`` and ``least(billed - matched, deferred)``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from insurance.collection.rules.late_fee import Deferred
from insurance.collection.rules.pay_by import EMPLOYED


@dataclass(frozen=True)
class Remainder:
    """Where the open amount of a line stands on a day; every fen in one place only."""

    not_yet_due_fen: int = 0  # 未到期
    deferred_fen: int = 0  # 缓缴
    arrears_fen: int = 0  # 欠费
    gap_fen: int = 0  # 断缴


def split_remainder(
    *,
    kind: str,
    billed_fen: int,
    matched_fen: int,
    pay_by: date,
    today: date,
    deferred: Sequence[Deferred] = (),
) -> Remainder:
    """Tell where the open amount of a line stands on ``today``.

    Only employers defer and fall into arrears; what individuals leave open is a gap, whether or
    not it may still be filled.
    """
    still_open = billed_fen - matched_fen
    if matched_fen < 0 or still_open < 0:
        raise ValueError("no more is matched than billed")
    if kind != EMPLOYED:
        return Remainder(gap_fen=still_open)
    later = min(still_open, sum(one.fen for one in deferred if one.days.contains(today)))
    rest = still_open - later
    if today <= pay_by:
        return Remainder(deferred_fen=later, not_yet_due_fen=rest)
    return Remainder(deferred_fen=later, arrears_fen=rest)
