"""Which routes a terminal may call (终端可用接口): its profile lists them, or lets through whatever
those may call who work at it; or it may not.

Beside ``routes.toml``, not instead: a route must let in the caller, and the profile the route.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from backend.web.policy import ANY_STAFF, routes

PROFILES_FILE = Path(__file__).with_name("profiles.toml")


@dataclass(frozen=True)
class Profile:
    """What a kind of terminal lets through, and what to do where it does not."""

    listed: Mapping[str, frozenset[str]]  # route name → methods
    roles: frozenset[str]  # of whoever works there
    elsewhere: str

    def lets_call(self, *, route: str, method: str) -> bool:
        """Whether it may call a route."""
        asked = "GET" if method in ("HEAD", "OPTIONS") else method
        if asked in self.listed.get(route, frozenset()):
            return True
        working = {*self.roles, ANY_STAFF} if self.roles else set()
        return bool(working & routes().get(route, {}).get(asked, frozenset()))


@cache
def profiles() -> dict[str, Profile]:
    """Kind of terminal → its profile."""
    table = tomllib.loads(PROFILES_FILE.read_text(encoding="utf-8"))
    return {name: _profile(dict(row)) for name, row in table.items()}


def lets_call(*, profile: str, route: str, method: str) -> bool:
    """Whether a terminal of a profile may call a route."""
    known = profiles().get(profile)
    return known is not None and known.lets_call(route=route, method=method)


def elsewhere(*, profile: str) -> str:
    """What to do about a route that such a terminal may not call."""
    return profiles()[profile].elsewhere


def _profile(row: dict[str, Any]) -> Profile:
    told, roles = row.pop("elsewhere"), frozenset(row.pop("roles", ()))
    return Profile({route: frozenset(methods) for route, methods in row.items()}, roles, told)
