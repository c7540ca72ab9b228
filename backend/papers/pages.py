"""Strips onto pages (分页): titles come again, nothing is torn or left alone at an end. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from backend.papers.laid import HEIGHT, Strip


@dataclass(frozen=True)
class Placed:
    """A strip and how far below the top of the page it lies."""

    y: float
    strip: Strip


@dataclass
class _Page:
    placed: list[Placed] = field(default_factory=list)
    used: float = 0.0

    def put(self, strip: Strip) -> None:
        if strip.gap and not self.placed:
            return
        self.placed.append(Placed(self.used, strip))
        self.used += strip.height


def paginate(*, strips: Sequence[Strip]) -> list[tuple[Placed, ...]]:
    """Give the strips of each page, in order; what belongs together on one, if a page holds it."""
    pages = [_Page()]
    for group in _groups(strips):
        for part in _parts(group):
            if pages[-1].placed and pages[-1].used + _height(part) > HEIGHT and not part[0].gap:
                pages.append(_Page())
                for head in part[0].head:
                    pages[-1].put(head)
            for strip in part:
                pages[-1].put(strip)
    return [tuple(page.placed) for page in pages]


def _parts(group: list[Strip]) -> list[list[Strip]]:
    """A group in one, or strip by strip where no page holds it."""
    return [group] if _height(group) <= HEIGHT else [[strip] for strip in group]


def _height(strips: Sequence[Strip]) -> float:
    return sum(strip.height for strip in strips)


def _groups(strips: Sequence[Strip]) -> Iterator[list[Strip]]:
    """What stays together: a heading with what it heads."""
    group: list[Strip] = []
    for strip in strips:
        group.append(strip)
        if not strip.with_next:
            yield group
            group = []
    if group:
        yield group
