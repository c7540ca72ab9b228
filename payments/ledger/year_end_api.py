"""The end of a year over the API (年度结转): prepared here, signed by ``ledger-months/close``."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.web.idempotency import idempotent
from payments.ledger.api import MonthRow
from payments.ledger.models import Book
from payments.ledger.year_end import prepare

YEAR_MIN, YEAR_MAX = 2000, 2199


class YearFields(serializers.Serializer[Any]):
    """Which year."""

    year = serializers.IntegerField(min_value=YEAR_MIN, max_value=YEAR_MAX)


class YearEnd(APIView):
    """Carry a year of a book over (年度结转)."""

    @extend_schema(request=YearFields, responses=MonthRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Write the vouchers; the period given is closed by an approver, another person."""
        given = YearFields(data=request.data)
        given.is_valid(raise_exception=True)
        staff = cast(Staff, request.user)
        book = generics.get_object_or_404(Book, pk=pk, agency=staff.agency)
        row = prepare(
            book=book,
            year=given.validated_data["year"],
            today=timezone.localdate(),
            prepared_by=staff.person_id,
        )
        return Response(MonthRow(row).data)
