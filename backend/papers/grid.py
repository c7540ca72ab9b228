"""Rows of cells with lines around them (表格线). Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backend.papers import fonts
from backend.papers.laid import (
    AMOUNT,
    BODY,
    HEIGHT,
    SMALL,
    SPACING,
    Item,
    Rule,
    Shade,
    Strip,
    Words,
)
from backend.papers.lines import break_lines
from backend.papers.paper import Align, Piece, Style

PAD_X, PAD_Y = 5.0, 4.0
SIZES = {
    Style.BODY: BODY,
    Style.STRONG: BODY,
    Style.SMALL: SMALL,
    Style.AMOUNT: AMOUNT,
}
STRONG = (Style.STRONG, Style.AMOUNT)


@dataclass(frozen=True)
class Cell:
    """A cell and what is in it."""

    x: float
    width: float
    pieces: tuple[Piece, ...]
    align: Align = Align.LEFT
    shaded: bool = False


@dataclass(frozen=True)
class _Line:
    text: str
    style: Style

    @property
    def height(self) -> float:
        return SIZES[self.style] * SPACING


def row(*, cells: Sequence[Cell], room: float = HEIGHT) -> list[Strip]:
    """Lay a row of cells, torn only when it is higher than ``room``, that of a page of its own."""
    columns = [_lines(cell) for cell in cells]
    longest = max(len(lines) for lines in columns)
    highest = max((line.height for lines in columns for line in lines), default=BODY)
    untorn = int((room - 2 * PAD_Y) // highest)
    return [
        _strip(cells, [lines[start : start + untorn] for lines in columns])
        for start in range(0, longest, untorn)
    ]


def box(*, cells: Sequence[Cell], height: float) -> list[Item]:
    """The lines around cells, and their ground."""
    items: list[Item] = [Shade(cell.x, 0, cell.width, height) for cell in cells if cell.shaded]
    left, right = cells[0].x, cells[-1].x + cells[-1].width
    items += [Rule(left, y, right, y) for y in (0.0, height)]
    edges = [cell.x for cell in cells] + [right]
    items += [Rule(x, 0, x, height) for x in edges]
    return items


def baseline(size: float) -> float:
    """How far the baseline lies below the top of a line of this size."""
    return size * (SPACING - 1) / 2 + size * 0.86


def lines_of(*, text: str, width: float, size: float, indent: float = 0) -> list[str]:
    """Break a text by the widths of its characters."""
    return break_lines(
        text=text,
        width=width,
        measure=lambda part: fonts.width(text=part, size=size),
        indent=indent,
    )


def _lines(cell: Cell) -> list[_Line]:
    room = cell.width - 2 * PAD_X
    return [
        _Line(text, piece.style)
        for piece in cell.pieces
        for text in lines_of(text=piece.text, width=room, size=SIZES[piece.style])
    ]


def _strip(cells: Sequence[Cell], columns: Sequence[Sequence[_Line]]) -> Strip:
    height = max(sum(line.height for line in lines) for lines in columns) + 2 * PAD_Y
    items = box(cells=cells, height=height)
    for cell, lines in zip(cells, columns, strict=True):
        items += _words(cell, lines, height)
    return Strip(height, tuple(items))


def _words(cell: Cell, lines: Sequence[_Line], height: float) -> Iterator[Item]:
    """The lines of a cell, in the middle of its height."""
    y = (height - sum(line.height for line in lines)) / 2
    for line in lines:
        size = SIZES[line.style]
        spare = cell.width - 2 * PAD_X - fonts.width(text=line.text, size=size)
        shift = {Align.LEFT: 0.0, Align.CENTRE: spare / 2, Align.RIGHT: spare}[cell.align]
        yield Words(
            cell.x + PAD_X + shift, y + baseline(size), line.text, size, line.style in STRONG
        )
        y += line.height
