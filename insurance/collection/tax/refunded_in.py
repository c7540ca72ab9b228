"""Take in what the treasury answered about refunds (退库回执): paid, or refused with a reason.

A line that answers nothing we asked, or another amount, stops no other line: it is kept, changes
nothing, and finance looks into it.
"""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from backend.feeds import fields as f
from backend.feeds.fields import RowRefused
from backend.feeds.refused import RefusedRow
from backend.feeds.whole import Rule
from insurance.collection.models import (
    RefundAnswer,
    RefundOutcome,
    RefundState,
    RefundTrouble,
    TaxFile,
    TaxFileKind,
    TreasuryRefund,
)
from insurance.collection.refund_answers import answered
from insurance.collection.tax.tax_description import FIRST_PERIOD, Description
from insurance.collection.tax.tax_intake import AFTER_PERIOD, Arrival, Intake, Shape, take_in

FORMAT = "yikatong-treasury-refunded/1"
HEADER = ("refund_no", "outcome", "document_no", "amount", "day", "reason")
OUTCOMES = frozenset(RefundOutcome.values)
NUMBER_MAX, REASON_MAX = 40, 200
REFUND = 7  # in what LINES gives

TABLES = """
DROP TABLE IF EXISTS take_refunded;
CREATE TEMP TABLE take_refunded (
    line integer, refund_no text COLLATE "C", outcome text, document_no text, fen bigint, day date,
    reason text
) ON COMMIT DROP;
"""

# The refund that a line names is the one that was asked for under this number.
LINES = """
SELECT t.line, t.refund_no, t.outcome, t.document_no, t.fen, t.day, t.reason, s.refund_id,
    s.attempt, s.fen
FROM take_refunded t LEFT JOIN collection_sentrefund s
    ON s.refund_id || '-' || s.attempt = t.refund_no
ORDER BY t.line
"""


def take_refunded(
    *,
    path: Path,
    today: date,
    name: str = "",
    received_by: int | None = None,
    refused: list[RefusedRow] | None = None,
) -> TaxFile:
    """Take in the answers that the JSON at ``path`` describes; see ``tax_intake.take_in``.

    ``refused`` gathers the rows that can not be taken.
    """
    arrival = Arrival(path, today, name, received_by, [] if refused is None else refused)
    intake = Intake(SHAPE, arrival, partial(_row, today), _judge, _store)
    return take_in(intake=intake)


def _row(today: date, row: list[str]) -> tuple[str, ...]:
    """One answer, checked alone."""
    number, outcome, document_no, amount, day, reason = row
    f.one_of(outcome, OUTCOMES, "outcome", "退库结果")
    if outcome == RefundOutcome.PAID or document_no:
        f.document_no(document_no, "document_no")
    fen = f.large_fen(amount, "amount")
    f.day_between(day, "day", FIRST_PERIOD.first_day, today)
    if outcome == RefundOutcome.REFUSED and not reason.strip():
        raise RowRefused("未退的须写明原因。", column="reason", value=reason)
    number, reason = f.as_it_came(number, NUMBER_MAX), f.as_it_came(reason, REASON_MAX)
    return number, outcome, document_no, fen, day, reason


def _judge(cursor: Any, told: Description) -> list[Rule]:
    late = f"SELECT line, day::text FROM take_refunded WHERE day > '{told.period.last_day}'"
    return [Rule("day", "退库日期晚于文件的业务月份。", late, code=AFTER_PERIOD)]


def _store(cursor: Any, file: TaxFile) -> int:
    """Answer by answer: a handful a day; vouchers count their own rows.

    Refunds are locked by their numbers and booked scheme by scheme, as everybody does who locks
    several: nobody waits in a circle.
    """
    cursor.execute(LINES)
    told = cursor.fetchall()
    asked = TreasuryRefund.objects.select_for_update().filter(pk__in=[one[REFUND] for one in told])
    held = {refund.pk: refund for refund in asked.order_by("pk")}
    told.sort(key=lambda one: (held[one[REFUND]].scheme if one[REFUND] else "", one[0]))
    rows = 0
    for line, number, outcome, document, fen, day, reason, refund_id, attempt, listed in told:
        refund = held.get(refund_id)
        trouble = _trouble(refund, attempt, day, differs=fen != listed)
        RefundAnswer.objects.create(
            file=file,
            line=line,
            refund=refund,
            refund_no=number,
            outcome=outcome,
            document=document,
            day=day,
            fen=fen,
            reason=reason,
            trouble=trouble,
        )
        rows += 1
        if refund is not None and not trouble:
            answered(
                refund=refund,
                outcome=outcome,
                fen=fen,
                day=day,
                document=document,
                told_by=file.received_by,
            )
            rows += 1
    return rows


def _trouble(refund: TreasuryRefund | None, attempt: int, day: date, *, differs: bool) -> str:
    if refund is None:
        return RefundTrouble.UNKNOWN
    if refund.state != RefundState.LISTED or refund.attempt != attempt:
        return RefundTrouble.ANSWERED
    if differs:
        return RefundTrouble.OTHER_AMOUNT
    return RefundTrouble.EARLY if day < refund.decided_on else ""


SHAPE = Shape(
    kind=TaxFileKind.REFUNDED,
    format=FORMAT,
    header=HEADER,
    tables=TABLES,
    copied_to="take_refunded (line, refund_no, outcome, document_no, fen, day, reason)",
)
