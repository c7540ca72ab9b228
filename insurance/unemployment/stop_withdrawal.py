"""Withdraw a stop of unemployment benefit (撤销失业保险金停发): benefit and registration go on.

What else ended the registration since – nothing was drawn, so it simply ended – is found again by
the sweep, which then holds and asks: whatever became known first.
"""

from collections.abc import Sequence

from django.db import transaction

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people.queries import canonical_id, family_of
from backend.people.supersede import close
from insurance.benefits.models import Stop
from insurance.benefits.stop_withdrawal import (
    STOP,
    UNEMPLOYMENT,
    stops_to_withdraw,
    withdraw,
)
from insurance.unemployment import registration as registrations
from insurance.unemployment.locks import lock_person
from insurance.unemployment.models import Claim, EndReason, Registration
from insurance.unemployment.stop_case import KIND


class SpellFollowed(Refusal):
    """A later registration was claimed on, or has ended: it counts what was left (后来又登记)."""

    code = "unemployment_stop_followed"


def check(case: Case) -> int:
    """At its receipt an UNEMPLOYMENT_STOP_WITHDRAWAL case can be decided as it asks; writes
    nothing.

    Content and refusals as of a STOP_WITHDRAWAL, and SpellFollowed.
    """
    content.require_only_proposal(case, stop_case=case.content.get("stop_case"))
    _later_of(_ended(_stops(case)))
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of an UNEMPLOYMENT_STOP_WITHDRAWAL case; rows written. Raises as ``check``."""
    lock_person(person_id=canonical_id(party_id=case.party_id))
    stops = _stops(case)
    ended = _ended(stops)
    later = _later_of(ended)
    rows = withdraw(stops=stops)
    if ended is None:
        return rows
    for row in later:
        close(row)
    registrations.reopen(row=ended)
    return rows + len(later) + 2


def _stops(case: Case) -> list[Stop]:
    return stops_to_withdraw(case=case, kinds=(KIND, STOP), schemes=UNEMPLOYMENT)


def _ended(stops: Sequence[Stop]) -> Registration | None:
    """The registration on which the benefit rests, where it has ended; a death ended it anyway."""
    claim = Claim.objects.get(entitlement=stops[0].entitlement_id, corrects__isnull=True)
    return (
        Registration.objects.filter(
            person__in=family_of(party_id=claim.person_id),
            valid__startswith=claim.registered_on,
            superseded_at__isnull=True,
        )
        .exclude(end_reason__in=("", EndReason.DIED))
        .first()
    )


def _later_of(ended: Registration | None) -> list[Registration]:
    """Open registrations since, on which nothing was claimed: he was registered all along."""
    if ended is None:
        return []
    later = Registration.objects.filter(
        person__in=family_of(party_id=ended.person_id),
        valid__startswith__gt=ended.valid.lower,
        superseded_at__isnull=True,
    )
    for row in later:
        if row.end_reason or registrations.claim_of(registration=row) is not None:
            raise SpellFollowed(
                f"此人 {row.valid.lower} 又办理失业登记，已核定待遇或者已注销，"
                "未领的月数已另行计算，不能再撤销以前的停发。",
                registration=row.pk,
            )
    return list(later)
