"""``manage.py evidence``: the long figures of reliability, printed, never written by hand."""

import json
import os
import re
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from django.conf import settings
from django.core.management.base import BaseCommand

FAULTS, FAULT_TESTS = "faults", "tests/faults"
# Each worker has a cluster of its own, made once for all rounds; much of a test is waiting.
AT_ONCE = ("-n", "3", "--maxschedchunk", "1")
OUTCOMES = ("passed", "failed", "skipped")


@dataclass(frozen=True)
class Part:
    """Tests that are run at length; ``variable`` tells them how much, else they are repeated."""

    tests: tuple[str, ...]
    option: str = ""
    variable: str = ""

    def command(self, options: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
        """What pytest is asked besides, and in which environment."""
        wanted = str(options[self.option]) if self.option else "1"
        if self.variable:
            return [*self.tests, "-v"], {**os.environ, self.variable: wanted}
        repeated = ["-p", "no:xdist", "--count", wanted] if self.option else []
        return [*self.tests, "-v", *repeated], dict(os.environ)


PARTS: Mapping[str, Part] = {
    "matrix": Part(
        (
            "tests/backend/web/test_matrix.py",
            "tests/backend/web/test_matrix_bodies.py",
            "tests/backend/web/test_policy.py",
        )
    ),
    "bypass": Part(
        (
            "tests/backend/city/test_around_the_api.py",
            "tests/backend/access/test_role_attacks.py",
            "tests/backend/access/test_role_forgeries.py",
            "tests/backend/access/test_sessions.py",
            "tests/backend/cases/delegations/test_attacks.py",
            "tests/backend/cases/test_approvals.py",
            "tests/backend/cases/test_decided.py",
            "tests/backend/cases/test_offices.py",
            "tests/backend/people/test_asked_roles.py",
            "tests/backend/people/test_resets.py",
            "tests/payments/test_signing.py",
            "tests/payments/test_untold.py",
            "tests/payments/test_sql_attacks.py",
            "tests/payments/test_sql_forgeries.py",
            "tests/payments/test_sql_forged_decisions.py",
            "tests/payments/test_sql_forged_keys.py",
            "tests/payments/test_sql_forged_reissues.py",
            "tests/payments/test_sql_taken_in.py",
        )
    ),
    "tampering": Part(("tests/backend/audit/test_tampered.py",), "tamperings", "TAMPERINGS"),
    "damaged": Part(("tests/payments/banks/test_damaged.py",), "damages", "DAMAGES"),
    "api": Part(("tests/backend/web/test_generated_cases.py",), "cases", "API_CASES"),
    "canaries": Part(
        ("tests/flows/test_canaries.py::test_no_secret_is_found_anywhere_afterwards",), "canaries"
    ),
}


class Command(BaseCommand):
    """Ask as each role, go around two people, tamper, damage banks' files, ask the API whatever its
    schema allows and forbids, look for secrets wherever something is kept, break everything many
    times; one line per part and per round of faults, one in all, the raw output under
    ``var/evidence``."""

    help = (
        "逐岗位逐接口、绕开双人、篡改、损坏银行文件、按接口说明生成请求、查找口令和密钥、反复故障，"
        "逐项打印结果，最后一行是合计。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        names = (*PARTS, FAULTS)
        parser.add_argument("--parts", nargs="+", choices=names, default=names, help="只做这几项")
        parser.add_argument("--rounds", type=int, default=20, help="故障试验的轮数")
        parser.add_argument("--cases", type=int, default=20_000, help="生成的请求数")
        parser.add_argument("--tamperings", type=int, default=1_000, help="篡改的次数")
        parser.add_argument("--damages", type=int, default=5_000, help="损坏的银行文件数")
        parser.add_argument("--canaries", type=int, default=20, help="口令、密钥走几遍")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the parts in turn; exit 1 when anything failed, or was skipped: no proof."""
        folder, started = settings.VAR_DIR / "evidence", time.perf_counter()
        folder.mkdir(parents=True, exist_ok=True)
        undone = Counter[str](failed=0, skipped=0)
        for name, part in PARTS.items():
            if name in options["parts"]:
                told = _part(folder / name, *part.command(options))
                undone.update({name: told[name] for name in undone})
                self.stdout.write(json.dumps({"part": name, **told}))
        if FAULTS in options["parts"]:
            undone.update(self._break(folder / FAULTS, rounds=options["rounds"]))
        seconds = round(time.perf_counter() - started, 1)
        self.stdout.write(json.dumps({"commit": _commit(), **undone, "seconds": seconds}))
        if undone.total():
            sys.exit(1)

    def _break(self, place: Path, *, rounds: int) -> dict[str, int]:
        """Run the fault tests, all rounds in turn, a line for each; what was not passed."""
        asked = [*AT_ONCE, "--count", str(rounds), "--repeat-scope", "session"]
        environment = {**os.environ, "EVERY_BROKER": "1"}
        code, cases = _pytest(place, [FAULT_TESTS, "-v", *asked], environment)
        counted = _by_round(cases, rounds=rounds)
        for number, counts in sorted(counted.items()):
            self.stdout.write(json.dumps({"round": number, **counts}))
        total = {name: sum(counts[name] for counts in counted.values()) for name in OUTCOMES}
        self.stdout.write(json.dumps({"part": FAULTS, "rounds": len(counted), **total}))
        failed = total["failed"] or int(code != 0 or len(counted) < rounds)
        return {"failed": failed, "skipped": total["skipped"]}


def _part(place: Path, asked: list[str], environment: dict[str, str]) -> dict[str, int]:
    """Run the tests of a part: how many there were, the sums of what they counted, how many failed
    and how many were skipped."""
    started = time.perf_counter()
    code, cases = _pytest(place, asked, environment)
    counted = Counter[str]()
    for one in (one for case in cases for one in case.iter("property")):
        counted[one.get("name", "")] += int(one.get("value", "0"))
    outcomes = Counter(_outcome(case) for case in cases)
    return {
        "tests": len(cases),
        **counted,
        "failed": outcomes["failed"] or int(code != 0),
        "skipped": outcomes["skipped"],
        "seconds": round(time.perf_counter() - started),
    }


def _pytest(
    place: Path, asked: list[str], environment: dict[str, str]
) -> tuple[int, list[Element]]:
    """Run tests, with their words in ``place.log``; the exit code, and each test."""
    report = place.with_suffix(".xml")
    report.unlink(missing_ok=True)
    with place.with_suffix(".log").open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *asked, "--junitxml", str(report)],
            cwd=settings.BASE_DIR, stdout=output, stderr=subprocess.STDOUT, check=False,
            env=environment,
        )  # fmt: skip
    if not report.exists():
        return done.returncode, []
    root = ElementTree.parse(report)  # noqa: S314 - our own tests wrote it
    return done.returncode, list(root.iter("testcase"))


def _by_round(cases: Iterable[Element], *, rounds: int) -> dict[int, dict[str, int]]:
    """How many passed, failed and were skipped in each round; an error counts as failed."""
    counted: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for case in cases:
        numbered = re.search(rf"(\d+)-{rounds}\]$", case.get("name", ""))
        counted[int(numbered[1]) if numbered else 1][_outcome(case)] += 1
    return {number: {name: counts[name] for name in OUTCOMES} for number, counts in counted.items()}


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
