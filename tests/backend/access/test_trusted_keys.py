"""Whoever writes SQL pins no key, and keeps nobody from pinning his (受信公钥)."""

import pytest
from django.db import IntegrityError, connection, transaction

from backend.access.models import TrustedKey
from backend.access.trusted_keys import OtherKeys, is_certified, pin, pinned

pytestmark = pytest.mark.django_db

OLD_SYSTEM = "原系统"
TRUSTED = {"SOURCE": "a1" * 32, "BUREAU": "b2" * 32}
FORGED = "c3" * 32


def forge(*, side: str, source: str, certificate: bytes = b"made up") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO access_trustedkey (side, source, public_key, certificate)"
            " VALUES (%s, %s, %s, %s)",
            [side, source, FORGED, certificate],
        )


def test_forged_rows_keep_nobody_from_pinning() -> None:
    forge(side="BUREAU", source="")
    forge(side="SOURCE", source=OLD_SYSTEM)

    pin(trusted=TRUSTED, source=OLD_SYSTEM)

    assert pinned(source=OLD_SYSTEM) == TRUSTED


def test_a_row_forged_with_a_certificate_that_was_copied_is_refused_or_counts_for_nothing() -> None:
    pin(trusted=TRUSTED, source=OLD_SYSTEM)
    copied = bytes(TrustedKey.objects.get(side="SOURCE").certificate)

    with pytest.raises(IntegrityError, match="access_trustedkey_once"), transaction.atomic():
        forge(side="SOURCE", source=OLD_SYSTEM, certificate=copied)
    forge(side="SOURCE", source="另一系统", certificate=copied)

    assert pinned(source=OLD_SYSTEM) == TRUSTED
    assert pinned(source="另一系统") == {"BUREAU": TRUSTED["BUREAU"]}


def test_forged_rows_do_not_make_other_keys_those_that_were_pinned() -> None:
    pin(trusted=TRUSTED, source=OLD_SYSTEM)
    forge(side="BUREAU", source="")

    with pytest.raises(OtherKeys):
        pin(trusted={**TRUSTED, "BUREAU": FORGED}, source=OLD_SYSTEM)

    assert [key.public_key for key in TrustedKey.objects.all() if not is_certified(key)] == [FORGED]
