"""By which ways somebody is told (告知方式): every way that reaches him, the old ones too. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Channel(Enum):
    """A way to tell somebody something."""

    SMS = "短信"
    CALL_BACK = "电话回访"
    LETTER = "信函"
    WINDOW = "窗口"

    @property
    def label(self) -> str:
        """What a clerk reads."""
        return self.value


@dataclass(frozen=True)
class Way:
    """A telephone number or an address, as it is on record; ``former``: it was given up; ``fresh``:
    it is on record since lately, perhaps by whoever takes the money."""

    value: str
    former: bool = False
    mobile: bool = False
    fresh: bool = False

    @property
    def reaches(self) -> bool:
        """Whether it reaches the person himself, as far as anybody knows."""
        return not self.former and not self.fresh


@dataclass(frozen=True)
class Route:
    """By which channel and to where a notice goes."""

    channel: Channel
    address: str
    former: bool


def routes(
    *, phones: Sequence[Way], addresses: Sequence[Way], sms: bool, call_back: bool
) -> tuple[Route, ...]:
    """Give the routes of a notice.

    A mobile number gets a short message, where there is a gateway (``sms``); any other number is
    called. Where an answer is wanted (``call_back``) every number is called besides. Of whom no
    number is known but fresh ones gets a letter, at the window where his address is not known
    either; a letter also goes to an address that was given up.
    """
    found = []
    for way in phones:
        texted = way.mobile and sms
        if texted:
            found.append(Route(Channel.SMS, way.value, way.former))
        if call_back or not texted:
            found.append(Route(Channel.CALL_BACK, way.value, way.former))
    reached = any(way.reaches for way in phones)
    written = [way for way in addresses if way.former or not reached]
    found += [Route(Channel.LETTER, way.value, way.former) for way in written]
    if not reached and not any(way.reaches for way in addresses):
        found.append(Route(Channel.WINDOW, "", former=False))
    return tuple(found)
