"""The steps of a month of collection (征缴的各步), each a process of its own: ours and by hand."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from django.db import connection, connections

from backend.city.bench import collection_by_hand as by_hand
from backend.city.bench.collection_city import PERIOD, fill, receive
from backend.city.bench.meter import Meter, session_of
from backend.jobs.runner import run_waiting
from insurance.collection import tasks
from insurance.collection.bills import monthly_bills
from insurance.collection.matching.credit_accounts import credit_accounts
from insurance.collection.matching.match_receipts import match_file
from insurance.collection.models import Match, TaxFile

HANDLERS = tasks  # imported so that its jobs can be done here
BILLS, MATCHING, ACCOUNTS = STEPS = ("bills", "matching", "accounts")
COUNTED = {BILLS: "line", MATCHING: "allocation", ACCOUNTS: "entry"}
OURS, BY_HAND, BARE = WHO = ("ours", "by-hand", "bare")
TABLES = {OURS: by_hand.OURS, BY_HAND: by_hand.OURS, BARE: by_hand.BARE}
BILLED_ON, MATCHED_ON = date(2026, 11, 5), date(2026, 11, 25)


def acts() -> dict[str, Callable[[], Meter]]:
    """The processes, by name: each step of each of them, and what comes in between."""
    found: dict[str, Callable[[], Meter]] = {
        f"collection-{BILLS}-{OURS}": bill_ours,
        f"collection-{MATCHING}-{OURS}": match_ours,
        f"collection-{ACCOUNTS}-{OURS}": credit_ours,
    }
    for who in WHO:
        found[f"collection-receipts-{who}"] = partial(write_receipts, who=who)
    for who in (BY_HAND, BARE):
        found[f"collection-{BILLS}-{who}"] = partial(bill_by_hand, who=who)
        found[f"collection-{MATCHING}-{who}"] = partial(match_by_hand, who=who)
        found[f"collection-{ACCOUNTS}-{who}"] = partial(credit_by_hand, who=who)
    return found


def fill_city(*, insured: int) -> Meter:
    """Write who is insured."""
    meter, cursor = _begin()
    with meter.step("fill", rows=insured), cursor:
        fill(cursor=cursor, insured=insured)
    return meter


def write_receipts(*, who: str) -> Meter:
    """Write what comes in for the bills that ``who`` wrote."""
    meter, cursor = _begin()
    with meter.step("receipts"), cursor:
        receive(cursor=cursor, bill=TABLES[who]["bill"])
    return meter


def bill_ours() -> Meter:
    """Bill as the month does: open, jobs by chunk, a job that finishes each run."""
    meter = Meter(session=session_of(connection))
    with meter.step(BILLS):
        runs = monthly_bills.open_bills(period=PERIOD, today=BILLED_ON)
        run_waiting(keys=[key for run in runs for key in monthly_bills.chunk_keys(run=run)])
        run_waiting(keys=[monthly_bills.order_finish(run=run) for run in runs])
    return _counted(meter, BILLS, OURS)


def match_ours() -> Meter:
    """Match the file."""
    meter = Meter(session=session_of(connection))
    with meter.step(MATCHING):
        match_file(file_id=TaxFile.objects.get().pk, period=PERIOD, today=MATCHED_ON)
    return _counted(meter, MATCHING, OURS)


def credit_ours() -> Meter:
    """Credit the accounts with it."""
    meter = Meter(session=session_of(connection))
    with meter.step(ACCOUNTS):
        credit_accounts(match=Match.objects.get())
    return _counted(meter, ACCOUNTS, OURS)


def bill_by_hand(*, who: str) -> Meter:
    """Write lines and bills in one statement."""
    meter, cursor = _begin()
    with cursor:
        by_hand.make_tables(cursor=cursor, tables=TABLES[who])
        values = by_hand.open_runs(cursor=cursor)
        with meter.step(BILLS):
            by_hand.bill(cursor=cursor, tables=TABLES[who], values=values)
    return _counted(meter, BILLS, who)


def match_by_hand(*, who: str) -> Meter:
    """Write allocations, suspense and totals in one statement."""
    meter, cursor = _begin()
    with meter.step(MATCHING), cursor:
        by_hand.match(cursor=cursor, tables=TABLES[who])
    return _counted(meter, MATCHING, who)


def credit_by_hand(*, who: str) -> Meter:
    """Write the entries in one statement."""
    meter, cursor = _begin()
    with meter.step(ACCOUNTS), cursor:
        cursor.execute(by_hand.CREDIT.format(**TABLES[who]))
    return _counted(meter, ACCOUNTS, who)


def _begin() -> tuple[Meter, Any]:
    owner = connections["owner"]
    return Meter(session=session_of(owner)), owner.cursor()


def _counted(meter: Meter, step: str, who: str) -> Meter:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"SELECT count(*), sum(fen)::bigint FROM {TABLES[who][COUNTED[step]]}")
        meter.spent[step].rows, meter.spent[step].fen = cursor.fetchone()
    return meter
