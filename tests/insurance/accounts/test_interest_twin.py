"""The statement of the yearly interest and ``interest.py`` agree to the fen (双算一致).

Five thousand accounts over two years: interim interest, a year of payments, the second year, then
both rates announced, one lower and one higher. The judge knows entries and pure functions only.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from random import Random

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from backend.kernel.months import Month
from insurance.accounts import yearly_interest
from insurance.accounts.interest import Movement, Rate, YearFacts, YearInterest, year_interest
from insurance.accounts.invariants import broken_promises
from insurance.accounts.models import AccountEntry, FixedRate, InterestRun, YearClose
from tests.insurance.accounts import account_city as city
from tests.insurance.accounts.account_facts import rate

pytestmark = pytest.mark.django_db
ACCOUNTS, SEED = 5_000, 340_800
FIRST, SECOND = 2024, 2025
INTERESTS = ("INTEREST", "TRUE_UP")


@dataclass(frozen=True)
class Row:
    """An entry as the judge sees it."""

    kind: str
    for_month: Month
    arrival: Month
    fen: int

    def is_interest_of(self, year: int) -> bool:
        return self.kind in INTERESTS and self.for_month.year == year

    def is_before(self, year: int) -> bool:
        counts_from = self.for_month if self.kind in INTERESTS else self.arrival
        return counts_from.year < year


@dataclass(frozen=True)
class Judged:
    """What the pure functions say of an account's year."""

    year: YearInterest
    had_too_little: bool  # to be taken from what was written before

    @classmethod
    def of(cls, facts: YearFacts, by: Rate) -> "Judged":
        year = year_interest(facts=facts, rate=by)
        freely = year_interest(facts=replace(facts, balance_fen=10**12), rate=by)
        return cls(year, year.difference_fen != freely.difference_fen)


@pytest.fixture(autouse=True)
def _several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yearly_interest, "CHUNK_SIZE", 3_000)


def run_year(year: int, ratio: str, *, interim: bool, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a year by a rate and hold it against the judge; how many accounts had too little."""
    by = rate(ratio, year=year, of_year=year - 1 if interim else year)
    monkeypatch.setattr(yearly_interest, "rate_of_year", lambda **_: by)
    expected = judged(year=year, by=by)
    before = set(AccountEntry.objects.values_list("pk", flat=True))
    run = yearly_interest.open_year(
        scheme=city.SCHEME, year=year, region="340800", today=date(year + 2, 6, 30), demo=True
    )
    for chunk in range(len(run.chunks)):
        assert yearly_interest.run_chunk(run_id=run.pk, chunk=chunk) > 0
    yearly_interest.close_year(run_id=run.pk, now=timezone.now())
    assert differing(run, expected, before) == []
    return sum(one.had_too_little for one in expected.values())


def judged(*, year: int, by: Rate) -> dict[int, Judged]:
    """What the pure functions say of every account."""
    entries: dict[int, list[Row]] = defaultdict(list)
    for person_id, kind, for_month, arrival, fen in AccountEntry.objects.values_list(
        "person_id", "kind", "for_month", "arrival_month", "fen"
    ):
        entries[person_id].append(Row(kind, Month.of(for_month), Month.of(arrival), fen))
    fixed = dict(FixedRate.objects.filter(year=year).values_list("person_id", "ratio"))
    found = {}
    for person_id, rows in entries.items():
        own = rate(str(fixed[person_id]), year=year) if person_id in fixed else by
        found[person_id] = Judged.of(facts_of(rows, year), own)
    return found


def facts_of(rows: Iterable[Row], year: int) -> YearFacts:
    """Sort an account's entries into a year's facts, by their months alone."""
    rows = list(rows)
    return YearFacts(
        year=year,
        opening_fen=sum(r.fen for r in rows if r.is_before(year)),
        movements=tuple(
            Movement(r.arrival, r.fen, is_interest=r.is_interest_of(year))
            for r in rows
            if r.arrival.year == year and not r.is_before(year)
        ),
        credited_fen=sum(r.fen for r in rows if r.is_interest_of(year) and r.arrival.year > year),
        balance_fen=sum(r.fen for r in rows),
    )


def differing(
    run: InterestRun, expected: dict[int, Judged], before: set[int]
) -> list[tuple[int, object, object]]:
    """The first few accounts whose year is not what the judge says."""
    written = {
        e.person_id: e.fen for e in AccountEntry.objects.filter(source="RUN", source_id=run.pk)
    }
    assert len(written) == AccountEntry.objects.exclude(pk__in=before).count()
    closed = {c.person_id: c for c in YearClose.objects.filter(run=run)}
    wrong: list[tuple[int, object, object]] = []
    for person_id, one in expected.items():
        close = closed.get(person_id)
        found = (
            (written.get(person_id, 0), close.product_fen, close.closing_fen)
            if close
            else (written.get(person_id, 0), 0, 0)
        )
        wanted = (one.year.difference_fen, one.year.product_fen, one.year.closing_fen)
        if found != wanted:
            wrong.append((person_id, wanted, found))
    return wrong[:3]


def draw_year(ids: range, year: int, random: Random) -> None:
    """Let a year happen to everybody."""
    balances: Counter[int] = Counter()
    for person_id, fen in AccountEntry.objects.values_list("person_id", "fen"):
        balances[person_id] += fen
    drawn = [
        entry
        for person_id in ids
        for entry in city.year_of(
            person_id=person_id, year=year, balance=balances[person_id], random=random
        )
    ]
    city.write(drawn)


def test_two_years_of_five_thousand_accounts_agree_with_the_pure_functions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = Random(SEED)
    ids = city.write_people(count=ACCOUNTS)
    city.write(city.openings(ids=ids, first_year=FIRST, random=random))
    draw_year(ids, FIRST, random)

    run_year(FIRST, "0.0262", interim=True, monkeypatch=monkeypatch)
    draw_year(ids, SECOND, random)
    run_year(SECOND, "0.015", interim=True, monkeypatch=monkeypatch)
    bounded = run_year(FIRST, "0.015", interim=False, monkeypatch=monkeypatch)
    run_year(SECOND, "0.0397", interim=False, monkeypatch=monkeypatch)

    closes = YearClose.objects.filter(ratio="0.015", product_fen__gt=0)
    assert sum(product % city.TIE == 400 for product in products(closes)) >= 400
    downs = AccountEntry.objects.filter(kind="TRUE_UP", fen__lt=0)
    assert downs.count() > 2_500
    assert bounded >= 20
    assert [row for row in broken_promises() if "利" in row.promise] == []


def products(closes: QuerySet[YearClose]) -> Iterable[int]:
    return closes.values_list("product_fen", flat=True)
