"""The amount of a month: as published, as a share of the minimum wage, always below that wage."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.dated import Standing
from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.policy import parameters
from insurance.unemployment.amount import AmountOutOfBounds, MonthlyAmount, amount_terms
from tests.insurance.pension.pension_facts import all_hold, rows
from tests.insurance.unemployment.unemployment_facts import ANQING, HEFEI, amount, changed, month

COUNTY = "340828"
STATED = """
name = "失业保险金月标准"
[[value]]
from = 2022-01-01
region = "340800"
value = {value}
"""
CLASS = """
name = "最低工资标准的类别"
[[value]]
from = 2022-01-01
region = "340828"
value = 4
"""
LIVING = """
name = "城市居民最低生活保障标准"
[[value]]
from = 2022-01-01
region = "340800"
value = {value}
"""


def yuan(found: MonthlyAmount) -> str:
    return f"{Decimal(found.fen) / 100:.2f}"


@pytest.mark.parametrize("example", rows("unemployment.toml", "amount"))
def test_published_amounts(example: dict[str, Any]) -> None:
    assert yuan(amount(example["region"], example["month"])) == example["monthly"]


@pytest.mark.parametrize(
    ("region", "of"),
    [(ANQING, "2018-10"), (ANQING, "2020-01"), (ANQING, "2021-12"), (HEFEI, "2023-02")],
)
def test_what_is_not_known_is_not_configured(region: str, of: str) -> None:
    with pytest.raises(NotConfigured):
        amount(region, of)


def test_an_amount_of_hearsay_blocks_outside_a_demonstration() -> None:
    with pytest.raises(NotVerified):
        amount_terms(tree=parameters.load(), region=ANQING, month=month("2026-11"))


def test_a_county_of_a_known_class_has_an_amount_of_its_own(tmp_path: Path) -> None:
    tree = changed(tmp_path, wages__minimum_class=CLASS)

    assert yuan(amount(COUNTY, "2026-11")) == "1737.00"
    assert yuan(amount(COUNTY, "2026-11", tree)) == "1602.00"  # 1780 × 0.9
    assert yuan(amount(ANQING, "2026-11", tree)) == "1737.00"


@pytest.mark.parametrize("value", ["1930", "1930.01", "0"])
def test_an_amount_that_is_not_below_the_minimum_wage_is_refused(
    tmp_path: Path, value: str
) -> None:
    tree = changed(tmp_path, unemployment__amount=STATED.format(value=value))

    with pytest.raises(AmountOutOfBounds, match="应低于最低工资标准 1930"):
        amount(ANQING, "2026-11", tree)


def test_an_amount_just_below_the_minimum_wage_passes(tmp_path: Path) -> None:
    tree = changed(tmp_path, unemployment__amount=STATED.format(value="1929.99"))

    assert yuan(amount(ANQING, "2026-11", tree)) == "1929.99"


def test_an_amount_below_the_living_standard_is_refused(tmp_path: Path) -> None:
    poor = changed(tmp_path / "poor", unemployment__living_standard=LIVING.format(value=1737))
    poorer = changed(tmp_path / "poorer", unemployment__living_standard=LIVING.format(value=1738))

    assert yuan(amount(ANQING, "2026-11", poor)) == "1737.00"
    with pytest.raises(AmountOutOfBounds):
        amount(ANQING, "2026-11", poorer)


def test_a_step_says_whose_figures_it_rests_on() -> None:
    (stated,), (share,) = amount(ANQING, "2026-11").steps, amount(HEFEI, "2026-11").steps

    assert all_hold([stated, share])
    assert stated.article == (
        "失业保险金月标准（安庆市340800，未核实）；当地最低工资标准（安庆市340800，未核实）"
    )
    assert share.sentence == (
        "失业保险金每月1854.00元，是最低工资2060.00元的90%；"
        "“城市居民最低生活保障标准”未配置，没有核对是否低于它。"
    )


@pytest.mark.parametrize("region", [ANQING, HEFEI])
def test_a_lower_bound_that_nobody_configured_is_said_not_to_have_been_looked_at(
    region: str,
) -> None:
    (step,) = amount(region, "2026-11").steps

    assert step.sentence.endswith("“城市居民最低生活保障标准”未配置，没有核对是否低于它。")


def test_a_lower_bound_that_is_known_is_named_with_its_source(tmp_path: Path) -> None:
    tree = changed(tmp_path, unemployment__living_standard=LIVING.format(value=700))

    (step,) = amount(ANQING, "2026-11", tree).steps

    assert step.sentence.endswith("不低于城市居民最低生活保障标准700.00元。")
    assert "城市居民最低生活保障标准（安庆市340800" in step.article


@pytest.mark.parametrize("county", ["340822", "340828", "340881", "340882"])
def test_a_county_of_no_known_class_is_not_configured(county: str) -> None:
    with pytest.raises(NotConfigured, match="类别”未配置"):
        amount_terms(tree=parameters.load(), region=county, month=month("2026-11"))


def test_a_county_that_no_file_names_takes_nothing_of_its_city(tmp_path: Path) -> None:
    tree = changed(tmp_path, wages__minimum_class=CLASS)

    with pytest.raises(NotConfigured, match="县的失业保险金不按所在市的标准"):
        amount("340822", "2026-11", tree)


def test_in_a_demonstration_a_county_has_an_invented_class_and_says_so() -> None:
    found = amount(COUNTY, "2026-11")

    assert Standing.DEMO in {source.standing for source in found.sources}
    assert "岳西县340828，演示" in found.steps[0].article


@pytest.mark.parametrize("district", ["340802", "340803", "340811"])
def test_a_district_has_what_its_city_published(district: str) -> None:
    assert yuan(amount(district, "2026-11")) == "1737.00"


def test_a_county_of_a_known_class_says_whose_class_it_is(tmp_path: Path) -> None:
    (step,) = amount(COUNTY, "2026-11", changed(tmp_path, wages__minimum_class=CLASS)).steps

    assert "最低工资标准的类别（" in step.article
    assert "340828" in step.article


@given(
    st.sampled_from([ANQING, HEFEI, COUNTY]),
    st.sampled_from(["2023-03", "2025-01", "2026-11", "2026-12"]),
)
def test_every_amount_is_below_the_minimum_wage_and_computed_again(region: str, of: str) -> None:
    found = amount(region, of)

    assert 0 < found.fen < found.terms.minimum_wage.fen
    assert all_hold(found.steps)
