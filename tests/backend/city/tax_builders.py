"""Bills and declarations by hand, and a tax bureau that answers them in folders of its own."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from backend.city.make.numbers import IdNumbers, credit_code
from tests.backend.city.bank_builders import ROOT

NOVEMBER, DECEMBER = "2026-11", "2026-12"
BILLS = "bill_no,kind,payer_number,payer_name,scheme,month,person_number,person_name,amount,pay_by"
REFUNDS = (
    "refund_no,channel,payer_number,payer_name,scheme,month,person_number,person_name,part,tax_no,"
    "amount"
)
DECLARED = "payer_number,payer_name,scheme,month,person_number,person_name,base,amount"
FISCAL = "payer_number,payer_name,scheme,month,part,amount"
VILLAGE = "340802001201"


def people(count: int) -> list[str]:
    """So many citizens' numbers."""
    numbers = IdNumbers()
    born = date(1980, 1, 2)
    return [numbers.give(region="340802", born=born, sex=1) for _ in range(count)]


def resident_bills(count: int) -> list[str]:
    """Each resident owes 400 yuan for next year's medical insurance."""
    return [
        f"B1-{place},RESIDENT,{VILLAGE},演示村,390,2027-01,{number},汪桂兰,400.00,2026-12-31"
        for place, number in enumerate(people(count))
    ]


def declared_rows(employers: int, *, month: str = NOVEMBER) -> list[str]:
    """Each employer declares two employees in two schemes: 1,440 and 420 yuan each."""
    return [
        f"{credit_code(region='340802', order=order)},演示{order}号,{scheme},{month},"
        f"{number},汪桂兰,6000.00,{amount}"
        for order in range(1, employers + 1)
        for number in people(2)
        for scheme, amount in (("110", "1440.00"), ("310", "420.00"))
    ]


def write_csv(path: Path, header: str, lines: Sequence[str]) -> Path:
    """A CSV file; give its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in (header, *lines)), encoding="utf-8")
    return path


def fen(amount: str) -> int:
    """1234.56 as 123456."""
    return int(amount.replace(".", ""))


@dataclass(frozen=True)
class TaxBureau:
    """The folders of one bureau."""

    folder: Path

    @property
    def inbox(self) -> Path:
        """Where bills are put."""
        return self.folder / "inbox"

    @property
    def outbox(self) -> Path:
        """Where its files come out."""
        return self.folder / "outbox"

    @property
    def truth(self) -> list[dict[str, Any]]:
        """What it confesses."""
        told: list[dict[str, Any]] = json.loads((self.folder / "truth.json").read_text())
        return told

    def send(self, lines: Sequence[str], *, serial: int = 1, **changes: Any) -> Path:
        """Put a bill file into its inbox; give the description's path."""
        path = self.inbox / f"bills-{serial:06d}.json"
        content = write_csv(path.with_suffix(".csv"), BILLS, lines).read_bytes()
        total = sum(fen(line.split(",")[8]) for line in lines)
        described = {
            "format": "yikatong-tax-bills/1",
            "source": "演示经办机构",
            "serial": serial,
            "period": NOVEMBER,
            "rows": len(lines),
            "total": f"{'-' if total < 0 else ''}{abs(total) // 100}.{abs(total) % 100:02d}",
            "sha256": sha256(content).hexdigest(),
        }
        path.write_text(json.dumps({**described, **changes}), encoding="utf-8")
        return path

    def ask_back(self, lines: Sequence[str], *, serial: int = 1) -> Path:
        """Put a list of refunds into its inbox; give the description's path."""
        path = self.inbox / f"refunds-{serial:06d}.json"
        content = write_csv(path.with_suffix(".csv"), REFUNDS, lines).read_bytes()
        total = sum(fen(line.split(",")[-1]) for line in lines)
        described = {
            "format": "yikatong-treasury-refunds/1",
            "source": "演示经办机构",
            "serial": serial,
            "period": NOVEMBER,
            "rows": len(lines),
            "total": f"{total // 100}.{total % 100:02d}",
            "sha256": sha256(content).hexdigest(),
        }
        path.write_text(json.dumps(described), encoding="utf-8")
        return path

    def call(
        self,
        *,
        period: str = NOVEMBER,
        declared: Path | None = None,
        fiscal: Path | None = None,
        errors: str = "",
    ) -> str:
        """Call the bureau once, as a process of its own; what it says."""
        optional = (("--declared", declared), ("--fiscal", fiscal))
        options = [text for name, path in optional if path for text in (name, str(path))]
        if errors:
            options += ["--errors", errors, "--truth", str(self.folder / "truth.json")]
        done = subprocess.run(
            [
                *(sys.executable, "-m", "backend.city.tax", "--period", period),
                *("--inbox", str(self.inbox), "--outbox", str(self.outbox)),
                *("--state", str(self.folder / "state"), *options),
            ],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def names(self) -> list[str]:
        """The stems of all files that came out, with a right or wrong description."""
        return sorted(path.stem for path in self.outbox.glob("*.json"))

    def described(self, stem: str) -> dict[str, Any]:
        """What a file says of itself."""
        told: dict[str, Any] = json.loads((self.outbox / f"{stem}.json").read_text())
        return told

    def rows(self, stem: str) -> list[dict[str, str]]:
        """The rows of a file."""
        with (self.outbox / f"{stem}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def receipts(self) -> list[dict[str, str]]:
        """All receipts told so far, each file once."""
        stems = [name for name in self.names() if name[:9] == "receipts-" and len(name) == 15]
        return [row for stem in stems for row in self.rows(stem)]


def total(rows: Iterable[dict[str, str]]) -> int:
    """What rows make, in fen."""
    return sum(fen(row["amount"]) for row in rows)
