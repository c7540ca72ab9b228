"""Let what left an account come back as if it never had (转回), with the interest of closed years.

In the month in which it left; where that year is closed, in the first January that is not, and the
interest that the closed years would have borne is entered beside it (补记利息). Whenever one of
these years is trued up, so is that, by difference.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Max

from backend.audit.record import record
from backend.kernel.months import Month
from insurance.accounts.entries import append, balance, lock
from insurance.accounts.facts import first_open_month
from insurance.accounts.interest import Movement
from insurance.accounts.missed import Absence, ClosedYear, missed_interest
from insurance.accounts.missed_steps import missed_steps
from insurance.accounts.models import (
    AccountEntry,
    CameBack,
    EntryKind,
    EntrySource,
    FixedRate,
    InterestRun,
    InterestRunState,
    MadeUpInterest,
    Part,
    YearClose,
)
from insurance.policy.kept_steps import kept

# ``{select}`` gives (person_id, scheme, part, for_month, left_month, fen, source_id).
_GIVEN = "({select}) AS g (person_id, scheme, part, for_month, left_month, fen, source_id)"
PERSONS = f"SELECT DISTINCT g.person_id FROM {_GIVEN}"
_BACK = f"""
SELECT g.*, greatest(g.left_month, o.first_open) AS back_month FROM {_GIVEN}
LEFT JOIN (SELECT scheme, make_date(max(year) + 1, 1, 1) AS first_open
    FROM accounts_interestrun GROUP BY scheme) o ON o.scheme = g.scheme"""
ENTERED = f"""
SELECT person_id, scheme, part, for_month, back_month, fen, source_id FROM ({_BACK}) b
WHERE sign(fen) = %(sign)s"""
ABSENT = f"""
INSERT INTO accounts_cameback (person_id, scheme, left_month, back_month, fen, case_id)
SELECT person_id, scheme, left_month, back_month, sum(fen)::bigint, %(case)s FROM ({_BACK}) b
WHERE back_month > left_month GROUP BY 1, 2, 3, 4 HAVING sum(fen) <> 0
RETURNING person_id, scheme
"""
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('accounts.made_up', 0))"


def come_back(
    *,
    select: str,
    each: Sequence[Mapping[str, Any]],
    source: EntrySource,
    case_id: int,
    kinds: tuple[EntryKind, EntryKind] = (EntryKind.CREDIT, EntryKind.REFUND),
) -> int:
    """Enter again what a decided case lets come back; rows written, but for the interest made up,
    which records itself.

    ``select`` gives (person_id, scheme, part, for_month, left_month, fen, source_id), above zero
    what comes back, below zero what goes with it, by ``each`` of several parameters: the n-th are
    those of the entries' ``n``; ``kinds``: as which it comes, and goes. The caller records the
    entries and holds the transaction.

    Raises:
        EntryDiffers, IntegrityError: as ``entries.append``.
    """
    let_no_year_close()
    lock(person_ids=_persons(select, each))
    rows, accounts = 0, set()
    for n, parameters in enumerate(each):
        rows += _enter(select, parameters, source, n, kinds)
        with connection.cursor() as cursor:
            cursor.execute(ABSENT.format(select=select), {**parameters, "case": case_id})
            absent = cursor.fetchall()
        rows += len(absent)
        accounts.update(absent)
    _make_up_all(sorted(accounts))
    return rows


def make_up_again(*, scheme: str) -> None:
    """Enter what a closed year changes of the interest made up before.

    The caller holds the transaction, in which the year is closed.
    """
    let_no_year_close()
    rows = CameBack.objects.filter(scheme=scheme).order_by("person_id")
    _make_up_all(rows.values_list("person_id", "scheme").distinct())


def still_missed(*, person_id: int, scheme: str) -> int:
    """Give what is to be made up of an account by what is known now, in fen."""
    return missed_interest(**vars(_facts(person_id, scheme)))


@dataclass(frozen=True)
class _Facts:
    """What the interest that is missed rests on."""

    absences: list[Absence]
    made_up: list[Movement]
    closed: list[ClosedYear]


def _facts(person_id: int, scheme: str) -> _Facts:
    absences = [
        Absence(Month.of(one.left_month), Month.of(one.back_month), one.fen)
        for one in CameBack.objects.filter(person=person_id, scheme=scheme)
    ]
    made_up = [
        Movement(Month.of(one.arrival_month), one.fen) for one in _made_up(person_id, scheme)
    ]
    first = min(one.left.year for one in absences)
    return _Facts(absences, made_up, _closed(person_id, scheme, first))


def let_no_year_close() -> None:
    """Nor let anything else be made up: both would miss what the other enters."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)


