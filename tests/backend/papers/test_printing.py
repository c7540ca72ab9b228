"""A paper prints the same every time, says on every page whose page it is, tears nothing."""

from datetime import date
from io import BytesIO
from itertools import pairwise

import pytest
from pypdf import PdfReader
from pypdf.generic import ContentStream
from reportlab.graphics.barcode.qr import QrCodeWidget

from backend.papers.grid import lines_of
from backend.papers.laid import SPACING, WIDTH
from backend.papers.paper import (
    Column,
    Field,
    Fields,
    Mark,
    Paper,
    PaperNumberInvalid,
    Paragraphs,
    Piece,
    Table,
)
from backend.papers.printing import FOOT_TOP, MARK, print_inner
from backend.papers.verify import address_of, spoken_check
from tests.backend.papers.paper_builders import (
    ORIGIN,
    PLAIN,
    check_of_paper,
    copied,
    letter,
    marked,
    pages,
    paper,
    printed,
    reader,
    signed,
    table,
)


def test_the_same_content_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    first = printed(PLAIN)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")

    assert printed(PLAIN) == first


def test_the_day_of_the_paper_is_the_day_of_the_file() -> None:
    described = reader(paper(issued_on=date(2027, 1, 2))).metadata

    assert described is not None
    assert described.creation_date_raw == "D:20270102000000+08'00'"
    assert described.title == PLAIN.title
    assert described.subject == PLAIN.number


def test_title_number_agency_day_labels_and_values_are_printed() -> None:
    text = copied(PLAIN)

    for said in (PLAIN.title, PLAIN.number, PLAIN.agency, "2026年11月10日", "1,234.50元"):
        assert said in text


def test_every_page_says_whose_page_it_is_and_of_how_many() -> None:
    one = paper(body=(table(rows=60),))
    check = spoken_check(check=check_of_paper(one))

    found = pages(one)

    assert len(found) > 1
    for number, text in enumerate(found, start=1):
        assert f"编号：{one.number}核验码：{check}" in text
        assert f"第{number}页共{len(found)}页" in text


def test_titles_of_a_table_come_again_on_every_page() -> None:
    found = pages(paper(body=(table(rows=60),)))

    assert all("次序内容" in text for text in found)
    assert "".join(found).count("一行") == 60


def test_a_row_that_a_page_holds_stands_on_one() -> None:
    lines = tuple(Piece(f"（{place}）") for place in range(35))
    high = Table((Column("内容", 1),), ((lines,),), heading="三、计算过程")

    for rows in (0, 3, 20):
        [whole] = [text for text in pages(paper(body=(table(rows=rows), high))) if "（1）" in text]

        assert all(f"（{place}）" in whole for place in range(35))
        assert "三、计算过程内容" in whole


def test_a_row_that_is_higher_than_a_page_loses_nothing() -> None:
    long = "".join(f"（{place}）" for place in range(900))

    found = copied(paper(body=(table(rows=1, text=long),)))

    assert all(f"（{place}）" in found for place in range(900))


def test_nobody_signs_a_page_with_nothing_else_on_it() -> None:
    for rows in range(18, 27):
        last = pages(signed("经办人", "复核人", body=(table(rows=rows),)))[-1]

        assert "经办人" in last
        assert "一行" in last


def test_a_letter_closes_with_agency_and_day_on_the_page_of_its_last_words() -> None:
    for lines in range(28, 38):
        last = pages(letter(*["短句。"] * lines))[-1]

        assert "短句。" in last
        assert f"{PLAIN.agency}（盖章）2026年11月10日" in last


@pytest.mark.parametrize("mark", list(Mark))
def test_a_mark_stands_on_every_page_and_says_what_it_means(mark: Mark) -> None:
    found = pages(marked(mark, body=(table(rows=60),)))

    assert all(mark.label in text for text in found)
    assert mark.meaning in found[0]


def test_a_plain_paper_bears_no_mark() -> None:
    assert not any(mark.label in copied(PLAIN) for mark in Mark)


def test_a_heading_is_not_left_at_the_end_of_a_page() -> None:
    for rows in range(18, 27):
        body = (table(rows=rows), Fields((Field("姓名", "王某"),), heading="二、下一部分"))
        for text in pages(paper(body=body)):
            assert ("下一部分" in text) == ("姓名" in text)


def test_the_code_drawn_is_that_of_the_papers_address() -> None:
    check = check_of_paper(PLAIN)
    widget = QrCodeWidget(address_of(origin=ORIGIN, number=PLAIN.number, check=check), barLevel="M")
    widget.qr.make()  # type: ignore[attr-defined]
    expected = [[bool(module) for module in row] for row in widget.qr.modules]  # type: ignore[attr-defined]

    assert drawn_modules(PLAIN) == expected


def drawn_modules(one: Paper) -> list[list[bool]]:
    """Read the dark squares back from the first page: rows of rectangles of one small height."""
    file = reader(one)
    page = file.pages[0]
    stream = ContentStream(page.get_contents(), file)
    boxes = [tuple(map(float, given)) for given, operator in stream.operations if operator == b"re"]
    side = min(height for *_, height in boxes)
    dark = [box for box in boxes if abs(box[3] - side) < 1e-3]
    left, top = min(box[0] for box in dark), max(box[1] for box in dark)
    size = 1 + max(round((box[0] + box[2] - left) / side) for box in dark) - 1
    modules = [[False] * size for _ in range(size)]
    for x, y, width, _ in dark:
        row, column = round((top - y) / side), round((x - left) / side)
        for place in range(column, column + round(width / side)):
            modules[row][place] = True
    return modules


@pytest.mark.parametrize(
    "number", ["", "宜社〔2026〕1号", "ab-000001", "A" * 33, "-00001", "A/00001"]
)
def test_a_number_that_no_address_can_hold_is_refused(number: str) -> None:
    with pytest.raises(PaperNumberInvalid) as refused:
        paper(number=number)

    assert refused.value.code == "paper_number_invalid"


def test_a_print_for_the_house_bears_no_code_and_says_on_each_page_whose_it_is() -> None:
    purpose = "月度报送" * 25  # as long as a purpose may be
    mark = (
        f"导出编号 123456，caiwu-yanshi-0001 于 2026-11-05 10:00 导出，用途：{purpose}；用毕销毁。"
    )
    long = paper(body=(Paragraphs(tuple(f"第{n}段。" for n in range(90))),))

    printed_pages = PdfReader(BytesIO(print_inner(paper=long, mark=mark))).pages

    assert len(printed_pages) > 1
    for page in printed_pages:
        said = "".join(page.extract_text().split())
        assert "".join(mark.split()) in said
        assert "核验" not in said


def test_the_mark_of_a_print_for_the_house_stays_on_the_sheet() -> None:
    lines = lines_of(text="导" * 190, width=WIDTH, size=MARK)

    assert FOOT_TOP - len(lines) * MARK * SPACING > 0


def test_sentences_stand_in_their_order() -> None:
    found = copied(paper(body=(Paragraphs(tuple(f"第{n}段。" for n in range(90))),)))
    places = [found.index(f"第{n}段。") for n in range(90)]

    assert all(one < next_one for one, next_one in pairwise(places))
