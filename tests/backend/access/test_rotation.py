"""The key of the host is changed: what stood under the one before still counts."""

import os
import subprocess
import sys

import pytest
from django.conf import LazySettings
from django.utils import timezone

from backend.access import keys
from backend.access.models import SigningKey
from backend.cases import approvals
from backend.cluster import CHECKOUT
from tests import builders
from tests.builders import PASSWORD

LOOK = "from backend import settings as s; print(s.SECRET_KEY, *s.SECRET_KEY_FALLBACKS)"


def rotate(settings: LazySettings) -> None:
    """A new key, and the one that counted until now behind it."""
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "xin-miyao", [settings.SECRET_KEY]


def test_the_keys_before_come_from_the_environment() -> None:
    given = {"SECRET_KEY": "xin", "SECRET_KEY_FALLBACKS": "jiu,gengjiu"}

    said = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=CHECKOUT, env={**os.environ, **given},
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert said.stdout.split() == ["xin", "jiu", "gengjiu"]


@pytest.mark.django_db
def test_a_signing_key_opens_and_its_earlier_signatures_verify(settings: LazySettings) -> None:
    now = timezone.now()
    staff = builders.staff_with_password(role="REVIEWER", username="fuhe1")
    code = builders.code(now=now)
    key = keys.unlock(staff=staff, password=PASSWORD, code=code, now=now)
    case = builders.case()
    signed = approvals.sign(
        key=key, subject_kind="cases.case", subject_id=case.pk, step="DECIDE",
        digest=case.digest, role="REVIEWER", now=now,
    )  # fmt: skip

    rotate(settings)

    later = builders.code(now=now, drift=1)
    assert keys.unlock(staff=staff, password=PASSWORD, code=later, now=now).key_id == key.key_id
    assert approvals.verify(signed)


@pytest.mark.django_db
def test_without_the_key_before_no_certificate_counts(settings: LazySettings) -> None:
    builders.staff_with_password(role="REVIEWER", username="fuhe1")

    rotate(settings)
    assert keys.is_certified(SigningKey.objects.get())

    settings.SECRET_KEY_FALLBACKS = []
    assert not keys.is_certified(SigningKey.objects.get())


@pytest.mark.django_db
def test_a_new_key_is_certified_under_the_new_one_alone(settings: LazySettings) -> None:
    rotate(settings)
    builders.staff_with_password(role="REVIEWER", username="fuhe1")

    settings.SECRET_KEY_FALLBACKS = []

    assert keys.is_certified(SigningKey.objects.get())
