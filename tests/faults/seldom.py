"""What a month of the small city does not pass (一年难得一次的事), each with its fault points.

Each is made by the builders of its topic, and ends as a job that a worker does; what there must be
then, once, stands beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from backend.jobs.queue import enqueue
from insurance.accounts import tasks as account_tasks
from insurance.accounts.leaving import pay_lump_sum
from insurance.accounts.models import AccountEntry, InterestRun, OutgoingDue
from insurance.accounts.yearly_interest import close_year, open_year
from insurance.benefits.claims.models import ClaimDue
from insurance.collection.models import FundLine, FundList
from insurance.pension.adjusting import cases as adjusting
from insurance.pension.adjusting.models import Row, Run
from insurance.pension.models import Award, Recalculation
from insurance.pension.recalculation import Waiting, open_recalculation
from insurance.unemployment.models import RefundDue
from payments.ledger.books import ensure_books
from payments.models import Attempt, Batch
from tests import builders
from tests.faults.seldom_jobs import KIND, PAY_DATE
from tests.insurance.accounts import account_builders
from tests.insurance.benefits import month_builders
from tests.insurance.pension import pension_builders, survivor_builders
from tests.insurance.pension.adjusting import adjusting_builders
from tests.insurance.unemployment import contribution_builders, refund_builders
from tests.payments import payment_builders

HANDLERS = account_tasks  # imported so that its jobs can be done here
ACCOUNT_FEN, WITH_INTEREST_FEN = 1_000_000, 1_012_500
GRANT_FEN = 9_801_459
REFUND_FEN = refund_builders.WHOLE * 9 // 10


@dataclass(frozen=True)
class Seldom:
    """Something that happens, and what is there when it is over, wherever a worker dies in it."""

    points: tuple[str, ...]
    happens: Callable[[], None]
    found: Callable[[], object]
    expected: object


def _awards_are_computed_again() -> None:
    pension_builders.recognise()
    pension_builders.approve()
    pension_builders.with_account()
    pension_builders.awarded()
    with pytest.MonkeyPatch.context() as patch:
        pension_builders.publish_base(patch)
        open_recalculation(of=Waiting("340800", 2026), known_on=pension_builders.TODAY)


def _awards() -> object:
    run, again = Recalculation.objects.get(), Award.objects.exclude(previous=None).get()
    return run.state, Award.objects.count(), again.kind


def _pensions_are_adjusted() -> None:
    adjusting_builders.retired(
        of=adjusting_builders.born(1956, 12, 31), components={"BASIC": 2600_00}
    )
    content = {**adjusting_builders.YEARLY_CASE, "year": 2022, "not_by_old_system": True}
    adjusting.decide_yearly(adjusting_builders.decided(kind="PENSION_ADJUSTMENT", content=content))


def _adjusted() -> object:
    return Run.objects.get().state, Row.objects.count()


def _a_year_bears_interest() -> None:
    account_builders.entry(month="2025-01", fen=100_000)
    open_year(scheme="110", year=2025, region="340800", today=date(2027, 6, 30), demo=True)


def _interest() -> object:
    close_year(run_id=InterestRun.objects.get().pk, now=timezone.now())
    return list(AccountEntry.objects.filter(kind="INTEREST").values_list("fen", flat=True))


def taken_out() -> None:
    """Wang takes the whole account out; nobody has signed."""
    wang = builders.wang()
    ensure_books(agency=builders.agency(), on=PAY_DATE)
    payment_builders.account(wang)
    account_builders.entry(person_id=wang.pk, scheme="110", month="2026-01", fen=ACCOUNT_FEN)
    content = {"scheme": "110", "month": "2026-11", "reason": "EMIGRATED"}
    case = builders.case(kind="ACCOUNT_LUMP_SUM", content=content)
    case.decided_at = datetime(2026, 11, 5, tzinfo=UTC)
    pay_lump_sum(case)


def _somebody_takes_the_account_out() -> None:
    taken_out()
    _step("outgoing")


def _survivors_are_granted() -> None:
    survivor_builders.pension()
    survivor_builders.died()
    for heir in (builders.li(), builders.zhao(), builders.chen()):
        payment_builders.account(heir)
    survivor_builders.granted()
    _step("grants")


def _employers_are_refunded() -> None:
    for serial in (1, 2):
        month_builders.account(of=refund_builders.employer(serial=serial))
    refund_builders.granted(refund_builders.listed())
    _step("refunds")


def _the_fund_insures_who_draws() -> None:
    contribution_builders.drawing()
    _step("contributions")


def _listed() -> object:
    return FundList.objects.count(), list(FundLine.objects.values_list("fen", flat=True))


def _step(name: str) -> None:
    enqueue(kind=KIND, key=f"{KIND}/{name}", arguments={"step": name})


def _paid_once(registered: type[OutgoingDue | ClaimDue | RefundDue]) -> Callable[[], object]:
    """The fen of each batch; how many attempts and how many dues of the kind there are."""

    def found() -> object:
        batches = list(Batch.objects.filter(fen__gt=0).values_list("fen", flat=True))
        return batches, Attempt.objects.count(), registered.objects.count()

    return found


SELDOM = (
    Seldom(
        ("pension.recalculation.computed",),
        _awards_are_computed_again,
        _awards,
        ("DONE", 2, "RECALCULATION"),
    ),
    Seldom(
        ("adjusting.opened", "adjusting.computed"), _pensions_are_adjusted, _adjusted, ("SEALED", 1)
    ),
    Seldom(("accounts.interest.computed",), _a_year_bears_interest, _interest, [1_500]),
    Seldom(
        ("accounts.outgoing.filled",),
        _somebody_takes_the_account_out,
        _paid_once(OutgoingDue),
        ([WITH_INTEREST_FEN], 1, 1),
    ),
    Seldom(
        ("benefits.grants.filled",),
        _survivors_are_granted,
        _paid_once(ClaimDue),
        ([GRANT_FEN], 3, 3),
    ),
    Seldom(
        ("unemployment.refunds.filled",),
        _employers_are_refunded,
        _paid_once(RefundDue),
        ([2 * REFUND_FEN], 2, 2),
    ),
    Seldom(
        ("unemployment.contributions.listed",),
        _the_fund_insures_who_draws,
        _listed,
        (1, [contribution_builders.MEDICAL]),
    ),
)
POINTS = tuple(point for seldom in SELDOM for point in seldom.points)
