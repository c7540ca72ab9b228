"""Pensions in payment are adjusted (调整样例): Wang draws a pension of 170; invented (演示)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from backend.cases.models import Case
from backend.jobs.runner import run_waiting
from backend.kernel.dated import DatedFile, DatedRow, Standing, Value
from backend.kernel.months import DateRange, Month
from backend.kernel.parameters import ParameterTree
from backend.people.models import Person
from insurance.benefits.models import Component, Entitlement
from insurance.pension.adjusting import adjusting_run, cases, follow_up, tasks
from insurance.pension.adjusting.adjusting_run import Asked
from insurance.pension.adjusting.basic_raise import STANDARD
from insurance.pension.adjusting.models import Kind, Row, Run, RunState
from insurance.pension.adjustment_terms import ADJUST
from insurance.pension.models import ArchiveFacts
from insurance.pension.residents import EXTRA_KEY
from insurance.policy import parameters
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.pension import pension_builders

HANDLERS = tasks  # imported so that its jobs can be done here
JANUARY = m.JANUARY  # 2027
MARCH = Month(2027, 3)
TODAY = date(2027, 3, 10)
NOTICE = "演示人社〔2027〕1号"
RAISE = Asked(Kind.BASIC, "340800", JANUARY)
BY_CASE = 800_001
RAISE_FEN = 20_00
YEARLY = Asked(Kind.YEARLY, "340800", JANUARY)
YEARLY_CASE: dict[str, object] = {"region": "340800", "year": 2027, "document": NOTICE}
PLAN: dict[str, Value] = {
    "fixed": 39,
    "up_to_15_years": 32,
    "per_year_from_16th": Decimal("2.1"),
    "share_of_pension": Decimal("0.005"),
    "linked_rounding": "UP_YUAN",
    "part_year": "COUNTS_AS_ONE",
    "old_age": {"70": 10, "80": 20, "90": 60},
    "top_up_on_reaching": {"70": 140, "75": 180, "80": 280, "85": 390},
}
EMPLOYEES = {"BASIC": 1800_00, "ACCOUNT": 500_00, "ADJUSTMENT": 300_00}
RAISE_CASE: dict[str, object] = {"region": "340800", "from_month": "2027-01", "document": NOTICE}


def with_rows(monkeypatch: pytest.MonkeyPatch, key: str, *rows: DatedRow) -> None:
    """Let a parameter have these values only."""
    tree = parameters.load()
    shipped = tree.parameters[key]
    changed = DatedFile(shipped.name, shipped.note, {"value": rows}, shipped.fields)
    version = sha256(f"{tree.version} {key} {rows}".encode()).hexdigest()
    made = ParameterTree({**tree.parameters, key: changed}, version)
    monkeypatch.setattr(parameters, "load", lambda: made)


def value(
    of: Value,
    *,
    since: date,
    until: date | None = None,
    region: str = "340800",
    standing: Standing = Standing.CITED,
) -> DatedRow:
    """A value as a notice would say it."""
    return DatedRow(
        valid=DateRange(since, until),
        region=region,
        standing=standing,
        document=NOTICE,
        article="",
        issued=None,
        note="",
        fields={"value": of},
    )


def standards(
    monkeypatch: pytest.MonkeyPatch, *, standing: Standing = Standing.CITED, **districts: int
) -> None:
    """From 2027 on 230 yuan instead of 210, or as much as is said of a district (``d340802``)."""
    first = JANUARY.first_day
    more = [
        value(yuan, since=first, region=name[1:], standing=standing)
        for name, yuan in districts.items()
    ]
    with_rows(
        monkeypatch,
        STANDARD,
        value(210, since=date(2024, 7, 1), until=first),
        value(230, since=first, standing=standing),
        *more,
    )


def extra_standards(monkeypatch: pytest.MonkeyPatch, **districts: int) -> None:
    """From 2027 on 3 yuan instead of 2 for each year above the least, or as much as is said."""
    first = JANUARY.first_day
    more = [value(yuan, since=first, region=name[1:]) for name, yuan in districts.items()]
    with_rows(
        monkeypatch,
        EXTRA_KEY,
        value(2, since=date(2024, 7, 1), until=first),
        value(3, since=first),
        *more,
    )


def plan(
    monkeypatch: pytest.MonkeyPatch,
    *,
    year: int = 2027,
    standing: Standing = Standing.CITED,
    without: tuple[str, ...] = (),
    **changes: Value,
) -> None:
    """A plan like that of 2022 for a year; ``without`` names what is not known of it."""
    whole: dict[str, Value] = {**PLAN, **changes}
    table = {name: one for name, one in whole.items() if name not in without}
    tree = parameters.load()
    with_rows(
        monkeypatch,
        ADJUST,
        *(one for one in tree.parameters[ADJUST].rows["value"] if one.valid.start.year != year),
        value(table, since=date(year, 1, 1), until=date(year + 1, 1, 1), standing=standing),
    )


def adjusted(asked: Asked, *, case_id: int = BY_CASE, today: date = TODAY) -> Run:
    """Compute and seal a run over everybody."""
    return finished(adjusting_run.open_run(asked=asked, case_id=case_id, today=today))


def finished(run: Run) -> Run:
    """Compute and seal a run that is open."""
    keys = [*adjusting_run.chunk_keys(run=run), f"{adjusting_run.SEAL_JOB}/{run.pk}"]
    while run_waiting(keys=keys):
        pass
    run.refresh_from_db()
    assert run.state == RunState.SEALED
    return run


def decided(*, kind: str, content: Mapping[str, object], **more: Any) -> Case:
    """A case about Wang as its act is given it, on the day of the adjustment."""
    on = builders.NOW.replace(year=TODAY.year, month=TODAY.month, day=TODAY.day)
    return pension_builders.decided(
        kind=kind, content=content, of=more.pop("of", None) or builders.wang(), on=on, **more
    )


def retired(
    *,
    of: Person | None = None,
    components: Mapping[str, int] = EMPLOYEES,
    paid_months: int | None = 365,
    start: Month = m.LONG_AGO,
    paid_through: Month | None = m.OCTOBER,
) -> Entitlement:
    """Wang's 2,600 yuan of 110 after 30 years and 5 months; she was 68 at the end of 2026."""
    return m.entitlement(
        of=of,
        scheme="110",
        components=components,
        paid_months=paid_months,
        start=start,
        paid_through=paid_through,
    )


