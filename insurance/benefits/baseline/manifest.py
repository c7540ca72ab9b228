"""The manifest of a baseline (接管清单): what both sides signed, checked before any row is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from backend.feeds.signed import SignedFile, count, invalid, read_signed, signed_files
from backend.kernel.months import Month

FORMAT = "yikatong-baseline/1"
NAMES = (
    "organisations",
    "persons",
    "entitlements",
    "components",
    "accounts",
    "holds",
    "deaths",
)
FIELDS = frozenset(
    {
        *("format", "source_system", "region", "extracted_at", "first_period", "demo"),
        *("files", "totals", "digest", "signatures"),
    }
)


@dataclass(frozen=True)
class Total:
    """A control total (控制总数): who has a component in force in the first period, how much."""

    scheme: str
    pool_region: str
    component: str
    people: int
    fen: int


@dataclass(frozen=True)
class Manifest:
    """A manifest whose digest and signatures are right."""

    source_system: str
    region: str
    extracted_on: date
    first_period: Month
    demo: bool
    files: tuple[SignedFile, ...]
    totals: tuple[Total, ...]
    digest: str
    content: Mapping[str, Any]


def read_manifest(*, folder: Path, trusted: Mapping[str, str]) -> Manifest:
    """Read and verify ``folder``'s manifest; ``trusted`` gives each side's public key in hex.

    Raises:
        ManifestInvalid, DigestWrong, SignatureWrong: as their sentences say.
    """
    content, digest = read_signed(folder=folder, wanted=FORMAT, fields=FIELDS, trusted=trusted)
    try:
        return _manifest(content, digest)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise invalid("清单中有缺少的项目，或项目的内容不正确。") from None


def _manifest(content: dict[str, Any], digest: str) -> Manifest:
    files = signed_files(content=content, names=NAMES)
    totals = tuple(
        Total(
            str(t["scheme"]),
            str(t["pool_region"]),
            str(t["component"]),
            count(t["people"]),
            count(t["fen"]),
        )
        for t in content["totals"]
    )
    if len({(t.scheme, t.pool_region, t.component) for t in totals}) != len(totals):
        raise invalid("清单中的控制总数有重复。")
    return Manifest(
        source_system=str(content["source_system"]),
        region=str(content["region"]),
        extracted_on=datetime.fromisoformat(content["extracted_at"]).date(),
        first_period=Month.parse(content["first_period"]),
        demo=content["demo"] is True,
        files=files,
        totals=totals,
        digest=digest,
        content=content,
    )
