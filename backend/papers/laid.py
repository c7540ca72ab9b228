"""What lies where on paper (版面): lines, rules, signs, in points, downwards from a strip's top."""

from dataclasses import dataclass
from typing import TypeAlias

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from backend.papers.paper import Mark

PAGE_WIDTH, PAGE_HEIGHT = A4
LEFT, RIGHT, TOP, BOTTOM = 25 * mm, 20 * mm, 18 * mm, 22 * mm  # the left edge is bound
WIDTH = PAGE_WIDTH - LEFT - RIGHT
HEIGHT = PAGE_HEIGHT - TOP - BOTTOM

BODY, SMALL, AMOUNT, TITLE, FOOT = 12.0, 10.5, 14.0, 20.0, 9.0
SPACING = 1.45  # of a line, in its size
THIN = 0.6


@dataclass(frozen=True)
class Words:
    """A line of text on its baseline."""

    x: float
    y: float
    text: str
    size: float
    strong: bool = False


@dataclass(frozen=True)
class Rule:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    thickness: float = THIN


@dataclass(frozen=True)
class Shade:
    """The light ground of a title or label."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Sign:
    """A mark by its own shape."""

    x: float
    y: float
    mark: Mark


@dataclass(frozen=True)
class Code:
    """The QR code of the paper's address."""

    x: float
    y: float
    size: float


Item: TypeAlias = Words | Rule | Shade | Sign | Code


@dataclass(frozen=True)
class Strip:
    """What lies side by side across the page and is never torn."""

    height: float
    items: tuple[Item, ...] = ()
    with_next: bool = False  # never the last of its page
    head: tuple["Strip", ...] = ()  # comes again above it on a new page
    gap: bool = False  # white space, not needed at the top of a page
