"""The supervisor: what ends starts again, later each time, and ends by id with it."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from backend import supervisor
from backend.supervisor import Child, Supervisor


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATABASE_URL", "elsewhere")  # not ours to supervise
    for folder in ("run", "log"):
        (tmp_path / folder).mkdir()
    return tmp_path


def test_a_child_that_dies_starts_again(var: Path) -> None:
    child = Child("worker", ["sleep", "60"])
    keeper = Supervisor(var=var, children=[child])
    keeper._tend(child, now=100.0)
    assert child.process is not None
    first = child.process

    first.send_signal(signal.SIGKILL)
    first.wait()
    keeper._tend(child, now=101.0)
    keeper._tend(child, now=102.0)

    assert child.process is not None
    assert child.process.pid != first.pid
    keeper._end_all()


def test_a_host_may_run_some_of_the_servers_only() -> None:
    every = [child.name for child in supervisor.children(port=1)]
    some = [child.name for child in supervisor.children(port=1, only=["sealer", "web"])]

    assert every == list(supervisor.NAMES)
    assert some == ["web", "sealer"]


def test_each_new_start_waits_longer_up_to_a_limit(var: Path) -> None:
    child = Child("worker", ["false"])
    keeper = Supervisor(var=var, children=[child])
    now, pauses = 100.0, []

    for _ in range(9):
        keeper._tend(child, now=now)
        assert child.process is not None
        child.process.wait()
        keeper._tend(child, now=now)
        pauses.append(child.pause_seconds)
        now = child.next_start_at

    assert pauses[:3] == [0.5, 1.0, 2.0]
    assert pauses[-1] == supervisor.PAUSE_SECONDS_MAX


def test_at_the_end_all_children_and_theirs_are_ended_by_id(var: Path) -> None:
    child = Child("worker", ["sh", "-c", "sleep 60 & echo $! > pid; wait"])
    child.command[2] = child.command[2].replace("pid;", f"{var}/grandchild;")
    keeper = Supervisor(var=var, children=[child])
    keeper._tend(child, now=100.0)
    grandchild = _wait_for_number(var / "grandchild")

    keeper._end_all()

    _wait_until_dead(grandchild)
    assert list((var / "run").glob("*.pid")) == []


def test_what_a_killed_supervisor_left_behind_is_ended(var: Path) -> None:
    orphan = subprocess.Popen(["sleep", "60"], start_new_session=True)
    tick = supervisor._start_tick(orphan.pid)
    (var / "run" / "worker.pid").write_text(f"{orphan.pid} {tick}")

    supervisor.end_leftovers(var=var)

    assert orphan.wait(timeout=5) == -signal.SIGKILL


def test_a_stranger_who_got_the_same_id_is_left_alone(var: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    (var / "run" / "worker.pid").write_text(f"{stranger.pid} 1")

    supervisor.end_leftovers(var=var)

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.parametrize("left", [b"", b"123", b"123 ", b"abc def", b"\xff\xfe"])
def test_a_file_of_an_id_that_was_never_finished_keeps_nobody_from_starting(
    var: Path, left: bytes
) -> None:
    (var / "run" / "web.pid").write_bytes(left)

    supervisor.end_leftovers(var=var)

    assert list((var / "run").iterdir()) == []


def test_messages_long_taken_are_deleted(var: Path) -> None:
    processed = var / "broker" / "processed"
    processed.mkdir(parents=True)
    for name, age_seconds in {"old": 3600, "new": 0}.items():
        (processed / name).touch()
        os.utime(processed / name, times=(time.time() - age_seconds,) * 2)

    Supervisor(var=var, children=[])._clear_processed(now=100.0)

    assert [path.name for path in processed.iterdir()] == ["new"]


def _wait_for_number(path: Path) -> int:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if path.exists() and path.read_text().strip():
            return int(path.read_text())
        time.sleep(0.02)
    raise AssertionError(f"{path} was not written")


def _wait_until_dead(pid: int) -> None:
    deadline = time.monotonic() + 10
    while _running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _running(pid: int) -> bool:
    """Whether it still works: a dead one may wait for its parent to notice."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
