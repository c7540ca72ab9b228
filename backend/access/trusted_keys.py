"""With which keys both sides sign what is taken over (受信公钥): pinned at the first take-over.

The bureau has one key, each old system one of its own. What is pinned once stays: a folder that
other keys signed is refused, whoever trusts them. A row counts with the certificate of this host
alone: whoever writes SQL pins nothing.
"""

from collections.abc import Mapping

from django.db import connection

from backend.access.certified import KeyTrusted, certificate, counts
from backend.access.models import TrustedKey
from backend.audit.record import record
from backend.feeds.signed import MANIFEST
from backend.kernel.errors import Refusal

BUREAU = "BUREAU"
SOURCE_MAX = 200


class OtherKeys(Refusal):
    """Keys were pinned, and these are others (与登记的受信公钥不同)."""

    code = "trusted_key_differs"


def pin(*, trusted: Mapping[str, str], source: str) -> None:
    """Pin the keys, in hex by side, with which ``source`` and the bureau signed a folder.

    To be called in the transaction that takes it over; keys that are pinned already stay.

    Raises:
        OtherKeys: others are pinned for this source, or for the bureau.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('access.trusted_keys'))")
    known = pinned(source=source)
    for side, public_key in sorted(trusted.items()):
        if side not in known:
            _write(side, _of(side, source), public_key)
        elif known[side] != public_key:
            raise OtherKeys(
                "受信公钥与首次接管时登记的不同，未接收任何数据。", file=MANIFEST, side=side
            )


def pinned(*, source: str) -> dict[str, str]:
    """The keys by side that count for what comes from ``source``."""
    keys = TrustedKey.objects.filter(source__in=("", source[:SOURCE_MAX]))
    return {
        one.side: one.public_key
        for one in keys
        if one.source == _of(one.side, source) and is_certified(one)
    }


def is_certified(key: TrustedKey) -> bool:
    """Whether this host pinned the key: what SQL wrote is nobody's."""
    return counts(_given(key), certificate=bytes(key.certificate))


def _write(side: str, source: str, public_key: str) -> None:
    key = TrustedKey(side=side, source=source, public_key=public_key)
    key.certificate = certificate(_given(key))
    key.save(force_insert=True)
    record(
        name="access.key_trusted",
        subject_kind="access.trusted_key",
        subject_id=str(key.pk),
        rows=1,
        details={"source": source, "public_key": public_key},
    )


def _given(key: TrustedKey) -> KeyTrusted:
    return KeyTrusted(key.side, key.source, key.public_key)


def _of(side: str, source: str) -> str:
    return "" if side == BUREAU else source[:SOURCE_MAX]
