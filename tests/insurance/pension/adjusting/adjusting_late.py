"""What becomes known after an adjustment (事后得知), about months near January: seeded; 演示."""

from datetime import date
from random import Random
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_city import copy_rows
from tests.insurance.benefits.month_late import clock, rows
from tests.insurance.pension.adjusting.adjusting_city import (
    JANUARY,
    OTHER_CASE,
    archive_row,
    near,
    people,
    write,
)

EACH, AWARDED = 60, 40
DAYS = (date(2026, 12, 31), date(2027, 1, 1), date(2026, 7, 1))


def happen(*, random: Random) -> None:
    """Let everything happen that bears on an adjustment, and much that does not."""
    late = _Late(random)
    late.deaths_become_known()
    late.closed("people_death", "person_id")
    late.stops_are_decided()
    late.closed("benefits_stop", "id")
    late.closed("benefits_hold", "id")
    late.sentences_are_taken_back()
    late.sentences_become_known()
    late.months_are_found()
    late.archives_are_read()
    late.amounts_are_corrected()
    late.amounts_never_were()
    count = len(late.entitlements)
    write(people(count=AWARDED, random=random), at=clock(), after=count)


class _Late:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.entitlements = rows("SELECT id, person_id FROM benefits_entitlement ORDER BY id")
        self.cases = iter(range(OTHER_CASE + 1, OTHER_CASE + 100_000))

    def deaths_become_known(self) -> None:
        dead = {person for (person,) in rows("SELECT person_id FROM people_death")}
        copy_rows(
            table="people_death",
            columns="person_id, death_date, source, confirmed, evidence, recorded_at",
            rows=[
                (person, self.random.choice(DAYS), "POLICE", True, "演示", clock())
                for _, person in self._some()
                if person not in dead
            ],
        )

    def stops_are_decided(self) -> None:
        copy_rows(
            table="benefits_stop",
            columns="entitlement_id, reason, case_id, valid, recorded_at",
            rows=[
                (number, "演示", next(self.cases), m.months(near(self.random), None), clock())
                for number, _ in self._some()
            ],
        )

    def closed(self, table: str, column: str) -> None:
        """Some rows turn out to be wrong."""
        current = rows(f"SELECT {column} FROM {table} WHERE superseded_at IS NULL ORDER BY 1")
        chosen = self.random.sample(current, min(EACH // 2, len(current)))
        rows(
            f"UPDATE {table} SET superseded_at = clock_timestamp() WHERE {column} = ANY (%s) "
            "AND superseded_at IS NULL",
            [value for (value,) in chosen],
        )

    def sentences_become_known(self) -> None:
        told = {person for (person,) in rows("SELECT person_id FROM benefits_lifeevent")}
        copy_rows(
            table="benefits_lifeevent",
            columns="person_id, topic, form, from_date, from_month, document, case_id, recorded_at",
            rows=[
                (
                    *(person, "CUSTODY", "CONTROL", date(2026, 12, 2), JANUARY.first_day),
                    *("演示", next(self.cases), clock()),
                )
                for _, person in self._some()
                if person not in told
            ],
        )

    def sentences_are_taken_back(self) -> None:
        rows(
            "UPDATE benefits_lifeevent SET superseded_at = clock_timestamp() WHERE id IN ("
            "SELECT min(id) FROM benefits_lifeevent WHERE superseded_at IS NULL "
            "GROUP BY person_id HAVING count(*) = 1 ORDER BY 1 LIMIT %s)",
            EACH // 2,
        )

    def months_are_found(self) -> None:
        unknown = rows("SELECT id FROM benefits_entitlement WHERE paid_months IS NULL ORDER BY id")
        chosen = {number for number, _ in self._some()} | {n for (n,) in unknown[::2]}
        copy_rows(
            table="adjusting_paidmonths",
            columns="entitlement_id, paid_months, case_id, recorded_at",
            rows=[
                (number, self.random.choice((180, 181, 400)), next(self.cases), clock())
                for number in sorted(chosen)
            ],
        )

    def archives_are_read(self) -> None:
        known = {person for (person,) in rows("SELECT person_id FROM pension_archivefacts")}
        copy_rows(
            table="pension_archivefacts",
            columns="person_id, case_id, birth_month, id_birth_month, records, category, "
            "category_evidence, first_work_month, first_work_evidence, deemed_months, recorded_at",
            rows=[
                archive_row(person, date(self.random.randint(1935, 1960), 5, 1), case, clock())
                for (_, person), case in zip(self._some(), self.cases, strict=False)
                if person not in known
            ],
        )

    def amounts_are_corrected(self) -> None:
        """From a month on, back or ahead: more, less, or nothing at all."""
        for number, name, fen, valid in self._some_amounts(EACH * 3):
            change = near(self.random, before=4).first_day
            if valid.lower < change and (valid.upper is None or change < valid.upper):
                self._put(number, name, fen, SqlRange(valid.lower, change))
            start = max(change, valid.lower)
            if (valid.upper is None or start < valid.upper) and self.random.random() < 0.9:
                more = self.random.choice((-9_00, -1, 0, 1, 200_00))
                self._put(number, name, max(1, fen + more), SqlRange(start, valid.upper))

    def amounts_never_were(self) -> None:
        self._some_amounts(EACH // 2)

    def _some_amounts(self, count: int) -> list[list[Any]]:
        """Close some amounts, and give them."""
        current = rows(
            "SELECT id, entitlement_id, component, fen, valid FROM benefits_component "
            "WHERE superseded_at IS NULL AND (upper_inf(valid) OR upper(valid) > '2026-08-01') "
            "ORDER BY id"
        )
        chosen = self.random.sample(current, count)
        rows(
            "UPDATE benefits_component SET superseded_at = clock_timestamp() WHERE id = ANY (%s)",
            [number for number, *_ in chosen],
        )
        return [amount for _, *amount in chosen]

    def _put(self, number: int, name: str, fen: int, valid: SqlRange) -> None:
        rows(
            "INSERT INTO benefits_component (entitlement_id, component, fen, standing, valid, "
            "case_id) VALUES (%s, %s, %s, 'BASELINE', %s, %s)",
            *(number, name, fen, valid, next(self.cases)),
        )

    def _some(self) -> list[tuple[int, int]]:
        return sorted(self.random.sample(self.entitlements, EACH))
