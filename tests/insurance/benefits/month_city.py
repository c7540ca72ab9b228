"""Thousands of pensioners (成批样例): seeded, two schemes, a good part of them on boundaries; 演示.

A ``Pensioner`` is drawn plainly; then some of ``BOUNDARIES`` befall every fifth one and a few more.
All rows go in by COPY, with times of recording in the past, as if known for long.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.months import Month
from tests.insurance.benefits import month_builders as m

FIRST_PERSON, FIRST_ACCOUNT = 5_000_000, 6_000_000
P = m.NOVEMBER
HOLDS = ("IN_PRISON", "MISSING", "SUSPENDED", "CHECK_MISSED")
NAMES = {
    "110": ("BASIC", "ACCOUNT", "TRANSITIONAL", "ADJUSTMENT"),
    "170": ("BASIC", "ACCOUNT", "EXTRA_YEARS", "AGE_SUPPLEMENT"),
}
DEATH_DAYS = (
    date(2026, 8, 31),
    date(2026, 9, 1),
    date(2026, 10, 1),
    date(2026, 10, 31),
    date(2026, 11, 1),
    date(2026, 11, 30),
    date(2026, 12, 1),
)
DISTRICT = "340802"
COLUMNS = {
    "people_party": "id, kind",
    "benefits_entitlement": "id, person_id, scheme, book_id, start_month, paid_through, "
    "baseline_id, case_id, source_no, district, recorded_at",
    "benefits_component": "entitlement_id, component, fen, standing, case_id, valid, "
    "recorded_at, superseded_at",
    "benefits_stop": "entitlement_id, reason, case_id, valid, recorded_at, superseded_at",
    "benefits_hold": "entitlement_id, reason, note, valid, recorded_at, superseded_at",
    "people_death": "person_id, death_date, source, confirmed, evidence, recorded_at, "
    "superseded_at",
    "payments_payeeaccount": "id, payee_id, bank, account_no, holder_name, valid, recorded_at, "
    "superseded_at",
    "payments_accountblock": "account_id, reason, due_ref, n, recorded_at",
}


@dataclass(frozen=True)
class Span:
    """A component, hold or stop for some months."""

    start: Month
    end: Month | None = None
    fen: int = 0
    standing: str = "BASELINE"
    by_case: bool = False
    superseded: bool = False


@dataclass
class Pensioner:
    """One person with one pension (a few have two), not yet written."""

    scheme: str
    start: Month
    paid_through: Month | None = m.OCTOBER
    components: dict[str, list[Span]] = field(default_factory=dict)
    stops: list[Span] = field(default_factory=list)
    holds: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    deaths: list[tuple[date, bool, bool]] = field(default_factory=list)  # confirmed, superseded
    accounts: list[tuple[str, date, date | None, bool]] = field(default_factory=list)  # blocked


def pensioner(random: Random) -> Pensioner:
    """Somebody without any trouble: paid through October, living, with an account."""
    scheme = random.choices(("170", "110"), (85, 15))[0]
    one = Pensioner(scheme, Month(random.randint(2015, 2025), random.randint(1, 12)))
    count = random.randint(1, len(NAMES[scheme]))
    for name in NAMES[scheme][:count]:
        one.components[name] = [Span(one.start, None, random.randint(1, 400_000))]
    one.accounts.append((random.choice(("NSB", "CSB")), date(2020, 1, 1), None, False))
    return one


def near(random: Random, before: int = 2, after: int = 2) -> Month:
    """A month about the first period."""
    return P.plus(random.randint(-before, after))


def component_ends(one: Pensioner, random: Random) -> None:
    name = random.choice(list(one.components))
    one.components[name][-1] = replace(one.components[name][-1], end=near(random))


def component_begins(one: Pensioner, random: Random) -> None:
    one.components["BASIC"] = [Span(near(random), None, random.randint(1, 900))]


def component_follows(one: Pensioner, random: Random) -> None:
    """Two of one kind in succession, sometimes with a month between them."""
    old, change = one.components["BASIC"][0], near(random)
    fen = max(1, old.fen + random.randint(-300, 300))
    follower = Span(change.plus(random.randint(0, 1)), None, fen)
    if old.start < change:
        one.components["BASIC"] = [replace(old, end=change), follower]


def component_corrected(one: Pensioner, random: Random) -> None:
    """Known wrong until a case corrected it, from some month on."""
    (old,), change = one.components["BASIC"][:1], near(random, before=4)
    corrected = max(1, old.fen + random.choice((-5_000, -1, 1, 5_000)))
    if old.start < change:
        one.components["BASIC"] = [
            replace(old, superseded=True),
            replace(old, end=change, by_case=True),
            Span(change, None, corrected, by_case=True),
        ]


def figure_unverified(one: Pensioner, random: Random) -> None:
    name = random.choice(list(one.components))
    one.components[name] = [replace(span, standing="UNVERIFIED") for span in one.components[name]]


def figure_was_unverified(one: Pensioner, random: Random) -> None:
    change = near(random)
    one.components["ACCOUNT"] = [
        Span(one.start, change, 100, standing="UNVERIFIED"),
        Span(change, None, 100),
    ]


def begins_now(one: Pensioner, random: Random) -> None:
    """Just awarded: rests on a case, the old system never paid."""
    one.start, one.paid_through = near(random, before=3), None
    one.components = {
        name: [replace(span, start=one.start, end=None, by_case=True) for span in spans[:1]]
        for name, spans in one.components.items()
    }


def paid_less_long(one: Pensioner, random: Random) -> None:
    one.paid_through = P.plus(random.randint(-4, -1))


def paid_on(one: Pensioner, random: Random) -> None:
    """Taken over while the old system still pays, by a later baseline than the others."""
    one.paid_through = P.plus(random.randint(0, 1))


def starts_later(one: Pensioner, random: Random) -> None:
    one.start = near(random)


def stopped(one: Pensioner, random: Random) -> None:
    start = near(random, before=3)
    end = random.choice((None, start.next, start.plus(2)))
    one.stops.append(Span(start, end, superseded=random.random() < 0.2))


def held(one: Pensioner, random: Random) -> None:
    for reason in random.sample(HOLDS, random.randint(1, 3)):
        start = near(random)
        end = random.choice((None, None, start.next))
        one.holds[reason].append(Span(start, end, superseded=random.random() < 0.2))


def died(one: Pensioner, random: Random) -> None:
    """Confirmed, only reported, confirmed after a report, or taken back."""
    day = random.choice(DEATH_DAYS)
    one.deaths = random.choice(
        (
            [(day, True, False)],
            [(day, False, False)],
            [(day, False, True), (day, True, False)],
            [(day, True, True)],
        )
    )


def account_trouble(one: Pensioner, random: Random) -> None:
    """None, ending or beginning on the pay day or beside it, blocked, or of an unknown bank."""
    pay_date, long_ago = m.pay_date(P), date(2020, 1, 1)
    day = pay_date + timedelta(days=random.randint(-1, 1))
    kinds: tuple[list[tuple[str, date, date | None, bool]], ...] = (
        [],
        [("NSB", long_ago, day, False)],
        [("CSB", day, None, False)],
        [("NSB", long_ago, day, False), ("CSB", day, None, False)],
        [("NSB", long_ago, day, False), ("CSB", day, None, True)],
        [("NSB", long_ago, None, True)],
        [("XXB", long_ago, None, False)],
    )
    one.accounts = random.choice(kinds)


BOUNDARIES: tuple[Callable[[Pensioner, Random], None], ...] = (
    component_ends,
    component_begins,
    component_follows,
    component_corrected,
    figure_unverified,
    figure_was_unverified,
    paid_less_long,
    starts_later,
    stopped,
    held,
    died,
    account_trouble,
)


def people(*, count: int, random: Random) -> list[Pensioner]:
    """Draw so many, a quarter of them with something on a boundary."""
    drawn = [pensioner(random) for _ in range(count)]
    for one in drawn:
        if random.random() < 0.25:
            happened = random.sample(BOUNDARIES, random.choice((1, 1, 2, 3)))
            for boundary in sorted(happened, key=BOUNDARIES.index):
                boundary(one, random)
        elif random.random() < 0.02:
            begins_now(one, random)
    return drawn


class Writer:
    """Writes pensioners, numbered from ``first_id`` on."""

    def __init__(self, *, first_id: int, random: Random) -> None:
        self.place = m.office()
        self.next_id = first_id
        self.random = random
        self.rows: dict[str, list[tuple[object, ...]]] = defaultdict(list)

    def write(self, drawn: list[Pensioner], *, earlier: datetime, moment: datetime) -> None:
        """Put all facts into the database, each table by one COPY.

        They were recorded ``earlier``; what was superseded since, at the ``moment``.
        """
        for one in drawn:
            person = FIRST_PERSON + self.next_id
            self.rows["people_party"].append((person, "PERSON"))
            self._person(one, person, (earlier, moment))
            self._entitlement(one, person, (earlier, moment))
            if self.random.random() < 0.03:
                other = pensioner(self.random)
                other.scheme = "170" if one.scheme == "110" else "110"
                other.components = {"BASIC": [Span(other.start, None, 777)]}
                self._entitlement(other, person, (earlier, moment))
        for table, columns in COLUMNS.items():
            copy_rows(table=table, columns=columns, rows=self.rows[table])
        self.rows.clear()

    def _person(self, one: Pensioner, person: int, when: tuple[datetime, datetime]) -> None:
        for day, confirmed, superseded in one.deaths:
            times = _times(when, superseded=superseded)
            told = (person, day, "POLICE", confirmed, "演示")
            self.rows["people_death"].append(told + times)
        for order, (bank, since, until, blocked) in enumerate(one.accounts):
            account = FIRST_ACCOUNT + self.next_id * 10 + order
            number = f"62{account:014d}"
            self.rows["payments_payeeaccount"].append(
                (account, person, bank, number, f"演{order}", SqlRange(since, until), when[0], None)
            )
            if blocked:
                block = (account, "CLOSED", account, 1, when[0])
                self.rows["payments_accountblock"].append(block)

    def _entitlement(self, one: Pensioner, person: int, when: tuple[datetime, datetime]) -> None:
        number, by_case = self.next_id, one.paid_through is None
        self.next_id += 1
        self.rows["benefits_entitlement"].append(
            (
                *(number, person, one.scheme, self.place.book(one.scheme).id, one.start.first_day),
                one.paid_through.first_day if one.paid_through else None,
                None if by_case else self.place.baseline.id,
                m.SOME_CASE if by_case else None,
                *("", DISTRICT if one.scheme == "170" else "", when[0]),
            )
        )
        for name, spans in one.components.items():
            for span in spans:
                case = m.SOME_CASE if span.by_case else None
                amount = (number, name, span.fen, span.standing, case)
                self.rows["benefits_component"].append(amount + _dated(span, when))
        for span in one.stops:
            stop = (number, "演示", m.SOME_CASE)
            self.rows["benefits_stop"].append(stop + _dated(span, when))
        for reason, spans in one.holds.items():
            hold = (number, reason, "")
            self.rows["benefits_hold"] += [hold + _dated(span, when) for span in spans]


def _dated(span: Span, when: tuple[datetime, datetime]) -> tuple[object, ...]:
    times = _times(when, superseded=span.superseded, follows=span.by_case)
    return (m.months(span.start, span.end), *times)


def _times(
    when: tuple[datetime, datetime], *, superseded: bool, follows: bool = False
) -> tuple[datetime, datetime | None]:
    """Recorded early; superseded at the moment at which what follows is recorded."""
    earlier, moment = when
    return (moment if follows else earlier, moment if superseded else None)


def copy_rows(*, table: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    """COPY rows into a table."""
    statement = f"COPY {table} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
