"""Keep the servers of this checkout running: web, worker, beat, sealer, and PostgreSQL beside them.

Standard library only. Each child has a process group of its own, a log in ``var/log`` and a process
id in ``var/run``; one that ends is started again with a growing pause. Children are ended by id.

    python -m backend.supervisor [--port N] [--only NAME ...] [--require-stopped]
"""

import argparse
import contextlib
import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from backend import cluster
from backend.server_programs import ClusterError

HOST = "127.0.0.1"
PORT = 8000
NAMES = ("web", "worker", "beat", "sealer")
PAUSE_SECONDS_MIN = 0.5
PAUSE_SECONDS_MAX = 30.0
STEADY_SECONDS = 60.0  # one that ran so long starts again without a pause
END_SECONDS = 15.0
BEAT_SECONDS = 0.2
PID_FILE = re.compile(rb"([0-9]{1,9}) ([0-9]+)")
PROCESSED_SECONDS = 600.0  # so long a message that was taken is kept, for a look at it


@dataclass
class Child:
    """One process to keep alive, and what became of it."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    next_start_at: float = 0.0
    pause_seconds: float = 0.0


@dataclass
class Supervisor:
    var: Path
    children: list[Child]
    stopping: bool = field(default=False)
    database_pause: float = 0.0
    database_next_at: float = 0.0
    clearing_next_at: float = 0.0

    def run(self) -> None:
        """Keep all children alive until a signal asks to stop."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            while not self.stopping:
                self._tend_database(now=time.monotonic())
                self._clear_processed(now=time.monotonic())
                for child in self.children:
                    self._tend(child, now=time.monotonic())
                time.sleep(BEAT_SECONDS)
        finally:
            self._end_all()
            if "DATABASE_URL" not in os.environ:
                cluster.stop_if_idle(cluster.cluster_of(var=self.var))

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _tend(self, child: Child, *, now: float) -> None:
        if child.process is not None:
            if child.process.poll() is None:
                return
            self._note_end(child, now=now)
        if now >= child.next_start_at:
            self._start(child, now=now)

    def _note_end(self, child: Child, *, now: float) -> None:
        assert child.process is not None
        _signal_group(child.process.pid, signal.SIGKILL)  # what it left behind
        _pid_file(self.var, child.name).unlink(missing_ok=True)
        code, child.process = child.process.returncode, None
        steady = now - child.started_at >= STEADY_SECONDS
        child.pause_seconds = _longer(0.0 if steady else child.pause_seconds)
        child.next_start_at = now + child.pause_seconds
        _say(f"{child.name} 已退出（{code}），{child.pause_seconds:.1f} 秒后重新启动")

    def _start(self, child: Child, *, now: float) -> None:
        with (self.var / "log" / f"{child.name}.log").open("ab") as log:
            child.process = subprocess.Popen(
                child.command, cwd=cluster.CHECKOUT, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        child.started_at = now
        _write_whole(
            _pid_file(self.var, child.name),
            f"{child.process.pid} {_start_tick(child.process.pid)}",
        )

    def _tend_database(self, *, now: float) -> None:
        if "DATABASE_URL" in os.environ or now < self.database_next_at:
            return
        self.database_next_at = now + 1.0
        server = cluster.cluster_of(var=self.var)
        if cluster.is_listening(server):
            self.database_pause = 0.0
            return
        try:
            cluster.ensure_started(var=self.var)
            _say("数据库已重新启动")
        except ClusterError as error:
            self.database_pause = _longer(self.database_pause)
            self.database_next_at = now + self.database_pause
            _say(f"数据库没有启动：{error}")

    def _clear_processed(self, *, now: float) -> None:
        """Delete what the filesystem broker keeps of messages long taken."""
        if now < self.clearing_next_at:
            return
        self.clearing_next_at = now + PROCESSED_SECONDS / 10
        for message in (self.var / "broker" / "processed").glob("*"):
            with contextlib.suppress(FileNotFoundError):  # somebody wipes the folder
                if time.time() - message.stat().st_mtime > PROCESSED_SECONDS:
                    message.unlink()

    def _end_all(self) -> None:
        running = [child for child in self.children if child.process is not None]
        for child in running:
            assert child.process is not None
            child.process.terminate()  # itself: it ends its own children in order
        deadline = time.monotonic() + END_SECONDS
        for child in running:
            assert child.process is not None
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
            _signal_group(child.process.pid, signal.SIGKILL)
            child.process.wait()
            _pid_file(self.var, child.name).unlink(missing_ok=True)


def children(*, port: int, only: Collection[str] = NAMES) -> list[Child]:
    python = sys.executable
    celery = [python, "-m", "celery", "--app", "backend.celery"]
    every = [
        Child("web", [
            python, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port),
            "--workers", "2", "--blocking-threads", "4", "--no-ws", "backend.wsgi:application",
        ]),
        Child("worker", [
            *celery, "worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO",
            "--without-gossip", "--without-mingle", "--without-heartbeat",
        ]),
        Child("beat", [*celery, "beat", "--loglevel", "INFO", "--pidfile", ""]),
        Child("sealer", [python, "manage.py", "seal_acts"]),
    ]  # fmt: skip
    return [child for child in every if child.name in only]


def end_leftovers(*, var: Path) -> None:
    """End what a killed supervisor left behind: by id, and only if it is still the same process.

    A file that names none, whatever left it so, is removed: nothing can be ended by it.
    """
    for path in (var / "run").glob("*.pid"):
        known = PID_FILE.fullmatch(path.read_bytes())
        if known and _start_tick(int(known[1])) == known[2].decode("ascii"):
            _signal_group(int(known[1]), signal.SIGKILL)
        path.unlink()


def free_port(wanted: int) -> int:
    """``wanted`` if nobody listens there, else any free port."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return int(probe.getsockname()[1])
    raise OSError("no free port")


def _longer(pause_seconds: float) -> float:
    return min(PAUSE_SECONDS_MAX, max(PAUSE_SECONDS_MIN, pause_seconds * 2))


def _pid_file(var: Path, name: str) -> Path:
    return var / "run" / f"{name}.pid"


def _write_whole(path: Path, text: str) -> None:
    """Write a small file that is never there in part."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="ascii")
    fresh.replace(path)


def _start_tick(pid: int) -> str:
    """When the kernel started this process, to tell it from a later one with the same id."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "gone"
    return stat.rpartition(")")[2].split()[19]


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


@contextmanager
def _alone(var: Path) -> Iterator[None]:
    for folder in ("run", "log"):
        (var / folder).mkdir(parents=True, exist_ok=True)
    with (var / "run" / "supervisor.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("本目录的服务已在运行，请先结束它（Ctrl-C）。")
            sys.exit(2)
        yield


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m backend.supervisor")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--only", choices=NAMES, action="append", help="只运行其中的（可重复）")
    parser.add_argument("--require-stopped", action="store_true", help="只检查服务未在运行")
    asked = parser.parse_args(arguments)
    var = cluster.var_folder()
    with _alone(var):
        end_leftovers(var=var)
        if asked.require_stopped:
            return 0
        port = free_port(asked.port)
        (var / "run" / "port").write_text(f"{port}\n", encoding="ascii")
        _say(f"一卡通（演示）运行在 http://{HOST}:{port}/ ，按 Ctrl-C 结束")
        found = children(port=port, only=asked.only or NAMES)
        Supervisor(var=var, children=found).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
