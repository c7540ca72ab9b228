"""The keys that sign heads (链头密钥): outside the database, dated; old ones verify on.

``HeadKeys`` is what a hardware module must offer. ``SoftwareKeys`` is files that only the sealer's
user can read: enough for a demonstration, no certified cryptographic product.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from backend.audit.chain import PublicKey, instant
from backend.kernel.errors import Refusal

SUFFIX = ".key"


class HeadKeyMissing(Refusal):
    """There is no key that can sign now, or others can read it (没有可用的链头密钥)."""

    code = "audit_head_key_missing"


class HeadKeyDamaged(Refusal):
    """A file of keys does not hold what was written into it (链头密钥文件损坏)."""

    code = "audit_head_key_damaged"


class HeadKeys(Protocol):
    """Signs heads; never shows what it signs with."""

    def begin(self, *, at: datetime) -> None:
        """Have a key for a chain that begins ``at``, unless there was ever one."""

    def current(self, *, at: datetime) -> PublicKey:
        """Give the key in use at an instant.

        Raises:
            HeadKeyMissing.
        """

    def sign(self, *, key: PublicKey, message: bytes) -> bytes:
        """Give the Ed25519 signature under a key."""

    def owns(self, key: PublicKey) -> bool:
        """Tell whether it is one of these."""


class SoftwareKeys:
    """Keys as files of a folder, one each, readable by one user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, *, at: datetime) -> None:
        """Make the first key."""
        if not self._known():
            self.make(since=at)

    def current(self, *, at: datetime) -> PublicKey:
        """Give the newest key that was in use by then."""
        known = sorted(self._known(), key=lambda key: (key.since, key.key))
        in_use = [key for key in known if key.since <= instant(at)]
        if not in_use:
            raise HeadKeyMissing(f"{self.folder} 中没有可用的链头密钥，审计链无法签名。")
        return in_use[-1]

    def sign(self, *, key: PublicKey, message: bytes) -> bytes:
        """Sign with the file of that key."""
        return self._read(self._path(key.key)).private.sign(message)

    def owns(self, key: PublicKey) -> bool:
        """Look for it among the files."""
        return any((one.key, one.public) == (key.key, key.public) for one in self._known())

    def make(self, *, since: datetime) -> PublicKey:
        """Make a key, in use from ``since`` on; those before it stay."""
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw()
        made = PublicKey(_number_of(public), public, instant(since))
        content = {
            "private": private.private_bytes_raw().hex(),
            "public": public.hex(),
            "since": made.since,
        }
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._path(made.key).with_suffix(".unfinished")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as to:
            json.dump(content, to)
            to.flush()
            os.fsync(to.fileno())
        unfinished.rename(self._path(made.key))
        return made

    def _known(self) -> list[PublicKey]:
        return [self._read(path).public for path in self.folder.glob(f"*{SUFFIX}")]

    def _read(self, path: Path) -> "_Pair":
        """Read a file, and hold what it tells against itself and its name."""
        if path.stat().st_mode & 0o077:
            raise HeadKeyMissing(f"{path} 只能由封链进程的用户读写（chmod 600）。")
        try:
            kept = json.loads(path.read_text(encoding="ascii"))
            private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(kept["private"]))
            since = instant(datetime.fromisoformat(kept["since"]))
            told = bytes.fromhex(kept["public"])
        except (ValueError, KeyError, TypeError):
            raise _damaged(path) from None
        public = private.public_key().public_bytes_raw()
        if (told, path.stem) != (public, _number_of(public)):
            raise _damaged(path)
        return _Pair(PublicKey(path.stem, public, since), private)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{SUFFIX}"


@dataclass(frozen=True)
class _Pair:
    public: PublicKey
    private: Ed25519PrivateKey


def _number_of(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]


def _damaged(path: Path) -> HeadKeyDamaged:
    return HeadKeyDamaged(
        f"链头密钥文件 {path} 已损坏，审计链无法签名。请从备份恢复该文件；"
        "没有备份的，移走它并报告审计，用 manage.py make_head_key 换一把。"
    )


def software_keys() -> SoftwareKeys:
    """The keys of this host."""
    return SoftwareKeys(Path(settings.AUDIT_DIR) / "keys")
