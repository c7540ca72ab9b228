"""Which volumes a kind of case belongs to, and how long they are kept (业务档案目录)."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from backend.kernel.dated import DatedFile, DatedRow, Standing, invalid, load_dated_toml
from backend.kernel.errors import Refusal

FILE = Path(__file__).parents[1] / "data" / "archive.toml"


class CategoryUnknown(Refusal):
    """The catalogue has no place for this kind (档案目录中没有这类业务)."""

    code = "archive_category_unknown"


@dataclass(frozen=True)
class Category:
    """A category of the catalogue (档案类别)."""

    code: str
    label: str
    years: int | None  # None: for ever (永久)
    said_by: str
    standing: Standing
    kinds: frozenset[str]


def categories(*, on: date) -> tuple[Category, ...]:
    """Give the categories in force on a day."""
    return tuple(map(_category, _catalogue().in_force("category", on)))


def category_of(*, kind: str, on: date) -> Category:
    """Give the one category of a kind of case.

    Raises:
        CategoryUnknown.
    """
    for category in categories(on=on):
        if kind in category.kinds:
            return category
    raise CategoryUnknown(f"业务档案目录中没有“{kind}”的类别，请先在目录中写明。", kind=kind)


def kept_until(*, year: int, years: int | None) -> date | None:
    """Give the last day of keeping; None: for ever. Counted from 1 January of the next year."""
    return None if years is None else date(year + years, 12, 31)


def _category(row: DatedRow) -> Category:
    years, kinds = row.fields.get("years"), row.fields.get("kinds")
    if type(years) is not int or years < 0 or not isinstance(kinds, tuple):
        raise invalid(FILE.name, "每个类别须写明 years 和 kinds。")
    return Category(
        code=row.text("code"),
        label=row.text("label"),
        years=years or None,
        said_by=f"{row.document}{row.article}",
        standing=row.standing,
        kinds=frozenset(map(str, kinds)),
    )


@cache
def _catalogue() -> DatedFile:
    return load_dated_toml(FILE, key=("code",))
