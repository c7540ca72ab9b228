"""An adjustment decided person by person (逐人判定), by the pure rules over the facts there are.

The facts are read by the plainest statements there are, and sorted out in Python: nothing here
shares a line with the statements of the run.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.months import Month
from insurance.benefits.life.queries import without_adjustment
from insurance.benefits.life.settle import form_rules
from insurance.benefits.life.timeline import RuleOf
from insurance.pension.adjusting.assess import (
    Circumstances,
    LeftOut,
    Pension,
    Said,
    assess,
    assess_basic,
    retired_before,
)
from insurance.pension.adjusting.basic_raise import StandardNotRaised, basic_raise, raise_terms
from insurance.pension.adjusting.custody import custody_of_raise
from insurance.pension.adjusting.figures import place_of
from insurance.pension.adjusting.models import Kind
from insurance.pension.adjustment_terms import adjustment_terms
from insurance.policy import parameters
from tests.insurance.benefits.month_late import rows

ADDED = ("ADJUSTMENT", "AGE_SUPPLEMENT")
REGION = "340800"
LOOKED_AT = 9  # months from the one before the adjustment on


@dataclass
class Amounts:
    """The components of an entitlement that count now."""

    spans: list[tuple[str, SqlRange, int]] = field(default_factory=list)

    def of(self, month: Month) -> dict[str, int]:
        """Fen by component in a month."""
        day = month.first_day
        return {name: fen for name, days, fen in self.spans if day in days}

    def awarded(self, month: Month) -> bool:
        """Whether anything is in force that others may be added to."""
        return any(name not in ADDED for name in self.of(month))


@dataclass(frozen=True)
class Decided:
    """What an entitlement's row shall say, and by what."""

    said: Said
    pension: Pension


