"""All promises of the house (不变量): each capability says its own and what breaks them."""

from collections.abc import Iterator
from types import ModuleType

import structlog
from django.db import DatabaseError

from backend.city import amount_invariants as amounts
from backend.city import baseline_invariants as baselines
from backend.city import card_invariants as cards
from backend.city import chain_invariants as chain
from backend.city import memo_invariants as memos
from backend.city import merge_invariants as merges
from backend.city import register_invariants as register
from backend.city import role_invariants as roles
from backend.city import secret_invariants as secrets
from backend.city import view_invariants as views
from backend.kernel.errors import Refusal
from insurance.accounts import invariants as accounts
from insurance.benefits import condition_invariants as conditions
from insurance.benefits import fact_invariants as facts
from insurance.benefits import invariants as benefits
from insurance.benefits import stop_invariants as stops
from insurance.benefits.baseline import invariants as baseline
from insurance.benefits.checks import invariants as checks
from insurance.benefits.claims import invariants as claims
from insurance.benefits.life import invariants as life
from insurance.benefits.recovery import invariants as recovery
from insurance.collection import case_invariants as decisions
from insurance.collection import invariants as collection
from insurance.collection import match_invariants as matching
from insurance.collection import refund_invariants as treasury_refunds
from insurance.enrolment import invariants as enrolment
from insurance.issuing import invariants as issuing
from insurance.issuing import stage_invariants as stages
from insurance.pension import invariants as pension
from insurance.pension.adjusting import invariants as adjusting
from insurance.unemployment import contribution_invariants as contributions
from insurance.unemployment import invariants as unemployment
from insurance.unemployment import refund_invariants as refunds
from payments import invariants as payments
from payments import money_invariants as money
from payments import statement_invariants as bank_statements
from payments.ledger import invariants as ledger
from payments.ledger.invariants import Broken

log = structlog.get_logger(__name__)
# What rows that no act of ours wrote, or files that are gone, do to a check that reads them.
BREAKS_OFF = (
    Refusal,
    DatabaseError,
    OSError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
CAPABILITIES: tuple[ModuleType, ...] = (
    ledger,
    memos,
    chain,
    roles,
    merges,
    register,
    views,
    secrets,
    cards,
    payments,
    money,
    bank_statements,
    issuing,
    stages,
    enrolment,
    accounts,
    collection,
    matching,
    treasury_refunds,
    decisions,
    baseline,
    baselines,
    amounts,
    benefits,
    conditions,
    facts,
    stops,
    life,
    pension,
    adjusting,
    checks,
    claims,
    unemployment,
    contributions,
    refunds,
    recovery,
)


def promises() -> Iterator[str]:
    """Every promise that is proved, by its name."""
    for capability in CAPABILITIES:
        yield from capability.promises()


def broken_promises() -> Iterator[Broken]:
    """What does not hold on the data as they are, and what a check that broke off left unproved."""
    for capability in CAPABILITIES:
        yield from _broken(capability)


def _broken(capability: ModuleType) -> list[Broken]:
    """What a capability finds; nothing that it promises is proved by checks that break off."""
    found: list[Broken] = []
    try:
        found.extend(capability.broken_promises())
    except BREAKS_OFF as error:
        log.exception("check broke off", capability=capability.__name__)
        ended = f"中断（{type(error).__name__}）"
        found += [
            Broken(promise, capability.__name__, "核验完", ended)
            for promise in capability.promises()
        ]
    return found
