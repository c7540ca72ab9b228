"""Every character from the first font that has it (字库): one for all, two for rare names."""

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from reportlab.pdfbase import pdfmetrics

from backend.kernel.errors import Refusal
from backend.papers.copyable_font import CopyableFont

FOLDER = Path("/usr/share/fonts/truetype")
BLANKS = " \u00a0\u3000"


@dataclass(frozen=True)
class FontFile:
    """A font of the operating system, and the Debian package that brings it."""

    name: str
    path: Path
    package: str


FONTS = (
    FontFile("WenQuanYi", FOLDER / "wqy/wqy-microhei.ttc", "fonts-wqy-microhei"),
    FontFile("HanaMinA", FOLDER / "hanazono/HanaMinA.ttf", "fonts-hanazono"),
    FontFile("HanaMinB", FOLDER / "hanazono/HanaMinB.ttf", "fonts-hanazono"),
)


class FontMissing(Refusal):
    """The machine that prints lacks a font (缺少字库)."""

    code = "paper_font_missing"


class CharacterMissing(Refusal):
    """No font has this character; a box in its place is nobody's name (缺字)."""

    code = "paper_character_missing"


@dataclass(frozen=True)
class Run:
    """Text that one font draws."""

    font: str
    text: str


@dataclass(frozen=True)
class _Place:
    font: str
    width: float  # in thousandths of the size


def runs(*, text: str) -> list[Run]:
    """Split a text by the fonts that draw it.

    Raises:
        CharacterMissing: no font draws one of its characters.
        FontMissing: a font that is needed to tell is not installed.
    """
    return [
        Run(font, "".join(characters))
        for font, characters in groupby(text, key=lambda character: _place(character).font)
    ]


def width(*, text: str, size: float) -> float:
    """Measure a text in points.

    Raises:
        CharacterMissing, FontMissing: as ``runs``.
    """
    return sum(_place(character).width for character in text) * size / 1000


@cache
def _place(character: str) -> _Place:
    for file in FONTS:
        font = _font(file)
        if font.draws(character) and (not character.isspace() or character in BLANKS):
            return _Place(file.name, font.width_of(character))
    point = f"U+{ord(character):04X}"
    shown = f"“{character}”({point})" if character.isprintable() else point
    raise CharacterMissing(
        f"字库里没有字符 {shown}，这份文书不能打印。请核对是否录入有误，无误的请告诉系统管理员。",
        character=point,
    )


@cache
def _font(file: FontFile) -> CopyableFont:
    if not file.path.exists():
        raise FontMissing(
            f"本机缺少打印用的字库，请告诉系统管理员安装软件包 {file.package}。",
            package=file.package,
        )
    font = CopyableFont(name=file.name, path=str(file.path))
    pdfmetrics.registerFont(font)
    return font
