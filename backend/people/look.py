"""Full names and numbers are shown for a purpose, and the look is written down (查询留痕)."""

from typing import cast

from django.db.models import QuerySet
from django.urls import Resolver404, resolve
from django.utils import timezone
from rest_framework.request import Request

from backend.access.models import Staff
from backend.audit.models import Act
from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.people.queries import family_of
from backend.privacy.masks import LISTED, Disclosure
from backend.web.lookups import How, lookups

LOOKED, PARTY = "people.looked", "people.party"
PURPOSE_MIN, PURPOSE_MAX = 2, 100
# What a page that shows people in full is called; a paper has its number.
SHOWN = {
    "person-one": "人员信息",
    "case-one": "业务件",
    "enrolment-certificate": "参保证明",
    "material-file": "材料影像",
    "citizen-session-open": "自助终端会话",
}


class PurposeInvalid(Refusal):
    """A purpose is a few words long (请写明查询用途)."""

    code = "purpose_invalid"


class PurposeMissing(Refusal):
    """This shows people in full, which is never done without a purpose (缺少查询用途)."""

    code = "purpose_missing"
    status = 400


def disclosed(*, request: Request, party_id: int) -> Disclosure:
    """Give what this call may show of the party: in full what its roles see for the purpose that
    it told, on record now; without one what lists show.

    The route stands in ``backend/web/lookups.toml``; another one that asks is our own mistake.

    Raises:
        PurposeMissing: where nothing is shown without a purpose.
        PurposeInvalid: when the purpose is no purpose.
    """
    purpose = purpose_of(request=request)
    if not purpose:
        return LISTED
    staff = cast(Staff, request.user)
    look(staff=staff, party_id=party_id, purpose=purpose, at=request.path)
    return Disclosure.to(roles=staff.roles_on(day=timezone.localdate()))


def purpose_of(*, request: Request) -> str:
    """Give the purpose that a call tells; empty only where masks would do.

    Raises:
        PurposeMissing.
    """
    assert request.resolver_match is not None
    how = lookups()[request.resolver_match.view_name]
    purpose: str = request.query_params.get("purpose", "")
    if not purpose and how is How.REQUIRED:
        raise PurposeMissing("请写明查询用途（purpose），再查看完整信息。")
    return purpose


def look(*, staff: Staff, party_id: int, purpose: str, at: str) -> None:
    """Write down who looked at whom, at what and why; the person can be told.

    Raises:
        PurposeInvalid: when the purpose is no purpose.
    """
    if not PURPOSE_MIN <= len(purpose.strip()) <= PURPOSE_MAX:
        raise PurposeInvalid(f"查询用途应为{PURPOSE_MIN}至{PURPOSE_MAX}个字。")
    record(
        name=LOOKED,
        subject_kind=PARTY,
        subject_id=str(party_id),
        staff_id=staff.pk,
        person_id=staff.person_id,
        party_id=party_id,
        details={"purpose": purpose.strip(), "at": at},
    )


def spoken_place(*, at: str) -> str:
    """Say what a look saw: a page by its name, a paper by its number."""
    try:
        match = resolve(at)
    except Resolver404:
        return f"文书 {at}"
    of = "".join(f" {value}" for value in match.kwargs.values())
    return f"{SHOWN.get(match.view_name, at)}{of}"


def looks_at(*, party_id: int) -> QuerySet[Act]:
    """Give every look at a party, also under the numbers that were merged into it (谁看过我)."""
    return Act.objects.filter(name=LOOKED, party_id__in=family_of(party_id=party_id))
