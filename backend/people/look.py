"""Full names and numbers are shown for a purpose, and the look is written down (查询留痕)."""

from collections.abc import Collection
from typing import cast

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import TruncDate
from django.urls import Resolver404, resolve
from django.utils import timezone
from rest_framework.request import Request

from backend.access.looked import LOOKED, look_at_all, purpose_told
from backend.access.models import Role, RoleAssignment, Staff
from backend.audit.models import Act
from backend.kernel.errors import Refusal
from backend.people.queries import family_of
from backend.privacy.masks import LISTED, Disclosure
from backend.web.lookups import How, lookups, seen

INVESTIGATING = frozenset({Role.SUPERVISOR, Role.AUDIT_ADMIN})
# What a page that shows people in full is called; a paper has its number.
SHOWN = {
    "person-one": "人员信息",
    "case-one": "业务件",
    "enrolment-certificate": "参保证明",
    "material-file": "材料影像",
    "citizen-session-open": "自助终端会话",
}


class PurposeMissing(Refusal):
    """This shows people in full, which is never done without a purpose (缺少查询用途)."""

    code = "purpose_missing"
    status = 400


def disclosed(*, request: Request, party_ids: Collection[int]) -> Disclosure:
    """Give what this call may show of these parties: in full what its roles see for the purpose
    that it told; without one what lists show. For each of them the look is on record now.

    The route stands in ``backend/web/lookups.toml``; another one that asks is our own mistake.

    Raises:
        PurposeMissing: where nothing is shown without a purpose.
        PurposeInvalid: when the purpose is no purpose.
    """
    purpose = purpose_of(request=request)
    seen_by(request=request, party_ids=party_ids)
    if not purpose:
        return LISTED
    staff = cast(Staff, request.user)
    return Disclosure.to(roles=staff.roles_on(day=timezone.localdate()))


def seen_by(*, request: Request, party_ids: Collection[int]) -> None:
    """Write down that this call sees something of these parties, where its answer names nobody.

    Raises:
        PurposeInvalid: when the purpose is no purpose.
    """
    look_at_all(
        staff=cast(Staff, request.user),
        party_ids=party_ids,
        purpose=purpose_told(request.query_params),
        at=request.path,
    )


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


def spoken_place(*, at: str) -> str:
    """Say what a look saw: a page by its name, a paper by its number."""
    try:
        match = resolve(at)
    except Resolver404:
        return f"文书 {at}"
    of = "".join(f" {value}" for value in match.kwargs.values())
    listed = seen().get(match.view_name)
    return f"{listed.shows if listed else SHOWN.get(match.view_name, at)}{of}"


def looks_at(*, party_id: int) -> QuerySet[Act]:
    """Give every look at a party, also under the numbers that were merged into it (谁看过我):
    for the person, and for who supervises or audits."""
    return Act.objects.filter(name=LOOKED, party_id__in=family_of(party_id=party_id))


def looks_of_service(*, party_id: int) -> QuerySet[Act]:
    """Give the looks at a party but for those of who supervised or audited then (稽核、审计的查询):
    whom they look into, no colleague learns."""
    held = RoleAssignment.objects.filter(
        staff=OuterRef("staff_id"),
        role__in=INVESTIGATING,
        valid__contains=OuterRef("day"),
    )
    return looks_at(party_id=party_id).annotate(day=TruncDate("at")).exclude(Exists(held))