def born(year: int, month: int = 6, day: int = 15) -> Person:
    """Somebody of a certain age."""
    name = f"演{'一二三四五六七八九十'[year % 10]}"
    return builders.person(name=name, birth_date=date(year, month, day))


def amounts(of: Entitlement, month: Month) -> dict[str, int]:
    """What is in force in a month, by component."""
    rows = Component.objects.filter(
        entitlement=of, superseded_at=None, valid__contains=month.first_day
    )
    return dict(rows.values_list("component", "fen"))


def row(of: Entitlement, run: Run) -> Row:
    """What a run says of an entitlement."""
    return Row.objects.get(run=run, entitlement=of)


def recognised(*, of: Entitlement, birth: date) -> ArchiveFacts:
    """What the archive says of the birth month, by a decided case."""
    return ArchiveFacts.objects.create(
        person_id=of.person_id,
        case_id=m.SOME_CASE,
        birth_month=birth,
        id_birth_month=birth,
        records=[],
        category="F55",
        category_evidence="演示",
        first_work_month=date(1980, 1, 1),
        first_work_evidence="演示",
        deemed_months=0,
    )


def followed(period: Month = MARCH) -> list[Run]:
    """Let every job of adjustments be done before a month is opened; the follow-ups there were."""
    before = set(Run.objects.values_list("pk", flat=True))
    while keys := follow_up.advance(period=period):
        assert run_waiting(keys=keys)
    return list(Run.objects.exclude(pk__in=before).order_by("pk"))


def months_found(of: Entitlement, paid_months: int) -> None:
    """Two people decide how many months were paid for."""
    content = {"entitlement": of.pk, "paid_months": paid_months, "document": "演示台账"}
    case = pension_builders.decided(
        kind="PAID_MONTHS", content=content, of=Person.objects.get(pk=of.person_id)
    )
    assert cases.check_months(case) == 0
    assert cases.decide_months(case) == 1


def paid_until(month: Month) -> None:
    """Compute and seal every month from the first one on."""
    for period in m.NOVEMBER.until(month.next):
        m.sealed(period)
