"""A bank's files as data (银行文件格式): one dated TOML per bank drives writer and reader. Pure.

Each profile of a bank is in force from a day on, with a standing: outside a demonstration one that
was invented or never held against the bank's own description is refused.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from backend.kernel.dated import DatedFile, DatedRow, Standing, expect_text, load_dated_toml
from backend.kernel.errors import Refusal
from backend.kernel.months import DateRange
from backend.kernel.parameters import COUNTS
from payments.reasons import REASONS

FOLDER = Path(__file__).parent / "profiles"
TABLE = "profile"
FIELD = re.compile(r"\{([a-z0-9_]+)\}")
# What no field of a file holds.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
YUAN, FEN = "yuan", "fen"
CENTS = tuple(f".{fen:02d}" for fen in range(100))
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
class Layout:
    """One kind of file: its name and its three kinds of lines, a literal or ``{field}`` each."""

    file_name: str
    header: tuple[str, ...]
    detail: tuple[str, ...]
    trailer: tuple[str, ...]

    @property
    def detail_fields(self) -> tuple[str, ...]:
        """The names of the detail's fields in order."""
        return tuple(field_of(item) or "" for item in self.detail)


@dataclass(frozen=True)
class BankProfile:
    """How one bank wants to be told to pay, and how it answers, while it is in force."""

    bank: str
    name: str
    valid: DateRange
    standing: Standing
    encoding: str
    newline: str
    separator: str
    money: str
    instruction: Layout
    answer: Layout
    paid_codes: tuple[str, ...]
    unknown_codes: tuple[str, ...]
    reasons: Mapping[str, str]  # the bank's code → ours
    width: Mapping[str, int]
    max_bytes: Mapping[str, int]

    def money_text(self, fen: int) -> str:
        """An amount as the bank writes it."""
        return f"{fen // 100}.{fen % 100:02d}" if self.money == YUAN else str(fen)

    def money_texts(self, amounts: Iterable[int]) -> list[str]:
        """Many amounts as the bank writes them."""
        if self.money == FEN:
            return list(map(str, amounts))
        return [f"{fen // 100}{CENTS[fen % 100]}" for fen in amounts]

    def money_fen(self, text: str) -> int:
        """Read an amount; ValueError when it is none."""
        pattern = r"[0-9]{1,13}\.[0-9]{2}" if self.money == YUAN else r"[0-9]{1,15}"
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError(text)
        return int(text.replace(".", ""))

    def number_text(self, field: str, number: int) -> str:
        """A counter with the zeros that the bank wants before it."""
        return str(number).zfill(self.width.get(field, 0))


def field_of(item: str) -> str | None:
    """The field's name when ``item`` is ``{field}``, None when it is a literal."""
    match = FIELD.fullmatch(item)
    return match[1] if match else None


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
    answer = table["return"]
    profile = BankProfile(
        bank=bank,
        name=name,
        valid=row.valid,
        standing=row.standing,
        encoding=table["encoding"],
        newline=table["newline"],
        separator=table["separator"],
        money=table["money"],
        instruction=_layout(table["instruction"]),
        answer=_layout(answer),
        paid_codes=tuple(answer["paid"]),
        unknown_codes=tuple(answer["unknown"]),
        reasons=MappingProxyType(dict(answer["reasons"])),
        width=MappingProxyType(dict(table["width"])),
        max_bytes=MappingProxyType(dict(table["max_bytes"])),
    )
    faults = [*_faults(profile)]
    if faults:
        raise ValueError(f"profile of {profile.bank}: {', '.join(faults)}")
    return profile


def _faults(profile: BankProfile) -> Iterator[str]:
    kinds = (("instruction", profile.instruction), ("return", profile.answer))
    for kind, layout in kinds:
        for part, needed in FIELDS[kind].items():
            found = [field for item in getattr(layout, part) if (field := field_of(item))]
            if sorted(found) != sorted(needed):
                yield f"{kind}.{part} has {found}, not {sorted(needed)}"
    if profile.money not in (YUAN, FEN):
        yield f"money {profile.money}"
    if profile.newline not in ("\n", "\r\n") or len(profile.separator) != 1:
        yield "newline or separator"
    if strangers := set(profile.reasons.values()) - set(REASONS):
        yield f"reasons {sorted(strangers)}"
    codes = [*profile.paid_codes, *profile.unknown_codes, *profile.reasons]
    if len(codes) != len(set(codes)) or not profile.paid_codes:
        yield "codes"
    if {"serial", "seq", "part"} - set(profile.width):
        yield "width"
    if {"ref", "account", "name", "purpose"} - set(profile.max_bytes):
        yield "max_bytes"


def _layout(table: Mapping[str, Any]) -> Layout:
    def items(name: str) -> tuple[str, ...]:
        listed: Sequence[str] = table[name]
        return tuple(listed)

    return Layout(
        file_name=table["file_name"],
        header=items("header"),
        detail=items("detail"),
        trailer=items("trailer"),
    )
