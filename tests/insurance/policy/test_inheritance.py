"""A region's own value counts, else its city's, its province's, the nation's, and the step says so.

Every parameter that ships is asked for in every kind of region on the days around each change, and
held to what the files say when they are read plainly.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, combinations
from typing import Any

import pytest

from backend.kernel.dated import Standing, Value
from backend.kernel.parameters import NotConfigured, NotVerified, ParameterTree, Resolved
from insurance.collection.rules.assess import Insured, assess_person
from insurance.collection.rules.terms import EMPLOYED, terms_for
from insurance.policy import parameters
from insurance.policy.regions import region_said
from insurance.policy.steps import authority
from tests.insurance.collection.collection_builders import ANQING, EMPLOYER, LI, NOV, TODAY

NAMES = {
    "000000": "全国",
    "340000": "安徽省",
    "340100": "合肥市",
    "340800": "安庆市",
    "341100": "滁州市",
    "340802": "迎江区",
    "340803": "大观区",
    "340811": "宜秀区",
    "340822": "怀宁县",
    "340825": "太湖县",
    "340826": "宿松县",
    "340827": "望江县",
    "340828": "岳西县",
    "340881": "桐城市",
    "340882": "潜山市",
}
LABELS = {
    "published": "已核对原文",
    "cited": "转引",
    "unverified": "未核实",
    "demo": "演示",
}
CHAINS = {
    "000000": ("000000",),
    "110000": ("110000", "000000"),
    "340000": ("340000", "000000"),
    "340800": ("340800", "340000", "000000"),
    "340802": ("340802", "340800", "340000", "000000"),
    "340881": ("340881", "340800", "340000", "000000"),
    "341102": ("341102", "341100", "340000", "000000"),
}
ONE_DAY = timedelta(days=1)
RATE = "pension.rate_employee"
LEVELS = ("340800", "340000", "000000")
RATES = {"340800": Decimal("0.03"), "340000": Decimal("0.05"), "000000": Decimal("0.07")}

Row = Mapping[str, Any]
FILES = {
    f"{path.parent.name}.{path.stem}": tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    for path in sorted(parameters.FOLDER.glob("*/*.toml"))
}


def rows_of(key: str) -> list[Row]:
    top = {"region": "000000", "standing": "unverified", **FILES[key]}
    return [{**top, **row} for row in FILES[key].get("value", [])]


def days_of(rows: list[Row]) -> set[date]:
    first = {row["from"] for row in rows}
    last = {row["to"] for row in rows if "to" in row}
    turning = chain(first, (day - ONE_DAY for day in first), last, (day + ONE_DAY for day in last))
    return {*turning, TODAY}


def nearest(rows: list[Row], region: str, on: date) -> Row | None:
    """The value of the nearest region; an invented one only where there is none at all."""
    for invented in (False, True):
        for place in CHAINS[region]:
            for row in rows:
                here = row["region"] == place and (row["standing"] == "demo") is invented
                if here and row["from"] <= on <= row.get("to", date.max):
                    return row
    return None


def plain(value: Value) -> object:
    """A frozen value as TOML gives it."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def asked() -> Iterator[tuple[str, str, date, Row | None]]:
    for key in FILES:
        rows = rows_of(key)
        for region in CHAINS:
            for on in sorted(days_of(rows)):
                yield key, region, on, nearest(rows, region, on)


def assert_is(found: Resolved, row: Row) -> None:
    assert (found.region, found.valid.start) == (row["region"], row["from"])
    assert plain(found.value) == row["value"]
    whose = f"{NAMES[row['region']]}{row['region']}"
    assert authority(found).endswith(f"（{whose}，{LABELS[row['standing']]}）")


def test_every_parameter_that_ships_is_the_nearest_region_s_and_says_whose() -> None:
    tree = parameters.load()
    assert set(tree.parameters) == set(FILES)

    for key, region, on, row in asked():
        if row is None:
            with pytest.raises(NotConfigured):
                tree.resolve_any(key, region, on)
        else:
            assert_is(tree.resolve_any(key, region, on), row)


def test_outside_a_demonstration_no_farther_region_stands_in_for_what_is_not_verified() -> None:
    tree = parameters.load()

    for key, region, on, row in asked():
        standing = row["standing"] if row else "demo"
        if standing in ("unverified", "demo"):
            with pytest.raises(NotVerified if standing == "unverified" else NotConfigured):
                tree.resolve(key, region, on)
        elif row:
            assert_is(tree.resolve(key, region, on), row)


def test_every_region_of_the_data_has_a_name() -> None:
    regions = {row["region"] for key in FILES for row in rows_of(key)}

    assert {region: region_said(region=region) for region in regions} == {
        region: f"{name}{region}" for region, name in NAMES.items()
    }


@pytest.mark.parametrize(
    ("region", "said"),
    [("340802", "迎江区340802"), ("340882", "潜山市340882"), ("110105", "110105")],
)
def test_districts_have_names_and_what_has_none_is_its_code(region: str, said: str) -> None:
    assert region_said(region=region) == said


def tree_with(levels: tuple[str, ...]) -> ParameterTree:
    """The figures that ship, but for one rate, which only these levels have."""
    shipped = parameters.load()
    file = shipped.parameters[RATE]
    model = file.rows["value"][0]
    rows = tuple(
        replace(model, region=level, standing=Standing.CITED, fields={"value": RATES[level]})
        for level in levels
    )
    changed = {**shipped.parameters, RATE: replace(file, rows={"value": rows})}
    return ParameterTree(changed, shipped.version)


SUBSETS = tuple(levels for count in range(1, 4) for levels in combinations(LEVELS, count))


@pytest.mark.parametrize("levels", SUBSETS, ids="+".join)
@pytest.mark.parametrize("region", [ANQING, "340802"])
def test_a_step_uses_the_nearest_value_and_its_article_says_whose(
    levels: tuple[str, ...], region: str
) -> None:
    of = terms_for(
        tree=tree_with(levels),
        scheme="110",
        kind=EMPLOYED,
        region=region,
        month=NOV,
        known_on=TODAY,
        demo=True,
    )

    _, own, *_ = assess_person(insured=Insured(LI, EMPLOYER, 10_000_00), terms=of).steps

    assert Decimal(own.result) == 10_000 * RATES[levels[0]]
    assert f"（{NAMES[levels[0]]}{levels[0]}，转引）" in own.article
    assert not any(f"{NAMES[other]}{other}，转引" in own.article for other in levels[1:])


def test_a_value_of_this_city_counts_in_no_other_province() -> None:
    tree = tree_with(("340800",))

    with pytest.raises(NotConfigured, match="110000"):
        tree.resolve(RATE, "110000", TODAY)
