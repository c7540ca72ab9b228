"""Forms that go out filled in (导出的表格): listed in ``forms.toml``, written by who knows them.

A form has names and numbers in full, for whoever fills it in must know his people: it says on each
printed page, and in its properties, whose export it is.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Protocol

from backend.access.models import Staff

FORMS_FILE = Path(__file__).with_name("forms.toml")


@dataclass(frozen=True)
class ExportedForm:
    """A form: ``filters`` are whole numbers by name → what they are."""

    route: str
    label: str
    roles: frozenset[str]
    rows_max: int
    filters: Mapping[str, str]
    suffix: str
    content_type: str


@dataclass(frozen=True)
class FormAsked:
    """Who asked for which form and why; ``mark`` is what its pages say."""

    staff: Staff
    numbers: Mapping[str, int]
    purpose: str
    mark: str
    export: int


class FormWriter(Protocol):
    """Writes a form and gives how many people stand in it; refuses what there is no form for."""

    def __call__(self, *, to: IO[bytes], asked: FormAsked) -> int: ...


_writers: dict[str, FormWriter] = {}


@cache
def exported_forms() -> Mapping[str, ExportedForm]:
    """Name → form."""
    table = tomllib.loads(FORMS_FILE.read_text(encoding="utf-8"))
    return {
        name: ExportedForm(**{**row, "roles": frozenset(row["roles"])}, route=name)
        for name, row in table.items()
    }


def writes_form(name: str) -> Callable[[FormWriter], FormWriter]:
    """Register the function below as the writer of a form; two for one are our own mistake."""

    def register(function: FormWriter) -> FormWriter:
        if _writers.setdefault(name, function) is not function:
            raise ValueError(f"two writers of {name}")
        return function

    return register


def writer_of(name: str) -> FormWriter:
    """The writer of a form; KeyError when no ``tasks.py`` registered one."""
    return _writers[name]
