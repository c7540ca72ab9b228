"""Passwords that nobody need wait for (省时口令), though staff sign thousands of times.

They are hashed at the least cost. What they open is sealed as ever, and any process opens it; but
a process derives the key of a password once, for all is sealed with one salt. What passwords cost
outside the tests is held by ``tests/backend/access/test_strength.py``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import override_settings

from backend.access import sealing

SALT = b"yanshi-tongyiyan"


class QuickArgon2(Argon2PasswordHasher):
    """argon2id that nobody need wait for."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


@contextmanager
def quick_passwords() -> Iterator[None]:
    """Nobody waits, until the end of the context."""
    derived = lru_cache(maxsize=1024)(sealing._password_key)
    with (
        override_settings(PASSWORD_HASHERS=[f"{__name__}.{QuickArgon2.__name__}"]),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(sealing, "_password_key", derived)
        patch.setattr(sealing, "_salt", lambda: SALT)
        yield
