"""Calls that race (同时办理): each in a thread, with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from backend.kernel.errors import Refusal


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run all calls together; what they refuse is their result."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Refusal as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
