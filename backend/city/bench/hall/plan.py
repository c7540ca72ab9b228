"""Who is in the hall of the benchmark (测速大厅), and what is right about each of its visitors."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "hall.json"


@dataclass(frozen=True)
class Station:
    """A desk with its clerk, and the kiosk beside it; both machines have a key (Ed25519, hex)."""

    desk_key: str
    kiosk_key: str
    kiosk_id: int
    username: str
    password: str
    totp_secret: str  # base32, as authenticators show it


@dataclass(frozen=True)
class Visitor:
    """A person, and what is true of him: the answers are held against it."""

    person_id: int
    number: str
    name: str
    scheme: str
    balance_fen: int  # of his personal account
    component_fen: tuple[int, ...]  # of all components of his entitlements, the smallest first


@dataclass(frozen=True)
class Plan:
    """All stations and visitors."""

    stations: tuple[Station, ...]
    visitors: tuple[Visitor, ...]


def write_plan(*, path: Path, plan: Plan) -> None:
    """Write it down for the processes of the benchmark; it holds keys, so nobody else reads it."""
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(plan), ensure_ascii=False), encoding="utf-8")
    assert not path.stat().st_mode & 0o077, os.fspath(path)


def read_plan(*, path: Path) -> Plan:
    """Read what ``write_plan`` wrote."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return Plan(
        stations=tuple(Station(**one) for one in told["stations"]),
        visitors=tuple(
            Visitor(**one | {"component_fen": tuple(one["component_fen"])})
            for one in told["visitors"]
        ),
    )
