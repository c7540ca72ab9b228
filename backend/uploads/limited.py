"""Read a stranger's file in a process of its own (受限进程): little memory and time, no secrets.

The process is our own interpreter on one of our own modules. It gets no environment, so neither
keys nor the address of the database, and what it answers is bytes: never pickled objects.
"""

import gc
import logging
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

CHECKOUT = Path(__file__).resolve().parents[2]
OUT_OF_MEMORY = 3
LAST_WORDS_BYTES = 4096

log = logging.getLogger(__name__)


class ReadingError(Exception):
    """The reading process gave no answer; ``why`` is TIME, MEMORY or BROKEN."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Limits:
    """What the reading process may use; ``seconds`` by the clock and of the processor."""

    memory_bytes: int
    seconds: int
    answer_bytes: int


def read_limited(*, module: str, file: Path, limits: Limits) -> bytes:
    """Let ``module``, which calls ``answer``, read ``file``; give what it answers.

    Raises:
        ReadingError: it used up what it may, or broke.
    """
    with file.open("rb") as given, TemporaryFile() as taken, TemporaryFile() as words:
        try:
            done = subprocess.run(
                [sys.executable, "-m", module],
                stdin=given,
                stdout=taken,
                stderr=words,
                cwd=CHECKOUT,
                env={},
                timeout=limits.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ReadingError("TIME") from None
        if done.returncode:
            raise _ended(module, done.returncode, words)
        taken.seek(0)
        return taken.read()


def answer(*, read: Callable[[BinaryIO], bytes], limits: Limits) -> None:
    """In the reading process: confine it, read standard input, write the answer."""
    confine(limits=limits)
    gc.disable()  # it ends with its answer: looking for cycles would be time lost
    try:
        sys.stdout.buffer.write(read(sys.stdin.buffer))
        sys.stdout.buffer.flush()
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # to unwind may take memory again


def confine(*, limits: Limits) -> None:
    """Bind this process for the rest of its life; nothing of it is left in a core dump."""
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, limits.answer_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _ended(module: str, code: int, words: BinaryIO) -> ReadingError:
    words.seek(max(0, words.seek(0, os.SEEK_END) - LAST_WORDS_BYTES))
    said = words.read().decode("utf-8", "replace")
    # Where it stopped, without the last line: that may repeat what stands in the file.
    places = [line.strip() for line in said.splitlines() if line.startswith("  File ")]
    log.warning("%s ended with %s at %s", module, code, places[-1:] or "?")
    if code in (-signal.SIGKILL, -signal.SIGXCPU):
        return ReadingError("TIME")
    by_memory = code == OUT_OF_MEMORY or "memory allocation" in said or "MemoryError" in said
    return ReadingError("MEMORY" if by_memory else "BROKEN")
