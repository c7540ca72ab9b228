"""Who draws a pension draws on the account: once, as far as it goes, and back when it came back."""

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st

from backend.cluster import CHECKOUT
from backend.jobs.models import Job, JobState
from backend.jobs.runner import run_waiting
from backend.kernel.months import Month
from backend.people.models import Alias
from insurance.accounts.entries import balance
from insurance.accounts.models import AccountEntry
from insurance.benefits import tasks
from insurance.benefits.account_payouts import order_payouts, put_back_returned
from insurance.benefits.assess import account_part
from insurance.benefits.invariants import broken_promises
from insurance.benefits.models import AccountPayout, Cancelled, Entitlement, Overpaid
from payments.discrepancies import propose
from payments.models import Batch, BatchState, Discrepancy
from payments.reconcile import reconcile
from payments.reissue import reissue
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.accounts import account_builders as accounts
from tests.insurance.benefits import month_builders as of
from tests.payments import payment_builders as pay

database = pytest.mark.django_db
HANDLERS = tasks
NOVEMBER, DECEMBER = of.NOVEMBER, of.DECEMBER
PENSION_110 = {"BASIC": 150_000, "ACCOUNT": 40_000, "TRANSITIONAL": 10_000}
PART = 40_000
WORK = (
    "import sys, django; django.setup(); from backend.jobs.runner import run_waiting;"
    "import insurance.benefits.tasks; run_waiting(keys=sys.argv[1:])"
)


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def wang(*, holds: int, scheme: str = "110") -> Entitlement:
    """Wang's pension of 2,000.00, of it 400.00 from the account."""
    made = of.entitlement(scheme=scheme, components=PENSION_110 if scheme == "110" else of.PENSION)
    if holds:
        accounts.entry(person_id=made.person_id, scheme=scheme, month="2020-01", fen=holds)
    return made


def held(pension: Entitlement) -> int:
    return balance(person_id=pension.person_id, scheme=pension.scheme)


def pay_month(period: Month = NOVEMBER, *, returned: tuple[Entitlement, ...] = ()) -> None:
    """The month is sealed, signed, sent, answered and closed; the accounts' part is not taken."""
    of.sealed(period)
    settle(period, returned)


def settle(period: Month, returned: tuple[Entitlement, ...] = ()) -> None:
    people = [pension.person_id for pension in returned]
    for batch in Batch.objects.filter(period=period.first_day, state=BatchState.SEALED):
        pay.send(batch)
        lines = pay.lines_of(batch)
        pay.answer(batch, *(pay.Said(line, pay.BUSY) for line in lines if line.payee_id in people))
        assert reconcile(batch_ids=[batch.id], now=builders.NOW)


def draw() -> int:
    """Do all that waits; rows of accounts and chunks there are then."""
    put_back_returned()
    run_waiting(keys=order_payouts())
    return AccountEntry.objects.count() + AccountPayout.objects.count()


def found_paid(pension: Entitlement) -> None:
    """The bank calls paid what it returned, and two persons decide that it was."""
    line = of.line(pension)
    batch = Batch.objects.get(id=line.batch_id)
    pay.answer(batch, pay.Said(line, pay.PAID), part=2)
    pay.decide_discrepancy(batch, "PAID_AFTER_ALL")


def bank_returns_late(pension: Entitlement) -> None:
    line = of.line(pension)
    batch = Batch.objects.get(id=line.batch_id)
    pay.answer(batch, pay.Said(line, pay.CLOSED_ACCOUNT), part=2)


@database
@pytest.mark.parametrize(("scheme", "part"), [("110", PART), ("170", of.PENSION["ACCOUNT"])])
def test_the_account_part_of_a_paid_pension_leaves_the_account(scheme: str, part: int) -> None:
    pension = wang(holds=100_000, scheme=scheme)
    pay_month()

    draw()

    entry = AccountEntry.objects.get(kind="PAYOUT")
    assert (entry.fen, entry.source_id) == (-part, of.line(pension).due_ref)
    assert (entry.for_month, entry.arrival_month) == (NOVEMBER.first_day, NOVEMBER.first_day)
    assert held(pension) == 100_000 - part
    assert broken_promises() == []


@database
def test_the_account_of_a_merged_entry_pays_the_pension_of_the_survivor() -> None:
    pension = wang(holds=0)
    twin = builders.person(name="王秀英").pk
    accounts.entry(person_id=twin, scheme="110", month="2020-01", fen=100_000)
    Alias.objects.create(party_id=twin, survivor_id=pension.person_id, case_id=1)
    pay_month()

    draw()

    assert balance(person_id=twin, scheme="110") == 100_000 - PART
    assert AccountPayout.objects.get().from_pool_fen == 0
    assert broken_promises() == []


@database
def test_nothing_leaves_before_the_batch_is_closed() -> None:
    pension = wang(holds=100_000)
    of.sealed()

    assert order_payouts() == []
    assert held(pension) == 100_000


@database
def test_what_leaves_leaves_once() -> None:
    wang(holds=100_000)
    pay_month()
    rows = draw()

    assert order_payouts() == []
    assert draw() == rows


@database
def test_beyond_the_account_the_pool_pays() -> None:
    pension = wang(holds=15_000)
    pay_month()

    draw()

    chunk = AccountPayout.objects.get()
    assert (chunk.taken_fen, chunk.from_pool_fen) == (15_000, PART - 15_000)
    assert held(pension) == 0
    assert broken_promises() == []


@database
def test_who_has_no_account_is_paid_by_the_pool() -> None:
    wang(holds=0)
    pay_month()

    draw()

    chunk = AccountPayout.objects.get()
    assert (chunk.line_count, chunk.taken_fen, chunk.from_pool_fen) == (1, 0, PART)


