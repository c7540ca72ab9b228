"""All routes of the server, as the tests of policy and masking walk them."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("get", "post", "put", "patch", "delete")


def walk(patterns: Any = None, prefix: str = "/") -> Iterator[tuple[str, str, Any]]:
    """Every route: its address with something for each parameter, its name, its view class."""
    for pattern in patterns or get_resolver().url_patterns:
        part = str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, prefix + part)
        elif isinstance(pattern, URLPattern) and pattern.name != "nowhere":
            address = "/".join("1" if "<" in piece else piece for piece in part.split("/"))
            yield prefix + address, str(pattern.name), getattr(pattern.callback, "view_class", None)


ROUTES = list(walk())


def methods_of(view: Any) -> set[str]:
    return {method.upper() for method in METHODS if hasattr(view, method)}
