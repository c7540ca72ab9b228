"""Where a call comes from (来源): an enrolled terminal, a network address, or this host itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

from backend.audit.record import placed

HOST = "host"
HOME_BITS = 64  # of an IPv6 address: whoever has one has all that begin like it
_source: ContextVar[str] = ContextVar("source", default=HOST)


def current_source() -> str:
    """The source of the call that is answered now, or ``host`` for a command or a job."""
    return _source.get()


def set_source(source: str) -> None:
    """Name the source better, once more is known of the caller; it holds until the call ends."""
    _source.set(source)
    placed(source)


@contextmanager
def coming_from(source: str) -> Iterator[None]:
    """Let all within come from ``source``."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def address_of(request: HttpRequest) -> str:
    """The caller's address as our own proxies tell it; what stands before, anybody may write."""
    told = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    hops = [*told, str(request.META.get("REMOTE_ADDR", ""))]
    return f"address/{_network(hops[-1 - min(settings.PROXIES, len(told))].strip())}"


def _network(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, HOME_BITS), strict=False))
    return str(address)
