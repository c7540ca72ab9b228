"""What rows of collection show alike over the API (征缴接口的共同写法): parties by name, masked."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.people import queries
from backend.people.queries import Sight
from backend.people.register import CREDIT_CODE
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked


class WithParties(serializers.ModelSerializer[Any]):
    """A row that names a payer, a person, or both; organisations are public, persons are not."""

    def get_payer_name(self, row: Any) -> str:
        """演示商贸有限公司; who pays alone as 王*英."""
        return self._name(row.payer_id)

    def get_person_name(self, row: Any) -> str:
        """王*英; empty where it is nobody's."""
        return self._name(row.person_id)

    def _name(self, party_id: int | None) -> str:
        return party_name(self.context, party_id)


def party_name(context: Mapping[str, Any], party_id: int | None) -> str:
    """The name of a party in a serializer's context; of a person masked, of nobody empty."""
    sights: Mapping[int | None, Sight] = context.get("sights", {})
    sight = sights.get(party_id)
    if sight is None:
        return ""
    return sight.name if sight.number_kind == CREDIT_CODE else masked(FieldClass.NAME, sight.name)


class PartyList(generics.ListAPIView[Any]):
    """A list whose rows name parties."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with the names of its parties."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        rows = self.get_serializer(page, many=True, context=sights_of(page))
        return self.get_paginated_response(rows.data)


def sights_of(rows: Iterable[Any]) -> dict[str, object]:
    """The names of today of the payers and persons of some rows, for their serializer."""
    named = [getattr(row, name, None) for row in rows for name in ("payer_id", "person_id")]
    ids = {party for party in named if party is not None}
    return {"sights": queries.sights(party_ids=ids, on=timezone.localdate())}
