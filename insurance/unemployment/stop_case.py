"""End unemployment benefit after an event (失业保险金停发): held when it is told, a person decides.

社会保险法第五十一条. At its receipt the case holds what would be paid next and, where the event
ends the registration, ends that; decided, the benefit stops from the month; refused, all is as
before. What was paid too much the monthly run finds by itself.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases import content
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.queries import canonical_id, family_of
from backend.people.supersede import close
from insurance.benefits.effective_month import Effective
from insurance.benefits.effective_month_of import effective_of, keep
from insurance.benefits.models import Hold, HoldReason, Stop
from insurance.unemployment import registration as registrations
from insurance.unemployment.assess import StopEvent
from insurance.unemployment.locks import lock_person
from insurance.unemployment.models import Claim, EndReason, Registration
from insurance.unemployment.spells import drawn_months

KIND, STOP_MONTH = "UNEMPLOYMENT_STOP", "unemployment.stop_month"
# Who refuses work stays out of work: only the benefit ends.
ENDS_REGISTRATION = {
    StopEvent[reason.name]: reason for reason in EndReason if reason.name in StopEvent.__members__
}


class NothingToStop(Refusal):
    """The benefit is over by then, or was stopped (该月起没有可停发的失业保险金)."""

    code = "unemployment_nothing_to_stop"


@dataclass(frozen=True)
class Asked:
    """What a case tells: which benefit, by which event, from which month on."""

    claim: Claim
    event: StopEvent
    effective: Effective

    @property
    def from_month(self) -> Month:
        """The first month that is not due."""
        return self.effective.month


def begin(case: Case) -> int:
    """Hold from the receipt of an UNEMPLOYMENT_STOP case on; rows written.

    Content: ``entitlement``, ``event`` (a name of ``StopEvent``), ``event_date``, ``facts``. The
    first month that is not due the rule says; ``from_month`` may say it too. What is only held
    needs no figure that counts.

    Raises:
        ContentInvalid, ProposalWaits, NothingToStop; EffectiveMonthDiffers, NotConfigured.
    """
    asked = _asked(case, holds=True)
    content.require_only_proposal(case, entitlement=asked.claim.entitlement_id)
    lock_person(person_id=canonical_id(party_id=case.party_id))
    _require_due(asked)
    Hold.objects.create(
        entitlement=asked.claim.entitlement,
        reason=HoldReason.SUSPENDED,
        note=f"{asked.event.label}（{asked.event.article}）",
        valid=SqlRange(asked.from_month.first_day, None),
        case_id=case.pk,
    )
    return 1 + keep(case, asked.effective) + _end_registration(case, asked)


@transaction.atomic
def decide(case: Case) -> int:
    """The act of an UNEMPLOYMENT_STOP case: no benefit from the month on; rows written.

    Raises:
        as ``begin``, but for ProposalWaits; NotVerified.
    """
    asked = _asked(case, holds=False)
    lock_person(person_id=canonical_id(party_id=case.party_id))
    _require_due(asked)
    released = _release(case)
    Stop.objects.create(
        entitlement=asked.claim.entitlement,
        reason=asked.event.name,
        valid=SqlRange(asked.from_month.first_day, None),
        case_id=case.pk,
    )
    return 1 + released + keep(case, asked.effective)


@transaction.atomic
def reject(case: Case) -> int:
    """A refused case releases what it held, and lets the registration go on; rows written."""
    lock_person(person_id=canonical_id(party_id=case.party_id))
    return _release(case) + _reopen(case)


def _asked(case: Case, *, holds: bool) -> Asked:
    content.text(case, "facts", "查明的事实")
    number = content.number(case, "entitlement", "待遇")
    family = family_of(party_id=case.party_id)
    claim = Claim.objects.filter(entitlement=number, person__in=family).first()
    if claim is None:
        raise ContentInvalid("此人没有这项失业保险金。", case_id=case.pk)
    named = content.choice(case, "event", "停发情形", tuple(StopEvent.__members__))
    day = content.day(case, "event_date", "发生日期")
    if case.received_by is not None and day > content.day_of(case):
        raise ContentInvalid("发生日期不能晚于今天。", case_id=case.pk)
    event = StopEvent[named]
    effective = effective_of(
        case, event=named, label=event.label, day=day, key=STOP_MONTH, any_standing=holds
    )
    if effective.month < Month.of(claim.registered_on):
        raise ContentInvalid("停发起始月早于失业登记。", case_id=case.pk)
    return Asked(claim, event, effective)


def _require_due(asked: Asked) -> None:
    if not any(month >= asked.from_month for month in drawn_months(claim=asked.claim)):
        raise NothingToStop(f"{asked.from_month} 起已没有应发的失业保险金。")


def _release(case: Case) -> int:
    """End what the case held; somebody may have released it before."""
    holds = Hold.objects.filter(case_id=case.pk, superseded_at__isnull=True)
    return len([close(hold) for hold in holds])


def _end_registration(case: Case, asked: Asked) -> int:
    row = registrations.current(person_id=case.party_id)
    reason = ENDS_REGISTRATION.get(asked.event)
    if row is None or reason is None or row.valid.lower != asked.claim.registered_on:
        return 0
    registrations.end(row=row, reason=reason, ended_on=asked.effective.day, case_id=case.pk)
    return 2


def _reopen(case: Case) -> int:
    """The registration goes on, unless another began since."""
    ended = Registration.objects.filter(case_id=case.pk, superseded_at__isnull=True).first()
    if ended is None or registrations.current(person_id=case.party_id) is not None:
        return 0
    registrations.reopen(row=ended)
    return 2
