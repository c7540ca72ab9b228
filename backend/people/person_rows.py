"""Rows that name a person, over the API (人员列表): masked, current unless history is asked for."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.people import queries as people
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.asked import flag

HISTORY = OpenApiParameter("history", OpenApiTypes.BOOL, description="1：连同已被替代的")


class OfPerson(serializers.ModelSerializer[Any]):
    """A row that names a person, masked."""

    person_name = serializers.SerializerMethodField()

    def get_person_name(self, row: Any) -> str:
        """王*英."""
        sights: Mapping[int, people.Sight] = self.context.get("sights", {})
        return (
            masked(FieldClass.NAME, sights[row.person_id].name) if row.person_id in sights else ""
        )


class OfPersons(generics.ListAPIView[Any]):
    """Current rows, newest first; ``history`` shows what was superseded too."""

    superseded = "superseded_at__isnull"

    def get_queryset(self) -> QuerySet[Any]:
        """As the query asks."""
        rows = super().get_queryset()
        if flag(self.request, "history"):
            return rows
        return rows.filter(**{self.superseded: True})

    @extend_schema(parameters=[HISTORY])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with the masked names of its persons."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        ids = {row.person_id for row in page}
        sights = people.sights(party_ids=ids, on=timezone.localdate())
        rows = self.get_serializer(page, many=True, context={"sights": sights})
        return self.get_paginated_response(rows.data)
