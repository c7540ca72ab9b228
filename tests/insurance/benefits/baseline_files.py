"""Writes small signed baselines (演示): every default is valid, one thing at a time is changed."""

import json
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.feeds.signed import canonical
from backend.kernel.identity import Sex
from insurance.benefits.baseline.manifest import FORMAT, NAMES
from insurance.benefits.baseline.staging import HEADERS
from tests import builders

KEYS = {
    side: Ed25519PrivateKey.from_private_bytes(sha256(side.encode()).digest())
    for side in ("SOURCE", "BUREAU")
}
TRUSTED = {side: key.public_key().public_bytes_raw().hex() for side, key in KEYS.items()}
WANG = builders.id_number(birth_date=date(1958, 3, 12), sex=Sex.FEMALE, serial=401)
LI = builders.id_number(birth_date=date(1950, 7, 1), sex=Sex.MALE, serial=402)
CHEN = builders.id_number(birth_date=date(1966, 12, 31), sex=Sex.FEMALE, serial=403)


def default_rows() -> dict[str, list[str]]:
    """Wang draws 170, Li 110 and Chen nothing: 200 + 30.50 and 1500 + 0.01 yuan in November."""
    return {
        "organisations": [
            "V1,迎江区演示村,,VILLAGE,340802001201",
            "E1,演示商贸有限公司(演示),91340826MA00006564,EMPLOYER,340826",
        ],
        "persons": [
            f"P1,王秀英,CITIZEN,{WANG},1958-03-12,2,01,340802,V1",
            f"P2,买买提·李,CITIZEN,{LI},1950-07-01,1,03,340802,",
            f"P3,陈桂芳,CITIZEN,{CHEN},1966-12-31,2,01,340802,V1",
        ],
        "entitlements": [
            "P1-170,P1,170,2018-04,2026-10,",
            "P2-110,P2,110,2010-08,2026-10,385",
        ],
        "components": [
            "P1-170,BASIC,2025-01,,200.00,BASELINE",
            "P1-170,ACCOUNT,2025-01,,30.50,UNVERIFIED",
            "P1-170,EXTRA_YEARS,2020-01,2026-11,9.00,BASELINE",
            "P2-110,BASIC,2025-01,2026-12,1500.00,BASELINE",
            "P2-110,AGE_SUPPLEMENT,2026-11,,0.01,BASELINE",
        ],
        "accounts": [
            "P1,NSB,9900010000000000001,王秀英,2018-04-02,2026-11-01",
            "P1,CSB,9900020000000000002,王秀英,2026-11-01,",
            "P2,NSB,9900010000000000003,买买提•李,2018-04-02,",
        ],
        "holds": ["P1-170,CHECK_MISSED,2026-11,逾期未认证(演示)"],
        "deaths": ["P2,2026-10-31,POLICE"],
    }


def default_totals() -> list[dict[str, Any]]:
    """What is in force in 2026-11."""
    return [
        _total("110", "340000", "AGE_SUPPLEMENT", 1),
        _total("110", "340000", "BASIC", 150_000),
        _total("170", "340800", "ACCOUNT", 3_050),
        _total("170", "340800", "BASIC", 20_000),
    ]


@dataclass
class BaselineFiles:
    """A baseline to be written; tests change ``rows`` and ``totals`` before, files after."""

    folder: Path
    rows: dict[str, list[str]] = field(default_factory=default_rows)
    totals: list[dict[str, Any]] = field(default_factory=default_totals)
    changes: dict[str, Any] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        """Where a file stands."""
        return self.folder / f"{name}.csv"

    def write(self, *, encoding: str = "utf-8") -> "BaselineFiles":
        """Write all files as the old system would, and sign them."""
        for name in NAMES:
            text = "".join(f"{line}\n" for line in (",".join(HEADERS[name]), *self.rows[name]))
            self.path(name).write_bytes(text.encode(encoding))
        self.sign()
        return self

    def sign(self) -> None:
        """Sign whatever the files hold now."""
        content = {
            "format": FORMAT,
            "source_system": "演示原系统",
            "region": "340800",
            "extracted_at": "2026-10-31T18:00:00+08:00",
            "first_period": "2026-11",
            "demo": True,
            "files": [self._described(name) for name in NAMES],
            "totals": self.totals,
        } | self.changes
        digest = sha256(canonical(content)).hexdigest()
        self.save({**content, "digest": digest, "signatures": signatures(digest)})

    def manifest(self) -> dict[str, Any]:
        """Read the manifest back, to be damaged."""
        read: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text())
        return read

    def save(self, manifest: dict[str, Any]) -> None:
        """Write a manifest as it is."""
        (self.folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False))

    def replace(self, name: str, old: bytes, new: bytes) -> None:
        """Damage a file behind the manifest's back."""
        raw = self.path(name).read_bytes()
        assert old in raw
        self.path(name).write_bytes(raw.replace(old, new, 1))

    def _described(self, name: str) -> dict[str, Any]:
        raw = self.path(name).read_bytes()
        return {
            "name": f"{name}.csv",
            "rows": len(self.rows[name]),
            "sha256": sha256(raw).hexdigest(),
        }


def signatures(digest: str) -> list[dict[str, str]]:
    """Both sides' signatures over a digest."""
    message = f"{FORMAT}\n{digest}".encode()
    return [
        {
            "side": side,
            "name": "演示",
            "public_key": TRUSTED[side],
            "signature": key.sign(message).hex(),
        }
        for side, key in KEYS.items()
    ]


def _total(scheme: str, pool_region: str, component: str, fen: int) -> dict[str, Any]:
    return {
        "scheme": scheme,
        "pool_region": pool_region,
        "component": component,
        "people": 1,
        "fen": fen,
    }
