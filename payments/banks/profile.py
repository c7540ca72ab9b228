"""A bank's files as data (银行文件格式): one dated TOML per bank drives writer and reader. Pure.

Each profile of a bank is in force from a day on, with a standing: outside a demonstration one that
was invented or never held against the bank's own description is refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from backend.kernel.dated import DatedFile, DatedRow, expect_text, load_dated_toml
from backend.kernel.errors import Refusal
from backend.kernel.parameters import COUNTS
from payments.banks.form import Form, Layout, form_faults, form_of, layout_faults, layout_of
from payments.reasons import REASONS

FOLDER = Path(__file__).parent / "profiles"
TABLE = "profile"
# What each kind of line must hold, and nothing else; the order is the bank's.
FIELDS = MappingProxyType(
    {
        "instruction": {
            "header": ("serial", "batch_no", "pay_date", "count", "total"),
            "detail": ("seq", "ref", "account", "name", "amount", "purpose"),
            "trailer": ("count", "total", "sha256"),
        },
        "return": {
            "header": (
                *("serial", "batch_no", "part", "count"),
                *("paid_count", "paid_total", "returned_count", "returned_total"),
            ),
            "detail": ("seq", "ref", "account", "name", "amount", "code"),
            "trailer": ("count", "sha256"),
        },
    }
)


class BankUnknown(Refusal):
    """There is no profile of this bank (没有该银行的文件格式)."""

    code = "bank_unknown"


class ProfileNotInForce(BankUnknown):
    """No profile of the bank is in force on the day (该日没有启用的银行文件格式)."""

    code = "bank_profile_not_in_force"


class ProfileNotVerified(BankUnknown):
    """Outside a demonstration no file is written by an unverified profile (银行文件格式未核实)."""

    code = "bank_profile_not_verified"


@dataclass(frozen=True)
class BankProfile(Form):
    """How one bank wants to be told to pay, and how it answers, while it is in force."""

    instruction: Layout
    answer: Layout
    paid_codes: tuple[str, ...]
    unknown_codes: tuple[str, ...]
    reasons: Mapping[str, str]  # the bank's code → ours
    max_rows: int | None  # of one file


@cache
def bank_codes(*, demo: bool, on: date | None = None) -> tuple[str, ...]:
    """Banks with a profile that counts, in the order of their codes; in force on a day, if named.

    Outside a demonstration neither an invented nor an unverified profile counts.
    """
    return tuple(
        bank
        for bank, profiles in _known().items()
        if any(
            _counts(profile, demo=demo) and (on is None or profile.valid.contains(on))
            for profile in profiles
        )
    )


def bank_name(bank: str) -> str:
    """What the bank is called.

    Raises:
        BankUnknown: it has no profile.
    """
    return _profiles(bank)[0].name


@cache
def profile_of(bank: str, *, on: date, demo: bool) -> BankProfile:
    """The profile of a bank in force on a day.

    Raises:
        BankUnknown: it has none; ProfileNotInForce: none of that day; ProfileNotVerified: that of
            the day does not count, and this is no demonstration.
    """
    for profile in _profiles(bank):
        if profile.valid.contains(on):
            if not _counts(profile, demo=demo):
                raise _not_verified(profile)
            return profile
    raise ProfileNotInForce(
        f"银行 {bank} 在 {on} 没有启用的文件格式。", bank=bank, on=on.isoformat()
    )


def profiles_of(bank: str, *, demo: bool) -> tuple[BankProfile, ...]:
    """All profiles of a bank that count, the newest first.

    Raises:
        BankUnknown: it has none; ProfileNotVerified: none counts.
    """
    known = _profiles(bank)
    counting = tuple(profile for profile in known if _counts(profile, demo=demo))
    if not counting:
        raise _not_verified(known[0])
    return counting


def read_profiles(file: DatedFile) -> tuple[BankProfile, ...]:
    """Check the profiles of a bank as written, the newest first; a fault is our own mistake.

    Raises:
        ValueError, KeyError, TypeError: naming the bank and what is wrong.
    """
    bank = expect_text(file.fields.get("bank"), "bank")
    rows = sorted(file.rows[TABLE], key=lambda row: row.valid.start, reverse=True)
    return tuple(_read(bank, file.name, row) for row in rows)


def _profiles(bank: str) -> tuple[BankProfile, ...]:
    known = _known()
    if bank not in known:
        raise BankUnknown(f"没有银行 {bank} 的文件格式。", bank=bank)
    return known[bank]


@cache
def _known() -> Mapping[str, tuple[BankProfile, ...]]:
    return {
        path.stem.upper(): read_profiles(load_dated_toml(path, key=()))
        for path in sorted(FOLDER.glob("*.toml"))
    }


def _counts(profile: BankProfile, *, demo: bool) -> bool:
    return demo or profile.standing in COUNTS


def _not_verified(profile: BankProfile) -> ProfileNotVerified:
    return ProfileNotVerified(
        f"银行 {profile.bank} 的文件格式（{profile.standing.label}）未经银行核对，正式库不能使用。",
        bank=profile.bank,
        standing=profile.standing.value,
    )


def _read(bank: str, name: str, row: DatedRow) -> BankProfile:
    table: Mapping[str, Any] = row.fields
    answer, carrier = table["return"], table["carrier"]
    profile = BankProfile(
        **form_of(bank=bank, name=name, row=row),
        instruction=layout_of(table["instruction"], carrier=carrier),
        answer=layout_of(answer, carrier=carrier),
        paid_codes=tuple(answer["paid"]),
        unknown_codes=tuple(answer["unknown"]),
        reasons=MappingProxyType(dict(answer["reasons"])),
        max_rows=table.get("max_rows"),
    )
    faults = [*_faults(profile)]
    if faults:
        raise ValueError(f"profile of {profile.bank}: {', '.join(faults)}")
    return profile


def _faults(profile: BankProfile) -> Iterator[str]:
    yield from form_faults(profile)
    if {"serial", "seq", "part"} - set(profile.width):
        yield "width"
    if {"ref", "account", "name", "purpose"} - set(profile.max_bytes):
        yield "max_bytes"
    for name, layout in (("instruction", profile.instruction), ("return", profile.answer)):
        yield from layout_faults(form=profile, name=name, layout=layout, needed=FIELDS[name])
    if strangers := set(profile.reasons.values()) - set(REASONS):
        yield f"reasons {sorted(strangers)}"
    codes = [*profile.paid_codes, *profile.unknown_codes, *profile.reasons]
    if len(codes) != len(set(codes)) or not profile.paid_codes:
        yield "codes"
    if profile.max_rows is not None and profile.max_rows < 1:
        yield "max_rows"


BANKS = bank_codes(demo=True)  # of the API, whose schema is the same everywhere
