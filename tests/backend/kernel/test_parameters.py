"""The parameter tree: inheritance by region, in force by day, never a silent zero."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from backend.kernel.dated import DatedTomlInvalid, Standing
from backend.kernel.money import Money
from backend.kernel.parameters import NotConfigured, NotVerified, ParameterTree, Resolved

RATE = """
name = "单位缴费比例"
unit = "比例"
[[value]]
from = 2006-01-01
to = 2019-04-30
value = 0.20
standing = "unverified"
[[value]]
from = 2019-05-01
value = 0.16
document = "国办发〔2019〕13号"
standing = "cited"
[[value]]
from = 2026-01-01
region = "340800"
value = 0.15
standing = "demo"
[[value]]
from = 2024-01-01
region = "320000"
value = 0.14
standing = "unverified"
"""
BASIC = """
name = "基础养老金"
unit = "元/月"
[[value]]
from = 2024-07-01
region = "340800"
value = 210
standing = "demo"
"""
MODE = """
name = "征收方式"
unit = "规则"
[[value]]
from = 2023-01-01
region = "340000"
value = "DECLARED"
standing = "unverified"
[[value]]
from = 2023-01-01
region = "340881"
value = "ASSESSED"
standing = "demo"
[[value]]
from = 2023-01-01
region = "330106"
value = "TOLD"
standing = "unverified"
[[value]]
from = 2023-01-01
region = "330000"
value = "INVENTED"
standing = "demo"
"""
TODAY = date(2026, 11, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "pension/rate.toml", RATE)
    write(tmp_path, "resident/basic.toml", BASIC)
    return tmp_path


def write(folder: Path, place: str, text: str) -> None:
    path = folder / place
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_district_inherits_from_the_nation(folder: Path) -> None:
    rate = ParameterTree.load(folder).resolve("pension.rate", "340802", TODAY)

    assert rate.number == Decimal("0.16")
    assert (rate.region, rate.standing) == ("000000", Standing.CITED)
    assert (rate.document, rate.unit) == ("国办发〔2019〕13号", "比例")


def test_the_nearest_region_counts(folder: Path) -> None:
    tree = ParameterTree.load(folder)

    assert tree.resolve("pension.rate", "320100", TODAY, demo=True).number == Decimal("0.14")


@pytest.mark.parametrize(("day", "rate"), [(date(2019, 4, 30), "0.20"), (date(2019, 5, 1), "0.16")])
def test_the_new_rate_counts_from_its_first_day(folder: Path, day: date, rate: str) -> None:
    tree = ParameterTree.load(folder)

    assert tree.resolve_any("pension.rate", "340800", day).number == Decimal(rate)


@pytest.mark.parametrize(
    ("key", "day"), [("pension.rate", date(2005, 12, 31)), ("resident.basic", TODAY)]
)
def test_nothing_in_force_is_not_configured(folder: Path, key: str, day: date) -> None:
    with pytest.raises(NotConfigured, match="未配置") as refused:
        ParameterTree.load(folder).resolve(key, "340800", day)

    assert refused.value.code == "not_configured"
    assert refused.value.facts == {"key": key, "region": "340800", "on": day.isoformat()}


def test_an_unverified_value_blocks_outside_a_demonstration(folder: Path) -> None:
    with pytest.raises(NotVerified, match=r"“单位缴费比例”未核实.*340800.*2019-04-30") as refused:
        ParameterTree.load(folder).resolve("pension.rate", "340800", date(2019, 4, 30))

    assert refused.value.code == "not_verified"
    assert refused.value.facts == {"key": "pension.rate", "region": "340800", "on": "2019-04-30"}


def test_the_nation_does_not_stand_in_for_an_unverified_value_of_the_region(folder: Path) -> None:
    with pytest.raises(NotVerified):
        ParameterTree.load(folder).resolve("pension.rate", "320100", TODAY)


def test_a_cited_value_counts_and_says_so(folder: Path) -> None:
    rate = ParameterTree.load(folder).resolve("pension.rate", "340800", TODAY)

    assert (rate.number, rate.standing) == (Decimal("0.16"), Standing.CITED)


def test_who_asks_for_any_standing_is_told_which_it_is(folder: Path) -> None:
    tree = ParameterTree.load(folder)

    rate = tree.resolve_any("pension.rate", "340800", date(2019, 4, 30))
    basic = tree.resolve_any("resident.basic", "340802", TODAY)

    assert (rate.standing, basic.standing) == (Standing.UNVERIFIED, Standing.DEMO)


def test_an_invented_value_fills_a_hole_in_a_demonstration(folder: Path) -> None:
    basic = ParameterTree.load(folder).resolve("resident.basic", "340802", TODAY, demo=True)

    assert basic.money == Money.yuan("210")
    assert basic.standing is Standing.DEMO


def test_an_invented_value_never_hides_a_real_one(folder: Path) -> None:
    rate = ParameterTree.load(folder).resolve("pension.rate", "340800", TODAY, demo=True)

    assert rate.number == Decimal("0.16")


def test_in_a_demonstration_what_is_invented_stands_before_a_farther_unverified_one(
    tmp_path: Path,
) -> None:
    write(tmp_path, "collection/mode.toml", MODE)
    tree = ParameterTree.load(tmp_path)

    def mode(region: str, *, demo: bool = True) -> tuple[str, str]:
        found = tree.resolve("collection.mode", region, TODAY, demo=demo)
        return found.text, found.region

    assert mode("340881") == ("ASSESSED", "340881")
    assert mode("340800") == ("DECLARED", "340000")
    assert mode("330106") == ("TOLD", "330106")
    with pytest.raises(NotVerified):
        mode("340881", demo=False)


def test_a_parameter_without_values_names_a_hole(folder: Path) -> None:
    write(folder, "medical/rate.toml", 'name = "单位缴费比例"\nunit = "比例"\nnote = "没有查到"')

    with pytest.raises(NotConfigured, match="单位缴费比例"):
        ParameterTree.load(folder).resolve("medical.rate", "340800", TODAY)


def test_a_key_that_no_file_has_is_our_own_mistake(folder: Path) -> None:
    with pytest.raises(KeyError):
        ParameterTree.load(folder).resolve("pension.rat", "340800", TODAY)


def test_the_version_changes_with_any_byte_or_name(folder: Path) -> None:
    versions = {ParameterTree.load(folder).version, ParameterTree.load(folder).version}
    assert len(versions) == 1

    write(folder, "resident/basic.toml", BASIC + "\n")
    versions.add(ParameterTree.load(folder).version)
    (folder / "resident/basic.toml").rename(folder / "resident/basis.toml")
    versions.add(ParameterTree.load(folder).version)

    assert len(versions) == 3
    assert all(len(version) == 64 for version in versions)


@pytest.mark.parametrize(
    ("place", "text", "fault"),
    [
        ("rate.toml", RATE, "险种/参数"),
        ("pension/Rate.toml", RATE, "险种/参数"),
        ("pension/odd.toml", RATE + "source = 1\n", "source"),
        ("pension/odd.toml", 'name = "甲"\nvalue = 1', "value"),
        ("pension/odd.toml", 'name = "甲"\ncolour = 1', "colour"),
        ("pension/odd.toml", 'name = "甲"\n[[values]]\nfrom = 2020-01-01', "values"),
        ("pension/odd.toml", 'name = "甲"\n[[value]]\nfrom = 2020-01-01', "value"),
        ("pension/odd.toml", RATE.replace("to = 2019-04-30\n", ""), "有效期重叠"),
        ("pension/odd.toml", RATE.replace("国办发〔2019〕13号", ""), "没有文件依据"),
    ],
)
def test_a_faulty_parameter_is_refused_at_load(
    tmp_path: Path, place: str, text: str, fault: str
) -> None:
    write(tmp_path, place, text)

    with pytest.raises(DatedTomlInvalid, match=fault):
        ParameterTree.load(tmp_path)


def resolved(folder: Path, value: str) -> Resolved:
    text = f'name = "甲"\n[[value]]\nfrom = 2020-01-01\nstanding = "unverified"\nvalue = {value}'
    write(folder, "topic/one.toml", text)
    return ParameterTree.load(folder).resolve_any("topic.one", "000000", TODAY)


def test_a_value_is_taken_as_what_it_is(tmp_path: Path) -> None:
    assert resolved(tmp_path, "139").whole == 139
    assert resolved(tmp_path, "5975.14").money == Money.yuan("5975.14")
    assert resolved(tmp_path, '"UP_YUAN"').text == "UP_YUAN"
    assert resolved(tmp_path, "[2, 5]").sequence == (2, 5)
    assert resolved(tmp_path, "{ 60 = 139 }").table == {"60": 139}


@pytest.mark.parametrize("taken_as", ["number", "whole", "money", "text", "table", "sequence"])
def test_a_value_is_never_taken_as_something_else(tmp_path: Path, taken_as: str) -> None:
    true = resolved(tmp_path, "true")

    with pytest.raises(TypeError):
        getattr(true, taken_as)


def test_a_part_of_one_is_no_whole_number(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        _ = resolved(tmp_path, "0.5").whole


def test_one_value_of_a_table_keeps_where_it_comes_from(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a/b.toml",
        'name="表"\n[[value]]\nfrom=2026-01-01\nvalue={M60={step=4, rows=[7, 8]}}\n',
    )

    table = ParameterTree.load(tmp_path).resolve_any("a.b", "340800", TODAY)

    assert table.part("M60", "step").whole == 4
    assert table.part("M60", "rows", 1).whole == 8
    assert table.part("M60", "step").valid == table.valid
    with pytest.raises(KeyError):
        table.part("F50")


def test_what_is_issued_later_is_not_yet_known(tmp_path: Path) -> None:
    text = 'name="基数"\n[[value]]\nfrom=2026-01-01\nissued=2026-09-17\nvalue=1\n'
    write(tmp_path, "a/b.toml", text)
    tree = ParameterTree.load(tmp_path)

    before, after = (tree.published_by(date(2026, 9, day), "a.b") for day in (16, 17))

    with pytest.raises(NotConfigured):
        before.resolve_any("a.b", "340800", TODAY)
    assert after.resolve_any("a.b", "340800", TODAY).whole == 1
    assert before.version == tree.version


def test_what_is_invented_can_be_left_out(tmp_path: Path) -> None:
    text = 'name="基数"\n[[value]]\nfrom=2026-01-01\nvalue=1\nstanding="demo"\n'
    for place in ("a/b.toml", "a/c.toml"):
        write(tmp_path, place, text)

    tree = ParameterTree.load(tmp_path).without_invented("a.b")

    with pytest.raises(NotConfigured):
        tree.resolve_any("a.b", "340800", TODAY)
    assert tree.resolve_any("a.c", "340800", TODAY).whole == 1


def test_a_rate_is_whole_millionths_or_none(tmp_path: Path) -> None:
    assert resolved(tmp_path, "0.013").millionths == 13_000

    with pytest.raises(TypeError):
        _ = resolved(tmp_path, "0.0000005").millionths
