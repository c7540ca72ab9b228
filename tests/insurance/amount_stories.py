"""One story for each kind of amount that the system writes (每一类金额一例), with its steps.

``tests/insurance/test_every_amount.py`` holds the kinds against those that the code knows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from backend.people.models import Death
from insurance.accounts.come_back import come_back
from insurance.accounts.entry_steps import steps_of_entry, steps_of_outgoing
from insurance.accounts.leaving import pay_lump_sum
from insurance.accounts.models import (
    AccountEntry,
    Direction,
    EntryKind,
    EntrySource,
    Outgoing,
    Part,
)
from insurance.accounts.refunds import refund_cleared
from insurance.benefits.claims.models import Claim, ClaimKind
from insurance.benefits.due_steps import steps_of
from insurance.benefits.inheriting import inherit
from insurance.benefits.models import Due, DueKind
from insurance.benefits.recovery import pay_back
from insurance.benefits.recovery.models import SetOffDecision
from insurance.policy.kept_steps import read
from insurance.policy.steps import Step
from insurance.unemployment import childbirth_case
from insurance.unemployment.models import RefundEntry
from tests import builders
from tests.insurance.accounts import account_builders as accounts
from tests.insurance.accounts import test_leaving as leaving
from tests.insurance.accounts import test_refunds as refunds
from tests.insurance.accounts import transfer_builders as transfers
from tests.insurance.benefits import back_pay_builders, inheritance_builders, test_inheriting
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.claims import inherited_builders
from tests.insurance.benefits.life import life_builders as life
from tests.insurance.benefits.month_builders import JANUARY
from tests.insurance.benefits.recovery import recovery_builders as recovery
from tests.insurance.benefits.recovery import test_pay_back as paying_back
from tests.insurance.pension import survivor_builders as survivors
from tests.insurance.unemployment import refund_builders, test_granted_once

PAID_IN = 1_000_000
CAME_BACK = """
SELECT %(person)s::bigint, '110', 'PERSON', '2025-03-01'::date, '2025-03-01'::date, 48000::bigint,
    77::bigint
"""


@dataclass(frozen=True)
class Told:
    """An amount as it was written, and how it came about."""

    fen: int
    steps: tuple[Step, ...]


Story = Callable[[], Told]


def _due(kind: DueKind) -> Told:
    due = Due.objects.filter(kind=kind).latest("due_ref")
    return Told(due.fen, steps_of(due=due))


def regular() -> Told:
    """Wang's November."""
    m.entitlement()
    m.sealed()
    return _due(DueKind.REGULAR)


def difference() -> Told:
    """September is paid with November."""
    back_pay_builders.awarded_late(builders.wang())
    m.sealed()
    return _due(DueKind.DIFFERENCE)


def kept_of_a_month() -> Told:
    """Of January 20.00 are kept."""
    wang = recovery.overpaid()
    recovery.served()
    recovery.done("RECOVERY_SET_OFF", entitlement=wang.pk, monthly="20.00", from_month="2027-01")
    m.sealed(JANUARY)
    return _due(DueKind.SET_OFF)


DUES: Mapping[DueKind, Story] = {
    DueKind.REGULAR: regular,
    DueKind.DIFFERENCE: difference,
    DueKind.SET_OFF: kept_of_a_month,
}


def _claim() -> Told:
    claim = Claim.objects.latest("pk")
    return Told(claim.fen, read(rows=claim.steps))


def survivor() -> Told:
    """Wang's three heirs are granted it."""
    survivors.pension()
    survivors.died()
    survivors.granted()
    return _claim()


def childbirth() -> Told:
    """Yu gives birth while she draws."""
    yu, asking = test_granted_once.drawing(), test_granted_once.asking
    childbirth_case.decide(asking(test_granted_once.BIRTH, test_granted_once.birth(), yu))
    return _claim()


def skill() -> Told:
    """Li's certificate of the fifth level."""
    test_granted_once.granted_level_5()
    return _claim()


def paid_back() -> Told:
    """Wang gave back 120.00 that he did not owe."""
    paying_back.gave_back_too_much()
    pay_back.decide(paying_back.case())
    return _claim()


def inherited_due() -> Told:
    """Wang died before November was paid."""
    inherited_builders.died_unpaid()
    inherited_builders.granted()
    return _claim()


CLAIMS: Mapping[ClaimKind, Story] = {
    ClaimKind.SURVIVOR: survivor,
    ClaimKind.CHILDBIRTH: childbirth,
    ClaimKind.SKILL: skill,
    ClaimKind.PAID_BACK: paid_back,
    ClaimKind.INHERITED: inherited_due,
}


def _entry(kind: EntryKind, source: EntrySource = EntrySource.CASE) -> Told:
    entry = AccountEntry.objects.filter(kind=kind, source=source).latest("pk")
    return Told(abs(entry.fen), steps_of_entry(entry=entry))


def _paid_in() -> None:
    accounts.entry(person_id=builders.wang().pk, month="2026-01", fen=PAID_IN)


def _emigrates() -> None:
    _paid_in()
    pay_lump_sum(leaving.lump_sum())


