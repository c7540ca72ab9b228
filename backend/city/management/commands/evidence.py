"""``manage.py evidence``: the long figures of reliability, printed, never written by hand."""

import json
import os
import re
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from django.conf import settings
from django.core.management.base import BaseCommand

FAULT_TESTS = "tests/faults"
API_TESTS = "tests/backend/web/test_generated_cases.py"
CANARY_TESTS = "tests/flows/test_canaries.py::test_no_secret_is_found_anywhere_afterwards"
# Each worker has a cluster of its own, made once for all rounds; much of a test is waiting.
AT_ONCE = ("-n", "3", "--maxschedchunk", "1")
OUTCOMES = ("passed", "failed", "skipped")


class Command(BaseCommand):
    """Break everything many times, ask the API whatever its schema allows and forbids, look for
    secrets wherever something is kept; one line per round, one for the API, one for secrets, one in
    all, the raw output under ``var/evidence``."""

    help = (
        "反复进行故障试验，按接口说明生成请求，查找口令和密钥的痕迹，逐轮打印结果，最后一行是合计。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--rounds", type=int, default=20, help="轮数")
        parser.add_argument("--cases", type=int, default=20_000, help="生成的请求数；0 为不做")
        parser.add_argument("--canaries", type=int, default=20, help="口令、密钥走几遍；0 为不做")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the fault tests, all rounds in turn; exit 1 when any failed."""
        rounds, folder = options["rounds"], settings.VAR_DIR / "evidence"
        folder.mkdir(parents=True, exist_ok=True)
        report = folder / "faults.xml"
        report.unlink(missing_ok=True)
        started = time.perf_counter()
        asked = _ask_the_api(folder=folder, cases=options["cases"])
        if options["cases"]:
            self.stdout.write(json.dumps(asked))
        looked = _look_for_secrets(folder=folder, rounds=options["canaries"])
        if options["canaries"]:
            self.stdout.write(json.dumps(looked))
        with (folder / "faults.log").open("wb") as output:
            done = subprocess.run(
                [sys.executable, "-m", "pytest", FAULT_TESTS, "-v", *AT_ONCE,
                 "--count", str(rounds), "--repeat-scope", "session", "--junitxml", str(report)],
                cwd=settings.BASE_DIR, stdout=output, stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
        counted = _by_round(report, rounds=rounds)
        for number, counts in sorted(counted.items()):
            self.stdout.write(json.dumps({"round": number, **counts}))
        total = {name: sum(counts[name] for counts in counted.values()) for name in OUTCOMES}
        seconds = round(time.perf_counter() - started, 1)
        self.stdout.write(
            json.dumps({"commit": _commit(), "rounds": len(counted), **total, "seconds": seconds})
        )
        if done.returncode or len(counted) < rounds or asked["failed"] or looked["failed"]:
            sys.exit(1)


def _ask_the_api(*, folder: Path, cases: int) -> dict[str, int]:
    """Send generated cases as each role: how many there were, and the callers for whom any ended
    in an answer of 500 or in a status that the schema does not tell."""
    if not cases:
        return {"cases": 0, "callers": 0, "failed": 0}
    report = folder / "api.xml"
    report.unlink(missing_ok=True)
    with (folder / "api.log").open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", API_TESTS, "-v", "--junitxml", str(report)],
            cwd=settings.BASE_DIR, stdout=output, stderr=subprocess.STDOUT, check=False,
            env={**os.environ, "API_CASES": str(cases)},
        )  # fmt: skip
    told = list(_cases(report))
    sent = sum(int(one.get("value", "0")) for case in told for one in case.iter("property"))
    failed = sum(_outcome(case) != "passed" for case in told)
    return {"cases": sent, "callers": len(told), "failed": failed or int(done.returncode != 0)}


def _look_for_secrets(*, folder: Path, rounds: int) -> dict[str, int]:
    """Let new passwords, keys and codes go through the house: how many there were, in how many
    bytes they were looked for, and in how many rounds one was found."""
    if not rounds:
        return {"secrets": 0, "bytes": 0, "failed": 0}
    report = folder / "canaries.xml"
    report.unlink(missing_ok=True)
    with (folder / "canaries.log").open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", CANARY_TESTS, "-v", "-p", "no:xdist",
             "--count", str(rounds), "--junitxml", str(report)],
            cwd=settings.BASE_DIR, stdout=output, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    told = list(_cases(report))
    told_of = Counter[str]()
    for one in (one for case in told for one in case.iter("property")):
        told_of[one.get("name", "")] += int(one.get("value", "0"))
    failed = sum(_outcome(case) != "passed" for case in told)
    return {
        "secrets": told_of["secrets"],
        "bytes": told_of["bytes"],
        "failed": failed or int(done.returncode != 0),
    }


def _by_round(report: Path, *, rounds: int) -> dict[int, dict[str, int]]:
    """How many passed, failed and were skipped in each round; an error counts as failed."""
    counted: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for case in _cases(report):
        numbered = re.search(rf"(\d+)-{rounds}\]$", case.get("name", ""))
        counted[int(numbered[1]) if numbered else 1][_outcome(case)] += 1
    return {number: {name: counts[name] for name in OUTCOMES} for number, counts in counted.items()}


def _cases(report: Path) -> Iterable[Element]:
    if not report.exists():
        return ()
    return ElementTree.parse(report).iter("testcase")  # noqa: S314 - our own tests wrote it


def _outcome(case: Element) -> str:
    found = {child.tag for child in case}
    if found & {"failure", "error"}:
        return "failed"
    return "skipped" if "skipped" in found else "passed"


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()
