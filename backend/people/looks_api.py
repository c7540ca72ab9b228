"""Who looked at a person, over the API (谁看过我): what the person is told in the own report."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.access.callers import Citizen
from backend.access.models import Staff
from backend.audit.models import Act, Channel
from backend.kernel.errors import Refusal
from backend.people.look import INVESTIGATING, looks_at, looks_of_service
from backend.people.models import Person
from backend.web.asked import number
from backend.web.policy import roles_today

PERSON = OpenApiParameter("person", OpenApiTypes.INT, required=True, description="人员编号")


class LookedAtMissing(Refusal):
    """Looks are looked up by the person who was looked at (请指定人员)."""

    code = "looked_at_missing"
    status = 400


class LookRow(serializers.Serializer[Any]):
    """One look: when, who of which agency, from where, at what and why."""

    at = serializers.DateTimeField()
    staff = serializers.SerializerMethodField()
    agency = serializers.SerializerMethodField()
    hall = serializers.SerializerMethodField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    place = serializers.CharField()
    looked_at = serializers.CharField(source="details.at")
    purpose = serializers.CharField(source="details.purpose")

    def get_staff(self, act: Act) -> str:
        """The user name."""
        return self._staff(act).username

    def get_agency(self, act: Act) -> str:
        """The agency of the account."""
        return self._staff(act).agency.name

    def get_hall(self, act: Act) -> str:
        """The hall of the account; empty without one."""
        hall = self._staff(act).hall
        return hall.name if hall else ""

    def _staff(self, act: Act) -> Staff:
        staff: Staff = self.context["staff"][act.staff_id]
        return staff


class LooksAtPerson(generics.GenericAPIView[Act]):
    """The looks at one person, newest first."""

    queryset = Act.objects.none()
    serializer_class = LookRow

    @extend_schema(parameters=[PERSON], responses=LookRow(many=True))
    def get(self, request: Request) -> Response:
        """Give a page; to whoever serves at a desk without what supervision and audit looked at."""
        person = number(request, "person")
        if person is None:
            raise LookedAtMissing("请指定人员编号（person）。")
        if not Person.objects.filter(pk=person).exists():
            raise Http404
        found = _told_to(request, person)
        page = self.paginate_queryset(found) or []
        staff = Staff.objects.select_related("agency", "hall").in_bulk(
            {act.staff_id for act in page if act.staff_id is not None}
        )
        return self.get_paginated_response(LookRow(page, many=True, context={"staff": staff}).data)


def _told_to(request: Request, person: int) -> QuerySet[Act]:
    """The person himself is told of all, and so is who supervises or audits."""
    caller = cast(Staff | Citizen, request.user)
    all_of_them = isinstance(caller, Citizen) or roles_today(request) & INVESTIGATING
    return looks_at(party_id=person) if all_of_them else looks_of_service(party_id=person)
