"""A reader that does what the file tells it (不守规矩的读取程序): for test_limited only."""

import os
import time
from typing import BinaryIO

from backend.uploads.limited import Limits, answer

LIMITS = Limits(memory_bytes=128 * 1024 * 1024, seconds=2, answer_bytes=1_000_000)


def _obey(file: BinaryIO) -> bytes:
    order = file.read().decode()
    if order == "MEMORY":
        return b"x" * LIMITS.memory_bytes
    if order == "TURN":
        while True:
            pass
    if order == "SLEEP":
        time.sleep(60)
    if order == "SPEAK":
        return b"x" * 2 * LIMITS.answer_bytes
    if order == "BREAK":
        raise ValueError("王小明 340811198001011234")
    if order == "ABORT":
        os.abort()
    return repr(sorted(os.environ)).encode()


if __name__ == "__main__":
    answer(read=_obey, limits=LIMITS)
