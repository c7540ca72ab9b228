"""``manage.py evidence``: the long figures of reliability, printed, never written by hand."""

import json
import re
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

FAULT_TESTS = "tests/faults"
AT_ONCE = ("-n", "2")  # each worker has a cluster of its own; much of a round is waiting
COUNTS = re.compile(r"(\d+) (passed|failed|error|errors|skipped)\b")


class Command(BaseCommand):
    """Break everything many times; one line per round, the raw output under ``var/evidence``."""

    help = "反复进行故障试验（每个故障点、服务器、消息、数据库），逐轮打印结果，最后一行是合计。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--rounds", type=int, default=20, help="轮数")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the fault tests round by round; exit 1 when any failed."""
        folder = settings.VAR_DIR / "evidence"
        folder.mkdir(parents=True, exist_ok=True)
        total = {"rounds": 0, "passed": 0, "failed": 0, "skipped": 0, "seconds": 0.0}
        for number in range(1, options["rounds"] + 1):
            started = time.perf_counter()
            log = folder / f"faults-{number:03d}.log"
            with log.open("wb") as output:
                subprocess.run(
                    [sys.executable, "-m", "pytest", FAULT_TESTS, "-q", *AT_ONCE],
                    cwd=settings.BASE_DIR,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    check=False,
                )
            counted = _counted(log.read_text(encoding="utf-8", errors="replace"))
            seconds = round(time.perf_counter() - started, 1)
            self.stdout.write(json.dumps({"round": number, **counted, "seconds": seconds}))
            total["rounds"] += 1
            total["seconds"] = round(total["seconds"] + seconds, 1)
            for name, count in counted.items():
                total[name] += count
        self.stdout.write(json.dumps({"commit": _commit(), **total}))
        if total["failed"] or not total["passed"]:
            sys.exit(1)


def _counted(output: str) -> dict[str, int]:
    """Passed, failed and skipped of pytest's last lines; an error counts as failed."""
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for number, name in COUNTS.findall(output.strip().rpartition("\n")[2]):
        counts["failed" if name.startswith("error") else name] += int(number)
    return counts


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()
