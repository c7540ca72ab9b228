"""What a region is called (行政区划名称): 安庆市 beside 340800. Pure."""

import re
from collections.abc import Mapping
from functools import cache

from backend.kernel.dated import expect_text
from insurance.policy import parameters

SIX_DIGITS = re.compile("[1-9][0-9]{5}", re.ASCII).fullmatch
DIVISIONS = "codes.division"  # and codes.division_anqing, …: the districts of a city


def region_said(*, region: str) -> str:
    """Give name and code (安庆市340800); the code alone where no table names it."""
    return f"{_names().get(region, '')}{region}"


def is_region(*, text: str) -> bool:
    """Whether a text is a code of six digits within a province that there is; districts come and
    go, and are not looked up."""
    return SIX_DIGITS(text) is not None and province_of(region=text) in _names()


def city_of(*, region: str) -> str:
    """Give the city that a district or county belongs to: 340800 of 340828."""
    return f"{region[:4]}00"


def province_of(*, region: str) -> str:
    """Give the province that a region belongs to: 340000 of 340828."""
    return f"{region[:2]}0000"


def is_county(*, region: str) -> bool:
    """Whether a code is a county's or a county-level city's (县、县级市).

    By GB/T 2260 these end in 21 to 50 and 81 to 99; a city's own districts below and between.
    """
    place = int(region[4:])
    return 21 <= place <= 50 or 81 <= place <= 99


@cache
def _names() -> Mapping[str, str]:
    rows = (
        row
        for key, file in parameters.load().parameters.items()
        if key.startswith(DIVISIONS)
        for row in file.rows.get("value", ())
    )
    tables = (row.fields["value"] for row in rows)
    return {
        code: expect_text(name, code)
        for table in tables
        if isinstance(table, Mapping)
        for code, name in table.items()
    }
