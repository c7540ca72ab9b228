"""Who acts at a gate of the demonstration (演示): its staff through the API, its banks, its window.

Banks and window are processes of their own that know nothing of us but files.
"""

import subprocess
import sys
from datetime import date

from django.conf import settings
from django.db.models import Sum

from backend.city import demo_funding, demo_overpaid, demo_staff, demo_statements, exchange
from backend.city import month_steps as steps
from backend.city.account_steps import confirm_accounts
from backend.city.collection_steps import business_day
from backend.city.fund_steps import (
    next_arrivals,
    unpaid_lists,
    unproposed_arrivals,
    unproposed_lists,
)
from backend.city.gates import Gate
from backend.city.month_steps import Tell
from backend.kernel.months import Month
from insurance.collection.tax.tax_folders import tax_folder
from payments.account_answers import IN
from payments.account_checks import OUT
from payments.bank_folders import bank_folder
from payments.models import AccountCheckFile, Batch, BatchState
from payments.returned_list import write_returned_list
from payments.signing import SEND, STEPS, SigningStep

LIES_SEED = ERRORS_SEED = "340800"


class DemoMonth:
    """The people and banks of the demo city, for one call of ``run_month``."""

    def __init__(self, *, period: Month, lying: bool, erring: bool, tell: Tell) -> None:
        self.period = period
        self.lying = lying
        self.erring = erring
        self.tell = tell
        self.office = demo_staff.DemoOffice(office=demo_staff.office_file())

    def act(self, gate: Gate) -> bool:
        """Do what the month waits for; False where the demonstration leaves it to real people."""
        if gate.step in STEPS:
            self._sign(STEPS[gate.step])
        elif gate.step == "DEATHS":
            demo_staff.confirm_death_match(office=self.office, period=self.period)
            self.tell("▶ 死亡比对确认（经办核对、复核决定）")
        elif gate.step == "RETURN":
            self._answer()
        elif gate.step == "TAX":
            self.collect()
        elif gate.step == "CONTRIBUTIONS":
            self._contribute()
            self._take_arrivals()
        elif gate.step == "CLOSE":
            accounts = demo_statements.settle_with_banks(office=self.office, period=self.period)
            self.tell(f"▶ 银行对账单、余额调节表：{accounts} 个账户（财务编制、复核）")
            demo_staff.close_month(office=self.office, month=str(self.period))
            self.tell(f"▶ {self.period} 结账")
        elif gate.step == "YEAR":
            demo_staff.carry_over(office=self.office, year=self.period.year)
            self.tell(f"▶ {self.period.year} 年度结转（财务制单、审批人结账）")
        else:
            return False
        return True

    def collect(self) -> None:
        """The tax bureau reads bills and declarations, and tells what came in."""
        said = settings.VAR_DIR / "city" / "months" / str(self.period) / "tax"
        errors = []
        if self.erring:
            truth = settings.VAR_DIR / "tax" / "truth.json"
            errors = ["--errors", ERRORS_SEED, "--truth", str(truth)]
        _run_apart(
            *("backend.city.tax", "--period", str(self.period)),
            *("--inbox", str(tax_folder(name="inbox"))),
            *("--outbox", str(tax_folder(name="outbox"))),
            *("--declared", str(said / "declared.csv"), "--fiscal", str(said / "fiscal.csv")),
            *("--state", str(settings.VAR_DIR / "tax" / "state")),
            *errors,
        )

    def give_back(self) -> None:
        """Staff see to it that what was paid twice goes back; what a tax bureau that errs left is
        for real people."""
        if self.erring:
            return
        day = business_day(period=self.period)
        refunds = demo_overpaid.give_back(office=self.office, period=self.period, day=day)
        if refunds:
            self.tell(f"▶ 重复申报的多缴款退库：{refunds} 笔（财务提出、复核决定）")

    def correct_accounts(self) -> None:
        """People come to the window with the list of returned payments and bring new accounts."""
        returned = exchange.returned_list(period=self.period)
        lines = write_returned_list(period=self.period, path=returned)
        if lines == 0:
            return
        corrections = returned.with_name(f"corrections-{self.period}.csv")
        _run_apart(
            *("backend.city.window", "--returned", str(returned)),
            *("--out", str(corrections), "--seed", str(self.period)),
        )
        demo_staff.import_corrections(office=self.office, corrections=corrections)
        self.confirm_accounts()
        decided = demo_staff.decide_corrections(office=self.office)
        self.tell(f"▶ 退票 {lines} 笔，账户更正 {decided} 件（经办录入、银行核验、复核决定）")

    def confirm_accounts(self) -> None:
        """The banks are asked about proposed accounts, and answer."""
        confirm_accounts(quiet_seconds=0, tell=self.tell)
        waiting = AccountCheckFile.objects.filter(answer__isnull=True)
        banks = sorted(set(waiting.values_list("bank", flat=True)))
        for bank in banks:
            _run_apart(
                *("backend.city.bank.check", "--bank", bank),
                *("--asked", str(bank_folder(bank=bank, name=OUT))),
                *("--answers", str(bank_folder(bank=bank, name=IN))),
            )
        if banks:
            confirm_accounts(quiet_seconds=0, tell=self.tell)

    def _contribute(self) -> None:
        """What an interrupted call proposed is only signed."""
        if not unpaid_lists(period=self.period):
            return
        day = steps.pay_day(period=self.period)
        self._fund_lists(day)
        for one in unproposed_lists(period=self.period):
            party = one.fundline_set.values_list("person_id", flat=True)[0]
            demo_staff.propose_contributions(
                office=self.office, fund_list=one.pk, party=party, day=day
            )
        demo_staff.approve_contributions(office=self.office)
        self.tell("▶ 失业保险基金代缴付款（财务提出、复核、审批）")

    def _take_arrivals(self) -> None:
        """Each agency's own staff book what was paid to it, one list after the other."""
        arrived = 0
        while ready := next_arrivals(period=self.period):
            for one in unproposed_arrivals(period=self.period):
                demo_staff.propose_arrival(
                    office=self.office,
                    agency=one.into.agency.code,
                    payment=one.pk,
                    day=max(one.paid_on, steps.pay_day(period=self.period)),
                )
            for agency in sorted({one.into.agency.code for one in ready}):
                demo_staff.decide_arrivals(office=self.office, agency=agency)
            arrived += len(ready)
        if arrived:
            self.tell(f"▶ 失业保险基金代缴到账：{arrived} 笔（收款机构财务登记、复核决定）")

    def _sign(self, step: SigningStep) -> None:
        waiting = steps.batches_in(period=self.period, state=step.before)
        if step == SEND:
            self._fund_batches(waiting)
        ids = [batch.id for batch in waiting]
        demo_staff.sign_batches(office=self.office, step=step.name, role=step.role, ids=ids)
        self.tell(f"▶ {step.label}：{len(waiting)} 个批次（演示人员签名）")

    def _fund_batches(self, batches: list[Batch]) -> None:
        """What goes to the banks has arrived in 支出户 before, with what the month pays besides."""
        needs = self._needs_of_lists()
        for batch in batches:
            needs[batch.book_id] = needs.get(batch.book_id, 0) + batch.fen
        if batches:
            self._fund(needs, min(batch.pay_date for batch in batches))

    def _fund_lists(self, day: date) -> None:
        self._fund(self._needs_of_lists(), day)

    def _needs_of_lists(self) -> dict[int, int]:
        """What the lists that nobody paid yet come to, by the book that pays."""
        return {
            one.book_id: one.fundline_set.aggregate(fen=Sum("fen"))["fen"] or 0
            for one in unpaid_lists(period=self.period)
        }

    def _fund(self, needs: dict[int, int], day: date) -> None:
        booked = demo_funding.fund(office=self.office, needs=needs, day=day)
        if booked:
            self.tell(f"▶ 用款申请、财政补助、拨款到支出户：到账 {booked} 笔（财务、复核、审批）")

    def _answer(self) -> None:
        waiting = steps.batches_in(period=self.period, state=BatchState.SENT)
        for bank in sorted({batch.bank for batch in waiting}):
            lies = []
            if self.lying:
                truth = settings.VAR_DIR / "bank" / bank / "truth.json"
                lies = ["--lies", LIES_SEED, "--truth", str(truth)]
            _run_apart(
                *("backend.city.bank", "--bank", bank),
                *("--inbox", str(bank_folder(bank=bank, name="inbox"))),
                *("--outbox", str(bank_folder(bank=bank, name="returns"))),
                *lies,
            )


def _run_apart(module: str, *arguments: str) -> None:
    command = [sys.executable, "-m", module, *arguments]
    subprocess.run(command, check=True, cwd=settings.BASE_DIR, stdout=sys.stderr)
