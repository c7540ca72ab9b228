"""What an award says otherwise than the one it takes the place of (与原核定比较). Pure."""

from dataclasses import dataclass

from backend.papers.paper import Align, Column, Piece, Style, Table

COLUMNS = (
    Column("项目", 150),
    Column("原核定", 159, Align.RIGHT),
    Column("本次核定", 159, Align.RIGHT),
)


@dataclass(frozen=True)
class Entry:
    """One thing before and now, as people read it."""

    label: str
    before: str
    now: str


@dataclass(frozen=True)
class Compared:
    """How an award differs from the one before, and why."""

    way: str  # 更正, 重算
    because: str
    entries: tuple[Entry, ...]  # those that are the same are left out when it is set

    def titled(self, title: str) -> str:
        """The title of a sheet that takes another's place."""
        return f"{title}（{self.way}）"


def compared_table(*, compared: Compared, heading: str) -> Table:
    """Set what differs as a table, the reason below it."""
    return Table(
        columns=COLUMNS,
        rows=tuple(_row(one) for one in compared.entries if one.before != one.now),
        heading=heading,
        note=f"{compared.way}依据：{compared.because}",
    )


def _row(entry: Entry) -> tuple[tuple[Piece, ...], ...]:
    return (
        (Piece(entry.label, Style.STRONG),),
        (Piece(entry.before),),
        (Piece(entry.now, Style.STRONG),),
    )
