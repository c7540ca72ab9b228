"""Send the relation of unemployment insurance away (失业保险关系转出), by a decided TRANSFER_OUT.

Months paid go with the person by record (社会保险法第五十二条). Across provinces the cost of the
benefit that is left goes too, for who draws: the benefit is stopped first. Nothing leaves an
account; the agency pays by a TRANSFER_PAYMENT as for pensions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.months import Month
from backend.people.queries import canonical_id, family_of
from insurance.accounts.entries import lock
from insurance.accounts.leaving import Emptied, keep_steps
from insurance.accounts.models import Direction, EntryKind, Outgoing, Transfer
from insurance.accounts.transfer_benefits import (
    BenefitsMoved,
    MonthsLeft,
    benefits_moved,
    factor_of,
)
from insurance.accounts.transfer_money import Settled, refuse_insured, settle, subject
from insurance.accounts.transfers import UNEMPLOYMENT
from insurance.enrolment.locks import lock_person
from insurance.policy import parameters as policy


class BenefitsLeft(Protocol):
    """What is left of the benefit that somebody drew: said by who knows of claims."""

    def __call__(self, *, case: Case, month: Month) -> Sequence[MonthsLeft]:
        """After a month; refuses while it is still drawn."""


@dataclass(frozen=True)
class Sending:
    """What a case sends away; ``moved``: across provinces."""

    transfer: Transfer
    on: date
    month: Month
    moved: BenefitsMoved | None


def check(case: Case, *, benefits_left: BenefitsLeft) -> int:
    """At its receipt a TRANSFER_OUT case of 210 can be decided as it asks; writes nothing.

    Content: ``transfer``, ``scheme``, ``month`` (the last that was drawn here), ``on``,
    ``document_no``.

    Raises:
        TransferNotThere, StepOutOfOrder, TransferInvalid, MonthInvalid; what ``benefits_left``
        refuses; NotConfigured, NotVerified: the factor.
    """
    _sending(case, benefits_left)
    return 0


def send(case: Case, *, benefits_left: BenefitsLeft) -> int:
    """The act of a TRANSFER_OUT case of 210; rows written. Raises as ``check``."""
    lock_person(person_id=canonical_id(party_id=case.party_id))
    lock(person_ids=family_of(party_id=case.party_id))
    sending = _sending(case, benefits_left)
    transfer, moved = sending.transfer, sending.moved
    if moved is None:
        return settle(transfer, case, sending.on, Settled())
    keep_steps(
        case=case,
        scheme=UNEMPLOYMENT,
        month=sending.month,
        emptied=Emptied(fen=0, rows=0),
        further=moved.steps,
        sources=(moved.factor,),
    )
    rows = 1 + settle(transfer, case, sending.on, Settled(0, moved.fen))
    if not moved.fen:
        return rows
    Outgoing.objects.create(
        person_id=transfer.person_id,
        scheme=UNEMPLOYMENT,
        kind=EntryKind.TRANSFER_OUT,
        to_agency=transfer.other_agency,
        month=sending.month.first_day,
        fen=0,
        pooled_fen=moved.fen,
        case_id=case.pk,
    )
    return rows + 1


def _sending(case: Case, benefits_left: BenefitsLeft) -> Sending:
    transfer, on = subject(case, Direction.OUT)
    month = Month.parse(case.content.get("month"))
    refuse_insured(case, UNEMPLOYMENT, on)
    left = benefits_left(case=case, month=month)
    if not transfer.with_money:
        return Sending(transfer, on, month, None)
    tree = policy.load()
    factor = factor_of(tree=tree, region=case.agency.region, month=month, demo=is_demo())
    return Sending(
        transfer, on, month, benefits_moved(left=left, factor=factor, version=tree.version)
    )
