"""In which capacity somebody takes a step (身份): himself, for another, for another agency.

A deputy holds the role of whoever he acts for (代理、代行); staff of a superior agency take steps
for which the one below has too few people (上级代办). Both rest on a delegation that two signed,
end with it, at once when it is revoked, and are told in the signature.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils import timezone

from backend.access.models import Delegation, DelegationKind, RoleAssignment, Staff

LOCK = """
SELECT FROM access_delegation d JOIN access_staff s ON s.id = %(staff)s
WHERE d.role = %(role)s AND d.revoked_at IS NULL
    AND (d.staff_id = s.id OR d.superior_id = s.agency_id)
ORDER BY d.id FOR SHARE OF d
"""
LOCK_ROLES = """
SELECT FROM access_roleassignment r
WHERE r.role = %(role)s AND r.ended_at IS NULL
    AND (r.staff_id = %(staff)s OR r.staff_id IN (
        SELECT d.acting_for_id FROM access_delegation d
        WHERE d.staff_id = %(staff)s AND d.role = %(role)s AND d.revoked_at IS NULL))
ORDER BY r.id FOR SHARE
"""


@dataclass(frozen=True)
class Capacity:
    """One way to hold a role at an instant."""

    level: str
    delegation_id: int | None = None
    acting_for: int | None = None  # the natural person for whom a deputy signs


class Capacities:
    """What some members of staff may sign as, or could at an instant, what was ended and revoked
    since counted; the database is asked once for all of them."""

    @classmethod
    def to_sign(cls, *, staff_id: int, role: str) -> "Capacities":
        """What somebody may sign as now: whoever ends or revokes some of it waits for this
        transaction, or this one for him; then it is gone."""
        with connection.cursor() as cursor:
            for lock in (LOCK, LOCK_ROLES):
                cursor.execute(lock, {"staff": staff_id, "role": role})
        return cls(staff_ids={staff_id}, revoked=False)

    def __init__(self, *, staff_ids: Collection[int], revoked: bool = True) -> None:
        self._agencies = dict(Staff.objects.filter(pk__in=staff_ids).values_list("pk", "agency"))
        given = RoleAssignment.objects.filter(staff__in=staff_ids).order_by("pk")
        if not revoked:
            given = given.filter(delegation__revoked_at=None, ended_at=None)
        held = [one for one in given.select_related("delegation__acting_for") if one.counts]
        held.sort(key=lambda one: one.delegation_id or 0)
        self._own = [one for one in held if one.delegation is None]
        self._acting = [one for one in held if one.delegation is not None and one.delegation.counts]
        others = {
            one.delegation.acting_for_id for one in self._acting if one.delegation is not None
        }
        rested = RoleAssignment.objects.filter(staff__in=others, delegation=None)
        if not revoked:
            rested = rested.filter(ended_at=None)
        self._rested = [one for one in rested if one.counts]
        helped = Delegation.objects.filter(
            kind=DelegationKind.SUPERIOR, superior__in=set(self._agencies.values())
        ).order_by("pk")
        self._helped = [one for one in helped if one.counts and (revoked or one.revoked_at is None)]

    def of(
        self, *, staff_id: int, role: str, agency_id: int | None, at: datetime
    ) -> list[Capacity]:
        """Give the ways in which somebody held a role at an instant, over what an agency received
        (None: whatever it is), his own first, then by delegation, the oldest first."""
        day = timezone.localdate(at)
        own = [one for one in self._own if (one.staff_id, one.role) == (staff_id, role)]
        levels = [one.level for one in own if one.held_at(at=at, day=day)]
        if agency_id not in (None, self._agencies.get(staff_id)):
            return list(self._for_another_agency(staff_id, role, levels, agency_id, at, day))
        return [*map(Capacity, levels), *self._for_another(staff_id, role, at, day)]

    def _for_another(self, staff_id: int, role: str, at: datetime, day: date) -> Iterator[Capacity]:
        for one in self._acting:
            delegation = one.delegation
            if (one.staff_id, one.role) != (staff_id, role) or not one.held_at(at=at, day=day):
                continue
            if delegation is None or delegation.acting_for is None or not _stands(delegation, at):
                continue
            if any(
                own.staff_id == delegation.acting_for_id
                and own.held_at(at=at, day=day)
                and delegation.rests_on(own)
                for own in self._rested
            ):
                yield Capacity(one.level, delegation.pk, delegation.acting_for.person_id)

    def _for_another_agency(
        self,
        staff_id: int,
        role: str,
        levels: list[str],
        agency_id: int | None,
        at: datetime,
        day: date,
    ) -> Iterator[Capacity]:
        for delegation in self._helped:
            if (delegation.agency_id, delegation.role) != (agency_id, role):
                continue
            if (
                delegation.superior_id != self._agencies.get(staff_id)
                or day not in delegation.valid
            ):
                continue
            if _stands(delegation, at):
                yield from (Capacity(level, delegation.pk) for level in levels)


def _stands(delegation: Delegation, at: datetime) -> bool:
    """Confirmed by then, and not revoked."""
    if delegation.confirmed_at is None or at < delegation.confirmed_at:
        return False
    return delegation.revoked_at is None or at < delegation.revoked_at