class Facts:
    """All facts as they are now."""

    def __init__(self, *, since: Month) -> None:
        self.since = since
        self.amounts: dict[int, Amounts] = defaultdict(Amounts)
        for number, name, fen, valid in rows(
            "SELECT entitlement_id, component, fen, valid FROM benefits_component "
            "WHERE superseded_at IS NULL"
        ):
            self.amounts[number].spans.append((name, valid, fen))
        self.born = dict(rows("SELECT party_id, birth_date FROM people_person"))
        self.archive = dict(
            rows(
                "SELECT person_id, birth_month FROM pension_archivefacts "
                "WHERE superseded_at IS NULL"
            )
        )
        self.deaths = dict(
            rows(
                "SELECT person_id, death_date FROM people_death WHERE confirmed "
                "AND superseded_at IS NULL"
            )
        )
        self.stopped = self._in_force(
            "SELECT entitlement_id, valid FROM benefits_stop WHERE superseded_at IS NULL"
        )
        self.imprisoned = self._in_force(
            "SELECT entitlement_id, valid FROM benefits_hold WHERE superseded_at IS NULL "
            "AND reason = 'IN_PRISON' AND case_id IS NULL"
        )
        self.months = dict(
            rows("SELECT entitlement_id, paid_months FROM adjusting_paidmonths ORDER BY id")
        )
        self.events = {p for (p,) in rows("SELECT person_id FROM benefits_lifeevent")}
        self.entitlements = rows(
            "SELECT id, person_id, scheme, start_month, paid_months, district "
            "FROM benefits_entitlement "
            "ORDER BY id"
        )

    def decide(self, *, kind: Kind, given: dict[int, tuple[int, int]]) -> dict[int, Decided]:
        """Row by row; ``given``: what the adjustment added so far to its component, to the age
        supplement."""
        decide = self._yearly if kind is Kind.YEARLY else self._basic
        found = {}
        for entitlement in self.entitlements:
            if entitlement[2] == kind.scheme:
                decided = decide(entitlement, given.get(entitlement[0], (0, 0)))
                if decided is not None:
                    found[entitlement[0]] = decided
        return found

    def _yearly(self, row: tuple[Any, ...], given: tuple[int, int]) -> Decided | None:
        number, person, _, start, months, _ = row
        since, start_month = self.since, Month.of(start)
        if not retired_before(start_month=start_month, year=since.year):
            return None
        amounts = self.amounts[number]
        january = amounts.of(since)
        raised, supplement = (january.get(name, 0) for name in ADDED)
        kept, kept_supplement = min(given[0], raised), min(given[1], supplement)
        before = sum(amounts.of(since.previous).values())
        if start_month == since:
            before = sum(january.values()) - kept - kept_supplement
        pension = Pension(
            before_fen=before,
            raised_from_fen=raised - kept,
            supplement_from_fen=supplement - kept_supplement,
            paid_months=self.months.get(number, months),
            age=self._age(person),
        )
        known = Circumstances(
            first_day=since.first_day,
            death_date=self.deaths.get(person),
            in_custody=LeftOut.IN_PRISON
            if number in self.imprisoned or self._is_out(person, form_rules())
            else None,
            stopped=number in self.stopped,
            in_payment=amounts.awarded(since),
        )
        terms = adjustment_terms(tree=parameters.load(), region=REGION, year=since.year, demo=True)
        return Decided(assess(known=known, pension=pension, terms=terms), pension)

    def _basic(self, row: tuple[Any, ...], given: tuple[int, int]) -> Decided | None:
        number, person, _, start, months, district = row
        place = place_of(district=district, region=REGION)
        try:
            terms = raise_terms(tree=parameters.load(), region=place, since=self.since, demo=True)
        except StandardNotRaised:
            return None
        if Month.of(start) >= self.since:
            return None
        amounts = self.amounts[number]
        pension = Pension(
            before_fen=sum(amounts.of(self.since.previous).values()),
            raised_from_fen=max(0, amounts.of(self.since).get("BASIC", 0) - given[0]),
            supplement_from_fen=max(0, amounts.of(self.since).get("EXTRA_YEARS", 0) - given[1]),
            paid_months=self.months.get(number, months),
            age=self._age(person),
        )
        custody = custody_of_raise(
            tree=parameters.load(), region=REGION, since=self.since, demo=True
        )
        is_out = number in self.imprisoned or self._is_out(person, custody.by(law=form_rules()))
        known = Circumstances(
            first_day=self.since.first_day,
            death_date=self.deaths.get(person),
            in_custody=LeftOut.IN_PRISON if is_out else None,
            stopped=number in self.stopped,
            in_payment=bool(amounts.of(self.since).get("BASIC")),
        )
        raised = basic_raise(
            before_fen=pension.raised_from_fen,
            terms=terms,
            before_extra_fen=pension.supplement_from_fen,
            paid_months=pension.paid_months,
        )
        return Decided(assess_basic(known=known, raised=raised), pension)

    def _age(self, person: int) -> int:
        born: date = self.archive.get(person) or self.born[person]
        return self.since.year - 1 - born.year

    def _is_out(self, person: int, by: RuleOf) -> bool:
        return person in self.events and without_adjustment(
            person_id=person, since=self.since, by=by
        )

    def _in_force(self, statement: str) -> set[int]:
        return {number for number, days in rows(statement) if self.since.first_day in days}


def said_by_runs(*, kind: Kind) -> dict[int, Decided]:
    """What the latest rows say."""
    found = {}
    for number, left_out, months, age, before, raised_from, supplement_from, *fens in rows(
        "SELECT entitlement_id, left_out, paid_months, age, before_fen, raised_from_fen, "
        "supplement_from_fen, fixed_fen, years_fen, share_fen, linked_fen, supplement_fen "
        "FROM adjusting_row JOIN adjusting_run r ON r.id = run_id WHERE r.kind = %s "
        "ORDER BY run_id",
        kind.value,
    ):
        reason = LeftOut[left_out] if left_out else None
        found[number] = Decided(
            Said(reason, *fens), Pension(before, raised_from, supplement_from, months, age)
        )
    return found


def given_by(said: dict[int, Decided]) -> dict[int, tuple[int, int]]:
    """What was added to the component, and to the age supplement."""
    return {
        number: (one.said.fixed_fen + one.said.linked_fen, one.said.supplement_fen)
        for number, one in said.items()
    }


def expected(
    *, before: Amounts, kind: Kind, given: tuple[int, int], since: Month
) -> dict[Month, dict[str, int]]:
    """The months of an entitlement after it was given so much."""
    found = {}
    for month in since.previous.until(since.plus(LOOKED_AT)):
        amounts = before.of(month)
        if month >= since:
            for name, more in zip((kind.raised, kind.beside), given, strict=True):
                open_to = name in amounts or (name != "BASIC" and before.awarded(month))
                if more and open_to:
                    amounts[name] = amounts.get(name, 0) + more
        found[month] = amounts
    return found
