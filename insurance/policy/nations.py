"""What a nation is called (民族名称): 汉族 for 01. Pure."""

from collections.abc import Mapping
from functools import cache

from backend.kernel.dated import expect_text
from insurance.policy import parameters

TABLE = "codes.nation"


def nation_said(*, nation: str) -> str:
    """Give the name of a code of GB/T 3304; the code itself where the table does not name it."""
    return _names().get(nation, nation)


@cache
def _names() -> Mapping[str, str]:
    (row,) = parameters.load().parameters[TABLE].rows["value"]
    table = row.fields["value"]
    assert isinstance(table, Mapping)
    return {code: expect_text(name, code) for code, name in table.items()}
