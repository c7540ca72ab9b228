"""Which rows a call sees (行级安全): it is answered in one transaction in the role of the desk, and
only that transaction is told for whom (ADR 0029).

What is told ends with the transaction: the next call on the same connection begins with nothing.
Jobs and commands answer nobody and see the whole city.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.db import connection, transaction

from backend.database_roles import DESK
from backend.postgresql.planned import planned_once

# What the policies ask.
TOLD = (
    *("actor", "agency", "hall", "terminal", "village", "helper", "employer", "person", "sees"),
)
NOBODY: Mapping[str, str] = {}
ITSELF = "none"  # the role that logged in
# As JSON: the library takes longer to bind two arrays than the server to set all this.
TELL = "SELECT set_config(key, value, true) FROM json_each_text(%(told)s)"

TOLD_NOW = """
SELECT name, coalesce(current_setting(name, true), '') FROM unnest(%s::text[]) AS told (name)
"""


@dataclass
class _Call:
    """A call that is answered now, and the transaction in which that happens."""

    narrow: bool = False
    opened: ExitStack = field(default_factory=ExitStack)


_call: ContextVar[_Call | None] = ContextVar("scope", default=None)


@contextmanager
def answering() -> Iterator[None]:
    """Answer a call within; what it did is committed at the end, if ``narrow`` was called."""
    call = _Call()
    token = _call.set(call)
    try:
        with call.opened:
            yield
    finally:
        _call.reset(token)


def narrow(*, told: Mapping[str, str]) -> None:
    """From here to its end the call sees what the policies let ``told`` see, and nothing else."""
    call = _call.get()
    assert call is not None, "no call is answered here"
    call.opened.enter_context(_narrowed(told))
    call.narrow = True


def undo() -> bool:
    """Undo all that the call did; what is written after it stands by itself. Whether the call saw
    less than all until then."""
    call = _call.get()
    if call is None or not call.narrow:
        return False
    transaction.set_rollback(True)
    call.narrow = False
    call.opened.close()
    return True


@contextmanager
def whole_city() -> Iterator[None]:
    """Look at all rows within: for what a rule asks of the whole city, or does to it, whoever
    called. What the caller named was found before, or is answered as if it were not there."""
    call = _call.get()
    if call is None or not call.narrow:
        yield
        return
    with transaction.atomic():  # whatever goes wrong within, the role is the desk's after it
        _tell({"role": ITSELF})
        call.narrow = False
        try:
            yield
        finally:
            call.narrow = True
        _tell({"role": DESK})


@contextmanager
def looking_as(*, told: Mapping[str, str]) -> Iterator[None]:
    """Look within at what the policies let ``told`` see, whoever called, if anybody did."""
    with transaction.atomic():  # whatever goes wrong within, all is as it was after it
        before = _told_now()
        _tell({"role": DESK} | _settings(told))
        yield
        _tell(before)


def _told_now() -> dict[str, str]:
    names = ["role", *_settings(NOBODY)]
    with connection.cursor() as cursor:
        cursor.execute(TOLD_NOW, [names])
        return dict(cursor.fetchall())


@contextmanager
def _narrowed(told: Mapping[str, str]) -> Iterator[None]:
    goes_on = connection.in_atomic_block  # a test's transaction does, a call's ends with it
    with transaction.atomic():
        _tell({"role": DESK} | _settings(told))
        yield
        if goes_on and not connection.needs_rollback:
            _tell({"role": ITSELF} | _settings(NOBODY))


def _settings(told: Mapping[str, str]) -> dict[str, str]:
    """All of them each time: nothing is left of another call."""
    assert told.keys() <= set(TOLD), told
    return {f"yikatong.{name}": told.get(name, "") for name in TOLD}


def _tell(settings: Mapping[str, str]) -> None:
    with planned_once() as cursor:
        cursor.execute(TELL, {"told": json.dumps(settings)})
