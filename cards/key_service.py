"""Whoever keeps the master keys of cards (密钥服务) says whether a card's answer is right.

The port alone. Keys and right answers never leave what stands behind it: a machine of the bureau
(密码机), a PSAM in a reader, or, in a demonstration, ``software_keys``.
"""

from dataclasses import dataclass
from typing import Protocol

from backend.kernel.errors import Refusal
from cards.chip.authentication import Algorithm


class KeyVersionUnknown(Refusal):
    """The key service holds no master key of this version (没有这一版本的密钥)."""

    code = "card_key_version_unknown"


class KeyServiceMissing(Refusal):
    """No key service is connected, and software keys are for demonstrations (未接密钥服务)."""

    code = "card_key_service_missing"


@dataclass(frozen=True)
class KeyOfCard:
    """Which key a card holds: of which master key, and diversified by which factors."""

    algorithm: Algorithm
    version: int
    factors: tuple[bytes, ...]


class KeyService(Protocol):
    """What the register of cards asks of it."""

    @property
    def label(self) -> str:
        """What it is, for the record."""

    def is_answer(self, *, of: KeyOfCard, challenge: bytes, answer: bytes) -> bool:
        """Whether the card that holds ``of``, and no other, answers ``challenge`` so.

        Raises:
            KeyVersionUnknown.
        """
