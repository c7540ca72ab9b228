"""The yearly run: once, in order, interim first, trued up later, repeatable, safe when killed."""

import subprocess
import sys
from datetime import date

import pytest
from django.utils import timezone

from backend.cluster import CHECKOUT
from backend.jobs.models import Job, JobState
from backend.jobs.runner import run_waiting
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured
from insurance.accounts import tasks, yearly_interest
from insurance.accounts.entries import balance
from insurance.accounts.interest import Rate
from insurance.accounts.models import AccountEntry, EntryKind, FixedRate, InterestRun, YearClose
from insurance.accounts.yearly_interest import (
    BooksOpen,
    NoAccounts,
    YearNotOver,
    YearNotThere,
    YearsInOrder,
    chunk_keys,
    close_year,
    open_year,
)
from payments.ledger.books import ensure_books
from payments.ledger.models import LedgerMonth
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.accounts import account_builders as of
from tests.insurance.accounts.account_facts import rate
from tests.payments.payment_builders import close_ledger

database = pytest.mark.django_db
HANDLERS = tasks  # imported so that its jobs can be done here
WORK = """
import sys, django
django.setup()
from backend.jobs.runner import run_waiting
from insurance.accounts import tasks
run_waiting(keys=[sys.argv[1]])
"""


def opened(year: int = 2025, *, today: date = date(2027, 6, 30)) -> InterestRun:
    return open_year(scheme="110", year=year, region="340800", today=today, demo=True)


def run_year(year: int = 2025) -> InterestRun:
    run = opened(year)
    run_waiting(keys=chunk_keys(run=run))
    return close_year(run_id=run.pk, now=timezone.now())


def announce(monkeypatch: pytest.MonkeyPatch, **ratios: Rate) -> None:
    """Let the rates of years be these."""
    known = {int(name.removeprefix("of_")): by for name, by in ratios.items()}
    monkeypatch.setattr(yearly_interest, "rate_of_year", lambda *, year, **_: known[year])


def interests() -> list[tuple[str, int]]:
    entries = AccountEntry.objects.filter(kind__in=["INTEREST", "TRUE_UP"]).order_by("pk")
    return list(entries.values_list("kind", "fen"))


@database
def test_a_year_is_closed_with_its_interest() -> None:
    of.entry(month="2025-03", fen=100_000)

    run = run_year()

    (close,) = YearClose.objects.all()
    assert (close.product_fen, close.interest_fen, close.closing_fen) == (1_000_000, 1_250, 101_250)
    assert run.summary == {"accounts": 1, "written_fen": 1_250, "closing_fen": 101_250}
    assert balance(person_id=builders.li().pk, scheme="110") == 101_250
    assert (run.ratio_of_year, run.interim, run.standing) == (2025, False, "cited")


@database
def test_a_second_run_writes_nothing() -> None:
    of.entry()
    run = run_year()

    assert run_year().pk == run.pk
    assert yearly_interest.run_chunk(run_id=run.pk, chunk=0) == 0
    assert AccountEntry.objects.filter(source="RUN").count() == 1


@database
def test_interest_bears_interest_from_january_on(monkeypatch: pytest.MonkeyPatch) -> None:
    announce(monkeypatch, of_2025=rate("0.1", year=2025), of_2026=rate("0.1", year=2026))
    of.entry(month="2025-01", fen=100_000)

    run_year(2025)
    run_year(2026)

    assert interests() == [("INTEREST", 10_000), ("INTEREST", 11_000)]


