"""How much of a value is shown (脱敏): by its class, the same wherever it stands. Pure.

``masks.sql`` says the same for the views of the supervision; a test compares them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from backend.privacy.classes import FieldClass, Mask, fields

HIDDEN = "***"


@dataclass(frozen=True)
class Disclosure:
    """What a caller may see in full now (披露范围); nothing, unless a purpose was told."""

    in_full: frozenset[FieldClass] = frozenset()

    @classmethod
    def to(cls, *, roles: frozenset[str]) -> "Disclosure":
        """Give what these roles see of a person for a purpose."""
        seen = fields().classes
        return cls(frozenset(one for one in FieldClass if seen[one].in_full & roles))

    def shows(self, field_class: FieldClass) -> bool:
        """Tell whether a class is shown as it is."""
        return field_class in self.in_full or fields().classes[field_class].listed is Mask.NONE

    def text(self, field_class: FieldClass, text: str) -> str:
        """Give a value of a class as it may be seen."""
        return text if field_class in self.in_full else masked(field_class, text)

    def content(self, table: Mapping[str, object]) -> dict[str, object]:
        """Give JSON with each key as its class may be seen; what no class is given is hidden."""
        return {name: self._value(fields().keys.get(name), value) for name, value in table.items()}

    def _value(self, field_class: FieldClass | None, value: object) -> object:
        if isinstance(value, Mapping):
            return self.content(value)
        if isinstance(value, list | tuple):
            return [self._value(field_class, one) for one in value]
        if field_class is None:
            return value if FieldClass.CONTENT in self.in_full else HIDDEN
        if value is None or self.shows(field_class):
            return value
        return self.text(field_class, str(value))


LISTED = Disclosure()


def masked(field_class: FieldClass, text: str) -> str:
    """Give a value as lists show it."""
    return MASKS[fields().classes[field_class].listed](text)


def masked_column(*, column: str, text: str) -> str:
    """Give a value of a file's column as reports show it; one that no class is given as it is."""
    field_class = fields().keys.get(column)
    return text if field_class is None else masked(field_class, text)


def mask_number(number: str) -> str:
    """Hide the middle of a paper's number: 340811********4126; short ones keep two at each end."""
    return _ends(number, 6, 4) if len(number) >= 15 else _ends(number, 2, 2)


def mask_account(number: str) -> str:
    """Hide the middle of an account number: 6222********5518; short ones show four at the end."""
    return _ends(number, 4, 4) if len(number) >= 12 else _ends(number, 0, 4)


def mask_name(name: str) -> str:
    """Hide a name but for its ends: 张*, 王*明; a single character wholly."""
    return _ends(name, 1, 1) if len(name) > 2 else name[:-1] + "*" * bool(name)


def mask_contact(text: str) -> str:
    """Hide the middle of a telephone number: 138****5518; of an address all but its beginning."""
    return _ends(text, 3, 4) if text.isascii() else _ends(text, min(6, len(text) // 2), 0)


def mask_day(text: str) -> str:
    """Leave the year of a day or month: 1960-**-**."""
    return text[:4] + "".join("-" if mark == "-" else "*" for mark in text[4:])


def _ends(text: str, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    if hidden <= 0:
        return "*" * len(text)
    return text[:head] + "*" * hidden + text[len(text) - tail :]


MASKS: Mapping[Mask, Callable[[str], str]] = {
    Mask.NONE: str,
    Mask.NAME: mask_name,
    Mask.NUMBER: mask_number,
    Mask.ACCOUNT: mask_account,
    Mask.CONTACT: mask_contact,
    Mask.YEAR: mask_day,
    Mask.HIDDEN: lambda text: HIDDEN if text else "",
    Mask.KEYS: lambda text: HIDDEN if text else "",
    Mask.LEFT_OUT: lambda text: "",
}