@database
def test_what_came_back_does_not_leave_and_does_when_it_is_paid_again() -> None:
    pension = wang(holds=100_000)
    pay_month(returned=(pension,))
    draw()
    assert held(pension) == 100_000
    reissue(
        period=NOVEMBER, pay_date=of.pay_date(NOVEMBER), barred=[], made_by=None, now=builders.NOW
    )
    settle(NOVEMBER)

    draw()

    assert AccountEntry.objects.get(kind="PAYOUT").n == 2
    assert held(pension) == 100_000 - PART
    assert broken_promises() == []


@database
def test_what_came_back_and_was_paid_after_all_leaves_once() -> None:
    pension = wang(holds=100_000)
    pay_month(returned=(pension,))
    draw()
    found_paid(pension)

    draw()
    draw()

    assert AccountEntry.objects.get(kind="PAYOUT").n == 2
    assert held(pension) == 100_000 - PART
    assert broken_promises() == []


@database
def test_what_was_paid_after_all_and_is_not_owed_is_asked_back() -> None:
    pension = wang(holds=100_000)
    pay_month(returned=(pension,))
    found_paid(pension)
    of.stop(of=pension, since=NOVEMBER)

    of.sealed(DECEMBER)

    assert Overpaid.objects.get().fen == sum(PENSION_110.values())
    assert not Cancelled.objects.exists()
    assert broken_promises() == []


@database
def test_a_late_return_puts_it_back_once() -> None:
    pension = wang(holds=100_000)
    pay_month()
    draw()
    bank_returns_late(pension)
    assert [row.promise[:4] for row in broken_promises()] == ["账户支付"]

    assert put_back_returned() == 1

    assert put_back_returned() == 0
    assert held(pension) == 100_000
    assert broken_promises() == []


@database
def test_what_was_wrongly_put_down_as_paid_comes_back_and_leaves_once_when_it_is_paid() -> None:
    pension = wang(holds=100_000)
    pay_month(returned=(pension,))
    found_paid(pension)
    draw()
    assert held(pension) == 100_000 - PART
    mistaken = Discrepancy.objects.get(kind="EXTRA")
    pay.decided(
        propose(
            discrepancy_id=mistaken.pk,
            decision="RETURNED",
            evidence="查复书 演示-8",
            agency=builders.agency(),
            received_by=builders.chen().pk,
        )
    )

    assert put_back_returned() == 1

    assert held(pension) == 100_000
    assert broken_promises() == []
    pay.reissued()
    settle(NOVEMBER)
    draw()
    assert held(pension) == 100_000 - PART
    assert broken_promises() == []


@database
def test_a_late_return_before_the_account_was_drawn_on_takes_nothing() -> None:
    pension = wang(holds=100_000)
    pay_month()
    bank_returns_late(pension)

    draw()

    assert held(pension) == 100_000
    assert not AccountEntry.objects.filter(source="DUE").exists()


@database
def test_of_a_difference_only_what_the_account_part_rose_by_leaves() -> None:
    pension = wang(holds=500_000)
    pay_month()
    draw()
    of.raise_basic(of=pension, to_fen=160_000, since=NOVEMBER)
    old = pension.component_set.get(component="ACCOUNT")
    of.supersede(old)
    of.component(of=pension, name="ACCOUNT", fen=43_000, start=of.LONG_AGO, case_id=of.SOME_CASE)
    pay_month(DECEMBER)

    draw()

    left = dict(
        AccountEntry.objects.filter(kind="PAYOUT", for_month__gte=of.OCTOBER.first_day).values_list(
            "source_id", "fen"
        )
    )
    assert sorted(left.values()) == [-43_000, -40_000, -3_000, -3_000]
    assert broken_promises() == []


@database
def test_of_many_each_account_pays_its_own_part() -> None:
    random = Random(340_800)
    pensions = []
    for _ in range(40):
        part, holds = random.randrange(1, 90_000), random.choice((0, 1, 89_999, 90_000, 500_000))
        pension = of.entitlement(
            of=builders.person(), scheme="110", components={"BASIC": 10_000, "ACCOUNT": part}
        )
        if holds:
            accounts.entry(person_id=pension.person_id, month="2020-01", fen=holds)
        pensions.append((pension, part, holds))
    pay_month()

    draw()

    for pension, part, holds in pensions:
        rule = account_part(now_fen=part, before_fen=0, due_fen=part + 10_000)
        assert held(pension) == max(0, holds - rule)
    chunk = AccountPayout.objects.get()
    assert chunk.taken_fen + chunk.from_pool_fen == sum(part for _, part, _ in pensions)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 10**9))
def test_the_account_part_lies_within_the_due(now: int, before: int, due: int) -> None:
    part = account_part(now_fen=now, before_fen=before, due_fen=due)

    assert 0 <= part <= due
    assert part == 0 or before + part <= now


def test_a_worker_killed_within_a_chunk_leaves_it_to_the_next(own_database: OwnDatabase) -> None:
    pension = wang(holds=100_000)
    pay_month()
    (key,) = order_payouts()
    killed = subprocess.run(
        [sys.executable, "-c", WORK, key],
        cwd=CHECKOUT,
        env={
            **own_database.environment,
            "FAULTPOINTS": "benefits.payout.taken:1:kill",
            "DJANGO_SETTINGS_MODULE": "backend.settings",
        },
        check=False,
    )
    assert killed.returncode == -9
    assert held(pension) == 100_000
    Job.objects.exclude(state=JobState.DONE).update(lease_until=None)

    run_waiting(keys=[key])

    assert held(pension) == 100_000 - PART
    assert Job.objects.get(key=key).state == JobState.DONE
