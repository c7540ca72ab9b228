"""Strips come onto pages in order, whole, and together where they belong together."""

from hypothesis import example, given
from hypothesis import strategies as st

from backend.papers.blocks import strips
from backend.papers.fonts import width
from backend.papers.laid import HEIGHT, WIDTH, Rule, Strip, Words
from backend.papers.pages import paginate
from backend.papers.paper import Column, Field, Fields, Mark, Paragraphs, Piece, Signature, Table
from tests.backend.papers.paper_builders import paper

STRIPS = st.lists(st.builds(Strip, height=st.floats(1, HEIGHT / 3), gap=st.booleans()), max_size=60)
TEXTS = st.text(st.sampled_from("王某一二三，。（）0123456789.-"), max_size=200)


@given(STRIPS)
def test_every_strip_stands_once_in_order_and_inside_its_page(given_strips: list[Strip]) -> None:
    pages = paginate(strips=given_strips)

    placed = [one.strip for page in pages for one in page]
    assert [one for one in placed if not one.gap] == [one for one in given_strips if not one.gap]
    for page in pages:
        words = [one for one in page if not one.strip.gap]
        assert all(one.y + one.strip.height <= HEIGHT + 0.001 for one in words)


@given(STRIPS)
def test_white_space_begins_no_page(given_strips: list[Strip]) -> None:
    assert not any(page and page[0].strip.gap for page in paginate(strips=given_strips))


def test_what_belongs_together_moves_together() -> None:
    tall, title, text = Strip(HEIGHT - 30), Strip(20, with_next=True), Strip(20)

    first, second = paginate(strips=[tall, title, text])

    assert [one.strip for one in first] == [tall]
    assert [one.strip for one in second] == [title, text]


def test_what_no_page_holds_together_goes_on_on_the_next() -> None:
    rows = [Strip(HEIGHT * 0.6, with_next=True), Strip(HEIGHT * 0.3, with_next=True), Strip(80)]

    first, second = paginate(strips=[*rows[:2], rows[2]])

    assert [one.strip for one in (*first, *second)] == rows
    assert [one.strip for one in second] == [rows[2]]


def test_a_label_of_two_lines_breaks_in_the_middle() -> None:
    one = paper(body=(Fields((Field("统一社会信用代码", "1", wide=True), Field("姓名", "2"))),))

    words = [
        item.text for strip in strips(paper=one) for item in strip.items if isinstance(item, Words)
    ]

    assert [word for word in words if word in "统一社会信用代码姓名"] == [
        "统一社会",
        "信用代码",
        "姓名",
    ]


def test_the_head_of_a_table_comes_again() -> None:
    head = Strip(20)
    rows = [Strip(HEIGHT * 0.6, head=(head,)) for _ in range(3)]

    pages = paginate(strips=rows)

    assert [page[0].strip for page in pages[1:]] == [head, head]


@given(st.lists(TEXTS, min_size=1, max_size=4))
@example(["长" * 4000])
def test_nothing_stands_outside_the_margins(texts: list[str]) -> None:
    one = paper(
        title="".join(texts)[:60],
        addressee=texts[0],
        body=(
            Fields(tuple(Field(text[:20], text) for text in texts)),
            Paragraphs(tuple(texts)),
            Table((Column("甲", 1), Column("乙", 5)), (((Piece(texts[0]),), (Piece(texts[-1]),)),)),
        ),
        signatures=(Signature(texts[0][:20], statement=(texts[-1][:200],)),),
        marks=tuple(Mark),
    )

    for strip in strips(paper=one):
        assert strip.height <= HEIGHT
        for item in strip.items:
            if isinstance(item, Words):
                assert item.x >= -0.001
                assert item.x + width(text=item.text, size=item.size) <= WIDTH + 0.001
                assert item.y <= strip.height
            elif isinstance(item, Rule):
                assert -0.001 <= item.x1 <= item.x2 <= WIDTH + 0.001
                assert 0 <= item.y1 <= item.y2 <= strip.height
