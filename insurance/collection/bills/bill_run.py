"""Open a run of bills (核定批次): what is known, by which figures, who is looked at, in chunks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from backend.audit.record import record
from backend.deployment import is_demo
from backend.jobs.queue import enqueue_all
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.collection.bills import bill_sql as sql
from insurance.collection.bills.bill_figures import Place
from insurance.collection.models import BillRun, BillRunKind, RunState
from insurance.policy import parameters as policy

REGION = "340800"
CHUNK_SIZE = 20_000
CHUNK_JOB, FINISH_JOB = "collection.bill_chunk", "collection.finish_bills"
LOCK = "SELECT pg_advisory_xact_lock(hashtext('collection.bills'))"


class RunStillOpen(Refusal):
    """Two runs at once would write the same difference twice (有核定尚未完成)."""

    code = "collection_run_still_open"


@dataclass(frozen=True)
class Written:
    """Lines that a statement wrote, and what they add up to."""

    lines: int = 0
    fen: int = 0

    def __add__(self, other: "Written") -> "Written":
        """Both together."""
        return Written(self.lines + other.lines, self.fen + other.fen)


@dataclass(frozen=True)
class Opening:
    """What a run is opened with."""

    kind: BillRunKind
    period: Month
    today: date
    known_at: datetime
    known_before: datetime | None = None  # None: no run of this kind was before
    first_month: Month | None = None  # from which month on there are bills of this kind
    last_month: Month | None = None  # up to which one it looks back; None: up to its period
    ordinal: int = 1
    reason: str = ""
    case_id: int | None = None  # by which decision

    @property
    def place(self) -> Place:
        """Where figures are resolved."""
        return Place(REGION, self.period, self.today, is_demo())

    @property
    def until_month(self) -> Month:
        """Up to which month, without it, the run looks back."""
        return self.last_month.next if self.last_month else self.period

    @property
    def values(self) -> dict[str, Any]:
        """What every statement of the opening is given."""
        return {
            "period": self.period.first_day,
            "known_at": self.known_at,
            "known_before": self.known_before or "-infinity",
            "first_month": (self.first_month or self.period).first_day,
            "until_month": self.until_month.first_day,
        }


@dataclass(frozen=True)
class Shape:
    """One way of collecting (征收形态): whom a run looks at, by which figures, what it writes."""

    kinds: tuple[str, ...]  # of insured
    list_changes: Callable[[Opening], None]  # fills bill_changes
    persons: str  # SELECT person_id of all that chunks are made of
    figures: Callable[[Opening, list[Month]], dict[str, Any]]  # for the period and past months
    bill: Callable[[BillRun, dict[str, Any]], Written]  # the period itself, of a chunk
    bill_again: Callable[[BillRun, dict[str, Any]], Written]  # past months of a chunk
    complete: Callable[[BillRun], Written]  # what is nobody's


def open_run(*, shape: Shape, opening: Opening) -> BillRun:
    """Write the run, its list of recalculation and a job for each chunk; in one transaction.

    Raises:
        NotConfigured, NotVerified: a figure is missing.
    """
    values = {**opening.values, "kinds": list(shape.kinds), "size": CHUNK_SIZE}
    with connection.cursor() as cursor:
        cursor.execute(sql.CHANGES_TABLE)
        shape.list_changes(opening)
        cursor.execute("ANALYZE bill_changes")
        cursor.execute(sql.FIRST_CHANGE)
        (first,) = cursor.fetchone()
        past = list(Month.of(first).until(opening.until_month)) if first else []
        cursor.execute(sql.CHUNKS.format(persons=shape.persons), values)
        chunks = [[first, last] for first, last in cursor.fetchall()]
        run = BillRun.objects.create(
            kind=opening.kind,
            period=opening.period.first_day,
            ordinal=opening.ordinal,
            known_at=opening.known_at,
            known_before=opening.known_before,
            policy_version=policy.version(),
            reason=opening.reason,
            case_id=opening.case_id,
            parameters={
                "region": REGION,
                "first_month": values["first_month"].isoformat(),
                "chunks": chunks,
                **(shape.figures(opening, past) if chunks else {}),
            },
        )
        cursor.execute(sql.WRITE_CHANGES, {"run_id": run.pk})
        changes = cursor.rowcount
        cursor.execute("SELECT collection_refresh_statistics()")
    _enqueue(run)
    record(
        name="collection.open_bills",
        subject_kind="collection.run",
        subject_id=f"{run.kind}/{opening.period}/{run.ordinal}",
        rows=1 + changes,
        details={"known_at": run.known_at.isoformat(), "policy_version": run.policy_version},
    )
    return run


def require_nothing_open() -> None:
    """Let no run begin while another is computed.

    Raises:
        RunStillOpen.
    """
    run = BillRun.objects.filter(state=RunState.OPEN).order_by("pk").first()
    if run is not None:
        kind = BillRunKind(run.kind).label
        raise RunStillOpen(f"{Month.of(run.period)} 的{kind}尚未完成。", run=run.pk)


def chunk_keys(*, run: BillRun) -> list[str]:
    """The job keys of all chunks of a run."""
    return [f"collection.bills/{run.pk}/{chunk}" for chunk in range(len(run.parameters["chunks"]))]


def values_of(*, run: BillRun, kinds: tuple[str, ...], **more: Any) -> dict[str, Any]:
    """What every statement of a run is given, and ``more``."""
    return {
        "run_id": run.pk,
        "period": run.period,
        "known_at": run.known_at,
        "known_before": run.known_before or "-infinity",
        "first_month": run.parameters["first_month"],
        "region": run.parameters["region"],
        "kinds": list(kinds),
        **more,
    }


def write(*, statement: str, values: dict[str, Any]) -> Written:
    """Run a statement that ends in ``bill_sql.WRITE``."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        lines, fen = cursor.fetchone()
    return Written(int(lines), int(fen))


def _enqueue(run: BillRun) -> None:
    keys = enumerate(chunk_keys(run=run))
    enqueue_all(
        kind=CHUNK_JOB, arguments={key: {"run_id": run.pk, "chunk": chunk} for chunk, key in keys}
    )
