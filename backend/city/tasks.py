"""What beat lets go on between two human gates (自动推进): the same steps that ``run_month`` takes.

Nobody signs here, and no bank answers: people act through the API, banks through their folders.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from backend.celery import app
from backend.city import collection_steps as collection
from backend.city import exchange, fund_steps
from backend.city import month_steps as steps
from backend.city.account_steps import confirm_accounts, let_accounts_count
from backend.jobs.runner import JobFailed, unfinished
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.notices.call_backs import write_call_back_list
from insurance.benefits.conditions import ConditionMissing
from insurance.benefits.models import Run, RunState

QUIET_SECONDS = 3.0  # a return file that changed since may still be on its way
log = structlog.get_logger(__name__)
_said: set[str] = set()


@app.task(name="backend.city.tasks.go_on")
def go_on() -> None:
    """Bill and collect, open months that were asked for, seal what is computed, read returns in."""
    with steps.going_on(wait=False) as free:
        if not free:
            return  # run_month is at work, or another worker
        with _told():
            confirm_accounts(quiet_seconds=QUIET_SECONDS, tell=_say)
        collecting = steps.last_asked()
        if collecting is not None:
            let_accounts_count(period=collecting)
            with _told():
                collection.advance(period=collecting, quiet_seconds=QUIET_SECONDS, tell=_say)
        for period in steps.asked():
            with _told():
                steps.take_death_match(period=period, tell=_say)
                waits = _recalculating(period) or steps.order_adjustments(period=period, tell=_say)
                if not waits:
                    steps.open_month(period=period, tell=_say)
        for run in Run.objects.filter(state=RunState.OPEN):
            if steps.is_computed(run=run):
                with _told():
                    steps.order_seal(run=run)
        newest = Run.objects.filter(state=RunState.SEALED).order_by("-period").first()
        if newest is not None:
            with _told():
                steps.seal_outgoing(period=Month.of(newest.period))
                fund_steps.list_by_fund(period=Month.of(newest.period), tell=_say)
        with _told():
            exchange.order_returns(quiet_seconds=QUIET_SECONDS, tell=_say)
        steps.reconcile_answered()
        steps.order_payouts()


@app.task(name="backend.city.tasks.pay_again")
def pay_again() -> None:
    """Write the lists of returned payments; reissue in the newest month that banks answered."""
    with steps.going_on(wait=False) as free:
        if not free:
            return
        exchange.write_returned_lists()
        write_call_back_list()
        sealed = Run.objects.filter(state=RunState.SEALED).order_by("-period")
        for day in sealed.values_list("period", flat=True):
            if steps.is_answered(period=Month.of(day)):
                with _told():
                    steps.reissue_ready(period=Month.of(day))
                return


def _recalculating(period: Month) -> bool:
    """Whether the month waits for interim awards; what failed holds up nobody's pay day."""
    keys = steps.order_recalculations(period=period, tell=_say)
    try:
        return unfinished(keys=keys) > 0
    except JobFailed as failed:
        _say(f"{failed.detail}[{failed.code}]")
        return False


@contextmanager
def _told() -> Iterator[None]:
    """A rule that says no holds up one step, not the others."""
    try:
        yield
    except ConditionMissing:
        pass  # a human gate: ``run_month`` and its summary name it
    except Refusal as refusal:
        _say(f"{refusal.detail}[{refusal.code}]")


def _say(sentence: str) -> None:
    """Write a sentence to the log, once: beat comes back every few seconds."""
    if sentence not in _said:
        _said.add(sentence)
        log.warning(sentence)
