"""What was declared at the tax bureau, held against the money it told of (申报与入库比对). Pure.

By employer, scheme and month: all lines declared, all principal that came in. In SQL for all of
them: see ``compare_money_sql``.
"""

from enum import Enum


class MoneyFinding(Enum):
    """What the comparison of declarations and money found (比对结果)."""

    DECLARED_NOT_PAID = "已申报未入库"
    PAID_NOT_DECLARED = "已入库未申报"
    PAID_OTHER_AMOUNT = "入库与申报不符"


def money_finding(*, declared_fen: int, received_fen: int, is_due: bool) -> MoneyFinding | None:
    """Give what is the matter; None: nothing, or nothing yet.

    ``is_due``: the last day to pay is over. Before it too little is no finding, too much is one.
    """
    if declared_fen == received_fen or (received_fen < declared_fen and not is_due):
        return None
    if not declared_fen:
        return MoneyFinding.PAID_NOT_DECLARED
    return MoneyFinding.PAID_OTHER_AMOUNT if received_fen else MoneyFinding.DECLARED_NOT_PAID
