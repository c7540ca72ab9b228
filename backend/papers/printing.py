"""Print a paper as PDF (打印文书): the same content always gives the same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from threading import Lock

from backend.papers import fonts
from backend.papers.blocks import strips
from backend.papers.drawing import Sheet
from backend.papers.grid import lines_of
from backend.papers.laid import BOTTOM, FOOT, LEFT, SPACING, WIDTH, Strip, Words
from backend.papers.pages import Placed, paginate
from backend.papers.paper import Paper
from backend.papers.verify import PATH, address_of, spoken_check

ONE_AT_A_TIME = Lock()  # a font holds the characters of the document that is being written
FOOT_TOP = BOTTOM - FOOT * SPACING
MARK = 7.5  # size: four lines of it fit below a page


def print_paper(*, paper: Paper, origin: str, check: str) -> bytes:
    """Print a paper; ``origin`` is where it can be checked, by the ``check`` kept with it.

    Raises:
        CharacterMissing: no font has one of its characters; nothing is printed.
        FontMissing: a font is not installed.
    """
    address = address_of(origin=origin, number=paper.number, check=check)
    foot = (
        f"编号：{paper.number}　核验码：{spoken_check(check=check)}",
        f"核验网址：{origin}{PATH}",
    )
    return _printed(paper, strips(paper=paper), _Foot(check, address, foot, FOOT))


def print_inner(*, paper: Paper, mark: str) -> bytes:
    """Print a paper that stays in the house (内部资料): nobody checks it, so it bears no code; each
    page says by ``mark`` whose print it is.

    Raises:
        CharacterMissing, FontMissing: as ``print_paper``.
    """
    lines = lines_of(text=mark, width=WIDTH, size=MARK)
    foot = (f"编号：{paper.number}", *lines)
    return _printed(paper, strips(paper=paper, checked=False), _Foot(mark, "", foot, MARK))


@dataclass(frozen=True)
class _Foot:
    """What is below each page, and by what the code on it is checked."""

    seed: str  # of the document's own number
    address: str
    lines: tuple[str, ...]
    size: float


def _printed(paper: Paper, laid: Sequence[Strip], foot: _Foot) -> bytes:
    with ONE_AT_A_TIME:
        target = BytesIO()
        _write(paper, laid, foot, target)
    return target.getvalue()


def _write(paper: Paper, laid: Sequence[Strip], foot: _Foot, target: BytesIO) -> None:
    pages = paginate(strips=laid)
    sheet = Sheet(target=target, day=paper.issued_on, check=foot.seed)
    sheet.name(title=paper.title, author=paper.agency, subject=paper.number)
    for number, page in enumerate(pages, start=1):
        if paper.marks:
            sheet.watermark(text="　".join(mark.label for mark in paper.marks))
        _put(sheet, page, foot.address)
        _write_foot(sheet, foot, f"第 {number} 页　共 {len(pages)} 页")
        sheet.canvas.showPage()
    sheet.canvas.save()


def _put(sheet: Sheet, page: Sequence[Placed], address: str) -> None:
    for placed in page:
        for item in placed.strip.items:
            sheet.put(item=item, top=placed.y, address=address)


def _write_foot(sheet: Sheet, foot: _Foot, page: str) -> None:
    """On every page, so that no page can be taken for another paper's."""
    for place, text in enumerate(foot.lines):
        y = FOOT_TOP - place * foot.size * SPACING
        sheet.write(words=Words(0, 0, text, foot.size), x=LEFT, y=y)
    x = LEFT + WIDTH - fonts.width(text=page, size=FOOT)
    sheet.write(words=Words(0, 0, page, FOOT), x=x, y=FOOT_TOP)
