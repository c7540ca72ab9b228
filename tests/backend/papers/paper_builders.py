"""A plain paper, and what can be read out of a printed one."""

from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from backend.papers.paper import (
    Align,
    Column,
    Field,
    Fields,
    Mark,
    Paper,
    Paragraphs,
    Piece,
    Signature,
    Table,
)
from backend.papers.printing import print_paper
from backend.papers.verify import check_of

ORIGIN = "https://rs.example.invalid"
KEY = bytes(32)
PLAIN = Paper(
    title="参保证明",
    number="AH340800-110-2026-000001",
    agency="安庆市社会保险经办机构",
    issued_on=date(2026, 11, 10),
    body=(Fields((Field("姓名", "王某"), Field("金额", "1,234.50 元"))),),
)


def paper(**changed: Any) -> Paper:
    return replace(PLAIN, **changed)


def named(name: str) -> Paper:
    return paper(body=(Fields((Field("姓名", name),)),))


def letter(*texts: str) -> Paper:
    return paper(addressee="王某", body=(Paragraphs(texts),))


def table(rows: int, text: str = "一行") -> Table:
    cells = tuple(((Piece(f"{place}号"),), (Piece(text),)) for place in range(rows))
    return Table((Column("次序", 1), Column("内容", 3, Align.RIGHT)), cells)


def signed(*roles: str, **changed: Any) -> Paper:
    return paper(signatures=tuple(Signature(role) for role in roles), **changed)


def marked(*marks: Mark, **changed: Any) -> Paper:
    return paper(marks=marks, **changed)


def check_of_paper(one: Paper) -> str:
    return check_of(paper=one, key=KEY)


def printed(one: Paper) -> bytes:
    return print_paper(paper=one, origin=ORIGIN, check=check_of_paper(one))


def reader(one: Paper) -> PdfReader:
    return PdfReader(BytesIO(printed(one)))


def pages(one: Paper) -> list[str]:
    """The text of each page as it is copied, without blanks and line breaks."""
    return ["".join(page.extract_text().split()) for page in reader(one).pages]


def copied(one: Paper) -> str:
    return "".join(pages(one))
