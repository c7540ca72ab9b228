"""Whatever breaks while a month is paid, everyone is paid once, to the fen, with nobody's help."""

from collections.abc import Callable
from functools import partial

import pytest

from backend.jobs.faultpoint import POINTS
from tests.faults import harness, month, seldom
from tests.faults.harness import Site

ELSEWHERE = (
    "payments.decision.answered",  # of a lying bank: see test_signatures
    *seldom.POINTS,
)


@pytest.mark.parametrize("broker_url", harness.brokers(), indirect=True)
def test_a_process_dies_at_every_fault_point_of_a_month(bureau: Site) -> None:
    orders = [f"{point}:1:kill" for point in POINTS if point not in ELSEWHERE]
    for order in orders:
        bureau.arm(order)
    bureau.start("worker", "beat")

    summary = month.pay(bureau)

    assert month.everybody_paid_once(bureau, summary)
    assert [order for order in orders if not bureau.struck(order)] == []
    assert month.refused_by_bank(bureau) == []


def test_servers_die_the_broker_is_wiped_and_postgresql_crashes(bureau: Site) -> None:
    bureau.start("worker", "beat", "web")
    running = month.begin_to_pay(bureau)
    breakings: tuple[tuple[int, Callable[[], None]], ...] = (
        (0, partial(bureau.kill, "worker")),
        (1, bureau.wipe_broker),
        (2, partial(bureau.kill, "beat")),
        (4, partial(bureau.kill, "web")),
        (6, bureau.crash_database),
    )
    for jobs_done, breaking in breakings:
        bureau.until(partial(month.has_done, jobs_done))
        breaking()
    running.wait(timeout=300)

    summary = month.pay(bureau)

    assert month.everybody_paid_once(bureau, summary)


@pytest.mark.parametrize("twice", [True])
def test_every_message_of_a_month_comes_twice(bureau: Site) -> None:
    bureau.start("worker", "beat")

    summary = month.pay(bureau)

    assert month.everybody_paid_once(bureau, summary)


@pytest.mark.parametrize("broker_url", harness.brokers(), indirect=True)
def test_a_month_that_is_paid_stays_as_it_is(bureau: Site) -> None:
    first = month.pay(bureau)

    again = month.pay(bureau)

    assert again["changed"] == 0
    assert {**again, "changed": 0, "seconds": 0} == {**first, "changed": 0, "seconds": 0}
