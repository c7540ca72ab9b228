"""Keep the figures of a run with it (留存政策参数), so that it is explained by them for ever. Pure.

What is kept can be read by the same rules as the folder of parameters, without an old checkout.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from backend.kernel.dated import DatedFile, DatedRow, Standing, Value
from backend.kernel.months import DateRange
from backend.kernel.parameters import ParameterTree, Resolved

VALUES = "value"


def keep(*, used: Iterable[Resolved]) -> list[dict[str, Any]]:
    """Give figures as JSON, each once."""
    kept: list[dict[str, Any]] = []
    for one in used:
        row = {
            "key": one.key,
            "name": one.name,
            "unit": one.unit,
            "value": _plain(one.value),
            "region": one.region,
            "from": one.valid.start.isoformat(),
            "until": one.valid.end.isoformat() if one.valid.end else None,
            "standing": one.standing.value,
            "document": one.document,
            "article": one.article,
            "issued": one.issued.isoformat() if one.issued else None,
            "note": one.note,
        }
        if row not in kept:
            kept.append(row)
    return kept


def kept_tree(*, kept: Iterable[Mapping[str, Any]], version: str) -> ParameterTree:
    """Read figures back, as a tree that holds nothing else."""
    files: dict[str, DatedFile] = {}
    for one in kept:
        rows = files[one["key"]].rows[VALUES] if one["key"] in files else ()
        files[one["key"]] = DatedFile(
            name=one["name"],
            note="",
            rows={VALUES: (*rows, _row(one))},
            fields={"unit": one["unit"]},
        )
    return ParameterTree(files, version)


def _row(one: Mapping[str, Any]) -> DatedRow:
    return DatedRow(
        valid=DateRange(
            date.fromisoformat(one["from"]),
            date.fromisoformat(one["until"]) if one["until"] else None,
        ),
        region=one["region"],
        standing=Standing(one["standing"]),
        document=one["document"],
        article=one["article"],
        issued=date.fromisoformat(one["issued"]) if one["issued"] else None,
        note=one["note"],
        fields={VALUES: _value(one["value"])},
    )


def _plain(value: Value) -> Any:
    """As JSON; what JSON does not tell apart is marked."""
    if isinstance(value, Mapping):
        return {"table": {name: _plain(item) for name, item in value.items()}}
    if isinstance(value, tuple):
        return {"list": [_plain(item) for item in value]}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return value


def _value(plain: Any) -> Value:
    match plain:
        case {"table": table}:
            return {name: _value(item) for name, item in table.items()}
        case {"list": items}:
            return tuple(_value(item) for item in items)
        case {"number": text}:
            return Decimal(text)
        case {"day": text}:
            return date.fromisoformat(text)
        case str() | bool() | int():
            return plain
    raise ValueError(f"no such value: {plain!r}")
