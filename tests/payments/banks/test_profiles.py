"""One dated TOML per bank says all; a profile that does not fit together is not loaded."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from backend.kernel.dated import DatedFile, DatedTomlInvalid, Standing, load_dated_toml
from payments.banks.profile import (
    FOLDER,
    BankProfile,
    BankUnknown,
    ProfileNotInForce,
    ProfileNotVerified,
    bank_codes,
    bank_name,
    profile_of,
    profiles_of,
    read_profiles,
)
from payments.reasons import PROPOSALS, REASONS

BANKS = bank_codes(demo=True)
TODAY = date(2026, 11, 5)
WHEN_ALL_ARE = date(2027, 1, 1)  # the newest layouts begin


def nsb() -> DatedFile:
    return file_of("nsb")


def file_of(bank: str) -> DatedFile:
    return load_dated_toml(FOLDER / f"{bank}.toml", key=())


def read(bank: str = "nsb", /, **changed: Any) -> BankProfile:
    """The one profile of a bank, with other settings."""
    file = file_of(bank)
    (row,) = file.rows["profile"]
    row = replace(row, fields=MappingProxyType({**row.fields, **changed}))
    (profile,) = read_profiles(replace(file, rows={"profile": (row,)}))
    return profile


@pytest.mark.parametrize("bank", BANKS)
def test_every_profile_loads_and_says_that_it_is_a_demonstration(bank: str) -> None:
    profile = profile_of(bank, on=WHEN_ALL_ARE, demo=True)

    assert "演示" in bank_name(bank)
    assert profile.standing is Standing.DEMO


@pytest.mark.parametrize("bank", BANKS)
def test_outside_a_demonstration_an_invented_profile_is_refused(bank: str) -> None:
    with pytest.raises(ProfileNotVerified, match="演示") as refused:
        profile_of(bank, on=WHEN_ALL_ARE, demo=False)

    assert refused.value.code == "bank_profile_not_verified"
    assert bank not in bank_codes(demo=False)
    with pytest.raises(ProfileNotVerified):
        profiles_of(bank, demo=False)


@pytest.mark.parametrize("bank", ["ICBC", "nsb", "../NSB"])
def test_a_bank_without_profile_is_refused(bank: str) -> None:
    with pytest.raises(BankUnknown):
        profile_of(bank, on=TODAY, demo=True)


def test_before_its_first_day_a_profile_is_not_in_force() -> None:
    first = profile_of("NSB", on=TODAY, demo=True).valid.start

    with pytest.raises(ProfileNotInForce):
        profile_of("NSB", on=first - timedelta(days=1), demo=True)

    assert profile_of("NSB", on=first, demo=True).bank == "NSB"
    assert bank_codes(demo=True, on=first - timedelta(days=1)) == ()


def test_two_profiles_of_a_bank_are_never_in_force_on_one_day(tmp_path: Path) -> None:
    path = tmp_path / "nsb.toml"
    text = (FOLDER / "nsb.toml").read_text(encoding="utf-8")
    again = text[text.index("\n[[profile]]") :]
    path.write_text(f"{text}\n{again.replace('2015-01-01', '2027-01-01')}", encoding="utf-8")

    with pytest.raises(DatedTomlInvalid):
        load_dated_toml(path, key=())


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("return", "detail", ["{seq}", "{ref}", "{account}", "{name}", "{amount}"]),
        ("instruction", "trailer", ["T", "{count}", "{total}"]),
        ("return", "reasons", {"3009": "BAD_LUCK"}),
        ("return", "unknown", ["0000"]),
        ("return", "paid", []),
    ],
)
def test_a_profile_that_does_not_fit_together_is_not_loaded(
    part: str, key: str, value: object
) -> None:
    (row,) = nsb().rows["profile"]
    table: Any = row.fields[part]

    with pytest.raises(ValueError, match="profile of NSB"):
        read(**{part: {**table, key: value}})


@pytest.mark.parametrize(
    ("key", "value"),
    [("money", "jiao"), ("newline", "\r"), ("width", {}), ("carrier", "json"), ("separator", "")],
)
def test_a_profile_with_a_strange_setting_is_not_loaded(key: str, value: object) -> None:
    with pytest.raises(ValueError, match="profile of NSB"):
        read(**{key: value})


@pytest.mark.parametrize(
    ("bank", "key", "value", "fault"),
    [
        ("fsb", "width", {"serial": 8, "seq": 8, "part": 2, "count": 8}, "width of total"),
        ("fsb", "separator", "|", "separator"),
        ("fsb", "max_rows", 0, "max_rows"),
        ("xsb", "encoding", "gb18030", "encoding of XML"),
    ],
)
def test_a_carrier_has_what_it_needs(bank: str, key: str, value: object, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read(bank, **{key: value})


def test_a_line_of_a_message_lies_in_its_element() -> None:
    (row,) = file_of("xsb").rows["profile"]
    table: Any = row.fields["instruction"]

    with pytest.raises(ValueError, match=r"detail outside of PmtInf/Other"):
        read("xsb", instruction={**table, "element": "PmtInf/Other"})


def test_every_reason_and_kind_says_what_to_do_and_who_does_it() -> None:
    for reason in REASONS.values():
        assert reason.label
        assert reason.repaired_by in {"CLERK", "FINANCE"}
    assert all(role == "FINANCE" for _, role in PROPOSALS.values())