def _persons(select: str, each: Iterable[Mapping[str, Any]]) -> set[int]:
    """All of them are locked at once: of what comes back one by one two might wait in a circle."""
    found: set[int] = set()
    with connection.cursor() as cursor:
        for parameters in each:
            cursor.execute(PERSONS.format(select=select), parameters)
            found.update(person_id for (person_id,) in cursor.fetchall())
    return found


def _enter(
    select: str,
    parameters: Mapping[str, Any],
    source: EntrySource,
    n: int,
    kinds: tuple[EntryKind, EntryKind],
) -> int:
    return sum(
        append(
            select=ENTERED.format(select=select),
            parameters={**parameters, "sign": sign},
            kind=kind,
            source=source,
            n=n,
        )
        for kind, sign in zip(kinds, (1, -1), strict=True)
    )


def _make_up_all(accounts: Iterable[tuple[int, str]]) -> None:
    for person_id, scheme in accounts:
        _make_up(person_id, scheme)


def _make_up(person_id: int, scheme: str) -> None:
    """Never more than the account holds is taken back."""
    lock(person_ids=[person_id])
    held = balance(person_id=person_id, scheme=scheme)
    facts = _facts(person_id, scheme)
    fen = max(missed_interest(**vars(facts)), -held)
    if not fen:
        return
    case_id = CameBack.objects.filter(person=person_id, scheme=scheme).latest("pk").case_id
    opens = first_open_month(scheme=scheme)
    assert opens is not None  # something was closed, or nothing was missed
    last = _made_up(person_id, scheme).aggregate(n=Max("n"))["n"] or 0
    entry = AccountEntry.objects.create(
        person_id=person_id,
        scheme=scheme,
        kind=EntryKind.MADE_UP,
        part=Part.WHOLE,
        for_month=opens.previous.first_day,
        arrival_month=opens.first_day,
        fen=fen,
        source=EntrySource.CASE,
        source_id=case_id,
        n=last + 1,
    )
    steps = missed_steps(**vars(facts), held_fen=held)
    MadeUpInterest.objects.create(entry=entry, reckoned=kept(steps=steps))
    record(
        name="accounts.make_up_interest",
        subject_kind="people.party",
        subject_id=str(person_id),
        rows=2,
        details={"scheme": scheme, "fen": fen, "case": case_id},
    )


def _made_up(person_id: int, scheme: str) -> Any:
    return AccountEntry.objects.filter(person=person_id, scheme=scheme, kind=EntryKind.MADE_UP)


def _closed(person_id: int, scheme: str, first: int) -> list[ClosedYear]:
    """Each year by its last run; an account that was empty all the year has no row of it."""
    runs = InterestRun.objects.filter(
        scheme=scheme, year__gte=first, state=InterestRunState.DONE
    ).order_by("year", "-interim")
    last = {run.year: run for run in runs}
    closes = {
        one.run_id: one
        for one in YearClose.objects.filter(
            run__in=[run.pk for run in last.values()], person_id=person_id
        )
    }
    fixed = dict(
        FixedRate.objects.filter(person=person_id, scheme=scheme).values_list("year", "ratio")
    )
    return [
        ClosedYear(year, close.product_fen, close.ratio)
        if (close := closes.get(run.pk))
        else ClosedYear(year, 0, fixed.get(year, run.ratio))
        for year, run in last.items()
    ]
