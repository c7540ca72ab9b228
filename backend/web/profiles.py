"""Which routes a terminal may call (终端可用接口): its profile lists them, or it may not.

Beside ``routes.toml``, not instead: a route must let in the caller, and the profile the route.
"""

import tomllib
from functools import cache
from pathlib import Path

PROFILES_FILE = Path(__file__).with_name("profiles.toml")


@cache
def profiles() -> dict[str, dict[str, frozenset[str]]]:
    """Profile → route name → methods."""
    table = tomllib.loads(PROFILES_FILE.read_text(encoding="utf-8"))
    return {
        profile: {route: frozenset(methods) for route, methods in routes.items()}
        for profile, routes in table.items()
    }


def lets_call(*, profile: str, route: str, method: str) -> bool:
    """Whether a terminal of a profile may call a route."""
    methods = profiles().get(profile, {}).get(route, frozenset())
    return ("GET" if method in ("HEAD", "OPTIONS") else method) in methods
