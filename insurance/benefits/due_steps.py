"""Read how a due came about from what its run knew (应发的计算步骤): facts are never rewritten.

As ``monthly_sql.GAP`` computes it: components, stops and deaths as known when the run opened, what
was due of the month before, less what was cancelled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from django.utils import timezone

from backend.cases import kinds
from backend.cases.models import Case, CaseState
from backend.kernel.months import Month
from backend.papers.figures import spoken_day
from backend.people.models import Death
from insurance.benefits.due_reckoning import (
    MonthFound,
    Part,
    difference_steps,
    month_steps,
    paid_step,
)
from insurance.benefits.items import component_label
from insurance.benefits.models import (
    Cancelled,
    Component,
    Due,
    DueKind,
    Entitlement,
    Run,
    RunSetOff,
    Stop,
)
from insurance.benefits.recovery.set_off_reckoning import MonthKept, month_step
from insurance.policy.retirement import month_said
from insurance.policy.steps import Step

OLD_SYSTEM = "原系统发放的"
OF_KIND = {DueKind.REGULAR: "当月发放的", DueKind.SET_OFF: "当月抵扣的"}
TAKEN_OVER, FOUND = "接管基线", "发放计算时查明"
WITHDRAWS = {"stop_case": "停发", "death_case_id": "死亡信息"}


class Recorded(Protocol):
    """A fact with the instants between which it was known."""

    recorded_at: datetime
    superseded_at: datetime | None


@dataclass(frozen=True)
class Changed:
    """What changed of a month since the run before: how it is said, and the case."""

    said: str
    case: Case | None


def steps_of(*, due: Due) -> tuple[Step, ...]:
    """Give how a due came about; the last step gives its amount."""
    if due.kind == DueKind.DIFFERENCE:
        return difference_steps(months=(_found(_Known(due), due),))
    month, known = Month.of(due.for_month), _Known(due)
    parts = known.owed(due.for_month)
    whole = month_steps(month=month, parts=parts)
    of_month = known.of_run(due.run_period)
    planned = RunSetOff.objects.filter(run=known.run, entitlement=due.entitlement_id).first()
    if planned is None or DueKind.SET_OFF not in of_month:
        return whole
    due_fen = sum(part.fen for part in parts)
    fen = of_month[DueKind.SET_OFF].fen
    kept = month_step(kept=MonthKept(month, due_fen, planned.fen, planned.most_ppm, fen))
    if due.kind == DueKind.SET_OFF:
        return (*whole, kept)
    return (*whole, kept, paid_step(month=month, due_fen=due_fen, kept=kept))


def found_with(*, due: Due) -> tuple[MonthFound, ...]:
    """Give all months that the run of a difference found of the entitlement together with it."""
    known = _Known(due)
    return tuple(_found(known, one) for one in known.differences(due.run_period))


def decided_by(*, due: Due) -> Case | None:
    """Give the last decision on which what was found with a due rests."""
    known = _Known(due)
    cases = [
        one.case
        for row in known.differences(due.run_period)
        for one in known.changed(row.for_month)
        if one.case is not None
    ]
    return max(cases, key=lambda case: (case.decided_at or case.received_at, case.pk), default=None)


def _found(known: "_Known", due: Due) -> MonthFound:
    said = [one.said for one in known.changed(due.for_month)]
    return MonthFound(
        month=Month.of(due.for_month),
        now=known.owed(due.for_month),
        so_far=tuple(known.so_far(due)),
        because="；".join(dict.fromkeys(said)) or FOUND,
    )


class _Known:
    """What a run knew of an entitlement."""

    def __init__(self, due: Due) -> None:
        self.entitlement = Entitlement.objects.get(pk=due.entitlement_id)
        self.run = Run.objects.get(period=due.run_period)
        components = Component.objects.filter(entitlement=self.entitlement)
        self.components = list(components.order_by("pk"))
        kinds_of_dues = [Due.objects.filter(kind=kind) for kind in DueKind]
        self.dues = [
            row for rows in kinds_of_dues for row in rows.filter(entitlement=self.entitlement)
        ]
        cancelled = Cancelled.objects.filter(due__in=[row.pk for row in self.dues])
        self.cancelled = dict(cancelled.values_list("due_id", "run_period"))
        self.cases: dict[int, Case | None] = {}

    def owed(self, month: date) -> tuple[Part, ...]:
        """The components of a month, as known when the run opened."""
        return tuple(
            Part(component_label(row.component), row.fen, self._rests_on(row.case_id))
            for row in self.components
            if _holds(row, month) and self._known(row)
        )

    def so_far(self, due: Due) -> Iterator[Part]:
        """What was due of the month before the run: by the old system, and by earlier runs."""
        month, of = due.for_month, self.entitlement
        if of.paid_through and of.start_month <= month <= of.paid_through:
            brought = [r.fen for r in self.components if r.case_id is None and _holds(r, month)]
            if brought:
                yield Part(OLD_SYSTEM, sum(brought))
        for row in sorted(self.dues, key=lambda row: (row.run_period, row.kind)):
            gone = self.cancelled.get(row.pk)
            if row.for_month != month or row.run_period >= due.run_period:
                continue
            if gone is None or gone > due.run_period:
                period = month_said(month=Month.of(row.run_period))
                yield Part(OF_KIND.get(DueKind(row.kind), f"{period}补发的"), row.fen)

    def of_run(self, period: date) -> dict[DueKind, Due]:
        """What the run found of its own month."""
        return {
            DueKind(row.kind): row
            for row in self.dues
            if row.run_period == period and row.for_month == period
        }

    def differences(self, period: date) -> list[Due]:
        """What the run found of earlier months."""
        found = [
            row for row in self.dues if row.run_period == period and row.kind == DueKind.DIFFERENCE
        ]
        return sorted(found, key=lambda row: row.for_month)

    def changed(self, month: date) -> Iterator[Changed]:
        """What was written or withdrawn of a month since the run before."""
        for row in self.components:
            if _holds(row, month) and self._known(row) and self._since(row.recorded_at):
                yield Changed(self._rests_on(row.case_id), self._case(row.case_id))
        of = self.entitlement
        for stop in Stop.objects.filter(entitlement=of).order_by("pk"):
            if _holds(stop, month) and self._since(stop.superseded_at):
                yield self._withdrawn("stop_case", stop.case_id)
        for death in Death.objects.filter(person=of.person_id, confirmed=True).order_by("pk"):
            if Month.of(death.death_date).first_day < month and self._since(death.superseded_at):
                yield self._withdrawn("death_case_id", death.case_id)

    def _withdrawn(self, named: str, number: int | None) -> Changed:
        """By the case that names it; else by one of which only that is known."""
        found = Case.objects.filter(
            party=self.entitlement.person_id,
            state=CaseState.APPROVED,
            **{f"content__{named}": number},
        )
        case = found.order_by("pk").last()
        said = f"原登记的{WITHDRAWS[named]}（业务件{number}）" if number else "接管的死亡信息"
        by = f"，依据{_said(case)}" if case else ""
        return Changed(f"{said}已经撤销、更正{by}", case or self._case(number))

    def _rests_on(self, number: int | None) -> str:
        if number is None:
            return TAKEN_OVER
        case = self._case(number)
        return _said(case) if case else f"业务件{number}"

    def _case(self, number: int | None) -> Case | None:
        if number is None:
            return None
        if number not in self.cases:
            self.cases[number] = Case.objects.filter(pk=number).first()
        return self.cases[number]

    def _known(self, row: Recorded) -> bool:
        at = self.run.known_at
        return row.recorded_at <= at and (row.superseded_at is None or row.superseded_at > at)

    def _since(self, moment: datetime | None) -> bool:
        before, at = self.run.known_before, self.run.known_at
        return moment is not None and moment <= at and (before is None or moment > before)


def _holds(row: Component | Stop, month: date) -> bool:
    first, last = row.valid.lower, row.valid.upper
    return first <= month and (last is None or month < last)


def _said(case: Case) -> str:
    on = timezone.localdate(case.decided_at or case.received_at)
    label = kinds.kind_of(code=case.kind, on=on).label
    return f"{label}（业务件{case.pk}，{spoken_day(day=on)}办结）"
