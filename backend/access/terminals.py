"""Terminals (终端): enrolled by a code that staff issue, heard by heartbeats, revoked for good."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from backend.access.constraints import violated
from backend.access.keys import signature_verifies
from backend.access.models import Hall, Profile, Staff, Terminal, TerminalCode
from backend.audit.record import record
from backend.kernel.errors import Refusal

SUBJECT, CODE_SUBJECT = "access.terminal", "access.terminal_code"
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is taken for another
GROUPS, GROUP_LETTERS = 4, 5  # 99 bits: nobody guesses one in its hour
CODE_LASTS = timedelta(hours=1)
PROOF_PREFIX = b"yikatong-terminal/1\n"
SILENT_AFTER = timedelta(seconds=90)  # three heartbeats


class CodeInvalid(Refusal):
    """No such code, or it was used, or its hour is over; it is not said which (登记码无效)."""

    code = "terminal_code_invalid"


class ProofWrong(Refusal):
    """Whoever enrols does not hold the key that he names (密钥与签名不符)."""

    code = "terminal_proof_wrong"


class KeyKnown(Refusal):
    """The key was enrolled before: each enrolment makes a new one (密钥已登记过)."""

    code = "terminal_key_known"


class Revoked(Refusal):
    """The terminal was revoked already (终端已停用)."""

    code = "terminal_revoked_before"
    status = 409


@dataclass(frozen=True)
class IssuedCode:
    """A code with what it is for, told once (一次性告知): kept nowhere in clear."""

    row: TerminalCode
    code: str = field(repr=False)


@transaction.atomic
def issue_code(*, hall: Hall, profile: Profile, name: str, by: Staff, now: datetime) -> IssuedCode:
    """Issue a code that enrols one terminal of a hall within an hour."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP_LETTERS)) for _ in range(GROUPS))
    code = "-".join(groups)
    row = TerminalCode.objects.create(
        digest=_digest(code),
        hall=hall,
        profile=profile.value,
        name=name,
        issued_by=by,
        issued_at=now,
        expires_at=now + CODE_LASTS,
    )
    record(
        name="access.terminal_code_issued",
        subject_kind=CODE_SUBJECT,
        subject_id=str(row.pk),
        rows=1,
        staff_id=by.pk,
        person_id=by.person_id,
        details={"hall": hall.code, "profile": profile.value, "terminal": name},
    )
    return IssuedCode(row, code)


@transaction.atomic
def enrol(*, code: str, public_key: bytes, proof: bytes, now: datetime) -> Terminal:
    """Enrol a terminal with its own public key; its hall and profile are those of the code.

    Raises:
        CodeInvalid; ProofWrong: ``proof`` is the key's signature over ``proof_message``.
        KeyKnown: also of a revoked terminal.
    """
    row = TerminalCode.objects.filter(digest=_digest(code), expires_at__gt=now).first()
    if row is None:
        raise _invalid()
    message = proof_message(code=code, public_key=public_key)
    if not signature_verifies(public_key=public_key, signature=proof, message=message):
        raise ProofWrong("登记请求的签名与公钥不符。")
    terminal = Terminal(
        code=row,
        hall_id=row.hall_id,
        profile=row.profile,
        name=row.name,
        public_key=public_key,
        enrolled_at=now,
    )
    _save_new(terminal)
    record(
        name="access.terminal_enrolled",
        subject_kind=SUBJECT,
        subject_id=str(terminal.pk),
        rows=1,
        details={"code": row.pk, "terminal": row.name, "public_key": public_key.hex()},
    )
    return terminal


def proof_message(*, code: str, public_key: bytes) -> bytes:
    """What whoever enrols signs, to show that the key is his."""
    return PROOF_PREFIX + f"{code}\n{public_key.hex()}".encode()


@transaction.atomic
def revoke(*, terminal_id: int, reason: str, by: Staff, now: datetime) -> None:
    """Revoke a terminal for good: its next call is refused.

    Raises:
        Revoked: it was before.
    """
    live = Terminal.objects.filter(pk=terminal_id, revoked_at=None)
    if not live.update(revoked_at=now, revoked_by=by):
        raise Revoked("该终端已停用，不能再次停用；需要再用的重新登记。")
    record(
        name="access.terminal_revoked",
        subject_kind=SUBJECT,
        subject_id=str(terminal_id),
        rows=1,
        staff_id=by.pk,
        person_id=by.person_id,
        details={"reason": reason},
    )


def hear(*, terminal_id: int, state: dict[str, Any], now: datetime) -> None:
    """Note a heartbeat (心跳): the terminal lives, and how it is; of one just revoked, nothing."""
    Terminal.objects.filter(pk=terminal_id, revoked_at=None).update(seen_at=now, state=state)


def silent_since(terminal: Terminal, *, now: datetime) -> datetime | None:
    """Since when a terminal in use is silent; None while it is heard."""
    heard = terminal.seen_at or terminal.enrolled_at
    silent = terminal.revoked_at is None and now - heard > SILENT_AFTER
    return heard if silent else None


def _save_new(terminal: Terminal) -> None:
    try:
        with transaction.atomic():
            terminal.save(force_insert=True)
    except IntegrityError as error:
        if violated(error) == "access_terminal_code_id_key":
            raise _invalid() from None
        if violated(error) == "access_terminal_public_key_key":
            raise KeyKnown("这把密钥登记过，请让终端生成新的密钥再登记。") from None
        raise


def _invalid() -> CodeInvalid:
    return CodeInvalid("登记码不正确、已用过或已过期，请向系统管理员另要一个。")


def _digest(code: str) -> str:
    """Of so many random bits a plain digest tells nothing."""
    return hashlib.sha256(code.encode()).hexdigest()
