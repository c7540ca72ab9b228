"""Names: kept as written, refused in plain words, compared with care."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.names import NameInvalid, person_name, same_name, search_form

RARE = ["\U00020bb7", "\u36c3", "\u4dae", "\U0002bfef", "\U0003106c", "\uf9d1", "\u3007"]


@pytest.mark.parametrize("character", RARE)
def test_a_rare_character_comes_back_everywhere(character: str) -> None:
    name = "王" + character

    assert person_name(name) == name
    assert name.encode("gb18030").decode("gb18030") == name


def test_a_character_newer_than_unicode_14_is_accepted() -> None:
    assert person_name("王\U00031350") == "王\U00031350"


@pytest.mark.parametrize("dot", ["\u00b7", "\u2022", "\u30fb", "\uff0e", "\u2027", ".", " . "])
def test_every_dot_of_a_minority_name_becomes_one(dot: str) -> None:
    assert person_name(f"买买提{dot}阿不都") == "买买提\u00b7阿不都"


@pytest.mark.parametrize("name", ["John F. Kennedy", "ZHENGJIAN, YANGBEN", "O'Neill-Smith", "Zoë"])
def test_a_foreign_name_keeps_its_marks(name: str) -> None:
    assert person_name(name) == name


def test_a_name_is_trimmed_and_its_blanks_made_single() -> None:
    assert person_name("\u3000 张\u3000 三 ") == "张 三"


def test_a_single_name_and_fifty_characters_are_names() -> None:
    assert person_name("张") == "张"
    assert person_name("\U00020bb7" * 50) == "\U00020bb7" * 50


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("\u3000 ", "empty"),
        (None, "empty"),
        ("张" * 51, "length"),
        ("张\u200b三", "zero_width"),
        ("张\u202e三", "zero_width"),
        ("\ufeff张三", "zero_width"),
        ("张\ufe0f三", "zero_width"),
        ("张\U000e0100三", "zero_width"),
        ("张\u3164三", "zero_width"),
        ("张\x00三", "control"),
        ("张\t三", "control"),
        ("张三\n", "control"),
        ("张\u2028三", "control"),
        ("张\ud800", "control"),
        ("张\ue000", "private_use"),
        ("张\u0378", "unassigned"),
        ("张三3", "digit"),
        ("张三\uff13", "digit"),
        ("张\u2163", "digit"),
        ("张\U0001f600", "symbol"),
        ("张\U0001f3fb", "symbol"),
        ("张+三", "symbol"),
        ("=HYPERLINK", "symbol"),
        ("@张三", "symbol"),
        ("张\u2022", "symbol"),
        ("\u00b7张三", "ends"),
        ("张三\u00b7", "ends"),
        ("-张三", "ends"),
    ],
)
def test_what_is_no_name_is_refused_with_its_reason(text: object, reason: str) -> None:
    with pytest.raises(NameInvalid) as refused:
        person_name(text)

    assert refused.value.code == "name_invalid"
    assert refused.value.facts["reason"] == reason


def test_a_refusal_names_an_unseen_character_by_its_code_point() -> None:
    with pytest.raises(NameInvalid, match=r"U\+200B"):
        person_name("张\u200b三")


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=20))
def test_an_accepted_name_is_its_own_spelling(name: str) -> None:
    assert person_name(person_name(name)) == person_name(name) == name


def test_compatibility_ideographs_meet_only_in_the_search_form() -> None:
    assert person_name("\uf9d1") != person_name("\u516d")
    assert search_form("\uf9d1") == search_form("\u516d")


def test_a_name_is_found_without_dot_blank_width_or_case() -> None:
    assert search_form("买买提\u00b7阿不都") == "买买提阿不都"
    assert search_form("\uff2aohn Smith") == "johnsmith"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("买买提\u00b7阿不都", "买买提.阿不都"),
        ("买买提\u00b7阿不都", "买买提阿不都"),
        ("张三", "张\u3000三 "),
        ("LI SI", "\uff2c\uff29 \uff33\uff29"),
        ("Li Si", "LI SI"),
    ],
)
def test_a_bank_spells_the_same_name_otherwise(one: str, other: str) -> None:
    assert same_name(one, other)


@pytest.mark.parametrize(("one", "other"), [("张三", "张三丰"), ("张三", "張三"), ("\uf9d1", "六")])
def test_another_character_is_another_name(one: str, other: str) -> None:
    assert not same_name(one, other)
