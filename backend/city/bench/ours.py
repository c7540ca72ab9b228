"""The month as the house runs it (本系统的一个月), step by step on the clock."""

import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from django.db import connection
from django.utils import timezone

from backend.access.keys import UnlockedKey
from backend.access.models import Staff
from backend.cases.decide import decide
from backend.city.bench.hands import Hand, be_ready, second_hand
from backend.city.bench.inside import DIFFERENCE, OUTCOMES, POSTINGS, watched
from backend.city.bench.meter import Meter, session_of
from backend.city.bench.staff import open_agency, signing_keys
from backend.city.exchange import order_returns
from backend.feeds.refused import RefusedRow
from backend.feeds.signed import read_trusted
from backend.kernel.months import Month
from insurance.benefits import monthly_run
from insurance.benefits import tasks as benefit_tasks
from insurance.benefits.baseline.take_over import take_over
from insurance.benefits.death_match import import_death_match
from insurance.benefits.death_match_case import confirm, vouch
from insurance.benefits.models import DeathMatch, Run
from payments import tasks as payment_tasks
from payments.bank_folders import bank_folder
from payments.ledger.post import post
from payments.models import Batch, BatchState, ReturnFile
from payments.signing import APPROVE, CHECK, SEND, SigningStep, sign_batches

HANDLERS = (benefit_tasks, payment_tasks)  # imported so that their jobs can be done here
PERIOD = Month(2026, 11)
PAY_DATE = date(2026, 11, 15)

TAKE_OVER = "take over"
OPEN = "open"
LINES = "lines"
SEAL = "seal"
SIGN = "signatures"
FILE = "bank file"
RETURN_IN = "return in"
STEPS = (OPEN, LINES, SEAL, SIGN, FILE, POSTINGS, RETURN_IN, OUTCOMES, DIFFERENCE)


def account_date() -> date:
    """The day whose accounts are paid to, as ``open_run`` takes it."""
    return max(PAY_DATE, timezone.localdate())


class MonthStuckError(Exception):
    """The benchmark's month did not come to its end: its figures would be worth nothing."""


def take_city_over(*, city: Path) -> Meter:
    """Take the demo city's baseline over, then what the month needs beside it, untimed."""
    open_agency(office=city / "office.json")
    trusted = read_trusted(city / "keys.json")
    refused: list[RefusedRow] = []
    meter = Meter(session=session_of(connection))
    with meter.step(TAKE_OVER):
        taken = take_over(folder=city / "baseline", trusted=trusted, refused=refused)
    meter.spent[TAKE_OVER].rows = sum(taken.rows.values())
    import_death_match(path=city / "months" / str(PERIOD) / f"deaths-{PERIOD}.json")
    return meter


def run_month(*, city: Path) -> Meter:
    """Pay one month from the open run to the closed batches.

    Raises:
        MonthStuckError: a batch did not get to its end.
    """
    keys = signing_keys(office=city / "office.json", now=timezone.now())
    _confirm_deaths(keys)
    be_ready()
    meter = Meter(session=session_of(connection))
    with watched(meter), second_hand() as hand:
        _compute(meter, hand)
        for step in (CHECK, APPROVE):
            _sign(meter, step, keys[step.role.value])
        _do_jobs(meter, hand, "payments.prepare_file", BatchState.APPROVED)
        _fund()
        _sign(meter, SEND, keys[SEND.role.value])
        _do_jobs(meter, hand, "payments.deliver", BatchState.SENDING)
        _let_banks_answer()
        _take_returns(meter, hand)
    if Batch.objects.exclude(state__in=(BatchState.CLOSED, BatchState.EMPTY)).exists():
        raise MonthStuckError("not every batch is closed")
    return meter


def _confirm_deaths(keys: Mapping[str, UnlockedKey]) -> None:
    """One of the signers vouches for the match, another confirms it."""
    one, other = keys[APPROVE.role.value], keys[CHECK.role.value]
    agency = Staff.objects.get(pk=one.staff_id).agency
    match = DeathMatch.objects.get(period=PERIOD.first_day)
    case = vouch(match=match, agency=agency, received_by=one.person_id)
    if case is not None:
        decide(
            case_id=case.pk,
            approve=True,
            reason="",
            key=other,
            role=CHECK.role.value,
            now=timezone.now() + timedelta(seconds=1),
            acts={case.kind: confirm},
        )


def _compute(meter: Meter, hand: Hand) -> None:
    with meter.step(OPEN):
        run = monthly_run.open_run(period=PERIOD, pay_date=PAY_DATE, now=timezone.now())
    keys = monthly_run.chunk_keys(run=run)
    with meter.step(LINES):
        done = hand.together(keys=keys, meter=meter)
    if done != len(keys):
        raise MonthStuckError(f"{done} of {len(keys)} chunks")
    with meter.step(SEAL):
        monthly_run.seal_run(period=PERIOD, now=timezone.now())
    summary = Run.objects.get(period=PERIOD.first_day).summary or {}
    meter.spent[LINES].rows = summary["entitled"]
    for step in (SEAL, SIGN, FILE, POSTINGS, RETURN_IN, OUTCOMES, DIFFERENCE):
        with meter.step(step, rows=summary["batched"]):
            pass


def _fund() -> None:
    """What is to be sent arrives in 支出户, untimed."""
    needs = Counter[int]()
    for batch in _batches(SEND.before):
        needs[batch.book_id] += batch.fen
    for book_id, fen in needs.items():
        post(
            rule="funding.arrived",
            book_id=book_id,
            business_date=PAY_DATE,
            source="bench.funding",
            source_id=str(PERIOD),
            items=[fen],
            summary=str(PERIOD),
        )


def _sign(meter: Meter, step: SigningStep, key: UnlockedKey) -> None:
    batches = _batches(step.before)
    with meter.step(SIGN):
        sign_batches(
            step=step,
            digests={batch.id: batch.digest for batch in batches},
            key=key,
            now=timezone.now() + timedelta(seconds=1),
        )


def _do_jobs(meter: Meter, hand: Hand, kind: str, state: BatchState) -> None:
    keys = [f"{kind}/{batch.id}" for batch in _batches(state)]
    with meter.step(FILE):
        done = hand.together(keys=keys, meter=meter)
    if done != len(keys) or not done:
        raise MonthStuckError(f"{kind}: {done} of {len(keys)}")


def _let_banks_answer() -> None:
    """The simulated banks are processes of their own; their time is not ours."""
    for bank in sorted({batch.bank for batch in _batches(BatchState.SENT)}):
        inbox, outbox = (bank_folder(bank=bank, name=name) for name in ("inbox", "returns"))
        subprocess.run(
            [
                sys.executable,
                "-m",
                "backend.city.bank",
                "--bank",
                bank,
                "--inbox",
                str(inbox),
                "--outbox",
                str(outbox),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )


def _take_returns(meter: Meter, hand: Hand) -> None:
    with meter.step(RETURN_IN):
        ordered = order_returns(quiet_seconds=0, tell=print)
        done = hand.together(keys=[found.key for found in ordered], meter=meter)
    refused = ReturnFile.objects.filter(accepted=False).first()
    if refused is not None or done != len(ordered) or not done:
        raise MonthStuckError(refused.detail if refused else f"{done} of {len(ordered)} returns")


def _batches(state: BatchState) -> Sequence[Batch]:
    return list(Batch.objects.filter(state=state).order_by("id"))
