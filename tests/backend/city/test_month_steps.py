"""What goes on by itself: what was asked for and has its signatures, one at a time."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connections

from backend.city import month_steps as steps
from backend.city import tasks
from backend.city.gates import gate_of
from backend.city.run_month import MonthRunner
from backend.jobs import runner
from backend.jobs.models import Job
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured
from insurance.benefits import conditions
from insurance.benefits.models import Component, Overpaid, Run, RunState
from insurance.benefits.monthly_run import BeforeTakeOver
from insurance.benefits.tasks import SEAL
from payments.ledger.models import LedgerMonth
from payments.models import Batch, BatchKind, BatchState, OutcomeState
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.accounts import test_outgoing_batches as outgoing
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import BUSY, EMPLOYEES, PAID, PERIOD


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def go_on_to_the_seal() -> Run:
    """What beat and a worker do in turn."""
    tasks.go_on()
    runner.run_waiting(keys=list(Job.objects.values_list("key", flat=True)))
    tasks.go_on()
    runner.run_waiting(keys=list(Job.objects.values_list("key", flat=True)))
    return Run.objects.get()


@pytest.mark.django_db
def test_nobody_asked_and_nothing_opens() -> None:
    m.entitlement()
    m.death_match()

    tasks.go_on()

    assert not Run.objects.exists()


@pytest.mark.django_db
def test_a_month_that_was_asked_for_goes_on_to_its_first_signature() -> None:
    m.entitlement()
    m.death_match()
    steps.ask(period=NOVEMBER)

    run = go_on_to_the_seal()

    assert (run.period, run.state) == (NOVEMBER.first_day, RunState.SEALED)
    gate = gate_of(period=NOVEMBER)
    assert gate is not None
    assert (gate.step, gate.role) == ("CHECK", "复核")


@pytest.mark.django_db
def test_it_waits_for_evidence_or_a_signature_and_opens_when_it_is_there() -> None:
    m.entitlement()
    steps.ask(period=NOVEMBER)
    tasks.go_on()
    gate = gate_of(period=NOVEMBER)
    assert gate is not None
    assert gate.step == "SEAL"
    assert not Run.objects.exists()

    m.overridden()

    assert go_on_to_the_seal().state == RunState.SEALED


@pytest.mark.django_db
def test_a_match_waits_at_a_gate_of_its_own_for_two_persons() -> None:
    m.entitlement()
    steps.ask(period=NOVEMBER)
    match = m.unconfirmed_match()
    tasks.go_on()
    gate = gate_of(period=NOVEMBER)
    assert gate is not None
    assert (gate.step, gate.role) == ("DEATHS", "经办、复核")
    assert not Run.objects.exists()

    m.confirmed(match)

    assert go_on_to_the_seal().state == RunState.SEALED


@pytest.mark.django_db
def test_a_computed_month_is_not_sealed_on_an_old_match_but_on_a_signature(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    m.entitlement()
    m.computed()
    monkeypatch.setattr(conditions, "FRESH_DAYS", -1)
    tasks.go_on()
    assert not Job.objects.filter(kind=SEAL).exists()

    m.overridden()

    assert go_on_to_the_seal().state == RunState.SEALED


@pytest.mark.django_db
@pytest.mark.parametrize("period", [Month(2026, 10), Month(2026, 11), Month(2027, 1)])
def test_only_the_next_month_is_put_on_record(period: Month) -> None:
    m.entitlement()
    m.death_match()
    m.sealed()

    steps.ask(period=period)

    assert steps.asked() == []


@pytest.mark.django_db
def test_a_month_is_asked_for_once() -> None:
    steps.ask(period=NOVEMBER)
    steps.ask(period=NOVEMBER)

    assert steps.asked() == [NOVEMBER]


@pytest.mark.django_db
def test_a_month_that_the_old_system_pays_is_neither_asked_for_nor_opened() -> None:
    steps.ask(period=NOVEMBER)
    m.entitlement()
    m.taken_over_from(NOVEMBER.next)

    with pytest.raises(BeforeTakeOver):
        steps.ask(period=NOVEMBER)
    assert steps.asked() == []


@pytest.mark.django_db
@pytest.mark.parametrize(("again", "name"), [(False, "月度发放日"), (True, "二次发放日")])
def test_a_live_city_must_say_on_which_day_it_pays(
    monkeypatch: pytest.MonkeyPatch, again: bool, name: str
) -> None:
    monkeypatch.setattr(steps, "is_demo", lambda: False)

    with pytest.raises(NotConfigured, match=f"“{name}”未配置：地区 340800，日期 2026-11-01。"):
        steps.pay_day(period=NOVEMBER, reissue=again)


@pytest.mark.parametrize(("today", "paid"), [(14, 15), (15, 15), (16, 16)])
def test_a_bank_is_never_told_to_pay_on_a_day_that_is_over(today: int, paid: int) -> None:
    planned = NOVEMBER.first_day.replace(day=15)

    assert steps.not_past(planned=planned, today=planned.replace(day=today)).day == paid


def seal_the_rest() -> None:
    """The batches of the month into which nothing fell."""
    Batch.objects.filter(state=BatchState.DRAFT).update(state=BatchState.EMPTY)


def reissues() -> list[int]:
    """The lines of each batch that pays again."""
    batches = Batch.objects.filter(kind=BatchKind.REISSUE).exclude(state=BatchState.EMPTY)
    return list(batches.order_by("id").values_list("line_count", flat=True))


@pytest.mark.django_db
def test_what_came_back_is_paid_again_one_round_after_the_other() -> None:
    pay.answered(BUSY, BUSY, PAID)
    seal_the_rest()

    steps.reissue_ready(period=PERIOD)
    steps.reissue_ready(period=PERIOD)

    assert reissues() == [2]


@pytest.mark.django_db
def test_nothing_is_paid_again_before_all_banks_have_answered() -> None:
    pay.answered(BUSY)
    pay.sent(scheme=EMPLOYEES)
    seal_the_rest()

    steps.reissue_ready(period=PERIOD)

    assert reissues() == []


@pytest.mark.django_db
def test_nothing_is_paid_again_for_a_month_that_is_stopped_since() -> None:
    wang, li = m.entitlement(), m.entitlement(of=builders.li())
    m.sealed()
    for entitlement in (wang, li):
        m.answered(m.line(entitlement), OutcomeState.RETURNED)
    m.stop(of=wang, since=NOVEMBER)
    m.stop(of=li, since=DECEMBER)

    assert steps.barred_payees(period=NOVEMBER) == [wang.person_id]


@pytest.mark.django_db
def test_nothing_is_paid_again_that_was_asked_back_before_it_returned() -> None:
    wang, li = m.entitlement(), m.entitlement(of=builders.li())
    m.sealed()
    m.raise_basic(of=wang, to_fen=20_000, since=NOVEMBER)
    m.sealed(DECEMBER)
    for entitlement in (wang, li):
        m.answered(m.line(entitlement), OutcomeState.RETURNED)

    assert steps.barred_payees(period=DECEMBER) == [wang.person_id]


@pytest.mark.django_db
def test_what_was_asked_back_and_is_owed_again_is_paid_again_when_it_returns() -> None:
    wang = m.entitlement()
    m.sealed()
    november = m.line(wang)
    basic = Component.objects.get(entitlement=wang, component="BASIC").fen
    m.raise_basic(of=wang, to_fen=20_000, since=NOVEMBER)
    m.sealed(DECEMBER)
    assert Overpaid.objects.count() == 1
    m.raise_basic(of=wang, to_fen=basic, since=NOVEMBER)
    m.sealed(JANUARY)
    assert sum(Overpaid.objects.values_list("fen", flat=True)) == 0
    m.answered(november, OutcomeState.RETURNED)

    assert steps.barred_payees(period=JANUARY) == []


@pytest.mark.django_db
def test_a_round_waits_while_corrections_wait_for_their_decision() -> None:
    line = pay.lines_of(pay.answered(BUSY))[0]
    seal_the_rest()
    correction = builders.case(content={"ref": f"{line.due_ref}-{line.n}"})

    steps.reissue_ready(period=PERIOD)
    assert reissues() == []

    pay.decided(correction, approve=False)
    steps.reissue_ready(period=PERIOD)
    assert reissues() == [1]


@pytest.mark.django_db
def test_a_month_goes_on_without_its_day_of_reissue(monkeypatch: pytest.MonkeyPatch) -> None:
    pay.answered(BUSY)
    seal_the_rest()
    for module in ("month_steps", "run_month"):
        monkeypatch.setattr(f"backend.city.{module}.is_demo", lambda: False)
    told: list[str] = []

    MonthRunner(period=PERIOD, lying=False, tell=told.append)._pay_again()

    assert told == ["  暂不二次发放：“二次发放日”未配置：地区 340800，日期 2026-11-01。"]
    assert reissues() == []


@pytest.mark.django_db
def test_beat_pays_again_in_the_newest_month_that_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rounds: list[Month] = []
    monkeypatch.setattr(steps, "reissue_ready", lambda *, period: rounds.append(period))
    monkeypatch.setattr(steps, "is_answered", lambda *, period: period == NOVEMBER)
    m.entitlement()
    for period in (NOVEMBER, NOVEMBER.next):
        m.death_match(period=period)
        m.sealed(period)

    tasks.pay_again()

    assert rounds == [NOVEMBER]


def test_only_one_goes_on_at_a_time(own_database: OwnDatabase) -> None:
    m.entitlement()
    m.death_match()
    steps.ask(period=NOVEMBER)

    with steps.alone():
        apart(tasks.go_on)
    assert not Run.objects.exists()

    apart(tasks.go_on)
    assert Run.objects.exists()


def test_a_second_run_month_is_refused_at_once(own_database: OwnDatabase) -> None:
    refused: list[str] = []

    def second() -> None:
        try:
            with steps.alone():
                pass
        except steps.AlreadyRunning as refusal:
            refused.append(refusal.code)

    with steps.alone():
        apart(second)

    assert refused == ["run_month_busy"]


def test_run_month_waits_for_what_goes_on_by_itself(own_database: OwnDatabase) -> None:
    order: list[str] = []

    def run_month() -> None:
        with steps.alone():
            order.append("run_month")

    with steps.going_on(wait=False):
        waiting = begun(run_month)
        waiting.join(timeout=0.5)
        order.append("beat")
    waiting.join(timeout=20)

    assert order == ["beat", "run_month"]


def apart(act: Callable[[], object]) -> None:
    """Let another session act to its end."""
    begun(act).join(timeout=20)


def begun(act: Callable[[], object]) -> threading.Thread:
    def act_and_close() -> None:
        try:
            act()
        finally:
            connections.close_all()

    thread = threading.Thread(target=act_and_close)
    thread.start()
    return thread


@pytest.mark.django_db
def test_what_left_accounts_is_sealed_once_the_month_is_and_until_its_books_close() -> None:
    m.entitlement()
    out = outgoing.emigrated(with_account=False)
    steps.ask(period=NOVEMBER)
    assert steps.seal_outgoing(period=NOVEMBER) == []

    m.sealed()
    LedgerMonth.objects.create(book=m.office().residents, month=NOVEMBER.first_day)
    tasks.go_on()

    batch = Batch.objects.get(kind=BatchKind.ACCOUNT, line_count=1)
    assert (batch.period, batch.fen) == (NOVEMBER.first_day, out.fen)
    gate = gate_of(period=NOVEMBER)
    assert gate is not None
    assert gate.step == "CHECK"
    assert batch.no in gate.detail
