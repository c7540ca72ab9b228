"""Amounts made for a test (标准样例): what ships before, these from their days on; 演示."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from backend.kernel.dated import DatedFile, DatedRow, Standing
from backend.kernel.months import DateRange
from backend.kernel.parameters import ParameterTree
from insurance.policy import parameters

AMOUNT = "unemployment.amount"
CITY, COUNTY = "340800", "340822"


def with_amounts(
    monkeypatch: pytest.MonkeyPatch, amounts: Mapping[str, int], *, county: int | None = None
) -> None:
    """Let the city pay these from days on, and one county another from the first of them."""
    tree = parameters.load()
    days = [date.fromisoformat(day) for day in amounts]
    ends = [*days[1:], None]
    new = [
        _row(CITY, DateRange(start, end), amount)
        for start, end, amount in zip(days, ends, amounts.values(), strict=True)
    ]
    if county is not None:
        new.append(_row(COUNTY, DateRange(days[0]), county))
    shipped = tree.parameters[AMOUNT]
    old = [_until(row, days[0]) for row in shipped.rows["value"]]
    made = DatedFile(shipped.name, shipped.note, {"value": (*old, *new)}, shipped.fields)
    changed = ParameterTree({**tree.parameters, AMOUNT: made}, "f" * 64)
    monkeypatch.setattr(parameters, "load", lambda: changed)


def _until(row: DatedRow, day: date) -> DatedRow:
    end = row.valid.end
    if row.region != CITY or (end is not None and end <= day):
        return row
    assert row.valid.start < day - timedelta(days=1)
    return replace(row, valid=DateRange(row.valid.start, day))


def _row(region: str, valid: DateRange, amount: int) -> DatedRow:
    return DatedRow(
        valid=valid,
        region=region,
        standing=Standing.CITED,
        document="演示人社秘〔2026〕9号",
        article="",
        issued=None,
        note="",
        fields={"value": amount},
    )
