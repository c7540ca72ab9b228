"""Thousands in payment before an adjustment (成批样例): seeded, a good part on boundaries; 演示.

Everybody is drawn plainly; then some of ``BOUNDARIES`` befall every fifth one and a few more. All
rows go in by COPY, recorded in the past, as if known for long.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from backend.kernel.months import Month
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_city import copy_rows

FIRST_PERSON = 5_000_000
JANUARY = m.JANUARY  # 2027
OTHER_CASE = 700_001
DISTRICTS = ("340802", "340803", "340811", "340881", "310115")
LIMIT_AGES = (70, 75, 80, 85, 90)
COLUMNS = {
    "people_party": "id, kind",
    "people_person": "party_id, birth_date, sex, nation, district",
    "pension_archivefacts": "person_id, case_id, birth_month, id_birth_month, records, category, "
    "category_evidence, first_work_month, first_work_evidence, deemed_months, recorded_at",
    "benefits_entitlement": "id, person_id, scheme, book_id, start_month, paid_through, "
    "baseline_id, source_no, paid_months, district, recorded_at",
    "benefits_component": "entitlement_id, component, fen, standing, valid, recorded_at, "
    "superseded_at",
    "benefits_stop": "entitlement_id, reason, case_id, valid, recorded_at, superseded_at",
    "benefits_hold": "entitlement_id, reason, note, case_id, valid, recorded_at, superseded_at",
    "benefits_lifeevent": "person_id, topic, form, from_date, from_month, document, case_id, "
    "recorded_at",
    "people_death": "person_id, death_date, source, confirmed, evidence, recorded_at, "
    "superseded_at",
}


@dataclass(frozen=True)
class Span:
    """An amount, stop or hold for some months."""

    start: Month
    end: Month | None = None
    fen: int = 0
    superseded: bool = False


@dataclass
class Old:
    """One person with one pension, not yet written."""

    scheme: str
    born: date
    district: str
    start: Month
    months: int | None
    amounts: dict[str, list[Span]]
    archive: date | None = None
    stops: list[Span] = field(default_factory=list)
    holds: list[tuple[str, Span, int | None]] = field(default_factory=list)
    deaths: list[tuple[date, bool, bool]] = field(default_factory=list)  # confirmed, superseded
    events: list[tuple[str, date]] = field(default_factory=list)


def old(random: Random) -> Old:
    """Somebody without any trouble."""
    scheme = random.choices(("110", "170"), (75, 25))[0]
    born = date(1925, 1, 1) + timedelta(days=random.randint(0, 365 * 45))
    start = Month(random.randint(2010, 2026), random.randint(1, 12))
    fen = random.randint(100_000, 700_000) if scheme == "110" else random.randint(11_000, 30_000)
    one = Old(
        scheme,
        born,
        random.choice(DISTRICTS),
        start,
        random.randint(180, 540),
        {"BASIC": [Span(start, None, fen)]},
    )
    for name, share in (("ACCOUNT", 0.8), ("ADJUSTMENT", 0.6), ("AGE_SUPPLEMENT", 0.25)):
        if random.random() < share and (scheme == "110" or name != "ADJUSTMENT"):
            one.amounts[name] = [Span(start, None, random.randint(1, 90_000))]
    if scheme == "170" and random.random() < 0.4:
        one.amounts["EXTRA_YEARS"] = [Span(start, None, random.randint(1, 20) * 200)]
    return one


def near(random: Random, before: int = 2, after: int = 3) -> Month:
    """A month about the first one."""
    return JANUARY.plus(random.randint(-before, after))


def reaches_an_age(one: Old, random: Random) -> None:
    year = 2026 - random.choice(LIMIT_AGES)
    one.born = random.choice((date(year, 12, 31), date(year, 1, 1), date(year + 1, 1, 1)))


def has_a_floor(one: Old, random: Random) -> None:
    age = random.choice((70, 75, 80, 85))
    one.born = date(2026 - age, random.randint(1, 12), 1)
    floor = {70: 140_00, 75: 180_00, 80: 280_00, 85: 390_00}[age]
    so_far = floor - random.choice((0, 1, -1, 999, 1000, 1001, 2000, 2001))
    one.amounts["AGE_SUPPLEMENT"] = [Span(one.start, None, so_far)]


def born_otherwise_by_the_archive(one: Old, random: Random) -> None:
    year = one.born.year + random.choice((-2, -1, 1, 2))
    one.archive = date(year, random.randint(1, 12), 1)


def months_on_a_limit(one: Old, random: Random) -> None:
    one.months = random.choice((None, 0, 1, 11, 12, 179, 180, 181, 191, 192, 193, 360, 361))


def share_on_a_tie(one: Old, random: Random) -> None:
    """Half a fen of 0.5 %, or a whole yuan and just above."""
    fen = random.randint(1, 3000) * 200 + random.choice((100, 99, 101, 0, 20_000))
    one.amounts = {"BASIC": [Span(one.start, None, fen)]}


def linked_on_a_yuan(one: Old, random: Random) -> None:
    """15 years give whole yuan: with a share of whole yuan nothing is to be rounded."""
    one.months = 180
    fen = 20_000 * random.randint(5, 40) + random.choice((0, 1, -1))
    one.amounts = {"BASIC": [Span(one.start, None, fen)]}


def begins_about_january(one: Old, random: Random) -> None:
    one.start = near(random, before=1, after=1)
    one.amounts = {
        name: [Span(one.start, None, spans[0].fen)] for name, spans in one.amounts.items()
    }


def amount_ends(one: Old, random: Random) -> None:
    name = random.choice(list(one.amounts))
    first = one.amounts[name][0]
    end = near(random)
    if first.start < end:
        one.amounts[name] = [Span(first.start, end, first.fen)]


def amount_follows(one: Old, random: Random) -> None:
    """Two of one kind in succession, sometimes with a month between them."""
    name = random.choice(list(one.amounts))
    first, change = one.amounts[name][0], near(random)
    if first.start < change:
        follower = Span(change.plus(random.randint(0, 1)), None, first.fen + 500)
        one.amounts[name] = [Span(first.start, change, first.fen), follower]


def amount_begins(one: Old, random: Random) -> None:
    one.amounts[random.choice(("AGE_SUPPLEMENT", "ACCOUNT"))] = [Span(near(random), None, 45_00)]


def amount_was_wrong(one: Old, random: Random) -> None:
    first = one.amounts["BASIC"][0]
    one.amounts["BASIC"] = [Span(first.start, first.end, first.fen + 777, superseded=True), first]


def died(one: Old, random: Random) -> None:
    day = random.choice((date(2026, 12, 31), date(2027, 1, 1), date(2026, 6, 1)))
    one.deaths.append((day, random.random() < 0.8, random.random() < 0.2))


def stopped(one: Old, random: Random) -> None:
    start = near(random)
    end = random.choice((None, start.next, start.plus(2)))
    one.stops.append(Span(start, end, superseded=random.random() < 0.2))


def held(one: Old, random: Random) -> None:
    start = near(random)
    span = Span(start, random.choice((None, start.plus(2))), superseded=random.random() < 0.2)
    reason = random.choice(("IN_PRISON", "IN_PRISON", "SUSPENDED"))
    one.holds.append((reason, span, random.choice((None, OTHER_CASE))))


def sentenced(one: Old, random: Random) -> None:
    if one.events:
        return
    form, end = random.choice(
        (("PROBATION", "RELEASED"), ("CONTROL", "RELEASED"), ("DETAINED", "ACQUITTED"))
    )
    one.events.append((form, date(2026, 10, 9)))
    if random.random() < 0.3:
        one.events.append((end, random.choice((date(2026, 12, 31), date(2027, 1, 20)))))


BOUNDARIES: tuple[Callable[[Old, Random], None], ...] = (
    reaches_an_age,
    has_a_floor,
    has_a_floor,
    born_otherwise_by_the_archive,
    months_on_a_limit,
    months_on_a_limit,
    share_on_a_tie,
    linked_on_a_yuan,
    begins_about_january,
    amount_ends,
    amount_follows,
    amount_begins,
    amount_was_wrong,
    died,
    stopped,
    held,
    sentenced,
)


def people(*, count: int, random: Random) -> Iterator[Old]:
    """Draw so many; every fifth meets up to three boundaries, of the others some one."""
    for number in range(count):
        one = old(random)
        times = random.randint(1, 3) if number % 5 == 0 else random.random() < 0.2
        for _ in range(int(times)):
            random.choice(BOUNDARIES)(one, random)
        yield one


def write(drawn: Iterator[Old], *, at: datetime, after: int = 0) -> None:
    """Put all facts into the database, each table by one COPY; numbered ``after`` those there."""
    place, rows = m.office(), defaultdict[str, list[tuple[object, ...]]](list)
    for number, one in enumerate(drawn, start=after + 1):
        person = FIRST_PERSON + number
        rows["people_party"].append((person, "PERSON"))
        rows["people_person"].append((person, one.born, 1, "01", one.district))
        if one.archive:
            rows["pension_archivefacts"].append(archive_row(person, one.archive, person, at))
        rows["benefits_entitlement"].append(
            (
                *(number, person, one.scheme, place.book(one.scheme).pk, one.start.first_day),
                *(m.OCTOBER.first_day, place.baseline.pk, "", one.months, one.district, at),
            )
        )
        rows["benefits_component"] += [
            (number, name, span.fen, "BASELINE", *_dated(span, at))
            for name, spans in one.amounts.items()
            for span in spans
        ]
        rows["benefits_stop"] += [
            (number, "演示", OTHER_CASE, *_dated(span, at)) for span in one.stops
        ]
        rows["benefits_hold"] += [
            (number, reason, "", case, *_dated(span, at)) for reason, span, case in one.holds
        ]
        rows["benefits_lifeevent"] += [
            (person, "CUSTODY", form, day, Month.of(day).next.first_day, "演示", OTHER_CASE, at)
            for form, day in one.events
        ]
        rows["people_death"] += [
            (person, day, "POLICE", confirmed, "演示", at, at if superseded else None)
            for day, confirmed, superseded in one.deaths[:1]
        ]
    for table, columns in COLUMNS.items():
        copy_rows(table=table, columns=columns, rows=rows[table])


def archive_row(person: int, birth: date, case: int, at: datetime) -> tuple[object, ...]:
    """What an archive says of a birth month, and nothing else of interest."""
    return (person, case, birth, birth, "[]", "M60", "演示", date(1980, 1, 1), "演示", 0, at)


def _dated(span: Span, at: datetime) -> tuple[object, ...]:
    return m.months(span.start, span.end), at, at if span.superseded else None
