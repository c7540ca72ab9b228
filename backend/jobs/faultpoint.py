"""Named fault points (故障点): where a test may kill the process, raise or let it sleep.

``FAULTPOINTS="payments.file.fsynced:1:kill,jobs.worked:2:raise,jobs.claimed:1:sleep"``: the name,
at which passing of it in this process, and what then. ``FAULTPOINTS="@folder"`` takes the orders
from the names of the files in a folder: a test lays them there while the servers run, and each
strikes once in all processes together (its file moves to ``folder/struck``). Without the variable
a fault point does nothing.
"""

import os
import signal
import time
from collections import Counter
from pathlib import Path

VARIABLE = "FAULTPOINTS"
STRUCK = "struck"
SLEEP_SECONDS = 2.0

POINTS = (
    "jobs.claimed",
    "jobs.worked",
    "jobs.committed",
    "cases.approval.committed",
    "cases.decide.signed",
    "cases.decide.acted",
    "benefits.run.opened",
    "benefits.run.computed",
    "benefits.seal.proved",
    "benefits.seal.committed",
    "benefits.payout.taken",
    "payments.seal.digested",
    "payments.check.signed",
    "payments.approve.signed",
    "payments.send.signed",
    "payments.file.serial_taken",
    "payments.file.written",
    "payments.file.fsynced",
    "payments.file.renamed",
    "payments.file.committed",
    "payments.deliver.linked",
    "payments.deliver.renamed",
    "payments.return.loaded",
    "payments.return.typed",
    "payments.return.posted",
    "payments.decision.answered",
    "payments.reissue.filled",
    "payments.statement.taken",
    "adjusting.opened",
    "adjusting.computed",
    "accounts.interest.computed",
    "accounts.outgoing.filled",
    "pension.recalculation.computed",
    "benefits.grants.filled",
    "unemployment.contributions.listed",
    "unemployment.refunds.filled",
    "enrolment.file.taken",
    "collection.bills.opened",
    "collection.bills.computed",
    "collection.bills.finished",
    "collection.tax.staged",
    "collection.tax.taken",
    "collection.tax.file_written",
    "collection.tax.file_renamed",
    "collection.match.allocated",
    "collection.match.credited",
    "collection.match.posted",
    "collection.month.ended",
    "ledger.posted",
    "ledger.closed",
)
_passed: Counter[str] = Counter()


class FaultError(RuntimeError):
    """A fault point set to ``raise`` was passed."""


def faultpoint(name: str) -> None:
    """Do here what the environment asks for; nothing in production."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    if name not in POINTS:
        raise LookupError(f"unknown fault point {name}")
    folder = Path(wanted[1:]) if wanted.startswith("@") else None
    orders = [path.name for path in folder.iterdir()] if folder else wanted.split(",")
    for order in orders:
        if not order.startswith(f"{name}:"):
            continue
        _, count, act = order.split(":")
        _passed[order] += 1
        if _passed[order] == int(count) and (folder is None or _is_first(folder, order)):
            _strike(name=name, act=act)


def _is_first(folder: Path, order: str) -> bool:
    """Whether this process and no other carries the order out; it may be laid there again."""
    del _passed[order]
    try:
        (folder / order).rename(folder / STRUCK / order)
    except FileNotFoundError:
        return False
    return True


def _strike(*, name: str, act: str) -> None:
    if act == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif act == "raise":
        raise FaultError(name)
    elif act == "sleep":
        time.sleep(SLEEP_SECONDS)
    else:
        raise LookupError(f"unknown act {act} at {name}")
