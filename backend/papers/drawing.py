"""Draw what lies on a page (绘制): text in its fonts, lines, marks, the QR code."""

import hashlib
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import IO, Any, Final

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.lib.colors import Color, HexColor, black, white
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from backend.papers import fonts
from backend.papers.grid import baseline
from backend.papers.laid import (
    BODY,
    LEFT,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    SPACING,
    TOP,
    Code,
    Item,
    Rule,
    Shade,
    Sign,
    Words,
)
from backend.papers.paper import Mark

SHADE = HexColor(0xF3F3F3)
WATERMARK = HexColor(0xE9E9E9)
EDGE, OCHRE, OCHRE_INK, CINNABAR = map(HexColor, (0x857E6F, 0x84520A, 0x5E3A06, 0xA92A1C))
STRONG_STROKE = 0.035  # of the size: these fonts have no bold face
SIGN_WIDTH, SIGN_HEIGHT, HATCH = 44.0, BODY * SPACING, 5.0
WATERMARK_SIZE, WATERMARK_LENGTH, WATERMARK_TURN = 96.0, 620.0, 50
FILLED: Final = 0
FILLED_AND_STROKED: Final = 2
CHINA = 8
CREATOR = "一卡通 Yikatong"


class _Stamp:
    """The paper's own day stands for the moment of printing."""

    def __init__(self, day: date) -> None:
        self.YMDhms = (day.year, day.month, day.day, 0, 0, 0)
        self.dhh, self.dmm = CHINA, 0


class _Embedding(Canvas):
    """reportlab's canvas, knowing no clock and no font that is not embedded."""

    _doc: Any

    def __init__(self, *, target: IO[bytes], day: date, check: str) -> None:
        super().__init__(target, pagesize=A4, pageCompression=1, invariant=1, lang="zh-CN")
        self._doc._timeStamp = _Stamp(day)
        self._doc.signature = hashlib.sha256(check.encode())

    def _make_preamble(self) -> None:
        """Begin a page without Helvetica, which reportlab names and never embeds."""
        self._preamble = "1 0 0 1 0 0 cm"


class Sheet:
    """The pages of a paper, one after the other."""

    def __init__(self, *, target: IO[bytes], day: date, check: str) -> None:
        self.canvas = _Embedding(target=target, day=day, check=check)

    def name(self, *, title: str, author: str, subject: str) -> None:
        """Say in the file's own description what it is."""
        self.canvas.setTitle(title)
        self.canvas.setAuthor(author)
        self.canvas.setSubject(subject)
        self.canvas.setCreator(CREATOR)

    def put(self, *, item: Item, top: float, address: str) -> None:
        """Draw one item of a strip whose top lies ``top`` below that of the page."""
        below = PAGE_HEIGHT - TOP - top
        match item:
            case Words():
                self.write(words=item, x=LEFT + item.x, y=below - item.y)
            case Rule():
                self.canvas.setStrokeColor(black)
                self.canvas.setLineWidth(item.thickness)
                self.canvas.line(LEFT + item.x1, below - item.y1, LEFT + item.x2, below - item.y2)
            case Shade():
                self.canvas.setFillColor(SHADE)
                bottom = below - item.y - item.height
                self.canvas.rect(LEFT + item.x, bottom, item.width, item.height, stroke=0, fill=1)
            case Sign():
                self._sign(item.mark, LEFT + item.x, below - item.y - SIGN_HEIGHT)
            case Code():
                self._code(address, LEFT + item.x, below - item.y, item.size)

    def write(self, *, words: Words, x: float, y: float, colour: Color = black) -> None:
        """Draw a line of text, each character in the font that has it."""
        text = self.canvas.beginText(x, y)
        text.setFillColor(colour)
        if words.strong:
            text.setStrokeColor(colour)
            self.canvas.setLineWidth(words.size * STRONG_STROKE)
            text.setTextRenderMode(FILLED_AND_STROKED)
        for run in fonts.runs(text=words.text):
            text.setFont(run.font, words.size)
            text.textOut(run.text)
        if words.strong:
            text.setTextRenderMode(FILLED)
        self.canvas.drawText(text)

    def watermark(self, *, text: str) -> None:
        """Write a word across the page, under all else."""
        self.canvas.saveState()
        self.canvas.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2)
        self.canvas.rotate(WATERMARK_TURN)
        size = min(WATERMARK_SIZE, WATERMARK_LENGTH / fonts.width(text=text, size=1))
        half = fonts.width(text=text, size=size) / 2
        self.write(words=Words(0, 0, text, size), x=-half, y=-size / 3, colour=WATERMARK)
        self.canvas.restoreState()

    def _sign(self, mark: Mark, x: float, y: float) -> None:
        """A mark by shape as well as colour: hatched, framed or filled."""
        self.canvas.saveState()
        place = self.canvas.beginPath()
        place.rect(x, y + 1, SIGN_WIDTH, SIGN_HEIGHT - 2)
        ink = {Mark.DEMO: black, Mark.INTERIM: OCHRE_INK, Mark.UNVERIFIED: white}[mark]
        self.canvas.setStrokeColor({Mark.DEMO: EDGE, Mark.INTERIM: OCHRE}.get(mark, CINNABAR))
        self.canvas.setFillColor(CINNABAR if mark is Mark.UNVERIFIED else white)
        self.canvas.setLineWidth(1)
        self.canvas.drawPath(place, stroke=1, fill=1)
        if mark is Mark.INTERIM:
            self._hatch(x, y)
        words = Words(0, 0, mark.label, BODY, strong=True)
        shift = (SIGN_WIDTH - fonts.width(text=mark.label, size=BODY)) / 2
        self.write(words=words, x=x + shift, y=y + SIGN_HEIGHT - baseline(BODY), colour=ink)
        self.canvas.restoreState()

    def _hatch(self, x: float, y: float) -> None:
        self.canvas.saveState()
        inside = self.canvas.beginPath()
        inside.rect(x, y + 1, SIGN_WIDTH, SIGN_HEIGHT - 2)
        self.canvas.clipPath(inside, stroke=0, fill=0)
        self.canvas.setStrokeColor(OCHRE)
        self.canvas.setLineWidth(0.25)
        for step in range(int((SIGN_WIDTH + SIGN_HEIGHT) / HATCH) + 1):
            self.canvas.line(x + step * HATCH - SIGN_HEIGHT, y, x + step * HATCH, y + SIGN_HEIGHT)
        self.canvas.restoreState()

    def _code(self, address: str, x: float, y: float, size: float) -> None:
        modules = list(_modules(address))
        side = size / len(modules)
        dark = self.canvas.beginPath()
        for row, places in enumerate(modules):
            column = 0
            for is_dark, run in groupby(places):
                length = len(list(run))
                if is_dark:
                    dark.rect(x + column * side, y - (row + 1) * side, length * side, side)
                column += length
        self.canvas.setFillColor(black)
        self.canvas.drawPath(dark, stroke=0, fill=1)


def _modules(address: str) -> Iterator[list[bool]]:
    code: Any = QrCodeWidget(address, barLevel="M")
    code.qr.make()
    for row in code.qr.modules:
        yield [bool(module) for module in row]