@database
def test_what_arrives_while_the_year_before_is_closed_counts_in_its_own_year(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    announce(monkeypatch, of_2025=rate("0.1", year=2025))
    of.entry(month="2025-01", fen=100_000)
    of.entry(month="2025-01", arrival="2026-01", fen=7_000)

    run_year(2025)

    assert YearClose.objects.get().closing_fen == 110_000


@database
def test_an_interim_year_is_trued_up_by_the_difference_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of.entry(month="2025-01", fen=100_000)
    announce(monkeypatch, of_2025=rate("0.0262", year=2025, of_year=2024))
    run_year()
    announce(monkeypatch, of_2025=rate("0.015", year=2025))

    run_year()

    assert interests() == [("INTEREST", 2_620), ("TRUE_UP", -1_120)]
    assert [run.interim for run in InterestRun.objects.order_by("pk")] == [True, False]


@database
def test_who_left_within_the_year_is_not_trued_up(monkeypatch: pytest.MonkeyPatch) -> None:
    li = builders.li().pk
    FixedRate.objects.create(
        person_id=li, scheme="110", year=2025, ratio="0.0262", ratio_of_year=2024, case_id=1
    )
    of.entry(month="2025-01", fen=100_000)
    of.entry(month="2025-07", kind=EntryKind.INTEREST, fen=1_310)
    of.entry(month="2025-07", kind=EntryKind.TRANSFER_OUT, fen=-101_310)
    announce(monkeypatch, of_2025=rate("0.0397", year=2025))

    run_year()

    assert interests() == [("INTEREST", 1_310)]
    assert balance(person_id=li, scheme="110") == 0


@database
def test_a_year_that_is_not_over_bears_no_interest() -> None:
    of.entry()

    with pytest.raises(YearNotOver):
        opened(2025, today=date(2025, 12, 31))
    assert opened(2025, today=date(2026, 1, 1)).year == 2025


@database
def test_a_year_waits_for_the_books_of_its_december() -> None:
    of.entry(month="2025-12", fen=100)
    books = ensure_books(agency=builders.agency(), on=date(2025, 11, 1))
    (book,) = (one for one in books if one.scheme == "110")
    LedgerMonth.objects.create(book=book, month=date(2025, 12, 1))

    with pytest.raises(BooksOpen, match="2025-12 尚未结账"):
        opened()

    close_ledger(book, month=Month(2025, 12))
    assert opened().year == 2025


@database
def test_years_are_closed_in_order() -> None:
    of.entry(month="2024-06")
    for year in (2023, 2025):
        with pytest.raises(YearsInOrder):
            opened(year)
    first = opened(2024)

    with pytest.raises(YearsInOrder):
        opened(2025)
    run_waiting(keys=chunk_keys(run=first))
    close_year(run_id=first.pk, now=timezone.now())
    assert opened(2025).openings_id == first.pk


@database
def test_a_final_rate_waits_for_the_one_of_the_year_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of.entry(month="2025-01")
    announce(
        monkeypatch,
        of_2025=rate("0.0262", year=2025, of_year=2024),
        of_2026=rate("0.02", year=2026),
    )
    run_year(2025)

    with pytest.raises(YearsInOrder):
        opened(2026)


@database
def test_without_accounts_or_a_rate_there_is_nothing_to_compute() -> None:
    with pytest.raises(NoAccounts):
        opened()
    of.entry(scheme="310")
    with pytest.raises(NotConfigured):
        open_year(scheme="310", year=2022, region="340800", today=date(2026, 1, 1), demo=True)


@database
def test_a_year_does_not_end_while_a_range_is_missing() -> None:
    of.entry()
    run = opened()

    with pytest.raises(YearNotThere):
        close_year(run_id=run.pk, now=timezone.now())
    with pytest.raises(YearNotThere):
        close_year(run_id=run.pk + 1, now=timezone.now())


@pytest.mark.parametrize("point", ["accounts.interest.computed", "jobs.worked", "jobs.committed"])
def test_a_worker_killed_within_a_range_leaves_it_to_the_next(
    own_database: OwnDatabase, point: str
) -> None:
    of.entry(month="2025-01", fen=100_000)
    (key,) = chunk_keys(run=(run := opened()))
    killed = subprocess.run(
        [sys.executable, "-c", WORK, key],
        cwd=CHECKOUT,
        env={
            **own_database.environment,
            "FAULTPOINTS": f"{point}:1:kill",
            "DJANGO_SETTINGS_MODULE": "backend.settings",
        },
        check=False,
    )
    assert killed.returncode == -9
    Job.objects.exclude(state=JobState.DONE).update(lease_until=None)

    run_waiting(keys=[key])
    close_year(run_id=run.pk, now=timezone.now())

    assert interests() == [("INTEREST", 1_500)]
    assert Job.objects.get(key=key).state == JobState.DONE
