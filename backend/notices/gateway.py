"""The way out for short messages (短信网关): a port, and a file for the demonstration.

A gateway takes each message under its own number: handed over twice it goes out once. In a live
database there is none until one is connected; numbers are then called.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings

from backend.deployment import is_demo
from backend.feeds.placed import place

DEAD_ENDING = "0000"  # numbers of the demonstration that are out of service


class NumberDead(Exception):  # noqa: N818 - an answer, not a fault of ours
    """The gateway says that no message reaches this number (空号、停机)."""


class SmsGateway(Protocol):
    """Hands short messages over."""

    def send(self, *, ref: int, number: str, text: str) -> None:
        """Hand one message over; the same ``ref`` again is the same message.

        Raises:
            NumberDead: nobody is reached there.
            OSError: the gateway is not there; try again later.
        """


@dataclass(frozen=True)
class FileGateway:
    """Writes what would be sent into files (演示): nothing is really sent."""

    folder: Path

    def send(self, *, ref: int, number: str, text: str) -> None:
        """Write one file a message."""
        if number.endswith(DEAD_ENDING):
            raise NumberDead(ref)
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{ref}.txt"
        place(path=path, content=f"演示：没有真的发送\n{number}\n{text}\n".encode())


def gateway() -> SmsGateway | None:
    """The gateway of this database; None where there is none."""
    return FileGateway(notices_folder() / "sms") if is_demo() else None


def notices_folder() -> Path:
    """Where lists and messages stand."""
    return Path(settings.VAR_DIR) / "notices"
