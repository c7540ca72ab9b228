"""The certificate of enrolment (参保证明) as facts: pure; paper and screen are made elsewhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from backend.kernel.months import Month


@dataclass(frozen=True, order=True)
class Insured:
    """A time in which somebody is insured; ``end`` None: still."""

    scheme: str
    start: Month
    kind: str
    payer: str
    district: str
    end: Month | None


@dataclass(frozen=True)
class Period:
    """A line of the certificate: months without a gap at one payer."""

    scheme: str
    kind: str
    payer: str
    district: str
    first: Month
    last: Month  # never after the month of issue


@dataclass(frozen=True)
class Certificate:
    """What is certified of a person on a day (参保证明)."""

    person_id: int
    name: str
    number: str
    issued_on: date
    periods: tuple[Period, ...]
    months: Mapping[str, int]  # by scheme, doubled months once
    insured_now: tuple[str, ...]  # schemes of the month of issue


def assemble(
    *, person_id: int, name: str, number: str, on: date, rows: Iterable[Insured]
) -> Certificate:
    """Put the lines together up to the month of issue; later months are nobody's yet."""
    until = Month.of(on).next
    begun = sorted((row for row in rows if row.start < until), key=_place)
    periods = tuple(
        period
        for _, same in groupby(begun, key=lambda row: _place(row)[:-1])
        for period in _joined(list(same), until)
    )
    by_scheme = {
        scheme: {month for period in own for month in period.first.until(period.last.next)}
        for scheme, own in groupby(periods, key=lambda period: period.scheme)
    }
    return Certificate(
        person_id=person_id,
        name=name,
        number=number,
        issued_on=on,
        periods=periods,
        months={scheme: len(months) for scheme, months in by_scheme.items()},
        insured_now=tuple(s for s, months in by_scheme.items() if until.previous in months),
    )


def _place(row: Insured) -> tuple[str, str, str, str, Month]:
    return row.scheme, row.kind, row.payer, row.district, row.start


def _joined(rows: list[Insured], until: Month) -> list[Period]:
    """Rows of one payer in order; what touches is one line."""
    found: list[Period] = []
    for row in rows:
        last = min(row.end or until, until).previous
        if found and row.start <= found[-1].last.next:
            first, last = found[-1].first, max(found[-1].last, last)
            found[-1] = Period(row.scheme, row.kind, row.payer, row.district, first, last)
        else:
            found.append(Period(row.scheme, row.kind, row.payer, row.district, row.start, last))
    return found
