"""Run a month of the city (月度主流程): whatever has inputs and signatures, up to the next gate.

First what comes in (``collection_steps``), then what is paid out; neither waits for the other.
Safe to repeat and to resume: each step looks at what is there. With a worker and beat the same
steps go on by themselves once the month was asked for (``tasks.py``); this command waits for them,
and in a demonstration it plays the people and the banks.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from backend.audit.record import calling
from backend.city import collection_steps as collection
from backend.city import exchange, fund_steps
from backend.city import month_steps as steps
from backend.city.account_steps import confirm_accounts, let_accounts_count
from backend.city.demo_month import DemoMonth
from backend.city.gates import Gate, gate_of
from backend.city.month_steps import Tell
from backend.city.notice_steps import tell_people
from backend.city.summary import Call, month_summary
from backend.deployment import is_demo
from backend.jobs.runner import JobFailed
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.benefits import monthly_run
from insurance.benefits.conditions import ConditionMissing
from insurance.benefits.models import Run, RunState
from payments.models import BatchState
from payments.returned_list import write_returned_list
from payments.tasks import DELIVER_ARCHIVED

ROUNDS = 5  # how often lines are reissued in one call when banks return them again
JOBS = (
    (BatchState.APPROVED, "payments.prepare_file"),
    (BatchState.SENDING, "payments.deliver"),
    (BatchState.SENDING, DELIVER_ARCHIVED),
)


@dataclass(frozen=True)
class MonthOutcome:
    """What a call of ``run_month`` ended with."""

    summary: dict[str, Any]
    gate: Gate | None


class MonthRunner:
    """One call of ``run_month`` for one period."""

    def __init__(self, *, period: Month, lying: bool, tell: Tell, erring: bool = False) -> None:
        self.period = period
        self.tell = tell
        self.said: set[str] = set()
        self.jobs = steps.Jobs()
        self.rounds = 0
        self.demo = (
            DemoMonth(period=period, lying=lying, erring=erring, tell=tell) if is_demo() else None
        )

    def run(self) -> Gate | None:
        """Go on from wherever the month stands; the gate at which it stops, None at its end."""
        passed: Gate | None = None
        while True:
            self._go_on()
            gate = gate_of(period=self.period)
            if gate is None:
                return None
            if gate == passed or self.demo is None or not self.demo.act(gate):
                self.tell(f"■ 等待{gate.role}：{gate.detail}")
                return gate
            passed = gate

    def _go_on(self) -> None:
        """Take every step that needs nobody."""
        self._let_accounts_count()
        tell_people(tell=self._say)
        self._collect()
        try:
            self._seal()
        except ConditionMissing:
            return  # a gate
        steps.seal_outgoing(period=self.period)
        fund_steps.list_by_fund(period=self.period, tell=self._say)
        for state, kind in JOBS:
            waiting = steps.batches_in(period=self.period, state=state)
            self.jobs.finish(keys=[f"{kind}/{batch.id}" for batch in waiting])
        returns = exchange.order_returns(quiet_seconds=0, tell=self.tell)
        self.jobs.finish(keys=[found.key for found in returns])
        exchange.tell_taken_in(ordered=returns, tell=self.tell)
        if steps.is_answered(period=self.period):
            self._pay_again()
        steps.reconcile_answered()
        self.jobs.finish(keys=steps.order_payouts())

    def _let_accounts_count(self) -> None:
        if self.demo is None:
            confirm_accounts(quiet_seconds=0, tell=self._say)
        else:
            self.demo.confirm_accounts()
        let_accounts_count(period=self.period)

    def _collect(self) -> None:
        """The first half; what it is refused costs nobody a pay day."""
        steps.ask(period=self.period)
        try:
            self._advance()
            if self.demo is not None:
                self._play_collection(self.demo)
        except Refusal as refusal:
            self.tell(f"  征缴暂停：{refusal.detail}[{refusal.code}]")

    def _play_collection(self, demo: DemoMonth) -> None:
        """The tax bureau tells what came in, the treasury pays back what is to go back."""
        if collection.awaits_tax(period=self.period):
            demo.collect()
            self._advance()
        if collection.awaits_tax(period=self.period):
            return  # a file is late: the gate sees to it
        demo.give_back()
        self._advance()
        if collection.awaits_treasury(period=self.period):
            demo.collect()
            self._advance()

    def _advance(self) -> None:
        while keys := collection.advance(period=self.period, quiet_seconds=0, tell=self._say):
            self.jobs.finish(keys=keys)

    def _say(self, sentence: str) -> None:
        """Tell of a file that is waited for once, however often it is looked at."""
        if sentence not in self.said:
            self.said.add(sentence)
            self.tell(sentence)

    def _seal(self) -> None:
        run = Run.objects.filter(period=self.period.first_day).first()
        if run is None:
            steps.take_death_match(period=self.period, tell=self.tell)
            self._recalculate()
            self._adjust()
            run = steps.open_month(period=self.period, tell=self.tell)
        if run.state == RunState.SEALED:
            return
        self.tell(f"▶ 计算 {self.period}：{len(run.parameters['chunks'])} 个分块")
        self.jobs.finish(keys=monthly_run.chunk_keys(run=run))
        self.jobs.finish(keys=[steps.order_seal(run=run)])
        run.refresh_from_db()
        figures = run.summary or {}
        self.tell(
            f"▶ 封存：应发 {figures['entitled']} 笔，入批 {figures['batched']} 笔，"
            f"暂缓 {figures['held']} 笔"
        )

    def _recalculate(self) -> None:
        """What fails costs nobody a pay day: interim pensions are paid on."""
        keys = steps.order_recalculations(period=self.period, tell=self.tell)
        try:
            self.jobs.finish(keys=keys)
        except JobFailed as failed:
            self.tell(f"  重算暂停：{failed.detail}")

    def _adjust(self) -> None:
        """A job that failed costs nobody a pay day: the next month pays it."""
        try:
            while keys := steps.order_adjustments(period=self.period, tell=self.tell):
                self.tell("▶ 养老金调整：按现在所知补算")
                self.jobs.finish(keys=keys)
        except JobFailed as failed:
            self.tell(f"  调整暂停：{failed.detail}")

    def _pay_again(self) -> None:
        """Write the list of returned payments, and pay again what is ready."""
        if self.rounds == ROUNDS:
            return
        if self.demo is None:
            path = exchange.returned_list(period=self.period)
            write_returned_list(period=self.period, path=path)
        else:
            self.demo.correct_accounts()
        try:
            batches = steps.reissue_ready(period=self.period)
        except (NotConfigured, NotVerified) as missing:
            self.tell(f"  暂不二次发放：{missing.detail}")  # and the month goes on
            return
        if batches:
            self.rounds += 1
            self.tell(f"▶ 二次发放：{sum(batch.line_count for batch in batches)} 笔")


def run_month(
    *,
    period: Month,
    lying: bool,
    tell: Tell,
    erring: bool = False,
    clock: Callable[[], float] = time.perf_counter,
) -> MonthOutcome:
    """Run or resume ``period``; its figures and the gate at which it stopped.

    In a demonstration ``lying`` takes the banks that lie, ``erring`` the tax bureau that errs.

    Raises:
        AlreadyRunning: another call is at work on this database.
    """
    started, call = clock(), uuid4()
    with steps.alone(), calling(call):
        gate = MonthRunner(period=period, lying=lying, erring=erring, tell=tell).run()
    summary = month_summary(period=period, call=Call(call=call, seconds=clock() - started))
    summary["gate"] = gate.step if gate else None
    return MonthOutcome(summary=summary, gate=gate)
