"""Close a fact by the facts that take its place (替代): what was known stays to be read."""

from datetime import date, datetime
from typing import Protocol, TypeVar

from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.errors import Refusal
from backend.people.models import ClockTimestamp, Dated


class AlreadySuperseded(Refusal):
    """Somebody changed this fact in the meantime (信息已被他人更新)."""

    code = "already_superseded"
    status = 409


class DecidedCase(Protocol):
    """What an act needs to know of the case that it completes."""

    @property
    def pk(self) -> int:
        """The case's number."""

    @property
    def party_id(self) -> int:
        """Whom it is about."""

    @property
    def received_at(self) -> datetime:
        """When it was received."""

    @property
    def content(self) -> dict[str, object]:
        """What was asked for."""


D = TypeVar("D", bound=Dated)


def close(row: models.Model) -> datetime:
    """Close a current row and give the instant, at which its successors count.

    The update holds the table's lock until commit: a run that reads the clock later sees both.

    Raises:
        AlreadySuperseded: when it is not current any more.
    """
    rows = type(row)._default_manager.filter(pk=row.pk, superseded_at__isnull=True)
    if rows.update(superseded_at=ClockTimestamp()) != 1:
        raise AlreadySuperseded("该信息刚刚已被更新，请刷新后重办。")
    row.refresh_from_db(fields=["superseded_at"])
    moment: datetime = getattr(row, "superseded_at")  # noqa: B009 - models share only the column
    return moment


def replace_from(
    *, current: models.QuerySet[D], successor: D, from_date: date, case_id: int | None
) -> int:
    """Let ``successor`` hold from a day on instead of the ``current`` rows; give the rows written.

    What lay before the day stays in force, as a shorter row; what lay wholly after it goes. All
    that is written rests on the case that decided it, where its table knows cases: what the old
    system paid is told by having none. ``case_id`` None: no case decides, as with a roster.
    """
    written, moment = _end(current, from_date, case_id)
    _insert(successor, SqlRange(from_date, None), moment, case_id)
    return written + 1


def end_from(*, current: models.QuerySet[D], from_date: date, case_id: int | None) -> int:
    """Let the ``current`` rows hold no longer from a day on; give the rows written.

    As in ``replace_from``, with nothing in their place.
    """
    written, _ = _end(current, from_date, case_id)
    return written


def replace_row(*, row: D, successor: D | None, from_date: date, case_id: int | None) -> int:
    """Let ``successor``, or nothing, hold instead of one row from a day on, as long as it would
    have; what follows on it stays. The rows written.

    Raises:
        AlreadySuperseded: when it is not current any more.
    """
    moment, first = close(row), row.valid.lower
    kept = [(_copy(row), SqlRange(first, from_date))] if first < from_date else []
    put = (
        [] if successor is None else [(successor, SqlRange(max(first, from_date), row.valid.upper))]
    )
    for one, valid in kept + put:
        _insert(one, valid, moment, case_id)
    return 1 + len(kept) + len(put)


def _end(
    current: models.QuerySet[D], from_date: date, case_id: int | None
) -> tuple[int, datetime | None]:
    """Close what reaches the day, and keep what lay before it; rows written, and the instant."""
    ending = [row for row in current.select_for_update() if _reaches(row, from_date)]
    moment = max((close(row) for row in ending), default=None)
    before = [row for row in ending if row.valid.lower < from_date]
    for row in before:
        _insert(_copy(row), SqlRange(row.valid.lower, from_date), moment, case_id)
    return len(ending) + len(before), moment


def _reaches(row: Dated, day: date) -> bool:
    return row.valid.upper is None or row.valid.upper > day


def _copy(row: D) -> D:
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.attname not in ("id", "recorded_at", "superseded_at", "valid")
    }
    return type(row)(**values)


def _insert(row: Dated, valid: SqlRange, moment: datetime | None, case_id: int | None) -> None:
    row.valid = valid
    if case_id is not None and any(f.attname == "case_id" for f in row._meta.concrete_fields):
        setattr(row, "case_id", case_id)  # noqa: B010 - not every dated fact has the column
    if moment is not None:
        row.recorded_at = moment
    row.save(force_insert=True)
