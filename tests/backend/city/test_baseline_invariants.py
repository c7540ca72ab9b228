"""Every baseline is verified again, the first and all after it; a ghost is found (基线不变量)."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from backend.access.models import TrustedKey
from backend.audit.models import Act
from backend.city.baseline_invariants import KEYS, SIGNED, broken_promises
from backend.feeds.signed import canonical
from insurance.benefits.baseline.manifest import FORMAT
from insurance.benefits.baseline.take_over import take_over
from insurance.benefits.models import Baseline
from tests import builders
from tests.insurance.benefits.baseline_files import TRUSTED, BaselineFiles

pytestmark = pytest.mark.django_db

PLANT = """
INSERT INTO benefits_baseline (digest, manifest) VALUES (%s, %s)
"""


@pytest.fixture
def baseline(tmp_path: Path) -> BaselineFiles:
    return BaselineFiles(tmp_path)


@pytest.fixture(autouse=True)
def taken(baseline: BaselineFiles) -> None:
    builders.agency()
    take_over(folder=baseline.write().folder, trusted=TRUSTED, refused=[])
    assert broken() == set()


def broken() -> set[str]:
    return {row.promise for row in broken_promises()}


def ghost(*, keys: dict[str, Ed25519PrivateKey]) -> None:
    """A second baseline as whoever holds the application's role writes and signs it himself."""
    first = Baseline.objects.get().manifest
    content = {name: first[name] for name in first if name not in ("digest", "signatures")}
    content["extracted_at"] = "2026-11-30T18:00:00+08:00"
    digest = sha256(canonical(content)).hexdigest()
    signatures = [
        {
            "side": side,
            "public_key": key.public_key().public_bytes_raw().hex(),
            "signature": key.sign(f"{FORMAT}\n{digest}".encode()).hex(),
        }
        for side, key in keys.items()
    ]
    plant({**content, "digest": digest, "signatures": signatures})


def plant(manifest: object) -> None:
    """A row as SQL writes it, with the digest that its manifest tells, if it tells one."""
    told = manifest["digest"] if isinstance(manifest, dict) else "x"
    with connection.cursor() as cursor:
        cursor.execute(PLANT, [told, json.dumps(manifest)])


def another(baseline: BaselineFiles, **changes: str) -> dict[str, Any]:
    """The manifest of a second baseline, digested and signed by both."""
    baseline.changes = {"extracted_at": "2026-10-30T18:00:00+08:00", **changes}
    baseline.sign()
    return baseline.manifest()


def test_a_baseline_that_sql_put_in_is_found() -> None:
    ghost(keys={side: Ed25519PrivateKey.generate() for side in TRUSTED})

    assert broken() == {SIGNED}


def test_keys_that_sql_pinned_sign_nothing() -> None:
    keys = {side: Ed25519PrivateKey.generate() for side in TRUSTED}
    for side, key in keys.items():
        TrustedKey.objects.create(
            side=side,
            source="另一系统",
            public_key=key.public_key().public_bytes_raw().hex(),
            certificate=b"made up",
        )
    ghost(keys=keys)

    assert broken() == {KEYS, SIGNED}


def test_a_manifest_that_was_changed_after_it_was_taken_is_found(
    baseline: BaselineFiles,
) -> None:
    plant(another(baseline) | {"totals": []})

    (found,) = broken_promises()

    assert (found.promise, found.found) == (SIGNED, "清单内容与摘要不符，清单在生成后被改动过。")


@pytest.mark.parametrize("manifest", [[], "清单", 7, None])
def test_a_manifest_that_is_no_object_is_a_fault(manifest: object) -> None:
    plant(manifest)

    (found,) = broken_promises()

    assert (found.promise, found.found) == (SIGNED, "清单不是 JSON 对象")


@pytest.mark.parametrize("side", [["SOURCE"], {"SOURCE": 1}, 7, None])
def test_a_side_that_is_no_text_is_a_fault(baseline: BaselineFiles, side: object) -> None:
    manifest = another(baseline)
    manifest["signatures"][0]["side"] = side
    plant(manifest)

    (found,) = broken_promises()

    assert (found.promise, found.found) == (SIGNED, "清单须由移交方和接收方各签名一次。")


def test_a_signature_without_key_of_a_source_that_is_not_known_is_a_fault(
    baseline: BaselineFiles,
) -> None:
    manifest = another(baseline, source_system="另一系统")
    for signature in manifest["signatures"]:
        if signature["side"] == "SOURCE":
            del signature["public_key"]
    plant(manifest)

    (found,) = broken_promises()

    assert (found.promise, found.found) == (SIGNED, "签名用的不是受信公钥。")


def test_keys_are_pinned_once_and_recorded() -> None:
    pinned = {key.side: key.public_key for key in TrustedKey.objects.all()}

    assert pinned == TRUSTED
    assert Act.objects.filter(name="access.key_trusted").count() == 2
