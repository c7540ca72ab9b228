"""Write the bills for the tax bureau (核定应缴送税务): a file for what runs billed since the last.

A file asks for what is billed less what was set off since the last (抵缴): who pays what he is
asked for is even. What was asked for by an earlier file and fell or was set off since is told below
zero (核减): the tax bureau asks for so much less of what is not paid yet. Employers who declare at
the tax bureau get no bill of ours, and nobody gets a bill for late fees: whoever collects charges
them (社会保险法第八十六条). What an old system had billed (接管欠缴) the tax bureau has already.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from backend.kernel.months import Month
from insurance.collection.models import (
    BillRun,
    BillRunKind,
    Match,
    MatchKind,
    RunState,
    SentRun,
    SentSetOff,
    TaxFile,
    TaxFileKind,
)
from insurance.collection.tax import bills_out_sql as sql
from insurance.collection.tax.hand_over import Outgoing, alone, commit_file, hand_over

OUT = Outgoing(
    kind=TaxFileKind.BILLS,
    stem="bills",
    format="yikatong-tax-bills/1",
    header=(
        *("bill_no", "kind", "payer_number", "payer_name", "scheme", "month", "person_number"),
        *("person_name", "amount", "pay_by"),
    ),
    total=sql.TOTAL,
    rows=sql.ROWS,
)
ANY_FILE = 2**63 - 1


@dataclass(frozen=True)
class Content:
    """What a file is made of: the bills of runs, and the set-offs by which less is asked for."""

    runs: list[int]
    set_offs: list[int]

    def gather(self, cursor: Any, *, earlier: int) -> None:
        """Lay the rows ready; files numbered below ``earlier`` asked for something before."""
        cursor.execute(sql.BILLS, {**asdict(self), "earlier": earlier})


def write_bills(*, period: Month, folder: Path) -> TaxFile | None:
    """Hand the bills of runs not sent yet over into ``folder``, up to those of ``period``.

    Gives the file that was handed over by this call; None: there was nothing to send. It commits,
    so it is no part of another transaction.

    Raises:
        FileDiffers, SerialUsed.
    """
    last = OUT.sent.order_by("-serial").first()
    left = last if last is not None and _hand_over(last, folder) else None
    with alone(out=OUT, durable=True) as cursor:
        runs = runs_to_send(period=period)
        file = _commit(cursor, period, Content(runs, _set_offs_to_tell())) if runs else None
    if file is None:
        return left
    _hand_over(file, folder)
    return file


def runs_to_send(*, period: Month) -> list[int]:
    """Give the runs up to those of a month whose bills no file holds yet."""
    done = BillRun.objects.filter(
        period__lte=period.first_day, state=RunState.DONE, sent__isnull=True
    ).exclude(kind__in=(BillRunKind.LATE_FEE, BillRunKind.TAKEN_OVER))
    return list(done.order_by("id").values_list("id", flat=True))


def _set_offs_to_tell() -> list[int]:
    new = Match.objects.filter(kind=MatchKind.CREDITS, summary__isnull=False, sent__isnull=True)
    return list(new.order_by("id").values_list("id", flat=True))


def _commit(cursor: Any, period: Month, content: Content) -> TaxFile | None:
    def keep(file: TaxFile) -> int:
        cursor.execute(sql.SENT, {"file": file.pk, **asdict(content)})
        return len(content.runs) + len(content.set_offs)

    return commit_file(
        cursor=cursor,
        out=OUT,
        period=period,
        gather=lambda cursor: content.gather(cursor, earlier=ANY_FILE),
        keep=keep,
        details=asdict(content),
    )


def _hand_over(file: TaxFile, folder: Path) -> bool:
    def gather(cursor: Any) -> None:
        _content_of(file).gather(cursor, earlier=file.pk)

    return hand_over(out=OUT, file=file, folder=folder, gather=gather)


def _content_of(file: TaxFile) -> Content:
    runs = SentRun.objects.filter(file=file).order_by("run")
    set_offs = SentSetOff.objects.filter(file=file).order_by("match")
    return Content(
        runs=list(runs.values_list("run", flat=True)),
        set_offs=list(set_offs.values_list("match", flat=True)),
    )
