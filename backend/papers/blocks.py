"""The parts of a paper as strips (版面各部分): head, forms, tables, sentences, signatures. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from backend.papers import fonts
from backend.papers.figures import spoken_day
from backend.papers.grid import PAD_X, PAD_Y, Cell, baseline, box, lines_of, row
from backend.papers.laid import (
    BODY,
    FOOT,
    HEIGHT,
    SMALL,
    SPACING,
    TITLE,
    WIDTH,
    Code,
    Item,
    Sign,
    Strip,
    Words,
)
from backend.papers.paper import (
    Align,
    Block,
    Field,
    Fields,
    Mark,
    Paper,
    Paragraphs,
    Piece,
    Signature,
    Table,
)

LINE = BODY * SPACING
HEADING = LINE + PAD_Y  # its height
GAP = Strip(height=BODY * 0.6, gap=True)
LABEL = 96.0  # seven characters and the padding
CODE = 66.0
BESIDE_SIGN = 52.0
SIGN_HEIGHT = 78.0
SIGNERS_IN_A_ROW = 3
INDENT = 2 * BODY
NO_DATE = "　　　　年　　月　　日"


def strips(*, paper: Paper, checked: bool = True) -> list[Strip]:
    """Lay a paper as strips, from top to end; ``checked``: with the code by which it can be.

    Raises:
        CharacterMissing, FontMissing: see ``fonts``.
    """
    parts = [
        _head(paper, checked=checked),
        *(_mark(mark) for mark in paper.marks),
        *(list(_sentence(f"{name}：", indent=0)) for name in (paper.addressee,) if name),
        *(part for part in map(_block, paper.body) if part),
    ]
    if paper.remedy:
        parts.append(_paragraphs(Paragraphs(paper.remedy, "不服本决定怎么办")))
    if paper.addressee:
        parts.append([*_kept(parts.pop()), *_closing(paper)])
    if paper.signatures:
        parts.append([*_kept(parts.pop()), *_signatures(paper.signatures)])
    return [strip for part in parts for strip in (*part, GAP)]


def _kept(part: Sequence[Strip]) -> list[Strip]:
    """Keep the end of a part on the page of what follows: nobody signs an empty page."""
    return [*part[:-1], replace(part[-1], with_next=True), replace(GAP, with_next=True)]


def _head(paper: Paper, *, checked: bool) -> list[Strip]:
    """Agency and title in the middle, the code at the right; below them number and day."""
    room = WIDTH - 2 * (CODE + PAD_X)
    items: list[Item] = []
    if checked:
        items.append(Code(WIDTH - CODE, 0, CODE))
        items.append(_centred("扫码核验", WIDTH - CODE / 2, CODE + FOOT, FOOT))
    y = 0.0
    for text, size, strong in ((paper.agency, BODY, False), (paper.title, TITLE, True)):
        for line in lines_of(text=text, width=room, size=size):
            items.append(_centred(line, WIDTH / 2, y + baseline(size), size, strong=strong))
            y += size * SPACING
    y = max(y, CODE + 2 * FOOT) if checked else y + PAD_Y
    items.append(Words(0, y + baseline(BODY), f"编号：{paper.number}", BODY))
    day = spoken_day(day=paper.issued_on)
    items.append(Words(WIDTH - _width(day), y + baseline(BODY), day, BODY))
    return [Strip(y + LINE, tuple(items))]


def _mark(mark: Mark) -> list[Strip]:
    lines = lines_of(text=mark.meaning, width=WIDTH - BESIDE_SIGN, size=BODY)
    words = tuple(
        Words(BESIDE_SIGN, place * LINE + baseline(BODY), line, BODY)
        for place, line in enumerate(lines)
    )
    return [Strip(len(lines) * LINE, (Sign(0, 0, mark), *words))]


def _block(block: Block) -> list[Strip]:
    match block:
        case Fields():
            return [*_heading(block.heading), *_fields(block.entries)]
        case Table():
            return [*_heading(block.heading), *_table(block)]
        case Paragraphs():
            return _paragraphs(block)


def _heading(text: str) -> list[Strip]:
    if not text:
        return []
    words = Words(0, baseline(BODY), text, BODY, strong=True)
    return [Strip(HEADING, (words,), with_next=True)]


def _fields(entries: Sequence[Field]) -> list[Strip]:
    laid: list[Strip] = []
    half = WIDTH / 2
    for line in _in_rows(entries):
        wide = len(line) == 1
        cells: list[Cell] = []
        for place, field in enumerate(line):
            x = place * half
            room = (WIDTH if wide else half) - LABEL
            cells.append(Cell(x, LABEL, _label(field.label), Align.CENTRE, shaded=True))
            cells.append(Cell(x + LABEL, room, (Piece(field.value, field.style),)))
        laid += row(cells=cells, room=HEIGHT - HEADING)
    return laid


def _label(text: str) -> tuple[Piece, ...]:
    """A label, in lines of about one length where it needs several (统一社会, 信用代码)."""
    room = LABEL - 2 * PAD_X
    count = len(lines_of(text=text, width=room, size=BODY))
    if count == 1:
        return (Piece(text),)
    width = fonts.width(text=text, size=BODY) / count
    while len(lines := lines_of(text=text, width=width, size=BODY)) > count:
        width = min(room, width + BODY)
    return tuple(Piece(line) for line in lines)


def _in_rows(entries: Iterable[Field]) -> Iterator[tuple[Field, ...]]:
    """Two fields to a row; a wide one, or one whose neighbour is wide, has it for itself."""
    waiting: tuple[Field, ...] = ()
    for field in entries:
        if field.wide:
            if waiting:
                yield waiting
            yield (field,)
            waiting = ()
        elif waiting:
            yield (*waiting, field)
            waiting = ()
        else:
            waiting = (field,)
    if waiting:
        yield waiting


def _table(table: Table) -> list[Strip]:
    shares = [column.share for column in table.columns]
    edges = [WIDTH * done / sum(shares) for done in accumulate(shares, initial=0)]
    places = list(pairwise(edges))
    titles = [
        Cell(left, right - left, (Piece(column.title),), Align.CENTRE, shaded=True)
        for column, (left, right) in zip(table.columns, places, strict=True)
    ]
    [head] = row(cells=titles)
    room = HEIGHT - HEADING - head.height
    laid = [Strip(head.height, head.items, with_next=True)]
    for pieces_of_row in table.rows:
        cells = [
            Cell(left, right - left, pieces, column.align)
            for column, (left, right), pieces in zip(
                table.columns, places, pieces_of_row, strict=True
            )
        ]
        laid += [Strip(one.height, one.items, head=(head,)) for one in row(cells=cells, room=room)]
    return [*laid, *_note(table.note)]


def _note(text: str) -> Iterator[Strip]:
    if not text:
        return
    yield Strip(PAD_Y, gap=True)
    for line in lines_of(text=text, width=WIDTH, size=SMALL):
        yield Strip(SMALL * SPACING, (Words(0, baseline(SMALL), line, SMALL),))


def _paragraphs(block: Paragraphs) -> list[Strip]:
    return [
        *_heading(block.heading),
        *(strip for text in block.texts for strip in _sentence(text, indent=INDENT)),
    ]


def _sentence(text: str, *, indent: float) -> Iterator[Strip]:
    for place, line in enumerate(lines_of(text=text, width=WIDTH, size=BODY, indent=indent)):
        yield Strip(LINE, (Words(0 if place else indent, baseline(BODY), line, BODY),))


def _closing(paper: Paper) -> list[Strip]:
    """Whose letter it is and of which day, at the right, with room for the seal (落款)."""
    lines = (f"{paper.agency}（盖章）", spoken_day(day=paper.issued_on))
    middle = WIDTH - max(map(_width, lines)) / 2 - INDENT
    words = tuple(
        _centred(line, middle, BODY + place * LINE + baseline(BODY), BODY)
        for place, line in enumerate(lines)
    )
    return [Strip(BODY + 3 * LINE, words)]


def _signatures(signatures: Sequence[Signature]) -> list[Strip]:
    laid = []
    for line in _signers(signatures):
        share = WIDTH / len(line)
        cells = [Cell(place * share, share, ()) for place in range(len(line))]
        written = [_signer_lines(one, share) for one in line]
        longest = max(map(len, written))
        height = max(SIGN_HEIGHT, (longest + 2) * LINE + 2 * PAD_Y)
        items = box(cells=cells, height=height)
        for cell, lines, one in zip(cells, written, line, strict=True):
            items += _signer(cell, lines, one, height)
        laid.append(Strip(height, tuple(items), with_next=True))
    return [*laid[:-1], replace(laid[-1], with_next=False)]


def _signers(signatures: Iterable[Signature]) -> Iterator[tuple[Signature, ...]]:
    waiting: tuple[Signature, ...] = ()
    for one in signatures:
        if one.wide:
            if waiting:
                yield waiting
            yield (one,)
            waiting = ()
        elif len(waiting) + 1 == SIGNERS_IN_A_ROW:
            yield (*waiting, one)
            waiting = ()
        else:
            waiting = (*waiting, one)
    if waiting:
        yield waiting


def _signer_lines(one: Signature, share: float) -> list[str]:
    room = share - 2 * PAD_X
    texts = (*one.statement, f"{one.role}：{one.name}")
    return [line for text in texts for line in lines_of(text=text, width=room, size=BODY)]


def _signer(cell: Cell, lines: Sequence[str], one: Signature, height: float) -> Iterator[Item]:
    for place, line in enumerate(lines):
        yield Words(cell.x + PAD_X, PAD_Y + place * LINE + baseline(BODY), line, BODY)
    day = spoken_day(day=one.signed_on) if one.signed_on else NO_DATE
    x = cell.x + cell.width - PAD_X - _width(day)
    yield Words(x, height - PAD_Y - LINE + baseline(BODY), day, BODY)


def _width(text: str) -> float:
    return fonts.width(text=text, size=BODY)


def _centred(text: str, middle: float, y: float, size: float, *, strong: bool = False) -> Words:
    return Words(middle - fonts.width(text=text, size=size) / 2, y, text, size, strong)
