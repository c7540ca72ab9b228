"""What the pure functions say that is owed (核定双算裁判), month by month."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache

from django.db import connection

from backend.kernel.months import Month
from backend.people.models import Alias, Death
from insurance.collection.models import BillRun, Undeclared
from insurance.collection.rules.assess import Insured, assess_employer, assess_person
from insurance.collection.rules.bounds import Several
from insurance.collection.rules.lines import Line, LineKey
from insurance.collection.rules.terms import EMPLOYED, FLEXIBLE, Terms, terms_for
from insurance.collection.rules.undeclared import (
    MonthTotal,
    NoLastTotal,
    assess_undeclared,
    undeclared_terms,
)
from insurance.enrolment.models import Enrolment
from insurance.policy import parameters
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection.collection_builders import ANQING
from tests.insurance.enrolment.enrolled import ENROLLED

Sums = dict[LineKey, tuple[int, int]]


@dataclass(frozen=True)
class Row:
    """Somebody insured at a payer in a month."""

    person_id: int
    scheme: str
    kind: str
    payer_id: int
    wage_fen: int | None
    enrolment_id: int
    since: date


@dataclass
class Owed:
    """All that is owed for some months, and what nobody could assess."""

    lines: list[Line] = field(default_factory=list)
    totals: dict[tuple[int, str], list[MonthTotal]] = field(
        default_factory=lambda: defaultdict(list)
    )
    without_total: set[tuple[int, str, Month]] = field(default_factory=set)


def owed(*, run: BillRun, first: Month, last: Month) -> Owed:
    """Assess all months from ``first`` to ``last`` as known when the run was opened."""
    found = Owed()
    for month in first.until(last.next):
        rows = _rows(run.known_at, month)
        dead = _dead(run.known_at, month)
        rows = [row for row in rows if row.person_id not in dead]
        silent = _silent(run.known_at, month)
        _assess(found, [row for row in rows if row.payer_id not in silent], month)
        for payer_id in silent:
            _estimate(found, payer_id, month, {r.scheme for r in rows if r.payer_id == payer_id})
    return found


def written(*, known_at: datetime) -> Sums:
    """What all lines add up to, by the parties that live on."""
    lives_on = _lives_on(known_at)
    lines = (
        replace(line, key=replace(
            line.key,
            payer_id=lives_on.get(line.key.payer_id, line.key.payer_id),
            person_id=lives_on.get(line.key.person_id or 0, line.key.person_id),
        ))
        for line in b.lines()
    )  # fmt: skip
    return sums(lines)


def sums(lines: Iterable[Line]) -> Sums:
    """Fen and account part by key, where there is any."""
    fen: Counter[LineKey] = Counter()
    account: Counter[LineKey] = Counter()
    for line in lines:
        fen[line.key] += line.fen
        account[line.key] += line.account_fen
    return {key: (fen[key], account[key]) for key in fen if fen[key] or account[key]}


def _rows(known_at: datetime, month: Month) -> list[Row]:
    """One row for a person at a payer: of merged entries the one that was there first."""
    with connection.cursor() as cursor:
        cursor.execute(ENROLLED, {"known_at": known_at, "month": month.first_day})
        told = cursor.fetchall()
    since = {pk: valid.lower for pk, valid in Enrolment.objects.values_list("pk", "valid")}
    rows = [
        Row(person_id, scheme, kind, payer_id or person_id, wage, pk, since[pk])
        for person_id, scheme, kind, payer_id, _, wage, _, pk in told
    ]
    rows.sort(key=lambda row: (row.since, row.enrolment_id))
    first: dict[tuple[int, str, int], Row] = {}
    for row in rows:
        first.setdefault((row.person_id, row.scheme, row.payer_id), row)
    return sorted(first.values(), key=lambda row: (row.since, row.payer_id))


def _lives_on(known_at: datetime) -> dict[int, int]:
    aliases = Alias.objects.filter(recorded_at__lte=known_at)
    return dict(aliases.values_list("party_id", "survivor_id"))


def _dead(known_at: datetime, month: Month) -> set[int]:
    """Whose confirmed death lies before the month, under whatever entry."""
    lives_on = _lives_on(known_at)
    return {
        lives_on.get(row.person_id, row.person_id)
        for row in Death.objects.filter(recorded_at__lte=known_at, confirmed=True)
        if (row.superseded_at is None or row.superseded_at > known_at)
        and Month.of(row.death_date) < month
    }


def _silent(known_at: datetime, month: Month) -> set[int]:
    lives_on = _lives_on(known_at)
    return {
        lives_on.get(row.payer_id, row.payer_id)
        for row in Undeclared.objects.filter(recorded_at__lte=known_at)
        if (row.superseded_at is None or row.superseded_at > known_at)
        and row.valid.lower <= month.first_day
        and (row.valid.upper is None or month.first_day < row.valid.upper)
    }


def _assess(found: Owed, rows: list[Row], month: Month) -> None:
    """Those who joined first come first: their bases count at the employers joined later."""
    elsewhere: Counter[tuple[int, str, str]] = Counter()
    bills: dict[tuple[int, str], list[Insured]] = defaultdict(list)
    for row in rows:
        terms = _terms(row.scheme, row.kind, month)
        several = (row.person_id, row.scheme, row.kind)
        insured = Insured(row.person_id, row.payer_id, row.wage_fen, elsewhere[several])
        person = assess_person(insured=insured, terms=terms)
        elsewhere[several] += person.base.fen if terms.several is Several.SUM_CEILING else 0
        if row.kind == FLEXIBLE:
            found.lines += person.lines
        else:
            bills[row.payer_id, row.scheme].append(insured)
    for (payer_id, scheme), insured_there in bills.items():
        terms = _terms(scheme, EMPLOYED, month)
        bill = assess_employer(payer_id=payer_id, insured=insured_there, terms=terms)
        found.lines += bill.lines
        found.totals[payer_id, scheme].append(MonthTotal(month, bill.fen))


def _estimate(found: Owed, payer_id: int, month: Month, schemes: set[str]) -> None:
    for scheme in ("110", "210", "310"):
        totals = found.totals[payer_id, scheme]
        try:
            estimate = assess_undeclared(
                payer_id=payer_id,
                scheme=scheme,
                month=month,
                totals=totals,
                terms=undeclared_terms(
                    tree=parameters.load(), region=ANQING, month=month, demo=True
                ),
            )
        except NoLastTotal:
            if scheme in schemes:
                found.without_total.add((payer_id, scheme, month))
            continue
        found.lines.append(estimate.line)
        totals.append(MonthTotal(month, estimate.line.fen, is_estimate=True))


def _terms(scheme: str, kind: str, month: Month) -> Terms:
    return _terms_by(parameters.load().version, scheme, kind, month)


@cache
def _terms_by(version: str, scheme: str, kind: str, month: Month) -> Terms:
    return terms_for(
        tree=parameters.load(),
        scheme=scheme,
        kind=kind,
        region=ANQING,
        month=month,
        known_on=date(2027, 3, 1),
        demo=True,
    )
