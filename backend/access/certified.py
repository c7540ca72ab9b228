"""What this host vouches for (任职证明): a role counts with a certificate over every word of it.

Whoever can write SQL, but has no key of the host, writes roles that nobody holds.
"""

import hmac
import json
from dataclasses import asdict, dataclass
from hashlib import sha256

from backend.access import sealing

PREFIX, PURPOSE = b"yikatong-role/1\n", "role certificates"


@dataclass(frozen=True)
class RoleGiven:
    """One row of a role, word for word; ``valid`` as the database spells it (``[from,until)``)."""

    id: int
    staff_id: int
    person_id: int
    role: str
    level: str
    valid: str


def certificate(given: RoleGiven) -> bytes:
    """Vouch for a role as it is now."""
    return _mac(next(sealing.host_keys(purpose=PURPOSE)), given)


def counts(given: RoleGiven, *, certificate: bytes) -> bool:
    """Tell whether a key of this host vouched for just this."""
    keys = sealing.host_keys(purpose=PURPOSE)
    return any(hmac.compare_digest(_mac(key, given), certificate) for key in keys)


def _mac(key: bytes, given: RoleGiven) -> bytes:
    statement = PREFIX + json.dumps(asdict(given), sort_keys=True).encode()
    return hmac.digest(key, statement, sha256)
