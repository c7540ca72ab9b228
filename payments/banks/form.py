"""How a bank's files are put into bytes (文件的书写形式): carrier, encoding, widths, layouts. Pure.

A layout says which field or literal stands where, whatever the carrier: cells between separators,
cells of so many bytes, elements of an XML message.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from backend.kernel.dated import DatedRow, Standing
from backend.kernel.months import DateRange

DELIMITED, FIXED, XML = "delimited", "fixed", "xml"
CARRIERS = (DELIMITED, FIXED, XML)
KINDS = ("header", "detail", "trailer")
FIELD = re.compile(r"\{([a-z0-9_]+)\}")
# Names of elements, of which one may have an attribute or be the second of its name.
PATH = re.compile(
    r"[A-Za-z0-9]+(#[2-9])?(@[A-Za-z]+:[A-Za-z0-9]+)?(/[A-Za-z0-9]+(#[2-9])?"
    r"(@[A-Za-z]+:[A-Za-z0-9]+)?)*"
)
# What no field of a file holds.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
YUAN, FEN = "yuan", "fen"
CENTS = tuple(f".{fen:02d}" for fen in range(100))
COUNTERS = frozenset(("serial", "seq", "part", "count"))
DAY_BYTES, DIGEST_BYTES = 8, 64


@dataclass(frozen=True)
class Layout:
    """One kind of file: its name and its three kinds of lines, a literal or ``{field}`` each.

    Of XML ``where`` names the element of each, below ``root``; the detail is one ``element``.
    """

    file_name: str
    header: tuple[str, ...]
    detail: tuple[str, ...]
    trailer: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    namespace: str = ""
    root: str = ""
    element: str = ""

    def items(self, kind: str) -> tuple[str, ...]:
        """The literals and fields of one kind of line."""
        listed: tuple[str, ...] = getattr(self, kind)
        return listed


@dataclass(frozen=True)
class Form:
    """What all files of a bank have in common while a profile is in force."""

    bank: str
    name: str
    valid: DateRange
    standing: Standing
    carrier: str
    encoding: str
    newline: str
    separator: str
    money: str
    width: Mapping[str, int]  # of numbers, in digits
    max_bytes: Mapping[str, int]  # of texts, in the encoding

    def money_text(self, fen: int) -> str:
        """An amount as the bank writes it."""
        return f"{fen // 100}.{fen % 100:02d}" if self.money == YUAN else str(fen)

    def money_texts(self, amounts: Iterable[int]) -> list[str]:
        """Many amounts as the bank writes them."""
        if self.money == FEN:
            return list(map(str, amounts))
        return [f"{fen // 100}{CENTS[fen % 100]}" for fen in amounts]

    @property
    def money_pattern(self) -> str:
        """What an amount looks like."""
        return r"[0-9]{1,13}\.[0-9]{2}" if self.money == YUAN else r"[0-9]{1,15}"

    def money_fen(self, text: str) -> int:
        """Read an amount; ValueError when it is none."""
        if not re.fullmatch(self.money_pattern, text, re.ASCII):
            raise ValueError(text)
        return int(text.replace(".", ""))

    def number_text(self, field: str, number: int) -> str:
        """A counter with the zeros that the bank wants before it."""
        return str(number).zfill(self.width.get(field, 0))

    def cell_bytes(self, field: str) -> int:
        """How many bytes a field has where all have their place."""
        if field.rpartition("_")[2] in ("day", "date"):
            return DAY_BYTES
        if field == "sha256":
            return DIGEST_BYTES
        if is_number(field):
            return self.width[field if field in self.width else _sort_of(field)]
        return self.max_bytes[field]


def field_of(item: str) -> str | None:
    """The field's name when ``item`` is ``{field}``, None when it is a literal."""
    match = FIELD.fullmatch(item)
    return match[1] if match else None


def is_counter(field: str) -> bool:
    """Whether a field counts."""
    return _sort_of(field) in COUNTERS


def is_number(field: str) -> bool:
    """Whether a field is a counter or an amount: zeros before it, not blanks behind."""
    return is_counter(field) or _sort_of(field) == "amount"


def form_of(*, bank: str, name: str, row: DatedRow) -> dict[str, Any]:
    """What a row of a profile says of the form, by the names of ``Form``."""
    table: Mapping[str, Any] = row.fields
    return {
        "bank": bank,
        "name": name,
        "valid": row.valid,
        "standing": row.standing,
        "carrier": table["carrier"],
        "encoding": table["encoding"],
        "newline": table.get("newline", "\n"),
        "separator": table.get("separator", ""),
        "money": table["money"],
        "width": MappingProxyType(dict(table["width"])),
        "max_bytes": MappingProxyType(dict(table["max_bytes"])),
    }


def layout_of(table: Mapping[str, Any], *, carrier: str) -> Layout:
    """Read one kind of file of a profile."""
    header, detail, trailer = (tuple(map(str, table[kind])) for kind in KINDS)
    whole = Layout(table["file_name"], header, detail, trailer)
    if carrier != XML:
        return whole
    pairs = {kind: [entry.partition("=") for entry in whole.items(kind)] for kind in KINDS}
    header, detail, trailer = (tuple(item for _, _, item in pairs[kind]) for kind in KINDS)
    return Layout(
        table["file_name"],
        header,
        detail,
        trailer,
        where=MappingProxyType({k: tuple(path for path, _, _ in pairs[k]) for k in KINDS}),
        namespace=table["namespace"],
        root=table["root"],
        element=table["element"],
    )


def form_faults(form: Form) -> Iterator[str]:
    """What does not fit together in a profile, as our own mistake."""
    if form.money not in (YUAN, FEN):
        yield f"money {form.money}"
    if form.carrier not in CARRIERS:
        yield f"carrier {form.carrier}"
    separators = 1 if form.carrier == DELIMITED else 0
    if form.newline not in ("\n", "\r\n") or len(form.separator) != separators:
        yield "newline or separator"
    if form.carrier == XML and form.encoding != "utf-8":
        yield "encoding of XML"


def layout_faults(
    *, form: Form, name: str, layout: Layout, needed: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """What a layout lacks, or has besides; of kinds that are not ``needed`` the caller looks."""
    for kind in KINDS:
        found = [field for item in layout.items(kind) if (field := field_of(item))]
        if sorted(found) != sorted(needed.get(kind, found)):
            yield f"{name}.{kind} has {found}, not {sorted(needed[kind])}"
        if form.carrier == DELIMITED and kind == "detail" and len(found) < len(layout.detail):
            yield f"{name}.detail has literals"
        if form.carrier == FIXED:
            yield from (f"{name}.{kind}: width of {f}" for f in found if not _has_width(form, f))
        if form.carrier == XML:
            paths = layout.where[kind]
            if len(set(paths)) != len(paths) or not all(map(PATH.fullmatch, paths)):
                yield f"{name}.{kind}: paths"
            if kind == "detail" and not all(p.startswith(f"{layout.element}/") for p in paths):
                yield f"{name}.detail outside of {layout.element}"


def _has_width(form: Form, field: str) -> bool:
    try:
        return form.cell_bytes(field) > 0
    except KeyError:
        return False


def _sort_of(field: str) -> str:
    """Counts and totals of different things are of one sort."""
    last = field.rpartition("_")[2]
    return (
        "amount" if last in ("total", "amount", "balance") else last if last == "count" else field
    )
