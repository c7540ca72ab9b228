"""Who draws a pension pays no contributions any more (领取养老金的不再参保缴费): what sits above is
asked who draws one, of which months.

An award of 110 ends the insurance of employees and of who pays alone, medical insurance goes on
without contributions (社会保险法第十六、二十七条); and the residents' pension, which nobody has
beside it (人社部发〔2014〕17号, from memory). One of 170 ends 170 (国发〔2014〕8号, from memory):
who draws it may still work, and be insured in 110.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.months import MonthRange
from backend.web.scope import whole_city
from insurance.enrolment.assess import RuleSaysNo

ENDED_BY: Mapping[str, Sequence[str]] = {"110": ("110", "170", "210", "310"), "170": ("170",)}

TABLE = """
DROP TABLE IF EXISTS pensions_drawn;
CREATE TEMP TABLE pensions_drawn (person_id bigint, scheme text, months daterange) ON COMMIT DROP
"""


@dataclass(frozen=True)
class Drawn:
    """A pension of a scheme that a person, as the survivor of its entries, draws in months."""

    person_id: int
    scheme: str
    months: MonthRange


class Pensions(Protocol):
    """Who of these persons draws a pension, and when."""

    def __call__(self, *, persons: Collection[int]) -> Sequence[Drawn]:
        """Give the pensions drawn, also those that ended."""


class DrawsPension(RuleSaysNo):
    """Nobody is insured again by what his pension ended (已领取养老金)."""

    code = "enrolment_draws_pension"
    words = (
        "此人在这些月份领取养老金，不再参保缴费：领取职工养老金的不再参加职工养老、失业、职工医疗"
        "（医疗按退休人员）和居民养老，领取居民养老金的不再参加居民养老。"
    )


def refuse_pensioner(
    *, pensions: Pensions, person_id: int, schemes: Collection[str], months: MonthRange
) -> None:
    """Let nobody join a scheme in months of a pension that ended it.

    Raises:
        DrawsPension.
    """
    ended = _ended(_drawn(pensions, [person_id]))
    if any(scheme in schemes and drawn.overlaps(months) for _, scheme, drawn in ended):
        raise DrawsPension()


def stage_pensions(*, cursor: Any, pensions: Pensions, persons: str) -> None:
    """Put what pensions ended of whom into ``pensions_drawn`` (person_id, scheme, months) of this
    transaction; ``persons`` selects who is asked about."""
    cursor.execute(persons)
    ended = _ended(_drawn(pensions, [person for (person,) in cursor.fetchall()]))
    cursor.execute(TABLE)
    with cursor.copy("COPY pensions_drawn FROM STDIN") as copy:
        for person, scheme, months in ended:
            end = months.end.first_day if months.end else None
            copy.write_row((person, scheme, SqlRange(months.start.first_day, end)))
    cursor.execute("ANALYZE pensions_drawn")


def _drawn(pensions: Pensions, persons: Collection[int]) -> Sequence[Drawn]:
    with whole_city():  # of whichever agency
        return pensions(persons=persons)


def _ended(drawn: Iterable[Drawn]) -> list[tuple[int, str, MonthRange]]:
    return [
        (one.person_id, scheme, one.months)
        for one in drawn
        for scheme in ENDED_BY.get(one.scheme, ())
    ]
