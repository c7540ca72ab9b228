"""Dated TOML: what a file may say, and what is refused with its name."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from backend.kernel.dated import (
    DatedTomlInvalid,
    Standing,
    expect_text,
    load_dated_toml,
    region_chain,
)

OVERLAPPING = """
name = "甲"
[[a]]
code = "1"
from = 2020-01-01
[[a]]
code = "1"
from = 2021-01-01
"""
ACCOUNTS = """
name = "会计科目"
from = 2018-01-01
document = "财会〔2017〕28号"
standing = "cited"
digits = 4

[[account]]
code = "1004"
name = "支出户存款"

[[account]]
code = "1003"
name = "财政专户存款"
from = 2018-01-01
to = 2025-12-31
standing = "unverified"

[[account]]
code = "1003"
name = "财政专户存款（改）"
from = 2026-01-01
standing = "demo"

[[rule]]
debit = "5001"
credit = "1004"
share = 0.16
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "accounts.toml"
    path.write_text(text, encoding="utf-8")
    return path


def names_on(path: Path, day: date, *, demo: bool = False) -> list[str]:
    rows = load_dated_toml(path).in_force("account", day, demo=demo)
    return [row.text("name") for row in rows]


def test_rows_take_from_the_top_what_they_do_not_say(tmp_path: Path) -> None:
    file = load_dated_toml(written(tmp_path, ACCOUNTS))

    first, second, _ = file.rows["account"]

    assert file.name == "会计科目"
    assert file.fields == {"digits": 4}
    assert (first.standing, first.document) == (Standing.CITED, "财会〔2017〕28号")
    assert (first.valid.start, first.valid.end) == (date(2018, 1, 1), None)
    assert second.standing is Standing.UNVERIFIED
    assert second.region == "000000"


def test_the_last_day_named_is_still_in_force(tmp_path: Path) -> None:
    path = written(tmp_path, ACCOUNTS)

    assert names_on(path, date(2025, 12, 31)) == ["支出户存款", "财政专户存款"]
    assert names_on(path, date(2026, 1, 1)) == ["支出户存款"]


def test_invented_rows_count_only_in_a_demonstration(tmp_path: Path) -> None:
    path = written(tmp_path, ACCOUNTS)

    assert names_on(path, date(2026, 1, 1), demo=True) == ["支出户存款", "财政专户存款（改）"]


def test_numbers_are_decimals_and_never_floats(tmp_path: Path) -> None:
    (rule,) = load_dated_toml(written(tmp_path, ACCOUNTS)).rows["rule"]

    assert rule.fields["share"] == Decimal("0.16")
    assert isinstance(rule.fields["share"], Decimal)


def test_a_region_sees_the_rows_of_those_it_lies_in(tmp_path: Path) -> None:
    text = 'name = "统筹区"\nfrom = 2020-01-01\n[[pool]]\nregion = "340000"\n'
    file = load_dated_toml(written(tmp_path, text))

    assert len(file.in_force("pool", date(2026, 1, 1), region="340802")) == 1
    assert file.in_force("pool", date(2026, 1, 1), region="320100") == ()
    assert file.in_force("nothing", date(2026, 1, 1)) == ()


def test_a_row_without_a_standing_is_unverified(tmp_path: Path) -> None:
    text = 'name = "统筹区"\n[[pool]]\nfrom = 2020-01-01\n'

    (row,) = load_dated_toml(written(tmp_path, text)).rows["pool"]

    assert row.standing is Standing.UNVERIFIED
    assert row.standing.label == "未核实"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[a]]\nfrom = 2020-01-01", "缺少中文名称"),
        ('name = ""\n[[a]]\nfrom = 2020-01-01', "缺少中文名称"),
        ('name = "甲"\n[[a]]\ncode = "1"', "a\\[1\\] 缺少生效日期"),
        ('name = "甲"\n[[a]]\nfrom = "2020-01-01"', "from 应为日期"),
        ('name = "甲"\n[[a]]\nfrom = 2020-01-01T00:00:00', "不支持的数值类型"),
        ('name = "甲"\n[[a]]\nfrom = 2020-01-01\nto = 2019-12-31', "止期必须晚于起期"),
        ('name = "甲"\n[[a]]\nfrom = 2020-01-01\nregion = 340000', "六位行政区划"),
        ('name = "甲"\n[[a]]\nfrom = 2020-01-01\nregion = "3408"', "六位行政区划"),
        ('name = "甲"\n[[a]]\nfrom = 2020-01-01\nstanding = "sure"', "standing 只能是"),
        ('name = "甲"\n[[a]]\nfrom = 2020-01-01\nstanding = "cited"', "没有文件依据"),
        ('name = "甲"\n[[a]]\nfrom = 2020-01-01\nstanding = "published"', "没有文件依据"),
        ('name = "甲"\n[[a]]\nfrom = 2020-01-01\ndocument = 13', "document 应为文字"),
        ('name = "甲"\nx = nan', "nan"),
        ('name = "甲"\n[[a]\n', "Expected"),
        (OVERLAPPING, "有效期重叠"),
    ],
)
def test_a_faulty_file_is_refused_with_its_name(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(DatedTomlInvalid, match=fault) as refused:
        load_dated_toml(written(tmp_path, text))

    assert refused.value.code == "dated_toml_invalid"
    assert refused.value.facts == {"file": "accounts.toml"}


def test_bytes_that_are_no_utf_8_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    path.write_bytes('name = "甲"'.encode("gb18030"))

    with pytest.raises(DatedTomlInvalid):
        load_dated_toml(path)


def test_rows_of_another_key_or_region_may_overlap(tmp_path: Path) -> None:
    text = (
        'name = "甲"\nfrom = 2020-01-01\n[[a]]\ncode = "1"\n[[a]]\ncode = "2"\n'
        '[[a]]\ncode = "1"\nregion = "340000"\n[[b]]\nfree = 1\n[[b]]\nfree = 2\n'
    )

    assert len(load_dated_toml(written(tmp_path, text)).rows["a"]) == 3


def test_a_district_lies_in_city_province_and_nation() -> None:
    assert region_chain("340802") == ("340802", "340800", "340000", "000000")
    assert region_chain("000000") == ("000000",)
    with pytest.raises(ValueError, match="six digits"):
        region_chain("3408")


def test_what_must_be_text_is_text() -> None:
    assert expect_text("甲", "name") == "甲"
    with pytest.raises(TypeError, match="name"):
        expect_text(1, "name")


def test_every_standing_has_a_chinese_label() -> None:
    assert [standing.label for standing in Standing] == ["已核对原文", "转引", "未核实", "演示"]
