"""One-time codes that nobody need wait for (省时动态口令): each counts once, as ever."""

import pytest

from backend.access import totp
from backend.city import demo_staff

CODE_SECONDS = 5


def quick_codes(patch: pytest.MonkeyPatch) -> None:
    """Let the authenticators of the demo staff show another code every few seconds."""
    for place in (totp, demo_staff):
        patch.setattr(place, "STEP_SECONDS", CODE_SECONDS)
    patch.setattr(demo_staff, "ON_ITS_WAY_SECONDS", CODE_SECONDS // 2)
