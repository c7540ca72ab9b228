"""Which rows a caller sees (数据范围): by roles, agency, hall, village, employer, or as the person
served.

``scope.toml`` says how far each role reaches; the policies of the tables do the rest.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from backend.access.callers import AtTerminal, Citizen
from backend.access.models import Staff
from backend.web import policy, scope
from backend.web.idempotency import is_answered

if TYPE_CHECKING:  # the views import their permission class by name
    from rest_framework.views import APIView

SCOPE_FILE = Path(__file__).with_name("scope.toml")
Facts: TypeAlias = dict[str, str | int | None]


class Reach(StrEnum):
    """How far a role sees; what each is stands in the table."""

    AGENCY = "AGENCY"
    VILLAGE = "VILLAGE"
    EMPLOYER = "EMPLOYER"
    CITY = "CITY"
    HOUSE = "HOUSE"
    AUDIT = "AUDIT"
    NOTHING = "NOTHING"


EVERYBODY = "EVERYBODY"  # the register of persons, and what rests on it alone
SEES: Mapping[Reach, frozenset[str]] = {
    Reach.AGENCY: frozenset({EVERYBODY}),
    Reach.VILLAGE: frozenset(),
    Reach.EMPLOYER: frozenset(),
    Reach.CITY: frozenset({EVERYBODY, Reach.CITY}),
    Reach.HOUSE: frozenset({EVERYBODY, Reach.HOUSE}),
    Reach.AUDIT: frozenset({EVERYBODY, Reach.HOUSE, Reach.AUDIT}),
    Reach.NOTHING: frozenset(),
}


@cache
def reaches() -> dict[str, Reach]:
    """Role → how far it sees; one that is not listed sees nothing."""
    table = tomllib.loads(SCOPE_FILE.read_text(encoding="utf-8"))
    return {role: Reach(reach) for role, reach in table["roles"].items()}


class Scoped(BasePermission):
    """The last permission of every view: once it is settled what may be called, what is seen."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Narrow the call to its caller; what strangers may call shows what is public, and a call
        that was answered before shows that answer alone."""
        if not policy.lets_in_strangers(request) and not is_answered(request):
            scope.narrow(told=_told(request))
        return True


def told_of(*, staff: Staff, day: date) -> dict[str, str]:
    """What a job tells that works for somebody of the staff: the roles are those of ``day``."""
    actor: Facts = {"actor": staff.actor}
    return _spoken(actor | _of_staff(staff, staff.roles_on(day=day), hall=None))


def _told(request: Request) -> dict[str, str]:
    caller, terminal = cast(Staff | AtTerminal | Citizen, request.user), request.auth
    hall = terminal.hall_id if isinstance(terminal, AtTerminal) else None
    told: Facts = {"actor": caller.actor}
    if isinstance(caller, Citizen):  # of the hall nothing but this machine
        told |= {"person": caller.person_id, "terminal": cast(AtTerminal, terminal).pk}
    elif isinstance(caller, Staff):
        told |= _of_staff(caller, policy.roles_today(request), hall=hall)
    else:
        told["hall"] = hall
    return _spoken(told)


def _spoken(told: Facts) -> dict[str, str]:
    return {name: str(value) for name, value in told.items() if value is not None}


def _of_staff(staff: Staff, roles: frozenset[str], *, hall: int | None) -> Facts:
    """At a terminal the hall is where the clerk sits, else that of the account."""
    held = {reaches()[role] for role in roles if role in reaches()}
    sees = {what for reach in held for what in SEES[reach]}
    return {
        "agency": staff.agency_id if held & {Reach.AGENCY, Reach.VILLAGE} else None,
        "hall": (hall or staff.hall_id) if Reach.AGENCY in held else None,
        "village": staff.village_id if Reach.VILLAGE in held else None,
        "helper": staff.person_id if Reach.VILLAGE in held else None,
        "employer": (
            staff.employer_on(day=timezone.localdate()) if Reach.EMPLOYER in held else None
        ),
        "sees": ",".join(sorted(sees)) or None,
    }
