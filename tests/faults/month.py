"""A month of a small city at a site whose servers break (故障中的一个月)."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from backend import cluster
from backend.access.models import Staff
from backend.cluster import CHECKOUT, Cluster
from backend.jobs.models import Job, JobState
from tests.faults.harness import TEMPLATE, Site, surroundings

CITY_TEMPLATE = "faults_city"
PEOPLE, SEED, PERIOD = "400", "5", "2026-11"
TRIES = 60
QUICK_MONTH = ("-m", "tests.faults.quick_month")
TAKE_OVERS = {
    "take_over": "baseline",
    "take_over_enrolment": "enrolment-baseline",
    "take_over_accounts": "account-baseline",
    "take_over_arrears": "arrears-baseline",
}


def take_city_over(server: Cluster) -> None:
    """Make the city's files and a template database that has taken them over, once."""
    city = server.var / "city"
    cluster.clone_database(server, template=TEMPLATE, name=CITY_TEMPLATE)
    office = ["set_up_office", "--office", str(city / "office.json")]
    for command in (
        ["make_city", "--people", PEOPLE, "--seed", SEED, "--folder", str(city)],
        [*office, "--agencies-only"],
        *(
            [command, str(city / folder), "--trust", str(city / "keys.json")]
            for command, folder in TAKE_OVERS.items()
        ),
        office,
    ):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=CHECKOUT,
            env={
                **surroundings(var=server.var, database=CITY_TEMPLATE),
                "BROKER_URL": "filesystem://",
            },
            check=True,
            capture_output=True,
        )


def open_month(site: Site) -> None:
    """A city that has not paid yet: its database, its folders of banks and tax bureau."""
    for name in ("bank", "returned", "tax"):
        shutil.rmtree(site.var / name, ignore_errors=True)
    site.renew(template=CITY_TEMPLATE)


def fresh_codes() -> bool:
    """Let the demo staff sign again at once, as if thirty seconds had passed."""
    Staff.objects.update(totp_last_step=0)
    return True


def pay(site: Site, *, until: str | None = None, bank: str = "honest") -> dict[str, Any]:
    """Run the month again and again, as an operator or a timer would, to its end or a gate."""
    said = ""
    for _ in range(TRIES):
        site.until(fresh_codes)
        done = site.run(*QUICK_MONTH, PERIOD, "--bank", bank, check=False)
        said = done.stderr
        if done.returncode == 0:
            summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
            if summary["gate"] == until:
                return summary
    raise AssertionError(f"the month does not end: {said[-3000:]}")


def has_done(jobs: int) -> bool:
    """Whether the month has come so far."""
    return Job.objects.filter(state=JobState.DONE).count() >= jobs


def begin_to_pay(site: Site) -> "subprocess.Popen[bytes]":
    """Run the month in the background while a test breaks things."""
    site.until(fresh_codes)
    with (site.var / "log" / "run_month.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, *QUICK_MONTH, PERIOD],
            cwd=CHECKOUT,
            env=site.environment,
            stdout=log,
            stderr=log,
        )


def everybody_paid_once(site: Site, summary: dict[str, Any]) -> bool:
    """All identities of the month, and every promise of the database."""
    assert site.keeps_its_promises()
    assert summary["entitled_fen"] == summary["batch_fen"] + summary["held_fen"]
    assert summary["batch_fen"] == summary["file_fen"]
    assert summary["file_fen"] == summary["bank_paid_fen"] + summary["bank_returned_fen"]
    assert summary["ledger_fen"] == summary["bank_paid_fen"]
    assert summary["open_exceptions"] == summary["unknown_fen"] == 0
    assert summary["collected_fen"] == summary["posted_fen"] + summary["suspense_fen"] > 0
    return bool(summary["batched"] and summary["held"] and summary["reissued"])


def refused_by_bank(site: Site) -> list[Path]:
    """Files that a bank did not accept: a number twice, a gap, other bytes."""
    return sorted(site.var.glob("bank/*/re[tf]*/*.refused"))
