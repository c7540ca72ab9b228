"""Seconds, processor seconds and peak memory of steps (计时), each exclusive of those within it."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

OPEN_STEP = ""
RESET_PEAK = "5"  # proc(5), clear_refs: VmHWM starts again from what is resident now


@dataclass
class Spent:
    """What a step has taken so far."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0  # of this process, its database session and the session's helpers
    peak_mb: float = 0.0
    rows: int = 0
    fen: int = 0  # what the rows come to, where others are compared with it


class Meter:
    """A clock of steps that may lie in each other and come several times.

    ``session`` is the process of the database session that does the work. Where two meters are read
    at once, only one of them counts the server's ended processes, ``with_ended``.
    """

    def __init__(self, *, session: int, with_ended: bool = True) -> None:
        self.spent: dict[str, Spent] = {}
        self._open: list[str] = []
        self._session = session
        self._with_ended = with_ended
        self._since = time.perf_counter()
        self._cpu_since = self._cpu()

    @contextmanager
    def step(self, name: str, *, rows: int = 0) -> Iterator[None]:
        """Count what happens within towards ``name`` and no longer towards what is open."""
        self._lap()
        self._open.append(name)
        try:
            yield
        finally:
            self._lap()
            self._open.pop()
            self.spent.setdefault(name, Spent()).rows += rows

    @contextmanager
    def inside(self, name: str, *, of: Any, function: str) -> Iterator[None]:
        """While this is open, what ``of.function`` takes counts towards ``name``."""
        called: Callable[..., Any] = getattr(of, function)

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.step(name):
                return called(*args, **kwargs)

        setattr(of, function, timed)
        try:
            yield
        finally:
            setattr(of, function, called)

    def add(self, *, step: str, cpu_seconds: float, peak_mb: float) -> None:
        """Count what another process used for a step, or for the one that is open here."""
        name = self._open[-1] if step == OPEN_STEP else step
        spent = self.spent.setdefault(name, Spent())
        spent.cpu_seconds += cpu_seconds
        spent.peak_mb = max(spent.peak_mb, peak_mb)

    def figures(self) -> dict[str, dict[str, float]]:
        """All steps as plain figures."""
        return {
            name: {
                "seconds": round(spent.seconds, 4),
                "cpu_seconds": round(spent.cpu_seconds, 2),
                "peak_mb": round(spent.peak_mb, 1),
                "rows": spent.rows,
                "fen": spent.fen,
            }
            for name, spent in self.spent.items()
        }

    def _lap(self) -> None:
        if self._open:
            spent = self.spent.setdefault(self._open[-1], Spent())
            spent.seconds += time.perf_counter() - self._since
            spent.cpu_seconds += self._cpu() - self._cpu_since
            spent.peak_mb = max(spent.peak_mb, peak_mb())
        reset_peak()
        self._cpu_since = self._cpu()
        self._since = time.perf_counter()

    def _cpu(self) -> float:
        return cpu_seconds(session=self._session, with_ended=self._with_ended)


def cpu_seconds(*, session: int, with_ended: bool) -> float:
    """Processor seconds of this process and its session so far, and ``with_ended`` those of the
    server's processes that have ended: a statement's parallel workers end with it."""
    _, server, *fields = _stat(session)
    ticks = sum(
        map(int, fields[9:11])
    )  # proc(5): utime, stime, of its ended children cutime, cstime
    if with_ended:
        ticks += sum(map(int, _stat(int(server))[13:15]))
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def _stat(process: int) -> list[str]:
    """The fields of proc(5) from the third on: state, parent, …"""
    return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()


def family_cpu_seconds(*, head: int) -> float:
    """Processor seconds so far of a process and its children, also of those that have ended."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            fields = _stat(int(path.name))
            if head in (int(path.name), int(fields[1])):
                ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def reset_peak() -> None:
    """Let the most memory start again from what is resident now."""
    Path("/proc/self/clear_refs").write_text(RESET_PEAK, encoding="ascii")


def peak_mb() -> float:
    """The most memory that was resident in this process since the last reset."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise LookupError("VmHWM")


def session_of(connection: BaseDatabaseWrapper) -> int:
    """The server's process of a connection."""
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)
