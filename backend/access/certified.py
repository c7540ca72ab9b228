"""What this host vouches for (任职证明): a role, one asked for, a reset asked for, a delegation, a
trusted key, a case that was taken in, a word against a batch, a step of a notice counts with a
certificate over every word of it.

Whoever can write SQL, but has no key of the host, writes roles that nobody holds.
"""

import hmac
import json
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from psycopg.types.range import Range

from backend.access import sealing

PURPOSE = "role certificates"


@dataclass(frozen=True)
class RoleGiven:
    """One row of a role, word for word; ``valid`` as the database spells it (``[from,until)``),
    ``ended_at`` in ISO 8601, UTC."""

    id: int
    staff_id: int
    person_id: int
    role: str
    level: str
    valid: str
    delegation_id: int | None = None
    employer_id: int | None = None
    ended_at: str | None = None


@dataclass(frozen=True)
class RoleAsked:
    """A role that somebody asked for, word for word; ``asked_at`` in ISO 8601, UTC."""

    staff_id: int
    role: str
    level: str
    valid: str
    asked_by: int
    asked_at: str
    employer_id: int | None = None


@dataclass(frozen=True)
class ResetAsked:
    """A reset that somebody asked for, with all that it puts in place: bytes in hex, ``asked_at``
    in ISO 8601, UTC."""

    staff_id: int
    asked_by: int
    asked_at: str
    password: str
    public_key: str
    private_sealed: str


@dataclass(frozen=True)
class DelegationGiven:
    """One delegation that two persons signed, word for word; ``confirmed_at`` in ISO 8601, UTC."""

    id: int
    kind: str
    agency_id: int
    role: str
    level: str
    staff_id: int | None
    acting_for_id: int | None
    superior_id: int | None
    valid: str
    digest: str
    confirmed_at: str


@dataclass(frozen=True)
class KeyTrusted:
    """A key, in hex, with which a side signs what is taken over from a source."""

    side: str
    source: str
    public_key: str


@dataclass(frozen=True)
class CaseTaken:
    """A case as it was taken in, or accepted: by whom, and the digest of what is asked for."""

    id: int
    digest: str
    received_by: int | None
    accepted_by: int | None


@dataclass(frozen=True)
class RefusalSaid:
    """A word against signing a batch, or the one that lifts it; ``said_at`` in ISO 8601, UTC."""

    batch_id: int
    step: str
    digest: str
    reason: str
    lifts_id: int | None
    staff_id: int
    person_id: int
    said_at: str


@dataclass(frozen=True)
class StepOfNotice:
    """What became of a notice, and the notice itself: to whom and where, and its words."""

    notice_id: int
    case_id: int
    party_id: int
    channel: str
    address: str
    text: str
    state: int
    person_id: int | None
    file_id: int | None
    detail: str


Given = (
    RoleGiven | RoleAsked | ResetAsked | DelegationGiven | KeyTrusted | CaseTaken | RefusalSaid
    | StepOfNotice
)  # fmt: skip
PREFIXES = {
    RoleGiven: b"yikatong-role/1\n",
    RoleAsked: b"yikatong-asked-role/1\n",
    ResetAsked: b"yikatong-asked-reset/1\n",
    DelegationGiven: b"yikatong-delegation/1\n",
    KeyTrusted: b"yikatong-trusted-key/1\n",
    CaseTaken: b"yikatong-case-taken/1\n",
    RefusalSaid: b"yikatong-batch-refusal/1\n",
    StepOfNotice: b"yikatong-notice-step/1\n",
}


def spelt(term: "Range[date]") -> str:
    """A term of days as the database spells it."""
    return "empty" if term.isempty else f"[{term.lower},{term.upper or ''})"


def certificate(given: Given) -> bytes:
    """Vouch for something as it is now."""
    return _mac(next(sealing.host_keys(purpose=PURPOSE)), given)


def counts(given: Given, *, certificate: bytes) -> bool:
    """Tell whether a key of this host vouched for just this."""
    keys = sealing.host_keys(purpose=PURPOSE)
    return any(hmac.compare_digest(_mac(key, given), certificate) for key in keys)


def _mac(key: bytes, given: Given) -> bytes:
    told = {name: word for name, word in vars(given).items() if word is not None}
    statement = PREFIXES[type(given)] + json.dumps(told, sort_keys=True).encode()
    return hmac.digest(key, statement, sha256)
