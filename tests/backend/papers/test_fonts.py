"""Rare names print and copy right; what no font has is refused, never drawn as a box."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.papers import fonts
from backend.papers.copyable_font import to_unicode
from backend.papers.fonts import CharacterMissing, FontFile, FontMissing, Run, runs, width
from tests.backend.papers.paper_builders import copied, named, printed, reader

RARE = "䶮㛃𠮷𬎆"


@pytest.mark.parametrize(
    "name", [*RARE, f"王{RARE}", "买买提·阿不都", "欧阳𠮷䶮", "Müller", "\uf9dc文", "李〇一"]
)
def test_a_name_is_copied_as_it_was_written(name: str) -> None:
    assert f"姓名{name}" in copied(named(name))


def test_many_different_characters_are_all_copied() -> None:
    many = "".join(map(chr, range(0x4E00, 0x4E00 + 700))) + RARE

    assert many in copied(named(many))


def test_every_font_of_a_paper_is_embedded() -> None:
    [fonts_of_page] = fonts_used(f"王{RARE}")

    assert len(fonts_of_page) == 3
    for font in fonts_of_page.values():
        assert "/FontFile2" in font.get_object()["/FontDescriptor"]


def test_a_plain_name_embeds_one_font_only() -> None:
    [fonts_of_page] = fonts_used("王某")

    assert len(fonts_of_page) == 1


def fonts_used(name: str) -> list[Any]:
    resources: list[Any] = [page["/Resources"] for page in reader(named(name)).pages]
    return [one["/Font"] for one in resources]


def test_each_character_is_drawn_by_the_first_font_that_has_it() -> None:
    assert runs(text="王㛃𬎆某") == [
        Run("WenQuanYi", "王"),
        Run("HanaMinA", "㛃"),
        Run("HanaMinB", "𬎆"),
        Run("WenQuanYi", "某"),
    ]


@pytest.mark.parametrize("character", ["Ⅴ", "℃", "ǎ"])
def test_a_character_that_a_font_only_leaves_room_for_is_drawn_by_another(character: str) -> None:
    """WenQuanYi lists these without an outline: they would vanish from the paper."""
    assert runs(text=character) == [Run("HanaMinA", character)]


@pytest.mark.parametrize("character", ["𰻝", "\u0b95", "\U00031350", "\u200b", "\n", "\ue000"])
def test_a_character_that_no_font_has_is_refused(character: str) -> None:
    with pytest.raises(CharacterMissing) as refused:
        printed(named(f"王{character}"))

    assert refused.value.code == "paper_character_missing"
    assert f"U+{ord(character):04X}" in refused.value.detail
    assert refused.value.detail.endswith("。")


def test_the_figures_of_a_column_stand_below_each_other() -> None:
    assert len({width(text=figure, size=12) for figure in "0123456789"}) == 1


@pytest.fixture
def no_font(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    absent = FontFile("Absent", Path("/nowhere/absent.ttf"), "fonts-absent")
    monkeypatch.setattr(fonts, "FONTS", (absent,))
    fonts._place.cache_clear()
    yield
    fonts._place.cache_clear()


@pytest.mark.usefixtures("no_font")
def test_a_machine_without_the_font_says_which_package_it_lacks() -> None:
    with pytest.raises(FontMissing) as refused:
        runs(text="王")

    assert refused.value.code == "paper_font_missing"
    assert "fonts-absent" in refused.value.detail


def test_the_table_of_characters_is_in_utf_16_and_in_short_sections() -> None:
    table = to_unicode(name="F", codes=[0, *range(0x4E00, 0x4E00 + 199), 0x20BB7])

    assert "<C8> <D842DFB7>" in table
    assert "<00>" not in table.split("endcodespacerange")[1]
    assert "100 beginbfchar\n" in table
    assert table.count("beginbfchar") == table.count("endbfchar") == 2
