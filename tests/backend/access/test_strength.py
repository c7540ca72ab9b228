"""What a password costs whoever tries many: held here, for the other tests hash quickly."""

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.contrib.auth.hashers import Argon2PasswordHasher

from backend import settings
from backend.access.sealing import _salt, open_under_password, seal_under_password
from tests.builders import PASSWORD

MEBIBYTE = 1024  # in the KiB in which argon2 counts
SECRET = b"yanshi-miyao"


def test_a_password_is_hashed_with_argon2id_of_a_hundred_mebibytes_and_two_passes() -> None:
    (named,) = settings.PASSWORD_HASHERS

    assert named == f"{Argon2PasswordHasher.__module__}.{Argon2PasswordHasher.__name__}"
    cost = Argon2PasswordHasher().params()
    assert (cost.type, cost.memory_cost, cost.time_cost) == (Type.ID, 100 * MEBIBYTE, 2)


def test_a_secret_is_sealed_with_argon2id_of_64_mebibytes_and_two_passes() -> None:
    sealed = seal_under_password(secret=SECRET, password=PASSWORD, about="jingban1")

    form, salt, nonce, rest = sealed[:1], sealed[1:17], sealed[17:29], sealed[29:]
    key = hash_secret_raw(PASSWORD.encode(), salt, 2, 64 * MEBIBYTE, 1, 32, type=Type.ID)
    assert form == b"\x01"
    assert AESGCM(key).decrypt(nonce, rest, b"jingban1") == SECRET
    assert open_under_password(sealed=sealed, password=PASSWORD, about="jingban1") == SECRET


def test_no_two_secrets_are_sealed_with_one_salt() -> None:
    """As it was imported, before the tests took another."""
    salts = {_salt() for _ in range(100)}

    assert (len(salts), {len(salt) for salt in salts}) == (100, {16})
