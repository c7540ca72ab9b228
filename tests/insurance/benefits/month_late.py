"""What becomes known between two runs (两期之间的变化): late facts by the hundred, and the bank.

Each change takes a sample of all entitlements, in their order, so that the same seed gives the same
city again.
"""

from datetime import date, datetime
from random import Random
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.months import Month
from payments.batches import open_batches
from payments.models import BatchKind, ReturnFile
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_city import DEATH_DAYS, HOLDS, Span, copy_rows

PAID, RETURNED = 8, 9


def clock() -> datetime:
    """The database's own time."""
    ((moment,),) = rows("SELECT clock_timestamp()")
    assert isinstance(moment, datetime)
    return moment


def rows(statement: str, *given: Any) -> list[tuple[Any, ...]]:
    """Run a statement; give what it returns."""
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall()) if cursor.description else []


class Late:
    """A round of changes, all recorded at one moment, about months near ``period``."""

    def __init__(self, *, period: Month, random: Random) -> None:
        self.period, self.random, self.moment = period, random, clock()
        self.entitlements = rows("SELECT id, person_id FROM benefits_entitlement ORDER BY id")

    def happen(self, *, share: float = 1.0) -> None:
        """Let everything happen that happens in a month."""
        count = int(len(self.entitlements) * 0.02 * share)
        self.deaths_become_known(count)
        self.deaths_are_taken_back(count)
        self.components_are_corrected(count)
        self.components_never_were(count // 4)
        self.figures_are_verified(count)
        self.stops_are_decided(count)
        self.stops_are_taken_back(count)
        self.holds_change(count)
        self.accounts_change(count)

    def deaths_become_known(self, count: int) -> None:
        """Reported or confirmed; some that were only reported are confirmed now."""
        chosen = {person for _, person in self._sample(count)}
        reported: dict[int, date] = {}
        for person, day, confirmed in rows(
            "SELECT person_id, death_date, confirmed FROM people_death "
            "WHERE superseded_at IS NULL ORDER BY id"
        ):
            if confirmed:
                chosen.discard(person)
            elif self.random.random() < 0.5:
                reported[person] = day
                chosen.add(person)
        self._close("people_death", "person_id", sorted(chosen))
        copy_rows(
            table="people_death",
            columns="person_id, death_date, source, confirmed, evidence, case_id, recorded_at",
            rows=[self._death(person, reported.get(person)) for person in sorted(chosen)],
        )

    def _death(self, person: int, reported: date | None) -> tuple[object, ...]:
        day = reported or self.random.choice(DEATH_DAYS)
        sure = reported is not None or self.random.random() < 0.8
        return (person, day, "POLICE", sure, "演示", m.SOME_CASE, self.moment)

    def deaths_are_taken_back(self, count: int) -> None:
        """Confirmed or not."""
        self._close("people_death", "person_id", self._some_of("people_death", "person_id", count))

    def components_are_corrected(self, count: int) -> None:
        """From a month on, back or ahead: more, less, or nothing at all."""
        chosen = self._some_of("benefits_component", "id", count)
        old = rows(
            "SELECT id, entitlement_id, component, fen, standing, valid FROM benefits_component "
            "WHERE id = ANY(%s) ORDER BY id",
            chosen,
        )
        self._close("benefits_component", "id", chosen)
        written = []
        for _, entitlement, name, fen, standing, valid in old:
            change = self.period.plus(self.random.randint(-3, 1)).first_day
            if valid.lower < change:
                end = min(change, valid.upper) if valid.upper else change
                written.append((entitlement, name, fen, standing, SqlRange(valid.lower, end)))
            start, more = max(change, valid.lower), self.random.choice((-9_000, -1, 1, 9_000))
            goes_on = valid.upper is None or start < valid.upper
            if goes_on and self.random.random() < 0.9:
                amount = max(1, fen + more)
                written.append((entitlement, name, amount, standing, SqlRange(start, valid.upper)))
        copy_rows(
            table="benefits_component",
            columns="entitlement_id, component, fen, standing, valid, case_id, recorded_at",
            rows=[(*row, m.SOME_CASE, self.moment) for row in written],
        )

    def components_never_were(self, count: int) -> None:
        """Taken over or awarded by mistake not long ago: nothing takes their place."""
        recent = rows(
            "SELECT id FROM benefits_component WHERE superseded_at IS NULL AND case_id IS NULL "
            "AND lower(valid) > %s ORDER BY id LIMIT %s",
            self.period.plus(-6).first_day,
            count,
        )
        self._close("benefits_component", "id", [number for (number,) in recent])

    def figures_are_verified(self, count: int) -> None:
        """An unverified figure turns out right: the same fen, another standing."""
        doubtful = rows(
            "SELECT id FROM benefits_component WHERE standing = 'UNVERIFIED' "
            "AND superseded_at IS NULL ORDER BY id LIMIT %s",
            count,
        )
        chosen = [number for (number,) in doubtful]
        self._close("benefits_component", "id", chosen)
        rows(
            "INSERT INTO benefits_component (entitlement_id, component, fen, standing, valid, "
            "case_id, recorded_at) SELECT entitlement_id, component, fen, 'BASELINE', valid, %s, "
            "%s FROM benefits_component WHERE id = ANY(%s)",
            m.SOME_CASE,
            self.moment,
            chosen,
        )

    def stops_are_decided(self, count: int) -> None:
        """From months back or from the period on, for good or for a while."""
        written = []
        for entitlement, _ in self._sample(count):
            start = self.period.plus(self.random.randint(-3, 1))
            span = Span(start, self.random.choice((None, start.next, start.plus(3))))
            valid = m.months(span.start, span.end)
            written.append((entitlement, "演示", m.SOME_CASE, valid, self.moment))
        copy_rows(
            table="benefits_stop",
            columns="entitlement_id, reason, case_id, valid, recorded_at",
            rows=written,
        )

    def stops_are_taken_back(self, count: int) -> None:
        """What was not paid in those months is owed after all."""
        self._close("benefits_stop", "id", self._some_of("benefits_stop", "id", count))

    def holds_change(self, count: int) -> None:
        """Some are released, others begin."""
        self._close("benefits_hold", "id", self._some_of("benefits_hold", "id", 2 * count))
        copy_rows(
            table="benefits_hold",
            columns="entitlement_id, reason, note, valid, recorded_at",
            rows=[
                (e, self.random.choice(HOLDS), "", m.months(self.period, None), self.moment)
                for e, _ in self._sample(count)
            ],
        )

    def accounts_change(self, count: int) -> None:
        """Payees bring new accounts; some accounts are refused by the bank."""
        chosen = {person for _, person in self._sample(count)}
        without = rows(
            "SELECT DISTINCT person_id FROM benefits_entitlement e WHERE NOT EXISTS (SELECT 1 FROM "
            "payments_payeeaccount a WHERE a.payee_id = e.person_id) ORDER BY 1 LIMIT %s",
            count,
        )
        payees = sorted(chosen | {person for (person,) in without})
        self._close("payments_payeeaccount", "payee_id", payees)
        copy_rows(
            table="payments_payeeaccount",
            columns="payee_id, bank, account_no, holder_name, valid, recorded_at",
            rows=[
                (
                    p,
                    self.random.choice(("NSB", "CSB")),
                    f"63{p:014d}",
                    "演新",
                    SqlRange(m.pay_date(self.period), None),
                    self.moment,
                )
                for p in payees
            ],
        )
        rows(
            "INSERT INTO payments_accountblock (account_id, reason, due_ref, n, recorded_at) "
            "SELECT id, 'CLOSED', id, 1, %s FROM payments_payeeaccount "
            "WHERE id = ANY(%s) ON CONFLICT DO NOTHING",
            self.moment,
            self._some_of("payments_payeeaccount", "id", count // 2),
        )

    def _sample(self, count: int) -> list[tuple[Any, ...]]:
        return self.random.sample(self.entitlements, count)

    def _some_of(self, table: str, column: str, count: int) -> list[int]:
        current = rows(f"SELECT {column} FROM {table} WHERE superseded_at IS NULL ORDER BY id")
        return [number for (number,) in self.random.sample(current, min(count, len(current)))]

    def _close(self, table: str, column: str, values: list[int]) -> None:
        rows(
            f"UPDATE {table} SET superseded_at = %s WHERE {column} = ANY(%s) "
            "AND superseded_at IS NULL",
            self.moment,
            values,
        )


def bank_answers(*, period: Month, random: Random) -> None:
    """Most lines are paid, some returned, some paid and then returned, some not answered."""
    unanswered = rows(
        "SELECT a.due_ref, a.n, a.fen FROM payments_attempt a JOIN benefits_due d USING (due_ref) "
        "WHERE NOT EXISTS (SELECT 1 FROM payments_outcome o WHERE o.due_ref = a.due_ref "
        "AND o.n = a.n AND o.state >= %s) ORDER BY d.entitlement_id, d.for_month, d.kind, a.n",
        PAID,
    )
    file = ReturnFile.objects.create(
        bank="NSB", name="演示", size=1, sha256=f"{random.getrandbits(256):064x}", accepted=True
    )
    said = [
        (due_ref, n, state, fen, "", file.id)
        for due_ref, n, fen in unanswered
        for state in random.choices(((PAID,), (RETURNED,), (PAID, RETURNED), ()), (80, 12, 3, 5))[0]
    ]
    columns = "due_ref, n, state, fen, reason, return_file_id"
    for wanted in (PAID, RETURNED):
        told = [row for row in said if row[2] == wanted]
        copy_rows(table="payments_outcome", columns=columns, rows=told)
    _pay_again(period=period, random=random)


def _pay_again(*, period: Month, random: Random) -> None:
    """A third of what was returned is tried again, in lines of reissue batches."""
    open_batches(
        period=period, pay_date=m.pay_date(period), today=m.pay_date(period), kind=BatchKind.REISSUE
    )
    returned = rows(
        "SELECT a.due_ref, a.n FROM payments_attempt a JOIN payments_outcome o "
        "ON o.due_ref = a.due_ref AND o.n = a.n AND o.state = %s "
        "JOIN benefits_due d ON d.due_ref = a.due_ref "
        "WHERE NOT EXISTS (SELECT 1 FROM payments_withdrawn w WHERE w.due_ref = a.due_ref) "
        "AND NOT EXISTS (SELECT 1 FROM payments_attempt f WHERE f.due_ref = a.due_ref "
        "AND f.n > a.n) ORDER BY d.entitlement_id, d.for_month, d.kind",
        RETURNED,
    )
    again = [due_ref for due_ref, _ in returned if random.random() < 0.33]
    rows(
        "INSERT INTO payments_attempt (due_ref, n, batch_id, chunk, payee_id, fen, parts, "
        "account_no, holder_name, returned_n, returned_state) "
        "SELECT a.due_ref, a.n + 1, (SELECT min(b.id) FROM payments_batch b WHERE b.period = %s "
        "AND b.kind = 'REISSUE'), 0, a.payee_id, a.fen, a.parts, a.account_no, a.holder_name, "
        "a.n, %s FROM payments_attempt a JOIN payments_outcome o ON o.due_ref = a.due_ref "
        "AND o.n = a.n AND o.state = %s WHERE a.due_ref = ANY(%s) "
        "AND NOT EXISTS (SELECT 1 FROM payments_attempt f WHERE f.due_ref = a.due_ref "
        "AND f.n > a.n)",
        period.first_day,
        RETURNED,
        RETURNED,
        again,
    )
