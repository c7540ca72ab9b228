"""Record acts (审计记录): one row per act, in the transaction of the act itself."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from backend.audit.models import Act

_call: ContextVar[UUID | None] = ContextVar("call", default=None)


def current_call() -> UUID | None:
    """The call under which acts and jobs are written now."""
    return _call.get()


@contextmanager
def calling(call: UUID | None) -> Iterator[None]:
    """Let all acts and jobs within carry ``call``: what one command or request wrote, also in
    the workers that did its jobs, can be summed."""
    token = _call.set(call)
    try:
        yield
    finally:
        _call.reset(token)


def record(
    *,
    name: str,
    subject_kind: str,
    subject_id: str,
    rows: int = 0,
    staff_id: int | None = None,
    person_id: int | None = None,
    details: Mapping[str, Any] | None = None,
    digest: str = "",
) -> None:
    """Write one act; ``rows`` counts the business rows that the act wrote."""
    Act.objects.create(
        name=name,
        subject_kind=subject_kind,
        subject_id=subject_id[:80],
        rows=rows,
        staff_id=staff_id,
        person_id=person_id,
        details=dict(details or {}),
        digest=digest,
        call=current_call(),
    )
