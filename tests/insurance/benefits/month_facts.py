"""A month decided person by person (逐人判定), by ``assess`` over the facts in the database.

The facts are read by the plainest statements there are, and sorted out in Python: nothing here
shares a line with the statements of the monthly run.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.months import Month, MonthRange
from insurance.benefits.assess import (
    NOTHING,
    ComponentFact,
    EntitlementFacts,
    MonthSoFar,
    PaymentFacts,
    correct_month,
    death_month,
    hold_reason,
    parts_for,
    regular_parts,
)
from insurance.benefits.items import item_ordinals
from insurance.benefits.models import Run
from insurance.benefits.recovery.amounts import set_off, taken
from payments.banks.profile import bank_codes

REGULAR, DIFFERENCE, KEPT, RETURNED = 1, 2, 3, 9
Parts = tuple[int, ...]
Key = tuple[int, Month, Month]  # kind, month it is for, period that found it


@dataclass
class Decided:
    """What a run does for one entitlement."""

    dues: dict[Key, Parts] = field(default_factory=dict)
    cancelled: set[int] = field(default_factory=set)
    overpaid: dict[Month, int] = field(default_factory=dict)
    placed: dict[Key, str] = field(default_factory=dict)  # a reason, or where the money goes


@dataclass(frozen=True)
class OldDue:
    """A due of an earlier run that was not cancelled before this one."""

    due_ref: int
    key: Key
    parts: Parts
    with_bank: bool
    held_last: bool


def decide(*, run: Run, since: Month) -> dict[int, Decided]:
    """What the run has to do, person by person; past months from ``since`` on are looked at."""
    books = _Books(run)
    return {entitlement: books.decide(entitlement, since) for entitlement in books.entitlements}


def found(*, run: Run) -> dict[int, Decided]:
    """What the run has done."""
    decided: dict[int, Decided] = defaultdict(Decided)
    period = run.period
    for entitlement, kind, for_month, parts in _rows(
        "SELECT entitlement_id, kind, for_month, parts FROM benefits_due WHERE run_period = %s",
        period,
    ):
        decided[entitlement].dues[kind, Month.of(for_month), Month.of(period)] = _padded(parts)
    for entitlement, due_ref in _rows(
        "SELECT d.entitlement_id, d.due_ref FROM benefits_cancelled JOIN benefits_due d "
        "USING (due_ref) WHERE benefits_cancelled.run_period = %s",
        period,
    ):
        decided[entitlement].cancelled.add(due_ref)
    for entitlement, for_month, fen in _rows(
        "SELECT entitlement_id, for_month, fen FROM benefits_overpaid WHERE run_period = %s", period
    ):
        decided[entitlement].overpaid[Month.of(for_month)] = fen
    for entitlement, kind, for_month, run_period, where in _placed(period):
        key = kind, Month.of(for_month), Month.of(run_period)
        assert key not in decided[entitlement].placed, "a due stands in two places"
        decided[entitlement].placed[key] = where
    return decided


def _placed(period: date) -> Iterator[tuple[Any, ...]]:
    columns = "d.entitlement_id, d.kind, d.for_month, d.run_period"
    yield from _rows(
        f"SELECT {columns}, h.reason FROM benefits_held h JOIN benefits_due d USING (due_ref) "
        "WHERE h.run_period = %s",
        period,
    )
    yield from _rows(
        f"SELECT {columns}, concat_ws('/', b.book_id, b.bank, a.account_no, a.holder_name, a.fen) "
        "FROM payments_attempt a JOIN benefits_due d USING (due_ref) "
        "JOIN payments_batch b ON b.id = a.batch_id "
        "WHERE b.period = %s AND b.kind = 'REGULAR' AND a.n = 1",
        period,
    )


class _Books:
    """All facts as they were known to a run."""

    def __init__(self, run: Run) -> None:
        self.period, self.known_at = Month.of(run.period), run.known_at
        self.previous = run.parameters["previous"]
        self.account_date = date.fromisoformat(run.parameters["account_date"])
        self.components: dict[int, list[ComponentFact]] = defaultdict(list)
        self.old_system: dict[int, list[ComponentFact]] = defaultdict(list)
        self.stops: dict[int, list[MonthRange]] = defaultdict(list)
        self.holds: dict[int, dict[str, list[MonthRange]]] = defaultdict(lambda: defaultdict(list))
        self.deaths: dict[int, tuple[date, bool]] = {}
        self.accounts: dict[int, tuple[str, str, str]] = {}
        self.dues: dict[int, list[OldDue]] = defaultdict(list)
        self.overpaid: dict[tuple[int, Month], list[Parts]] = defaultdict(list)
        self.entitlements = {
            row[0]: row[1:]
            for row in _rows(
                "SELECT id, person_id, scheme, book_id, start_month, paid_through, item_ordinal, "
                "item_until, recorded_at "
                "FROM benefits_entitlement"
            )
            if row[-1] <= self.known_at
        }
        self._read_components()
        self._read_reasons()
        self._read_accounts()
        self._read_dues()
        self.set_offs = {
            entitlement: (fen, ppm)
            for entitlement, fen, ppm in _rows(
                "SELECT entitlement_id, fen, most_ppm FROM benefits_runsetoff WHERE run_id = %s",
                run.id,
            )
        }

    def decide(self, entitlement: int, since: Month) -> Decided:
        person, scheme, book, start, paid_through, item, until, _ = self.entitlements[entitlement]
        death = self.deaths.get(person)
        known = EntitlementFacts(
            scheme,
            Month.of(start),
            self.components[entitlement],
            self.stops[entitlement],
            death_month(death[0]) if death and death[1] else None,
            Month.of(paid_through) if paid_through else None,
            item,
            Month.of(until) if until else None,
        )
        decided = Decided()
        regular = regular_parts(facts=known, period=self.period, items=item_ordinals())
        if any(regular):
            decided.dues[REGULAR, self.period, self.period] = regular
        for month in since.until(self.period):
            self._correct(decided, entitlement, known, month, paid_through)
        self._place(decided, entitlement, known, person=person, book=book)
        return decided

    def _correct(
        self,
        decided: Decided,
        entitlement: int,
        known: EntitlementFacts,
        month: Month,
        paid_through: date | None,
    ) -> None:
        old = [due for due in self.dues[entitlement] if due.key[1] == month]
        paid = self._paid_by_old_system(entitlement, known, month, paid_through)
        for due in old:
            paid = _plus(paid, due.parts) if due.with_bank else paid
        unpaid = {due.due_ref: due.parts for due in old if not due.with_bank}
        back = sum(sum(parts) for parts in self.overpaid[entitlement, month])
        now = parts_for(facts=known, month=month, items=item_ordinals())
        correction = correct_month(now=now, so_far=MonthSoFar(paid, unpaid, back))
        decided.cancelled |= set(correction.cancelled)
        if any(correction.difference):
            decided.dues[DIFFERENCE, month, self.period] = correction.difference
        if correction.overpaid_fen:
            decided.overpaid[month] = correction.overpaid_fen

    def _paid_by_old_system(
        self, entitlement: int, known: EntitlementFacts, month: Month, paid_through: date | None
    ) -> Parts:
        if paid_through is None or month > Month.of(paid_through):
            return NOTHING
        as_taken = EntitlementFacts(
            known.scheme,
            known.start_month,
            self.old_system[entitlement],
            item_ordinal=known.item_ordinal,
            item_until=known.item_until,
        )
        return parts_for(facts=as_taken, month=month, items=item_ordinals())

    def _place(
        self, decided: Decided, entitlement: int, known: EntitlementFacts, *, person: int, book: int
    ) -> None:
        account = self.accounts.get(person)
        how = PaymentFacts(person in self.deaths, self.holds[entitlement], account is not None)
        carried = {
            due.key: due.parts
            for due in self.dues[entitlement]
            if due.held_last and due.due_ref not in decided.cancelled
        }
        for key, parts in (decided.dues | carried).items():
            reason = hold_reason(facts=known, payment=how, for_month=key[1], period=self.period)
            left = self._keep(decided, entitlement, key, parts) if not reason else parts
            to = "/".join(map(str, (book, *(account or ()), sum(left))))
            decided.placed[key] = reason or to

    def _keep(self, decided: Decided, entitlement: int, key: Key, parts: Parts) -> Parts:
        """What is paid of a due of which two people decided to keep some."""
        most = self.set_offs.get(entitlement)
        if most is None or key != (REGULAR, self.period, self.period):
            return parts
        kept = set_off(due_fen=sum(parts), most_fen=most[0], most_ppm=most[1])
        if not kept:
            return parts
        out = taken(parts=parts, fen=kept)
        left = tuple(p - o for p, o in zip(parts, out, strict=True))
        decided.dues[key] = left
        decided.dues[KEPT, key[1], key[2]] = out
        decided.placed[KEPT, key[1], key[2]] = "SET_OFF"
        return left

    def _known(self, recorded_at: datetime, superseded_at: datetime | None) -> bool:
        return recorded_at <= self.known_at and (
            superseded_at is None or superseded_at > self.known_at
        )

    def _read_components(self) -> None:
        for entitlement, name, fen, standing, case_id, valid, *times in _rows(
            "SELECT entitlement_id, component, fen, standing, case_id, valid, recorded_at, "
            "superseded_at FROM benefits_component"
        ):
            fact = ComponentFact(name, _months(valid), fen, standing)
            if case_id is None:
                self.old_system[entitlement].append(fact)
            if self._known(*times):
                self.components[entitlement].append(fact)

    def _read_reasons(self) -> None:
        for entitlement, valid, *times in _rows(
            "SELECT entitlement_id, valid, recorded_at, superseded_at FROM benefits_stop"
        ):
            if self._known(*times):
                self.stops[entitlement].append(_months(valid))
        for entitlement, reason, valid, *times in _rows(
            "SELECT entitlement_id, reason, valid, recorded_at, superseded_at FROM benefits_hold"
        ):
            if self._known(*times):
                self.holds[entitlement][reason].append(_months(valid))
        for person, died, confirmed, *times in _rows(
            "SELECT person_id, death_date, confirmed, recorded_at, superseded_at FROM people_death"
        ):
            if self._known(*times):
                self.deaths[person] = (died, confirmed)

    def _read_accounts(self) -> None:
        blocked = {
            account
            for account, at in _rows("SELECT account_id, recorded_at FROM payments_accountblock")
            if at <= self.known_at
        }
        for account, payee, bank, number, holder, valid, *times in _rows(
            "SELECT id, payee_id, bank, account_no, holder_name, valid, recorded_at, "
            "superseded_at FROM payments_payeeaccount"
        ):
            usable = (
                account not in blocked
                and bank in bank_codes(demo=True)
                and self.account_date in valid
            )
            if usable and self._known(*times):
                self.accounts[payee] = (bank, number, holder)

    def _read_dues(self) -> None:
        period = self.period.first_day
        gone = {
            due_ref
            for (due_ref,) in _rows(
                "SELECT due_ref FROM benefits_cancelled WHERE run_period < %s", period
            )
        }
        held = {
            due_ref
            for (due_ref,) in _rows(
                "SELECT due_ref FROM benefits_held WHERE run_period = %s", self.previous
            )
        }
        with_bank = self._with_bank(period)
        for due_ref, entitlement, kind, for_month, run_period, parts in _rows(
            "SELECT due_ref, entitlement_id, kind, for_month, run_period, parts "
            "FROM benefits_due WHERE run_period < %s",
            period,
        ):
            if due_ref not in gone:
                key = kind, Month.of(for_month), Month.of(run_period)
                gone_out = due_ref in with_bank or kind == KEPT
                waits = due_ref in held and kind != KEPT
                self.dues[entitlement].append(OldDue(due_ref, key, _padded(parts), gone_out, waits))
        for entitlement, for_month, parts in _rows(
            "SELECT entitlement_id, for_month, parts FROM benefits_overpaid WHERE run_period < %s",
            period,
        ):
            self.overpaid[entitlement, Month.of(for_month)].append(_padded(parts))

    def _with_bank(self, period: date) -> set[int]:
        """Dues with a line, of a month before, that the bank has not given back."""
        returned = set(_rows("SELECT due_ref, n FROM payments_outcome WHERE state = %s", RETURNED))
        lines = _rows(
            "SELECT a.due_ref, a.n FROM payments_attempt a JOIN payments_batch b "
            "ON b.id = a.batch_id WHERE b.period < %s",
            period,
        )
        return {line[0] for line in lines if line not in returned}


def _rows(statement: str, *given: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())


def _months(valid: SqlRange) -> MonthRange:
    return MonthRange(Month.of(valid.lower), Month.of(valid.upper) if valid.upper else None)


def _padded(parts: list[int]) -> Parts:
    return (*parts, *NOTHING)[: len(NOTHING)]


def _plus(left: Parts, right: Parts) -> Parts:
    return tuple(a + b for a, b in zip(left, right, strict=True))
