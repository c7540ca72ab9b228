"""Why a spreadsheet is refused (电子表格拒收): every fault with its place, in words for a clerk."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.kernel.errors import Refusal


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong; ``row`` and ``column`` as the sheet itself names them (7, "E")."""

    fault: str
    detail: str
    row: int | None = None
    column: str | None = None

    @property
    def sentence(self) -> str:
        """The place and what is wrong there."""
        row = "" if self.row is None else f"第 {self.row} 行"
        column = "" if self.column is None else f"{' ' if row else ''}{self.column} 列"
        return f"{row}{column}：{self.detail}" if row or column else self.detail


class SheetRefused(Refusal):
    """A spreadsheet is taken whole or refused whole, with all that is wrong (电子表格拒收)."""

    code = "sheet_refused"

    def __init__(self, faults: Sequence[Fault], *, count: int | None = None) -> None:
        """Say the first of the faults; ``count`` is how many there are when not all are given."""
        count = len(faults) if count is None else count
        first = faults[0]
        more = f"（共 {count} 处错误，请一并更正）" if count > 1 else ""
        super().__init__(
            first.sentence + more, fault=first.fault, row=first.row, column=first.column
        )
        self.faults = tuple(faults)
        self.count = count

    def __reduce__(self) -> tuple[object, ...]:
        """Keep all faults when the refusal crosses a process boundary."""
        return (_refused, (self.faults, self.count))


def _refused(faults: Sequence[Fault], count: int) -> SheetRefused:
    return SheetRefused(faults, count=count)


def refused(
    fault: str, detail: str, *, row: int | None = None, column: str | None = None
) -> SheetRefused:
    """Refuse for one fault."""
    return SheetRefused([Fault(fault, detail, row, column)])
