"""The yearly statement of rights (个人权益记录) as data: every figure with its source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import connection

from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.accounts.facts import INTERESTS, entries_of, year_facts, year_of
from insurance.accounts.interest import Rate, year_interest
from insurance.accounts.models import (
    AccountEntry,
    EntryKind,
    FixedRate,
    InterestRun,
    Part,
    Scheme,
    YearClose,
)
from insurance.accounts.yearly_interest import last_run
from insurance.policy.steps import Step

COMING_IN = (EntryKind.OPENING, EntryKind.CREDIT, EntryKind.TRANSFER_IN, EntryKind.MADE_UP)

ACCOUNTS = """
SELECT e.person_id, e.scheme, sum(e.fen)::bigint, max(e.arrival_month)
FROM accounts_accountentry e
WHERE e.person_id IN (SELECT p.party_id FROM people_canonical p WHERE p.canonical_id = (
    SELECT c.canonical_id FROM people_canonical c WHERE c.party_id = %s))
GROUP BY e.person_id, e.scheme ORDER BY e.person_id, e.scheme
"""


class NoAccount(Refusal):
    """This person has no such account (没有这个个人账户)."""

    code = "account_not_found"
    status = 404


@dataclass(frozen=True)
class Held:
    """An account and what it holds (账户余额)."""

    person_id: int
    scheme: str
    balance_fen: int
    last_month: Month


@dataclass(frozen=True)
class Line:
    """An entry as the statement shows it (明细)."""

    kind: EntryKind
    part: Part
    for_month: Month
    arrival_month: Month
    fen: int
    source: str
    source_id: int


@dataclass(frozen=True)
class PartTotal:
    """What came in by whose money it was (按来源合计)."""

    part: Part
    fen: int


@dataclass(frozen=True)
class Statement:
    """One account's year: opening + in + interest − out = closing."""

    person_id: int
    scheme: Scheme
    year: int
    opening_fen: int
    credits: tuple[Line, ...]
    credited: tuple[PartTotal, ...]
    interest: tuple[Line, ...]
    interest_fen: int
    interim: bool  # the year's rate is not announced, or the year not closed
    steps: tuple[Step, ...]
    payouts: tuple[Line, ...]
    paid_out_fen: int
    closing_fen: int


def accounts_of(*, person_id: int) -> list[Held]:
    """Give all accounts of a person, also under entries that were merged into this one."""
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS, [person_id])
        return [Held(p, s, fen, Month.of(month)) for p, s, fen, month in cursor.fetchall()]


def statement_of(*, person_id: int, scheme: str, year: int) -> Statement:
    """Give an account's year as it is known now.

    Raises:
        NoAccount: nothing was ever entered up to that year.
    """
    entries = entries_of(person_id=person_id, scheme=scheme)
    if not any(year_of(row) <= year for row in entries):
        raise NoAccount("此人没有这个个人账户。", scheme=scheme)
    rows = [row for row in entries if year_of(row) == year]
    came_in = _lines(row for row in rows if row.kind in COMING_IN)
    interest = _lines(row for row in rows if row.kind in INTERESTS)
    payouts = _lines(row for row in rows if row.kind not in (*COMING_IN, *INTERESTS))
    opening = sum(row.fen for row in entries if year_of(row) < year)
    run = last_run(scheme=scheme, year=year)
    return Statement(
        person_id=person_id,
        scheme=Scheme(scheme),
        year=year,
        opening_fen=opening,
        credits=came_in,
        credited=_by_part(came_in),
        interest=interest,
        interest_fen=_sum(interest),
        interim=run is None or run.interim,
        steps=() if run is None else _steps(run, person_id, entries),
        payouts=payouts,
        paid_out_fen=-_sum(payouts),
        closing_fen=opening + _sum(came_in) + _sum(interest) + _sum(payouts),
    )


def _steps(run: InterestRun, person_id: int, entries: Sequence[AccountEntry]) -> tuple[Step, ...]:
    """Reckon the whole year afresh, by the rate it was closed with."""
    close = YearClose.objects.filter(run=run, person_id=person_id).first()
    if close is None:
        return ()
    facts = year_facts(entries=entries, year=run.year)
    afresh = replace(facts, credited_fen=0, balance_fen=None)
    return year_interest(facts=afresh, rate=_rate(run, person_id)).steps


def _rate(run: InterestRun, person_id: int) -> Rate:
    fixed = FixedRate.objects.filter(person=person_id, scheme=run.scheme, year=run.year).first()
    return Rate(
        ratio=fixed.ratio if fixed else run.ratio,
        of_year=fixed.ratio_of_year if fixed else run.ratio_of_year,
        interim=run.interim if fixed is None else fixed.ratio_of_year != run.year,
        parameter=run.parameter,
        document=run.document,
        standing=Standing(run.standing),
        authority=run.authority,
        policy_version=run.policy_version,
    )


def _lines(rows: Iterable[AccountEntry]) -> tuple[Line, ...]:
    return tuple(
        Line(
            kind=EntryKind(row.kind),
            part=Part(row.part),
            for_month=Month.of(row.for_month),
            arrival_month=Month.of(row.arrival_month),
            fen=row.fen,
            source=row.source,
            source_id=row.source_id,
        )
        for row in rows
    )


def _by_part(lines: Sequence[Line]) -> tuple[PartTotal, ...]:
    parts = [part for part in Part if any(line.part is part for line in lines)]
    return tuple(
        PartTotal(part, _sum([line for line in lines if line.part is part])) for part in parts
    )


def _sum(lines: Sequence[Line]) -> int:
    return sum(line.fen for line in lines)
