"""What a region is called (行政区划名称): 安庆市 beside 340800. Pure."""

from collections.abc import Mapping
from functools import cache

from backend.kernel.dated import expect_text
from insurance.policy import parameters

DIVISIONS = "codes.division"  # and codes.division_anqing, …: the districts of a city


def region_said(*, region: str) -> str:
    """Give name and code (安庆市340800); the code alone where no table names it."""
    return f"{_names().get(region, '')}{region}"


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
