"""Print a paper as PDF (打印文书): the same content always gives the same bytes."""

from collections.abc import Sequence
from io import BytesIO
from threading import Lock

from backend.papers import fonts
from backend.papers.blocks import strips
from backend.papers.drawing import Sheet
from backend.papers.laid import BOTTOM, FOOT, LEFT, SPACING, WIDTH, Words
from backend.papers.pages import Placed, paginate
from backend.papers.paper import Paper
from backend.papers.verify import PATH, address_of, spoken_check

ONE_AT_A_TIME = Lock()  # a font holds the characters of the document that is being written
FOOT_TOP = BOTTOM - FOOT * SPACING


def print_paper(*, paper: Paper, origin: str, check: str) -> bytes:
    """Print a paper; ``origin`` is where it can be checked, by the ``check`` kept with it.

    Raises:
        CharacterMissing: no font has one of its characters; nothing is printed.
        FontMissing: a font is not installed.
    """
    with ONE_AT_A_TIME:
        target = BytesIO()
        _write(paper, origin, check, target)
    return target.getvalue()


def _write(paper: Paper, origin: str, check: str, target: BytesIO) -> None:
    pages = paginate(strips=strips(paper=paper))
    sheet = Sheet(target=target, day=paper.issued_on, check=check)
    sheet.name(title=paper.title, author=paper.agency, subject=paper.number)
    address = address_of(origin=origin, number=paper.number, check=check)
    for number, page in enumerate(pages, start=1):
        if paper.marks:
            sheet.watermark(text="　".join(mark.label for mark in paper.marks))
        _put(sheet, page, address)
        _foot(sheet, paper, f"{origin}{PATH}", check, f"第 {number} 页　共 {len(pages)} 页")
        sheet.canvas.showPage()
    sheet.canvas.save()


def _put(sheet: Sheet, page: Sequence[Placed], address: str) -> None:
    for placed in page:
        for item in placed.strip.items:
            sheet.put(item=item, top=placed.y, address=address)


def _foot(sheet: Sheet, paper: Paper, site: str, check: str, page: str) -> None:
    """Number and check on every page, so that no page can be taken for another paper's."""
    left = (
        f"编号：{paper.number}　核验码：{spoken_check(check=check)}",
        f"核验网址：{site}",
    )
    for place, text in enumerate(left):
        y = FOOT_TOP - place * FOOT * SPACING
        sheet.write(words=Words(0, 0, text, FOOT), x=LEFT, y=y)
    x = LEFT + WIDTH - fonts.width(text=page, size=FOOT)
    sheet.write(words=Words(0, 0, page, FOOT), x=x, y=FOOT_TOP)
