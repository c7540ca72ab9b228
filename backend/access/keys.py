"""Signing keys (签名密钥): made, unlocked, replaced. Old ones stay, to verify what they signed.

A key counts only with the certificate of this host over key, person and instant: a row that
somebody writes into the table with a key of his own is no key of anyone. One under an initial
password, which others were told and which stays in the books sealed with it, signs nothing: it
proves to its owner's change of that password that this host gave it, and is retired there.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from backend.access import credentials, sealing
from backend.access.models import SigningKey, Staff
from backend.access.passwords import require_strong
from backend.audit.record import record
from backend.kernel.errors import Refusal

CERTIFICATE_PREFIX = b"yikatong-key/1\n"
CERTIFICATE_PURPOSE = "key certificates"
SUBJECT, RESET = "access.staff", "access.reset"
NOT_OPENED = "签名密钥与当前密码不符，请联系安全管理员重置。"


class NoKey(Refusal):
    """The account has no signing key in use, or the password does not open it (没有签名密钥)."""

    code = "no_signing_key"


class PasswordKnown(Refusal):
    """The new password is the old one, or an initial one that others were told (不能沿用密码)."""

    code = "password_known"


class PasswordInitial(Refusal):
    """Who issued the password knows it: its owner changes it before he signs (初始密码未修改)."""

    code = "password_initial"


@dataclass(frozen=True)
class UnlockedKey:
    """A key in the hand of its owner, for one request; it never shows what it holds."""

    staff_id: int
    person_id: int
    key_id: int
    private: Ed25519PrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Give the Ed25519 signature."""
        return self.private.sign(message)


@dataclass(frozen=True)
class Prepared:
    """A new password, hashed, and a new key that it opens (重置所用)."""

    password: str = field(repr=False)
    public_key: bytes
    private_sealed: bytes = field(repr=False)


def unlock(*, staff: Staff, password: str, code: str, now: datetime) -> UnlockedKey:
    """Open the key of a member of staff with password and one-time code.

    Raises:
        TooManyAttempts: after too many wrong log-ins or signings.
        CredentialsWrong: without a hint which was wrong; also for an inactive account.
        CodeUsed: the code was used before.
        NoKey: when the account has none.
        PasswordInitial: before the owner has changed it.
    """
    proven = credentials.prove(
        username=staff.username, password=password, code=code, now=now, logged_in=True
    )
    key = _live_key(proven)
    if proven.password_initial or key.initial:
        raise PasswordInitial("初始密码须先由本人修改，才能签名。")
    return UnlockedKey(
        staff_id=proven.pk, person_id=key.person_id, key_id=key.pk, private=_open(key, password)
    )


def make_key(*, staff: Staff, password: str, now: datetime, initial: bool = False) -> SigningKey:
    """Make a new key from ``now`` on; the one before it is retired and verifies on."""
    made = _made(staff, password)
    return enrol_key(
        staff=staff,
        public=made.public_key,
        private_sealed=made.private_sealed,
        now=now,
        initial=initial,
    )


@transaction.atomic
def enrol_key(
    *, staff: Staff, public: bytes, private_sealed: bytes, now: datetime, initial: bool = False
) -> SigningKey:
    """Put a key, sealed already, into the books with this host's certificate; one that is sealed
    under an ``initial`` password signs nothing."""
    retired = SigningKey.objects.filter(staff=staff, retired_at=None).update(retired_at=now)
    key = SigningKey(
        staff=staff,
        person_id=staff.person_id,
        public_key=public,
        private_sealed=private_sealed,
        made_at=now,
        initial=initial,
    )
    key.certificate = _certify(statement_of(key))
    key.save(force_insert=True)
    record(
        name="access.key_made",
        subject_kind=SUBJECT,
        subject_id=str(staff.pk),
        rows=1 + retired,
        details={"key_id": key.pk, "public_key": public.hex()},
    )
    return key


def prepare(*, staff: Staff, password: str) -> Prepared:
    """Make what a reset puts in place, so that the password need not be kept until then.

    Raises:
        PasswordWeak: when the validators refuse the password.
    """
    require_strong(password=password)
    return _made(staff, password)


@transaction.atomic
def reset(
    *,
    staff: Staff,
    prepared: Prepared,
    totp_secret: bytes,
    now: datetime,
    reset_by: Staff,
    asked_by: Staff | None = None,
) -> SigningKey:
    """Give an initial password, authenticator and key to somebody who lost them (重置).

    The old key can not be opened any more; it stays for what it signed.

    Raises:
        OwnReset: nobody resets himself: another person looks at the papers.
    """
    refuse_own_reset(staff=staff, by={reset_by.person_id})
    staff.password = prepared.password
    staff.totp_sealed = credentials.seal_totp(secret=totp_secret, username=staff.username)
    staff.totp_last_step = 0
    staff.password_initial = True
    staff.save(update_fields=["password", "totp_sealed", "totp_last_step", "password_initial"])
    record(
        name=RESET,
        subject_kind=SUBJECT,
        subject_id=str(staff.pk),
        rows=1,
        staff_id=reset_by.pk,
        person_id=reset_by.person_id,
        party_id=staff.person_id,
        details={"asked_by": asked_by.person_id} if asked_by else None,
    )
    return enrol_key(
        staff=staff,
        public=prepared.public_key,
        private_sealed=prepared.private_sealed,
        now=now,
        initial=True,
    )


