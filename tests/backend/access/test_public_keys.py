"""Anybody reads the public keys by which heads and keys of staff are verified."""

import pytest
from django.test import Client
from django.utils import timezone

from backend.access import keys
from backend.access.models import SigningKey
from backend.audit.models import HeadKey
from backend.audit.seal import SEALER
from tests import builders
from tests.conftest import OwnDatabase


def published(use: str) -> list[dict[str, str]]:
    answer = Client().get("/api/v1/public/keys")
    assert answer.status_code == 200
    return [row for row in answer.json() if row["use"] == use]


@pytest.mark.django_db
def test_a_stranger_verifies_by_them_that_a_key_of_staff_is_of_this_host() -> None:
    builders.staff_with_password(role="CLERK", username="jingban1")
    key = SigningKey.objects.get()

    (host,) = published("CERTIFICATE")

    assert keys.signature_verifies(
        public_key=bytes.fromhex(host["public_key"]),
        signature=bytes(key.certificate),
        message=keys.statement_of(key),
    )


def test_a_key_of_heads_is_published_with_its_number_and_day(own_database: OwnDatabase) -> None:
    since = timezone.now()
    HeadKey.objects.using(SEALER).create(key="630dcd2966c43366", public=bytes(32), since=since)

    (row,) = published("HEAD")

    assert row["public_key"] == "00" * 32
    assert row["since"] is not None
