"""Text into lines (断行): numbers stay whole, no line begins or ends with the wrong mark. Pure."""

import re
from collections.abc import Callable, Iterator

OPENING = "（《〈【〔「『“‘(["
CLOSING = "，。、；：？！）》〉】〕」』”’…—·‰℃)],;:?!%"
WORD = r"[0-9A-Za-z.,:/+\-\u2212_@#¥￥'&=]"
COUNTED = "元角分年月日岁个号"  # stays with the number before it
PIECE = rf"[{re.escape(OPENING)}]*(?:(?:{WORD}+[{COUNTED}]?)+|.)[{re.escape(CLOSING)}]*"
UNIT = re.compile(rf"{PIECE}(?:\u00a0{PIECE})*", re.DOTALL)  # U+00A0 holds both sides together
BLANKS = " \u3000"

Measure = Callable[[str], float]


def break_lines(*, text: str, width: float, measure: Measure, indent: float = 0) -> list[str]:
    """Break a text into lines no wider than ``width``, the first narrower by ``indent``.

    Blanks before the text stay, those at a break go.
    """
    lines: list[str] = []
    line = ""
    room = width - indent
    for unit in _units(text, width - indent, measure):
        if line and measure((line + unit).rstrip(BLANKS)) > room:
            lines.append(line.rstrip(BLANKS))
            line, room = "", width
        line += unit if line or not lines else unit.lstrip(BLANKS)
    return [*lines, line.rstrip(BLANKS)]


def _units(text: str, width: float, measure: Measure) -> Iterator[str]:
    """What must not be torn; only what is wider than a line is."""
    for unit in UNIT.findall(text):
        if measure(unit) > width:
            yield from unit
        else:
            yield unit
