"""Run a month of the city (月度主流程): whatever has inputs and signatures, up to the next gate.

Safe to repeat and to resume: each step looks at what is there.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from backend.audit.record import calling
from backend.city import demo_staff
from backend.city import month_steps as steps
from backend.city.month_steps import Tell
from backend.city.summary import Call, month_summary
from backend.kernel.months import Month
from insurance.benefits import monthly_run
from insurance.benefits.death_match import import_death_match
from insurance.benefits.models import Run, RunState
from payments.bank_files import bank_folder
from payments.banks.profile import bank_codes
from payments.ledger.models import LedgerMonth
from payments.models import Batch, BatchKind, BatchState
from payments.reconcile import open_decisions, reconcile
from payments.reissue import reissue
from payments.returned_list import write_returned_list
from payments.signing import APPROVE, CHECK, SEND, SigningStep

ROUNDS = 5  # how often lines are reissued in one call when banks return them again
LIES_SEED = "340800"


@dataclass(frozen=True)
class Gate:
    """Where the month waits, and for whom (待办): a sentence an office can act on."""

    step: str
    role: str
    detail: str


@dataclass(frozen=True)
class MonthOutcome:
    """What a call of ``run_month`` ended with."""

    summary: dict[str, Any]
    gate: Gate | None


class MonthRunner:
    """One call of ``run_month`` for one period."""

    def __init__(self, *, period: Month, lying: bool, tell: Tell) -> None:
        self.period = period
        self.lying = lying
        self.tell = tell
        self.jobs = steps.Jobs()
        self.office = (
            demo_staff.DemoOffice(office=demo_staff.office_file()) if steps.is_demo() else None
        )

    def run(self) -> Gate | None:
        """Go on from wherever the month stands; the gate at which it stops, None at its end."""
        for stage in (self._prepare, self._pay_first, self._pay_again, self._close):
            gate = stage()
            if gate is not None:
                self.tell(f"■ 等待{gate.role}：{gate.detail}")
                return gate
        return None

    def _prepare(self) -> Gate | None:
        run = Run.objects.filter(period=self.period.first_day).first()
        try:
            if run is None:
                run = self._open()
        except monthly_run.ConditionMissing as missing:
            return Gate("SEAL", "财务、审批", missing.detail)
        if run.state == RunState.SEALED:
            return None
        self.tell(f"▶ 计算 {self.period}：{len(run.parameters['chunks'])} 个分块")
        self.jobs.finish(keys=monthly_run.chunk_keys(run=run))
        try:
            sealed = monthly_run.seal_run(period=self.period, now=timezone.now()).run
        except monthly_run.ConditionMissing as missing:
            return Gate("SEAL", "财务、审批", missing.detail)
        figures = sealed.summary or {}
        self.tell(
            f"▶ 封存：应发 {figures['entitled']} 笔，入批 {figures['batched']} 笔，"
            f"暂缓 {figures['held']} 笔"
        )
        return None

    def _open(self) -> Run:
        """Open the run only when the deaths are known: what comes later is not in it."""
        pay_date = self._day(reissue=False)
        match = steps.death_match_file(period=self.period)
        if match.exists():
            found = import_death_match(path=match)
            self.tell(f"▶ 死亡比对：{found.told} 条，新立案 {found.reported}")
        monthly_run.require_conditions(period=self.period, pay_date=pay_date)
        return monthly_run.open_run(period=self.period, pay_date=pay_date, now=timezone.now())

    def _pay_first(self) -> Gate | None:
        first = Batch.objects.filter(period=self.period.first_day, kind=BatchKind.REGULAR)
        return self._advance(list(first.values_list("id", flat=True)))

    def _pay_again(self) -> Gate | None:
        again = Batch.objects.filter(period=self.period.first_day, kind=BatchKind.REISSUE)
        gate = self._advance(list(again.values_list("id", flat=True)))
        rounds = 0
        while gate is None and rounds < ROUNDS:
            rounds += 1
            self._correct_accounts()
            batches = reissue(
                period=self.period,
                pay_date=self._day(reissue=True),
                barred=steps.barred_payees(period=self.period),
                made_by=None,
                now=timezone.now(),
            )
            if not batches:
                return None
            self.tell(f"▶ 二次发放：{sum(batch.line_count for batch in batches)} 笔")
            gate = self._advance([batch.id for batch in batches])
        return gate

    def _close(self) -> Gate | None:
        batches = list(
            Batch.objects.filter(period=self.period.first_day)
            .exclude(state__in=(BatchState.EMPTY, BatchState.CLOSED))
            .order_by("id")
        )
        for batch in batches:
            reconcile(batch=batch, now=timezone.now())
        all_batches = Batch.objects.filter(period=self.period.first_day)
        count = sum(open_decisions(batch=batch) for batch in all_batches.order_by("id"))
        states = (BatchState.EMPTY, BatchState.CLOSED)
        if count or all_batches.exclude(state__in=states).exists():
            return Gate(
                "DECIDE", "财务、复核", f"{count} 条对账差异须由财务提出、复核人决定后才能平账。"
            )
        still_open = LedgerMonth.objects.filter(month=self.period.first_day, closed_at__isnull=True)
        if not still_open.exists():
            return None
        if self.office is None:
            return Gate("CLOSE", "审批", f"{self.period} 各账套可以结账。")
        demo_staff.close_month(office=self.office, month=str(self.period))
        self.tell(f"▶ {self.period} 结账")
        return None

    def _advance(self, ids: list[int]) -> Gate | None:
        """Take batches through their signatures to the bank and back."""
        for step in (CHECK, APPROVE, SEND):
            gate = self._sign(step=step, ids=ids)
            if gate is not None:
                return gate
        sending = steps.batches_in(ids=ids, state=BatchState.SENDING)
        self.jobs.finish(keys=[f"payments.deliver/{batch.id}" for batch in sending])
        return self._ask_bank(ids)

    def _sign(self, *, step: SigningStep, ids: list[int]) -> Gate | None:
        waiting = steps.batches_in(ids=ids, state=step.before)
        if not waiting:
            return None
        if step is SEND:
            self.jobs.finish(keys=[f"payments.prepare_file/{batch.id}" for batch in waiting])
        if self.office is None:
            numbers = "、".join(batch.no for batch in waiting)
            return Gate(step.name, step.role.label, f"{step.label}批次 {numbers}。")
        demo_staff.sign_batches(
            office=self.office,
            step=step.name,
            role=step.role,
            ids=[batch.id for batch in waiting],
        )
        self.tell(f"▶ {step.label}：{len(waiting)} 个批次（演示人员签名）")
        return None

    def _ask_bank(self, ids: list[int]) -> Gate | None:
        waiting = steps.batches_in(ids=ids, state=BatchState.SENT)
        if waiting and self.office is not None:
            for bank in sorted({batch.bank for batch in waiting}):
                self._simulate_bank(bank)
        steps.take_in_returns(banks=bank_codes(), tell=self.tell)
        waiting = steps.batches_in(ids=ids, state=BatchState.SENT)
        if not waiting:
            return None
        return Gate("RETURN", "银行", "等待回盘：" + "、".join(batch.no for batch in waiting))

    def _simulate_bank(self, bank: str) -> None:
        command = [
            *(sys.executable, "-m", "backend.city.bank", "--bank", bank),
            *("--inbox", str(bank_folder(bank=bank, name="inbox"))),
            *("--outbox", str(bank_folder(bank=bank, name="returns"))),
        ]
        if self.lying:
            truth = settings.VAR_DIR / "bank" / bank / "truth.json"
            command += ["--lies", LIES_SEED, "--truth", str(truth)]
        subprocess.run(command, check=True, cwd=settings.BASE_DIR, stdout=sys.stderr)

    def _correct_accounts(self) -> None:
        """Write the list of returned payments; in the demo people come to the window with it."""
        folder = settings.VAR_DIR / "returned"
        folder.mkdir(parents=True, exist_ok=True)
        returned = folder / f"returned-{self.period}.csv"
        lines = write_returned_list(period=self.period, path=returned)
        if lines == 0 or self.office is None:
            return
        corrections = folder / f"corrections-{self.period}.csv"
        subprocess.run(
            [
                *(sys.executable, "-m", "backend.city.window", "--returned", str(returned)),
                *("--out", str(corrections), "--seed", str(self.period)),
            ],
            check=True,
            cwd=settings.BASE_DIR,
            stdout=sys.stderr,
        )
        decided = demo_staff.correct_accounts(office=self.office, corrections=corrections)
        self.tell(f"▶ 退票 {lines} 笔，账户更正 {decided} 件（经办录入、复核决定）")

    def _day(self, *, reissue: bool) -> date:
        day, _ = steps.pay_day(period=self.period, reissue=reissue)
        return self.period.first_day.replace(day=day)


def run_month(
    *, period: Month, lying: bool, tell: Tell, clock: Callable[[], float] = time.perf_counter
) -> MonthOutcome:
    """Run or resume ``period``; its figures and the gate at which it stopped.

    Raises:
        AlreadyRunning: another call is at work on this database.
    """
    started, call = clock(), uuid4()
    with steps.alone(), calling(call):
        gate = MonthRunner(period=period, lying=lying, tell=tell).run()
    summary = month_summary(period=period, call=Call(call=call, seconds=clock() - started))
    summary["gate"] = gate.step if gate else None
    return MonthOutcome(summary=summary, gate=gate)
