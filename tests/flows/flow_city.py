"""A small demo city taken over once, and months paid in clones of it (小城流程)."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from backend import database_roles
from backend.access.models import Staff
from backend.city import month_steps
from backend.city.demo_staff import DemoOffice
from backend.city.make.city import make_city
from backend.city.office import set_up_office
from backend.city.promises import broken_promises
from backend.city.run_month import MonthOutcome, run_month
from backend.feeds.signed import read_trusted
from backend.jobs import faultpoint
from backend.kernel.months import Month
from insurance.accounts import take_over as accounts
from insurance.benefits.baseline.take_over import take_over
from insurance.collection import take_over as collection
from insurance.enrolment import take_over as enrolment
from tests.conftest import clone, pointed_at
from tests.quick_codes import quick_codes

PEOPLE = 1500
SEED = 7
NOVEMBER = Month(2026, 11)
DECEMBER = Month(2026, 12)
RESULTLESS = ("access_staffsession",)  # what no business rests on


@dataclass(frozen=True)
class City:
    """The files of the city, and the database that has taken them over."""

    files: Path
    database: str


@dataclass
class Bureau:
    """A clone of the city with folders of its own, in which months are paid."""

    var: Path
    database: str
    told: list[str] = field(default_factory=list)

    def run(
        self, period: Month = NOVEMBER, *, lying: bool = False, erring: bool = False
    ) -> MonthOutcome:
        """Run or resume a month in this process."""
        return run_month(period=period, lying=lying, erring=erring, tell=self.told.append)

    def run_apart(
        self, period: Month = NOVEMBER, *, fault: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        """Run a month as a process of its own."""
        return subprocess.run(
            [sys.executable, "manage.py", "run_month", str(period)],
            cwd=settings.BASE_DIR,
            env={**self._environment(), "FAULTPOINTS": fault},
            capture_output=True,
            text=True,
            timeout=240,
        )

    def rest(self) -> None:
        """Let some minutes pass: everybody has fresh one-time codes."""
        Staff.objects.update(totp_last_step=0)

    def office(self) -> DemoOffice:
        """The staff, at the API."""
        return DemoOffice(office=self.var / "city" / "office.json")

    def decide(self, kind: str, *, approve: bool = True, but: Collection[int] = ()) -> list[int]:
        """A reviewer decides all waiting cases of a kind; a clerk has signed what nobody received
        at a desk. The ids."""
        reviewer = self.office().member("REVIEWER")
        waiting = reviewer.pages(f"/api/v1/cases/?kind={kind}&state=RECEIVED")
        ids = [case["id"] for case in waiting if case["id"] not in but]
        if approve:
            self._review(case for case in waiting if case["id"] in ids and not case["received_by"])
        answer = {"approve": approve, "reason": "" if approve else "本人到场(演示)"}
        reviewer.signed_post("/api/v1/cases/decide", {"cases": ids, "role": "REVIEWER", **answer})
        return ids

    def _review(self, cases: Iterable[Mapping[str, Any]]) -> None:
        clerk = self.office().member("CLERK")
        for case in cases:
            self.rest()
            clerk.signed_post(f"/api/v1/cases/{case['id']}/review", {"role": "CLERK"})

    def propose(self, answers: Mapping[str, str]) -> list[dict[str, Any]]:
        """Finance proposes, kind by kind, how open discrepancies are to be settled; all open."""
        finance = self.office().member("FINANCE")
        rows = finance.pages("/api/v1/discrepancies/?open=true")
        for row in rows:
            finance.post(
                f"/api/v1/discrepancies/{row['id']}/propose",
                {"decision": answers[row["kind"]], "evidence": "查复书 演示-1"},
            )
        return rows

    def lies(self) -> list[dict[str, Any]]:
        """What the lying banks confess."""
        told = sorted(self.var.glob("bank/*/truth.json"))
        return [lie for path in told for lie in json.loads(path.read_text(encoding="utf-8"))]

    def _environment(self) -> dict[str, str]:
        place = f"/{settings.DATABASES['default']['HOST']}/{self.database}"
        return {
            **os.environ,
            "YIKATONG_VAR": str(self.var),
            "AUDIT_DIR": str(settings.AUDIT_DIR),
            "SECRET_KEY": settings.SECRET_KEY,
            "DATABASE_URL": f"postgres://{database_roles.APPLICATION}@{place}",
            "DATABASE_OWNER_URL": f"postgres://{database_roles.OWNER}@{place}",
        }


def take_city_over(*, files: Path, people: int = PEOPLE, seed: int = SEED) -> None:
    """Make the files, set the office up, take the baselines over: as ``bin/run`` does."""
    make_city(folder=files, people=people, seed=seed, first_period=NOVEMBER)
    office, now = files / "office.json", timezone.now()
    set_up_office(path=office, now=now, with_staff=False)
    trusted = read_trusted(files / "keys.json")
    take_over(folder=files / "baseline", trusted=trusted, refused=[])
    enrolment.take_over(folder=files / "enrolment-baseline", trusted=trusted, refused=[])
    accounts.take_over(folder=files / "account-baseline", trusted=trusted, refused=[])
    collection.take_over(folder=files / "arrears-baseline", trusted=trusted, refused=[])
    set_up_office(path=office, now=now)


@contextmanager
def opened(*, city: City, var: Path) -> Iterator[Bureau]:
    """A bureau in a clone of the city; impatient, for no worker is there."""
    var.mkdir(parents=True)
    (var / "city").symlink_to(city.files)
    with clone(city.database) as name, pointed_at(name), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "VAR_DIR", var)
        patch.setattr(month_steps, "PATIENCE_SECONDS", 0.0)
        quick_codes(patch)
        patch.setattr(faultpoint, "_passed", type(faultpoint._passed)())
        yield Bureau(var=var, database=name)


def business_rows() -> Mapping[str, str]:
    """Every business table and a digest of all its rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [row[0] for row in cursor.fetchall() if row[0] not in RESULTLESS]
        digests = {}
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')
            rows = "\n".join(row[0] for row in cursor.fetchall())
            digests[table] = hashlib.sha256(rows.encode()).hexdigest()
    return digests


def run_again(bureau: Bureau) -> int:
    """Run once more; the rows that the call says it wrote. No row of any table may differ."""
    bureau.rest()
    before = business_rows()

    again = bureau.run()

    assert {name for name, digest in business_rows().items() if digest != before[name]} == set()
    return int(again.summary["changed"])


def broken() -> list[object]:
    """Every promise that does not hold on the data as they are."""
    return list(broken_promises())


def identities(summary: Mapping[str, Any]) -> dict[str, bool]:
    """The identities of a month's summary, by name."""
    s = summary
    answered = s["bank_paid_fen"] + s["bank_returned_fen"] + s["unknown_fen"]
    return {
        "entitled = in batch + held": s["entitled"] == s["batched"] + s["held"],
        "the same in fen": s["entitled_fen"] == s["batch_fen"] + s["held_fen"],
        "in batch = in file": s["batch_fen"] == s["file_fen"],
        "in file = paid + returned + unknown": s["file_fen"] == answered,
        "posted = paid": s["ledger_fen"] == s["bank_paid_fen"],
        "collected = posted + in suspense": s["collected_fen"]
        == s["posted_fen"] + s["suspense_fen"],
    }


def sums(sql: str, *parameters: Any) -> tuple[int, ...]:
    """One row of whole numbers."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return tuple(int(value or 0) for value in cursor.fetchone())
