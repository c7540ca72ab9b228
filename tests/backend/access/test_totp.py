"""One-time codes: the vectors of RFC 6238, drift and use once."""

from datetime import UTC, datetime

import pytest

from backend.access.totp import (
    TotpSecretInvalid,
    code_at,
    matching_step,
    secret_from_text,
    step_of,
)

SECRET = b"12345678901234567890"
NOW = datetime(2026, 11, 5, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1234567890, "005924"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    step = step_of(now=datetime.fromtimestamp(seconds, UTC))

    assert code_at(secret=SECRET, step=step) == code


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_clock_may_be_one_step_off(drift: int) -> None:
    step = step_of(now=NOW) + drift

    code = code_at(secret=SECRET, step=step)

    assert matching_step(secret=SECRET, code=code, now=NOW, used_step=0) == step


@pytest.mark.parametrize("drift", [-2, 2])
def test_a_clock_may_not_be_two_steps_off(drift: int) -> None:
    code = code_at(secret=SECRET, step=step_of(now=NOW) + drift)

    assert matching_step(secret=SECRET, code=code, now=NOW, used_step=0) is None


def test_a_code_is_used_once() -> None:
    step = step_of(now=NOW)
    code = code_at(secret=SECRET, step=step)

    assert matching_step(secret=SECRET, code=code, now=NOW, used_step=step) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "１２３４５６", "abcdef"])
def test_anything_but_six_ascii_digits_is_no_code(code: str) -> None:
    assert matching_step(secret=SECRET, code=code, now=NOW, used_step=0) is None


@pytest.mark.parametrize("text", ["", "MFRGG", "不是密钥", "01890189018901890189"])
def test_a_short_or_broken_secret_is_refused(text: str) -> None:
    with pytest.raises(TotpSecretInvalid):
        secret_from_text(text)
