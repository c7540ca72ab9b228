"""Which function does which kind of job (作业处理): filled by each capability's ``tasks.py``."""

from collections.abc import Callable
from typing import Any, Protocol


class Handler(Protocol):
    """Does one job inside the runner's transaction and gives the business rows it wrote."""

    def __call__(self, *, arguments: dict[str, Any]) -> int: ...


_handlers: dict[str, Handler] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function below for jobs of ``kind``; two for one kind are our own mistake."""

    def register(function: Handler) -> Handler:
        if _handlers.setdefault(kind, function) is not function:
            raise ValueError(f"two handlers for {kind}")
        return function

    return register


def handler_of(kind: str) -> Handler:
    """The function for ``kind``; KeyError when no ``tasks.py`` registered one."""
    return _handlers[kind]