def refuse_own_reset(*, staff: Staff, by: Collection[int]) -> None:
    """Refuse whoever would reset himself; ``by`` are the entries of one person.

    Raises:
        OwnReset.
    """
    if staff.person_id in by:
        raise OwnReset("不能为自己重置密码和签名密钥，请由另一名安全管理员办理。")


class OwnReset(Refusal):
    """Nobody resets his own password and key (不能为自己重置)."""

    code = "own_reset"


@transaction.atomic
def change_password(
    *, staff: Staff, password: str, new_password: str, code: str, now: datetime
) -> None:
    """Change one's own password; the key stays and is sealed anew. At the change of an initial one
    its owner gets a key that only he can open.

    Raises:
        PasswordWeak, PasswordKnown: for the new password.
        TooManyAttempts, CredentialsWrong, CodeUsed: see ``credentials.prove``.
        NoKey: when the account has none that the old password opens.
    """
    require_strong(password=new_password)
    proven = credentials.prove(
        username=staff.username, password=password, code=code, now=now, logged_in=True
    )
    key = _live_key(proven)
    private = _open(key, password)
    _refuse_known(proven, new_password)
    anew = proven.password_initial or key.initial
    if anew:
        make_key(staff=proven, password=new_password, now=now)
    else:
        key.private_sealed = _sealed(private, proven.pk, new_password)
        key.save(update_fields=["private_sealed"])
    proven.set_password(new_password)
    proven.password_initial = False
    proven.save(update_fields=["password", "password_initial"])
    record(
        name="access.password_changed",
        subject_kind=SUBJECT,
        subject_id=str(staff.pk),
        rows=1 if anew else 2,
        staff_id=proven.pk,
        person_id=proven.person_id,
        party_id=proven.person_id,
    )


def is_certified(key: SigningKey) -> bool:
    """Tell whether this host made the key, for this person, at that instant."""
    statement = statement_of(key)
    return any(
        signature_verifies(public_key=public, signature=bytes(key.certificate), message=statement)
        for public in certificate_keys()
    )


def certificate_keys() -> list[bytes]:
    """Give the Ed25519 public keys of this host's certificates, that of today first."""
    return [
        _authority(host_key).public_key().public_bytes_raw()
        for host_key in sealing.host_keys(purpose=CERTIFICATE_PURPOSE)
    ]


def statement_of(key: SigningKey) -> bytes:
    """What a key's certificate signs: account, person, key and instant, and that it is initial."""
    content = {
        "made_at": key.made_at.astimezone(UTC).isoformat(),
        "person_id": key.person_id,
        "public_key": bytes(key.public_key).hex(),
        "staff_id": key.staff_id,
        **({"initial": True} if key.initial else {}),
    }
    return CERTIFICATE_PREFIX + json.dumps(content, sort_keys=True).encode()


def signature_verifies(*, public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether an Ed25519 signature is right; malformed ones are not."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _live_key(staff: Staff) -> SigningKey:
    key = SigningKey.objects.filter(staff=staff, retired_at=None).first()
    if key is None or not is_certified(key):
        raise NoKey("该账号没有可用的签名密钥，请联系安全管理员。")
    return key


def _refuse_known(staff: Staff, new_password: str) -> None:
    """The new password opens neither the key before it nor one under an initial password."""
    others = Q(initial=True) | Q(retired_at=None)
    for key in SigningKey.objects.filter(others, staff=staff):
        try:
            _open(key, new_password)
        except NoKey:
            continue
        raise PasswordKnown("新密码不能与原密码或用过的初始密码相同。")


def _made(staff: Staff, password: str) -> Prepared:
    private = Ed25519PrivateKey.generate()
    return Prepared(
        password=make_password(password),
        public_key=private.public_key().public_bytes_raw(),
        private_sealed=_sealed(private, staff.pk, password),
    )


def _sealed(private: Ed25519PrivateKey, staff_id: int, password: str) -> bytes:
    return sealing.seal_under_password(
        secret=private.private_bytes_raw(), password=password, about=f"signing key {staff_id}"
    )


def _open(key: SigningKey, password: str) -> Ed25519PrivateKey:
    try:
        raw = sealing.open_under_password(
            sealed=bytes(key.private_sealed), password=password, about=f"signing key {key.staff_id}"
        )
    except sealing.SealBroken:
        raise NoKey(NOT_OPENED) from None
    private = Ed25519PrivateKey.from_private_bytes(raw)
    if private.public_key().public_bytes_raw() != bytes(key.public_key):
        raise NoKey(NOT_OPENED)  # somebody sealed a key of his own there by SQL
    return private


def _certify(statement: bytes) -> bytes:
    return _authority(next(sealing.host_keys(purpose=CERTIFICATE_PURPOSE))).sign(statement)


def _authority(host_key: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(host_key)
