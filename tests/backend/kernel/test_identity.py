"""Identity papers and credit codes: accepted, refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.identity import (
    CREDIT_ALPHABET,
    PROVINCES,
    CreditCodeInvalid,
    IdKind,
    IdNumberInvalid,
    Sex,
    citizen_id,
    credit_check,
    credit_code,
    id_check_digit,
    identifier,
    organisation_check,
)

TODAY = date(2026, 11, 23)
BIRTHS = st.dates(date(1900, 1, 1), TODAY)


def number(region: str, born: str, order: str = "123") -> str:
    first = region + born + order
    return first + id_check_digit(first)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    province = draw(st.sampled_from(sorted(PROVINCES)))
    rest = draw(st.integers(0, 9999))
    order = draw(st.integers(0, 999))
    return number(f"{province}{rest:04d}", f"{draw(BIRTHS):%Y%m%d}", f"{order:03d}")


@pytest.mark.parametrize(
    ("text", "born", "sex"),
    [
        ("11010519491231002X", date(1949, 12, 31), Sex.FEMALE),
        ("440524188001010014", date(1880, 1, 1), Sex.MALE),
    ],
)
def test_the_examples_of_gb_11643_are_accepted(text: str, born: date, sex: Sex) -> None:
    read = citizen_id(text, TODAY)

    assert (read.number, read.region, read.birth_date, read.sex) == (text, text[:6], born, sex)


@given(numbers())
def test_a_number_with_its_check_digit_is_accepted(text: str) -> None:
    read = citizen_id(text.lower(), TODAY)

    assert read.number == text
    assert f"{read.birth_date:%Y%m%d}" == text[6:14]


@given(numbers(), st.integers(0, 16), st.integers(1, 9))
def test_no_single_wrong_digit_goes_unseen(text: str, place: int, shift: int) -> None:
    wrong = text[:place] + str((int(text[place]) + shift) % 10) + text[place + 1 :]

    with pytest.raises(IdNumberInvalid):
        citizen_id(wrong, TODAY)


@given(numbers(), st.integers(0, 15))
def test_no_swap_of_neighbours_goes_unseen(text: str, place: int) -> None:
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]

    if swapped != text:
        with pytest.raises(IdNumberInvalid):
            citizen_id(swapped, TODAY)


def test_a_lower_case_x_is_stored_as_x() -> None:
    assert citizen_id("11010519491231002x").number == "11010519491231002X"


def test_fifteen_digits_are_the_same_person_as_eighteen() -> None:
    longer = citizen_id("110105491231002")

    assert longer.number == "11010519491231002X"


def test_the_old_orders_996_to_999_were_kept_for_centenarians() -> None:
    assert citizen_id("340802990101996").birth_date == date(1899, 1, 1)
    assert citizen_id("340802990101995").birth_date == date(1999, 1, 1)


def test_a_region_that_is_no_more_is_accepted() -> None:
    assert citizen_id(number("340823", "19600229")).region == "340823"


def test_a_leap_day_is_a_birthday_only_in_a_leap_year() -> None:
    assert citizen_id(number("340802", "20000229")).birth_date == date(2000, 2, 29)
    with pytest.raises(IdNumberInvalid, match="1900-02-29"):
        citizen_id(number("340802", "19000229"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (None, "empty"),
        (340802196001011234, "empty"),
        ("11010519491231002\uff38", "characters"),
        ("\uff11" * 18, "characters"),
        ("110105 19491231002X", "characters"),
        ("1101051949123100", "length"),
        ("11010519491231X02X", "digits"),
        ("11010519491231002A", "digits"),
        ("11010549123100X", "digits"),
        ("110105194912310021", "check_digit"),
        (number("340802", "19600431"), "birth_date"),
        (number("340802", "00010101"), "birth_date"),
        (number("340802", "20261124"), "birth_future"),
        (number("990802", "19600101"), "region"),
        (number("810000", "19600101"), "kind"),
    ],
)
def test_a_wrong_number_is_refused_with_its_reason(text: object, reason: str) -> None:
    with pytest.raises(IdNumberInvalid) as refused:
        citizen_id(text, TODAY)

    assert refused.value.code == "id_number_invalid"
    assert refused.value.facts == {"reason": reason}


def test_who_is_born_today_has_a_number() -> None:
    assert citizen_id(number("340802", "20261123"), TODAY).birth_date == TODAY


@pytest.mark.parametrize(
    ("kind", "given_number", "stored", "born"),
    [
        (IdKind.CITIZEN, " 11010519491231002x ", "11010519491231002X", date(1949, 12, 31)),
        (IdKind.HKMO_RESIDENCE, number("810000", "19600101"), None, date(1960, 1, 1)),
        (IdKind.HKMO_RESIDENCE, number("820000", "19600101"), None, date(1960, 1, 1)),
        (IdKind.TW_RESIDENCE, number("830000", "19600101"), None, date(1960, 1, 1)),
        (IdKind.HKMO_PASS, "h12345678", "H12345678", None),
        (IdKind.HKMO_PASS, "M12345678", "M12345678", None),
        (IdKind.TW_PASS, "12345678", "12345678", None),
        (IdKind.FOREIGN_PERMANENT, "can110081080302", "CAN110081080302", None),
        (IdKind.FOREIGN_PERMANENT, "911124198108030024", None, date(1981, 8, 3)),
        (IdKind.PASSPORT, "e12345678", "E12345678", None),
    ],
)
def test_every_kind_of_paper_has_its_numbers(
    kind: IdKind, given_number: str, stored: str | None, born: date | None
) -> None:
    read = identifier(kind, given_number, TODAY)

    assert read.kind is kind
    assert read.number == (stored or given_number)
    assert read.birth_date == born


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (IdKind.HKMO_RESIDENCE, number("830000", "19600101")),
        (IdKind.HKMO_RESIDENCE, "810000600101123"),
        (IdKind.TW_RESIDENCE, number("810000", "19600101")),
        (IdKind.HKMO_PASS, "H1234567"),
        (IdKind.HKMO_PASS, "H1234567801"),
        (IdKind.HKMO_PASS, "K12345678"),
        (IdKind.TW_PASS, "123456789"),
        (IdKind.TW_PASS, "1234567A"),
        (IdKind.FOREIGN_PERMANENT, "CA1110081080302"),
        (IdKind.FOREIGN_PERMANENT, "11010519491231002X"),
        (IdKind.FOREIGN_PERMANENT, "911124198108030025"),
        (IdKind.PASSPORT, "E123"),
        (IdKind.PASSPORT, "E" * 18),
        (IdKind.PASSPORT, "E-1234567"),
    ],
)
def test_every_kind_of_paper_refuses_other_numbers(kind: IdKind, text: str) -> None:
    with pytest.raises(IdNumberInvalid) as refused:
        identifier(kind, text, TODAY)

    assert text not in refused.value.detail


def test_every_kind_and_sex_has_a_chinese_label() -> None:
    assert IdKind.TW_PASS.label == "台湾居民来往大陆通行证"
    assert all(kind.label for kind in IdKind)
    assert [sex.label for sex in Sex] == ["男", "女"]


@pytest.mark.parametrize("text", ["91350100M000100Y43", "9144030071526726XG", "91350100m000100y43"])
def test_real_credit_codes_are_accepted(text: str) -> None:
    assert credit_code(text) == text.upper()


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8))
def test_a_credit_code_with_both_checks_is_accepted(organisation: str) -> None:
    check = organisation_check(organisation)
    first = "91340800" + organisation + check

    assert credit_code(first + credit_check(first)) == first + credit_check(first)


@given(st.integers(0, 17), st.sampled_from(CREDIT_ALPHABET))
def test_no_single_wrong_character_goes_unseen(place: int, character: str) -> None:
    text = "91350100M000100Y43"
    wrong = text[:place] + character + text[place + 1 :]

    if wrong != text:
        with pytest.raises(CreditCodeInvalid):
            credit_code(wrong)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "form"),
        (None, "form"),
        ("91350100M000100Y4", "form"),
        ("91350100I000100Y43", "form"),
        ("9135010\uff10M000100Y43", "form"),
        ("91350100M000100Y53", "organisation"),
        ("91350100M000100Y44", "check_digit"),
    ],
)
def test_a_wrong_credit_code_is_refused_with_its_reason(text: object, reason: str) -> None:
    with pytest.raises(CreditCodeInvalid) as refused:
        credit_code(text)

    assert refused.value.code == "credit_code_invalid"
    assert refused.value.facts == {"reason": reason}
