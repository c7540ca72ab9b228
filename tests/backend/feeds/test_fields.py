"""The quick way through a field and the kernel's careful way give the same (字段检查)."""

import random
from datetime import date, timedelta

import pytest

from backend.feeds import fields
from backend.feeds.fields import RowRefused
from backend.kernel.errors import Refusal
from backend.kernel.identity import IdKind, id_check_digit, identifier
from backend.kernel.names import person_name

ON = date(2026, 10, 31)
REGIONS = ("340802", "110101", "810000", "830000", "990101", "659004")


def by_kernel(number: str, birth: str, sex: str) -> str:
    try:
        paper = identifier(IdKind.CITIZEN, number, ON)
    except Refusal:
        return ""
    if paper.birth_date is None or paper.birth_date.isoformat() != birth:
        return ""
    return paper.number if paper.sex is not None and str(paper.sex.value) == sex else ""


def by_fields(number: str, birth: str, sex: str) -> str:
    try:
        return fields.number_of_person(kind="CITIZEN", number=number, birth=birth, sex=sex, on=ON)
    except RowRefused:
        return ""


def test_ten_thousand_numbers_are_judged_as_the_kernel_judges() -> None:
    chance = random.Random(7)
    accepted = 0
    for _ in range(10_000):
        born = date(1910, 1, 1) + timedelta(days=chance.randrange(42_000))
        digits = f"{chance.choice(REGIONS)}{born:%Y%m%d}{chance.randrange(1000):03d}"
        number = digits + chance.choice((id_check_digit(digits), "X", "x", "5"))
        sex = "12"[chance.random() < 0.5]

        judged = by_fields(number, born.isoformat(), sex)

        assert judged == by_kernel(number, born.isoformat(), sex)
        accepted += bool(judged)
    assert accepted > 500


@pytest.mark.parametrize("name", ["王秀英", "操𠮷", "操䶮", "买买提•李", "Ａda", "王", "李 四"])
def test_names_are_spelt_as_the_kernel_spells_them(name: str) -> None:
    assert fields.name_of_person(name) == person_name(name)


@pytest.mark.parametrize("text", ["2026-02-30", "0001-01-01", "9999-01-01", "20261101", "2026-1-1"])
def test_impossible_days_are_refused(text: str) -> None:
    with pytest.raises(RowRefused):
        fields.day(text, "from_date")


@pytest.mark.parametrize("text", ["2026-13", "202611", "9999-01", "0001-01", "２０２６-11", ""])
def test_impossible_months_are_refused(text: str) -> None:
    with pytest.raises(RowRefused):
        fields.month(text, "from_month")


@pytest.mark.parametrize("text", ["1e3", "NaN", "0.001", "1,000.00", "1.0", "+1.00", "01.00", ""])
def test_impossible_amounts_are_refused(text: str) -> None:
    with pytest.raises(RowRefused):
        fields.fen(text)


def test_an_amount_is_whole_fen() -> None:
    assert fields.fen("1234.56") == "123456"


def test_free_text_reaches_the_table_as_it_is_written() -> None:
    assert fields.escaped("a\\b\tc") == "a\\\\b\\tc"


def test_a_report_never_shows_a_whole_number() -> None:
    digits = "34080219580312001"
    number = digits + id_check_digit(digits)

    assert fields.masked(column="id_number", value=number) == f"340802********{number[-4:]}"


def test_a_number_is_the_citizens_before_it_is_anothers() -> None:
    digits = "34080219850701001"
    number = digits + id_check_digit(digits)

    for text in (number, number.lower(), f" {number} ", number[:6] + number[8:17]):
        assert fields.number_of_somebody(text, "person_number") == number
        assert fields.number_of_payer(text, "payer_number") == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("340802001201", "340802001201"),
        (" 91340802ma0000012h", ""),
        ("h01234567", "H01234567"),
        ("81000019850701001X", ""),
        ("12345678", "12345678"),
        ("1234", ""),
        ("", ""),
    ],
)
def test_payers_have_numbers_of_many_kinds(text: str, number: str) -> None:
    try:
        found = fields.number_of_payer(text, "payer_number")
    except RowRefused:
        found = ""

    assert found == number


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0.00", 0),
        ("9999999999999.99", 999_999_999_999_999),
        ("10000000000000.00", None),
        ("01.00", None),
        ("-1.00", None),
        ("١.00", None),
        (1, None),
        (None, None),
    ],
)
def test_totals_are_yuan_with_two_decimals(text: object, fen: int | None) -> None:
    assert fields.fen_of_total(text) == fen
