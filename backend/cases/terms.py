"""Within what time a case is decided by law (办理期限): begun, stopped, run on, ended.

The last day is fixed when the clock starts, and again when it runs on after a correction: it is
what the person was told. A notice of holidays that comes later never makes it later.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

from backend.cases import worklist
from backend.cases.calendar import calendar
from backend.cases.content import day_at, received_on
from backend.cases.models import Case, CaseTerm, Correction
from backend.kernel.dated import DatedFile, Standing, invalid, load_dated_toml, region_chain
from backend.kernel.working_days import Pause, Term

FILE = Path(__file__).parent / "data" / "terms.toml"


class From(StrEnum):
    """The day from which a term counts (起算日)."""

    FILED = "FILED"  # the application came in
    ACCEPTED = "ACCEPTED"


@dataclass(frozen=True)
class TermRule:
    """The term of a kind of case, and what says so."""

    days: int
    counts_from: From
    document: str
    article: str
    standing: Standing


def rule_of(*, kind: str, region: str, on: date) -> TermRule | None:
    """Give the term of a kind in a region, else in the one it lies in; None: none is known."""
    chain = region_chain(region)
    rows = [
        row for row in _terms().in_force("term", on, region=region) if row.fields["kind"] == kind
    ]
    if not rows:
        return None
    row = min(rows, key=lambda one: chain.index(one.region))
    days = row.fields["days"]
    if not isinstance(days, int) or days < 1:
        raise invalid(FILE.name, "days 应为工作日数。")
    return TermRule(days, From(row.text("counts_from")), row.document, row.article, row.standing)


def begin(*, cases: Sequence[Case], at: Collection[From] = tuple(From)) -> int:
    """Start the clock of cases whose term counts from what happens now; rows written.

    A case that is accepted as it comes is filed and accepted at once.
    """
    begun = [term for case in cases if (term := _begun(case, at)) is not None]
    return len(CaseTerm.objects.bulk_create(begun, batch_size=1000))


def stop(*, case: Case) -> int:
    """Let the clock stand while something is to be corrected (中止); rows written."""
    return CaseTerm.objects.filter(case=case, closed_at__isnull=True).update(due_on=None)


def run_on(*, case: Case, correction: Correction) -> int:
    """Let the clock run on from the day on which it was corrected; rows written."""
    term = CaseTerm.objects.filter(case=case, closed_at__isnull=True).first()
    if term is None or correction.answered_on is None:
        return 0
    pause = Pause(correction.asked_on, correction.answered_on)
    term.due_on = _last(term.starts_on, term.days, pause)
    if not calendar().knows(term.starts_on, term.due_on):
        term.standing = Standing.UNVERIFIED.value
    term.save(update_fields=["due_on", "standing"])
    return 1


def end(*, case_ids: Collection[int], at: datetime) -> frozenset[int]:
    """End the clock of what is decided; the cases that had one."""
    running = CaseTerm.objects.filter(case__in=case_ids, closed_at__isnull=True)
    ended = frozenset(running.values_list("case_id", flat=True))
    running.update(closed_at=at)
    return ended


def assign(*, case_ids: list[int], staff_id: int, by: int) -> int:
    """Give cases whose term runs to an owner; rows written."""
    return worklist.assign(
        of=CaseTerm,
        ids=case_ids,
        staff_id=staff_id,
        by=by,
        name="cases.assign_term",
        subject_kind="cases.term",
    )


def _begun(case: Case, at: Collection[From]) -> CaseTerm | None:
    filed_on = received_on(case)
    rule = rule_of(kind=case.kind, region=case.agency.region, on=filed_on)
    if rule is None or rule.counts_from not in at:
        return None
    accepted = rule.counts_from is From.ACCEPTED and case.accepted_at is not None
    start = day_at(case, case.accepted_at or case.received_at) if accepted else filed_on
    due_on = _last(start, rule.days)
    known = calendar().knows(start, due_on)
    return CaseTerm(
        case=case,
        starts_on=start,
        days=rule.days,
        due_on=due_on,
        said_by=f"{rule.document}{rule.article}",
        standing=(rule.standing if known else Standing.UNVERIFIED).value,
    )


def _last(start: date, days: int, *pauses: Pause) -> date:
    return Term(start, days, pauses).last_day(calendar())


@cache
def _terms() -> DatedFile:
    return load_dated_toml(FILE, key=("kind",))
