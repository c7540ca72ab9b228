"""Which hand writes and which eye reads a carrier (载体): one for a family of layouts. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import BinaryIO, Protocol

from payments.banks.form import DELIMITED, FIXED, XML, Form, Layout
from payments.banks.text_lines import DelimitedPen, FixedPen, FixedReading, LineReading
from payments.banks.xml_text import XmlPen, XmlReading


class Pen(Protocol):
    """Puts values into the bytes of a layout; the caller has looked whether they may be there."""

    def opening(self, values: Mapping[str, str]) -> bytes:
        """What is said before the first line."""

    def lines(self, columns: Sequence[Iterable[str]]) -> bytes:
        """Many lines, from the columns of the detail's items."""

    def closing(self, values: Mapping[str, str]) -> bytes:
        """What is said behind the last line."""

    def carries(self, texts: str) -> bool:
        """Whether nothing in a text, or in many put together, can stand in the way."""

    def fault(self, text: str) -> str | None:
        """Why a text without control characters cannot stand there."""


class Reading(Protocol):
    """A file being cut: its ``opening`` at once, then ``blocks`` of text, then its ``closing``.

    In a block every cell but the last of a line ends with ``joint``, every line with ``end``.
    ``line`` is the last one that was read before the block.
    """

    @property
    def joint(self) -> str:
        """What stands between cells."""

    @property
    def end(self) -> str:
        """What stands behind a line."""

    @property
    def line(self) -> int:
        """The last line that was read."""

    @property
    def opening(self) -> Mapping[str, str]:
        """What is said before the first line."""

    def blocks(self) -> Iterator[str]:
        """The lines, many at a time."""

    def closing(self) -> Mapping[str, str]:
        """What the end says, when it belongs to all before it."""


PENS: Mapping[str, type[DelimitedPen] | type[FixedPen] | type[XmlPen]] = MappingProxyType(
    {DELIMITED: DelimitedPen, FIXED: FixedPen, XML: XmlPen}
)
READINGS: Mapping[str, type[LineReading] | type[XmlReading]] = MappingProxyType(
    {DELIMITED: LineReading, FIXED: FixedReading, XML: XmlReading}
)


def pen_of(*, form: Form, layout: Layout) -> Pen:
    """What writes files of this layout."""
    return PENS[form.carrier](form=form, layout=layout)


def reading_of(*, form: Form, layout: Layout, file: BinaryIO, called: str) -> Reading:
    """Begin to read a file of this layout; ``called`` is what such a file is.

    Raises:
        BankFileRefused: it does not begin as agreed.
    """
    return READINGS[form.carrier](form=form, layout=layout, file=file, called=called)
