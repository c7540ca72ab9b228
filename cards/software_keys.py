"""Software keys for demonstrations (演示软件密钥): no certified product, never a city's own keys.

The one secret comes from the environment (``CARD_DEMO_KEYS``) or from a private file; the master
keys are derived from it, and a card's key for as long as one answer is looked at.
"""

import hmac
from dataclasses import dataclass, field
from typing import ClassVar

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from backend.deployment import is_demo
from cards.chip.authentication import KEY_BYTES, answer_of, card_key
from cards.key_service import KeyOfCard, KeyService, KeyServiceMissing, KeyVersionUnknown

VERSIONS = (1, 2, 3)  # LD/T 6001.3 tests cards for three


@dataclass(frozen=True)
class SoftwareKeys:
    """A key service of this process, by one secret."""

    secret: bytes = field(repr=False)
    label: ClassVar[str] = "演示软件密钥，不是经认证的密码产品"

    def is_answer(self, *, of: KeyOfCard, challenge: bytes, answer: bytes) -> bool:
        """Whether the card that holds ``of`` answers so; it takes as long for every wrong answer.

        Raises:
            KeyVersionUnknown.
        """
        right = answer_of(algorithm=of.algorithm, key=self.key(of=of), challenge=challenge)
        return hmac.compare_digest(right, answer)

    def key(self, *, of: KeyOfCard) -> bytes:
        """The key that is written into a card of a demonstration.

        Raises:
            KeyVersionUnknown.
        """
        if of.version not in VERSIONS:
            raise KeyVersionUnknown(
                "密钥服务没有这张卡的密钥版本，请到窗口办理。", version=of.version
            )
        info = f"yikatong card {of.algorithm} {of.version}".encode()
        master = HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self.secret)
        return card_key(algorithm=of.algorithm, master=master, factors=of.factors)


def key_service() -> KeyService:
    """The key service of this deployment.

    Raises:
        KeyServiceMissing: outside a demonstration.
    """
    if not is_demo():
        raise KeyServiceMissing(
            "没有接入密码机；演示软件密钥不能用于正式库，请到窗口凭身份证办理。"
        )
    return SoftwareKeys(settings.CARD_DEMO_KEYS)