def lump_sum() -> Told:
    """Wang emigrates."""
    _emigrates()
    return _entry(EntryKind.LUMP_SUM)


def interest() -> Told:
    """What the account bore in its last year."""
    _emigrates()
    return _entry(EntryKind.INTEREST)


def true_up() -> Told:
    """The death was false: the interest that was settled goes, for the year to reckon."""
    _alive_again()
    told = _entry(EntryKind.TRUE_UP)
    return Told(-told.fen, told.steps)


def inherited_account() -> Told:
    """Wang's heirs have the account."""
    inheritance_builders.died_with_account()
    inheritance_builders.inherited()
    return _entry(EntryKind.INHERITED)


def to_pool() -> Told:
    """Who died in prison leaves the own contributions only."""
    test_inheriting.paid_in(part=Part.EMPLOYER)
    life.happened("SENTENCED", "2026-03-20")
    inherit(test_inheriting.inheritance(own_share="10075.00", own_evidence="分项核算表（演示）"))
    return _entry(EntryKind.TO_POOL)


def returned() -> Told:
    """The death was false: the account holds again what it held."""
    _alive_again()
    return _entry(EntryKind.RETURNED)


def _alive_again() -> None:
    inheritance_builders.died_with_account()
    inheritance_builders.inherited()
    inheritance_builders.alive_again(Death.objects.get().case_id)


def transferred_out() -> Told:
    """Wang moves to another province."""
    _paid_in()
    transfers.send(transfers.last_step(transfers.at_the_letter()))
    return _entry(EntryKind.TRANSFER_OUT)


def transferred_in() -> Told:
    """And came from one, with one kind of money."""
    transfer = transfers.at_the_letter(direction=Direction.IN)
    amounts = [{"part": "PERSON", "fen": 530_000}]
    paper = transfers.arrived("10000.00")
    transfers.receive(
        transfers.last_step(transfer, amounts=amounts, pooled_fen=470_000, paper=paper)
    )
    return _entry(EntryKind.TRANSFER_IN)


def given_back() -> Told:
    """Doubled months of Li were cleared."""
    refunds.credit(Part.PERSON, 30_001)
    refunds.cleared(months=("2025-01", "2025-06"))
    refund_cleared(month=refunds.NOVEMBER)
    outgoing = Outgoing.objects.get()
    assert steps_of_outgoing(outgoing=outgoing) == _entry(EntryKind.REFUND).steps
    return _entry(EntryKind.REFUND)


def made_up() -> Told:
    """What had left in a year that is closed came back."""
    accounts.finished_run(year=2025)
    come_back(
        select=CAME_BACK,
        each=[{"person": builders.li().pk}],
        source=EntrySource.CASE,
        case_id=77,
    )
    return _entry(EntryKind.MADE_UP)


def kept_of_an_account() -> Told:
    """Of Wang's account 300.00 are kept for what was paid too much."""
    accounts.entry(person_id=builders.wang().pk, scheme="170", month="2026-01", fen=50_000)
    recovery.overpaid()
    recovery.served()
    recovery.done("RECOVERY_SET_OFF", own_account=True, amount="300.00", month="2026-12")
    entry = AccountEntry.objects.get(kind=EntryKind.SET_OFF)
    return Told(-entry.fen, read(rows=SetOffDecision.objects.get().reckoned))


# What a case writes into an account; every other entry rests on what is explained elsewhere.
ENTRIES: Mapping[EntryKind, Story] = {
    EntryKind.INTEREST: interest,
    EntryKind.TRUE_UP: true_up,
    EntryKind.MADE_UP: made_up,
    EntryKind.RETURNED: returned,
    EntryKind.REFUND: given_back,
    EntryKind.TRANSFER_IN: transferred_in,
    EntryKind.TRANSFER_OUT: transferred_out,
    EntryKind.INHERITED: inherited_account,
    EntryKind.TO_POOL: to_pool,
    EntryKind.LUMP_SUM: lump_sum,
    EntryKind.SET_OFF: kept_of_an_account,
}
NOT_BY_CASES = {
    EntryKind.OPENING: "旧系统的余额，双方签名的控制总数核对",
    EntryKind.CREDIT: "已核销的缴费，随应缴的计算",
    EntryKind.PAYOUT: "应发待遇中个人账户养老金的部分，随应发的计算",
}


def refund_to_an_employer() -> Told:
    """What an employer gets back for keeping its staff."""
    refund_builders.employer()
    refund_builders.granted(refund_builders.listed())
    entry = RefundEntry.objects.get()
    return Told(entry.fen, read(rows=entry.steps))


# Whatever registers dues with payments, and the stories that walk what it may be of.
DUE_TABLES: Mapping[str, tuple[Story, ...]] = {
    "benefits_due": tuple(DUES.values()),
    "benefits_claimdue": tuple(CLAIMS.values()),
    "benefits_inheritedsingle": (CLAIMS[ClaimKind.INHERITED],),
    "accounts_outgoingdue": tuple(
        ENTRIES[kind] for kind in (EntryKind.REFUND, EntryKind.INHERITED, EntryKind.LUMP_SUM)
    ),
    "unemployment_refunddue": (refund_to_an_employer,),
}
