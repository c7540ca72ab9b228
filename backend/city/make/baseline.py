"""The old system's roll as files: seven CSV files and a manifest that both sides sign (基线)."""

import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from types import TracebackType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.city.make.employers import Employer
from backend.city.make.files import RowFile, csv_row, write_json
from backend.city.make.places import Village
from backend.city.make.records import Pension, Resident, month_text, yuan
from backend.kernel.months import Month

FORMAT = "yikatong-baseline/1"
POOLS = {"110": "340000", "170": "340800"}
HEADERS = {
    "organisations": "old_id,name,credit_code,kind,district",
    "persons": "old_id,name,id_kind,id_number,birth_date,sex,nation,district,village",
    "entitlements": "old_id,person,scheme,start_month,paid_through,paid_months",
    "components": "entitlement,component,from_month,to_month,amount,standing",
    "accounts": "person,bank,account_no,holder_name,from_date,to_date",
    "holds": "entitlement,reason,from_month,note",
    "deaths": "person,death_date,source",
}
SIDES = (
    ("SOURCE", "安庆市原社会保险业务系统(演示)"),
    ("BUREAU", "安庆市社会保险经办机构(演示)"),
)


class BaselineWriter:
    """Takes residents one by one; memory does not grow with them."""

    def __init__(self, *, folder: Path, first_period: int) -> None:
        self._files = {
            name: RowFile(path=folder / f"{name}.csv", header=header)
            for name, header in HEADERS.items()
        }
        self._first_period = first_period
        self._totals: dict[tuple[str, str], list[int]] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "BaselineWriter":
        for file in self._files.values():
            self._stack.enter_context(file)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def add_village(self, village: Village) -> None:
        """A village with its 12-digit division code instead of a credit code."""
        row = (village.old_id, village.name, "", "VILLAGE", village.code)
        self._files["organisations"].add(csv_row(row))

    def add_employer(self, employer: Employer) -> None:
        """An employer or institution with its credit code."""
        self._files["organisations"].add(csv_row(employer))

    def add(self, person: Resident) -> None:
        """A person with everything the old system holds of them."""
        self._files["persons"].add(
            f"{person.old_id},{person.name},{person.id_kind},{person.id_number},{person.born},"
            f"{person.sex},{person.nation},{person.district},{person.village}"
        )
        if person.pension is not None:
            self._add_pension(person.old_id, person.pension)
        death = person.death
        if death is not None and death.told_in is None:
            self._files["deaths"].add(f"{person.old_id},{death.day},{death.source}")

    def rows(self) -> dict[str, int]:
        """How many rows each file has."""
        return {name: file.rows for name, file in self._files.items()}

    def manifest(self) -> dict[str, object]:
        """Counts, digests and control totals, without signatures; asked after closing."""
        first = Month.from_index(self._first_period)
        return {
            **described(
                form=FORMAT,
                first=first,
                begins={"first_period": str(first)},
                files=self._files.values(),
            ),
            "totals": [
                {
                    "scheme": scheme,
                    "pool_region": POOLS[scheme],
                    "component": component,
                    "people": people,
                    "fen": fen,
                }
                for (scheme, component), (people, fen) in sorted(self._totals.items())
            ],
        }

    def _add_pension(self, person: str, pension: Pension) -> None:
        entitlement = f"{person}-{pension.scheme}"
        self._files["entitlements"].add(
            f"{entitlement},{person},{pension.scheme},{month_text(pension.start)},"
            f"{month_text(pension.paid_through)},{'' if pension.months is None else pension.months}"
        )
        for part in pension.components:
            end = "" if part.end is None else month_text(part.end)
            self._files["components"].add(
                f"{entitlement},{part.code},{month_text(part.start)},{end},{yuan(part.fen)},"
                f"{part.standing}"
            )
            if part.start <= self._first_period and (
                part.end is None or self._first_period < part.end
            ):
                total = self._totals.setdefault((pension.scheme, part.code), [0, 0])
                total[0] += 1
                total[1] += part.fen
        for account in pension.accounts:
            self._files["accounts"].add(
                f"{person},{account.bank},{account.number},{account.holder},{account.since},"
                f"{account.until or ''}"
            )
        for hold in pension.holds:
            self._files["holds"].add(
                f"{entitlement},{hold.reason},{month_text(hold.start)},{hold.note}"
            )


def described(
    *, form: str, first: Month, begins: Mapping[str, object], files: Iterable[RowFile]
) -> dict[str, object]:
    """What every manifest says of what the old system hands over; asked after closing."""
    day = first.previous.last_day
    extracted = datetime(day.year, day.month, day.day, 18, tzinfo=timezone(timedelta(hours=8)))
    return {
        "format": form,
        "source_system": SIDES[0][1],
        "region": "340800",
        "extracted_at": extracted.isoformat(),
        **begins,
        "demo": True,
        "files": [
            {"name": file.path.name, "rows": file.rows, "sha256": file.sha256()} for file in files
        ],
    }


def sign(*, manifest: dict[str, object], seed: int) -> dict[str, object]:
    """The manifest with its digest and the signatures of both sides."""
    digest = sha256(canonical(manifest)).hexdigest()
    message = f"{manifest['format']}\n{digest}".encode()
    signatures = [
        {
            "side": side,
            "name": name,
            "public_key": _public_hex(side, seed),
            "signature": _key(side, seed).sign(message).hex(),
        }
        for side, name in SIDES
    ]
    return {**manifest, "digest": digest, "signatures": signatures}


def canonical(content: object) -> bytes:
    """The one spelling of a JSON value that is digested."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def write_keys(*, path: Path, seed: int) -> None:
    """The public keys of both sides, for those who are to trust this baseline."""
    keys: Iterable[dict[str, str]] = [
        {"side": side, "name": name, "public_key": _public_hex(side, seed)} for side, name in SIDES
    ]
    write_json(path=path, content={"format": "yikatong-keys/1", "demo": True, "keys": keys})


def _key(side: str, seed: int) -> Ed25519PrivateKey:
    secret = sha256(f"yikatong-demo-baseline/{seed}/{side}".encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(secret)


def _public_hex(side: str, seed: int) -> str:
    return _key(side, seed).public_key().public_bytes_raw().hex()
