"""Builders for accounts (账户样例): Li pays in, Wang draws; straight into the tables; 演示."""

import itertools
from datetime import date

from backend.kernel.months import Month
from insurance.accounts.models import AccountEntry, EntryKind, EntrySource, InterestRun, Part
from tests import builders

_sources = itertools.count(700_000)
SOURCES = {
    EntryKind.OPENING: EntrySource.BASELINE,
    EntryKind.CREDIT: EntrySource.ALLOCATION,
    EntryKind.PAYOUT: EntrySource.DUE,
    EntryKind.RETURNED: EntrySource.DUE,
}


def entry(
    *,
    person_id: int = 0,
    scheme: str = "110",
    kind: EntryKind = EntryKind.CREDIT,
    month: str = "2025-03",
    arrival: str = "",
    fen: int = 48_000,
    source_id: int = 0,
) -> AccountEntry:
    """Li's contribution of 480 yuan for March 2025, arrived in that month."""
    return AccountEntry.objects.create(
        person_id=person_id or builders.li().pk,
        scheme=scheme,
        kind=kind,
        part=Part.PERSON if kind is EntryKind.CREDIT else Part.WHOLE,
        for_month=first(month),
        arrival_month=first(arrival or month),
        fen=fen,
        source=SOURCES.get(kind, EntrySource.CASE),
        source_id=source_id or next(_sources),
    )


def open_run(*, scheme: str = "110", year: int = 2025, interim: bool = False) -> InterestRun:
    """An open run of a year, without any job."""
    return InterestRun.objects.create(
        scheme=scheme,
        year=year,
        interim=interim,
        ratio="0.015",
        ratio_of_year=year - interim,
        parameter="pension.account_interest_rate",
        document="演示",
        standing="cited",
        authority="演示（全国000000，转引）",
        policy_version="0" * 64,
        chunks=[],
    )


def finished_run(*, scheme: str = "110", year: int = 2025, interim: bool = False) -> InterestRun:
    """A run that is done, without any account."""
    run = open_run(scheme=scheme, year=year, interim=interim)
    run.state = "DONE"
    run.save(update_fields=["state"])
    return run


def first(month: str) -> date:
    """The first day of a month."""
    return Month.parse(month).first_day
