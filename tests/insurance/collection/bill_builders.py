"""Months billed in tests: Li works at an invented company for 6,000 yuan, Chen is flexible."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases.models import Case
from backend.jobs import runner
from backend.kernel.dated import DatedFile, DatedRow, Standing, Value
from backend.kernel.months import DateRange, Month
from backend.kernel.parameters import ParameterTree
from backend.people.models import Person
from insurance.collection import tasks
from insurance.collection.bills import monthly_bills
from insurance.collection.bills.top_up import ordered_top_ups
from insurance.collection.models import BillLine, BillRun, BillRunKind, LinePart
from insurance.collection.rules.lines import Line, LineKey, Part
from insurance.enrolment.models import Kind, RollEntry, Source, SupportGroup, Wage, WageSource
from insurance.policy import parameters
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of

NOV, DEC, JAN = Month(2026, 11), Month(2026, 12), Month(2027, 1)
SCHEMES = ("110", "210", "310")


def compute(run: BillRun) -> BillRun:
    """Do all chunks of a run and finish it."""
    for chunk in range(len(run.parameters["chunks"])):
        monthly_bills.bill_chunk(run_id=run.pk, chunk=chunk)
    monthly_bills.finish_run(run_id=run.pk)
    run.refresh_from_db()
    return run


def bill(period: Month = NOV) -> dict[str, BillRun]:
    """Bill a month from end to end; its runs by kind."""
    runs = monthly_bills.open_bills(period=period, today=period.first_day.replace(day=5))
    return {run.kind: compute(run) for run in runs}


def topped_up(case: Case) -> BillRun:
    """Let the job of a decided top-up open its run, and compute it."""
    assert tasks.open_top_up_job
    runner.run_waiting(keys=ordered_top_ups())
    return compute(BillRun.objects.get(case_id=case.pk))


def li_works(*, schemes: tuple[str, ...] = SCHEMES, since: str = "2026-01") -> Person:
    """Li is insured at the company and earns 6,000 yuan."""
    li = builders.li()
    for scheme in schemes:
        of.enrolment(person_id=li.pk, scheme=scheme, valid=of.months(since))
    of.wage(person_id=li.pk)
    return li


def chen_is_flexible(*, fen: int | None = 500_000) -> Person:
    """Chen pays alone for 110 and 310, on a base of his choice."""
    chen = builders.chen()
    for scheme in ("110", "310"):
        of.enrolment(
            person_id=chen.pk, scheme=scheme, kind=Kind.FLEXIBLE, valid=of.months("2026-01")
        )
    if fen is not None:
        Wage.objects.create(
            person_id=chen.pk,
            monthly_fen=fen,
            confirmed=True,
            wage_source=WageSource.CHOSEN,
            valid=of.months("2026-01"),
            source=Source.DESK,
        )
    return chen


def on_roll(
    *, person_id: int = 0, scheme: str = "170", chosen_fen: int | None = 500_00, **more: object
) -> RollEntry:
    """Wang is on the village's roll of 2026."""
    facts: dict[str, object] = {"subsidised": True, "valid": of.months("2026-01", "2027-01")}
    return RollEntry.objects.create(
        person_id=person_id or builders.wang().pk,
        scheme=scheme,
        village_id=of.village().pk,
        chosen_fen=chosen_fen if scheme == "170" else None,
        source=Source.DESK,
        **(facts | more),
    )


def in_group(code: str, *, person_id: int = 0, valid: SqlRange | None = None) -> SupportGroup:
    """Wang belongs to a support group in 2026."""
    return SupportGroup.objects.create(
        person_id=person_id or builders.wang().pk,
        group=code,
        valid=valid or of.months("2026-01", "2027-01"),
        source=Source.DESK,
    )


def lines(*, run: BillRun | None = None) -> list[Line]:
    """All lines, of a run or of all, in the order in which they were written."""
    rows = BillLine.objects.order_by("pk")
    return [_line(row) for row in (rows.filter(run=run) if run else rows)]


def sums() -> Counter[LineKey]:
    """What is owed by key; nothing where the lines add up to zero."""
    owed: Counter[LineKey] = Counter()
    for line in lines():
        owed[line.key] += line.fen
    return Counter({key: fen for key, fen in owed.items() if fen})


def fen_of(*, scheme: str = "110", month: Month = NOV, part: Part = Part.PERSON) -> int:
    """What is owed in all for a scheme, month and part."""
    return sum(
        fen
        for key, fen in sums().items()
        if (key.scheme, key.month, key.part) == (scheme, month, part)
    )


def with_values(monkeypatch: pytest.MonkeyPatch, values: dict[str, Value]) -> None:
    """Let these parameters be so from 2020 on; the others as they ship."""
    tree = parameters.load()
    made = {key: _file(tree.parameters[key], value) for key, value in values.items()}
    changed = ParameterTree({**tree.parameters, **made}, f"{tree.version[:8]} {values}"[:64])
    monkeypatch.setattr(parameters, "load", lambda: changed)


def without(monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    """Nobody has published these."""
    tree = parameters.load()
    gone = {key: replace(tree.parameters[key], rows={"value": ()}) for key in keys}
    files = {**tree.parameters, **gone}
    monkeypatch.setattr(parameters, "load", lambda: ParameterTree(files, tree.version))


def _file(shipped: DatedFile, value: Value) -> DatedFile:
    row = DatedRow(
        valid=DateRange(date(2020, 1, 1)),
        region="340800",
        standing=Standing.PUBLISHED,
        document="演示",
        article="",
        issued=None,
        note="",
        fields={"value": value},
    )
    return DatedFile(shipped.name, shipped.note, {"value": (row,)}, shipped.fields)


def _line(row: BillLine) -> Line:
    key = LineKey(
        payer_id=row.payer_id,
        person_id=row.person_id,
        scheme=row.scheme,
        month=Month.of(row.month),
        part=Part[LinePart(row.part).name],
    )
    return Line(key, row.fen, row.account_fen)


def kinds_of(runs: dict[str, BillRun]) -> set[BillRunKind]:
    """Which runs there are."""
    return {BillRunKind(kind) for kind in runs}
