"""One TOML per bank says all; a profile that does not fit together is not loaded."""

import tomllib
from typing import Any

import pytest

from payments.banks.profile import FOLDER, BankUnknown, bank_codes, profile_of, read_profile
from payments.reasons import PROPOSALS, REASONS

BANKS = bank_codes()


def table() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "nsb.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("bank", BANKS)
def test_every_profile_loads_and_says_that_it_is_a_demonstration(bank: str) -> None:
    assert "演示" in profile_of(bank).name


def test_a_bank_without_profile_is_refused() -> None:
    with pytest.raises(BankUnknown):
        profile_of("ICBC")


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
    broken = table()
    broken[part][key] = value

    with pytest.raises(ValueError, match="profile of NSB"):
        read_profile(broken)


@pytest.mark.parametrize(("key", "value"), [("money", "jiao"), ("newline", "\r"), ("width", {})])
def test_a_profile_with_a_strange_setting_is_not_loaded(key: str, value: object) -> None:
    with pytest.raises(ValueError, match="profile of NSB"):
        read_profile(table() | {key: value})


def test_every_reason_and_kind_says_what_to_do_and_who_does_it() -> None:
    for reason in REASONS.values():
        assert reason.label
        assert reason.repaired_by in {"CLERK", "FINANCE"}
    assert all(role == "FINANCE" for _, role in PROPOSALS.values())
