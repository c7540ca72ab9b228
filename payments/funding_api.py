"""Budgets, 用款申请 and what arrived upon them over the API (基金预算、用款申请). Amounts in yuan.

Both are cases (FUND_BUDGET, FUND_REQUEST); here they are looked at.
"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.kernel.months import Month
from backend.web.fields import FenField
from backend.web.scope import whole_city
from payments.budgets import used
from payments.fund_arrivals import arrived_fen
from payments.fund_requests import by_item, expected
from payments.funding_models import FundBudget, FundRequest
from payments.ledger.books import expense_items
from payments.ledger.models import Book
from payments.models import Batch
from payments.money_held import free

MONTH = OpenApiParameter("month", str, required=True, description="2026-11")


class ItemRow(serializers.Serializer[Any]):
    """An amount of an expense account."""

    code = serializers.CharField()
    amount = FenField(source="fen")


class BudgetRow(serializers.ModelSerializer[FundBudget]):
    """A year's budget by expense account; the last of a year counts."""

    lines = ItemRow(many=True, read_only=True)

    class Meta:
        model = FundBudget
        fields = ("id", "book", "year", "document", "case_id", "recorded_at", "lines")


class Budgets(generics.ListAPIView[FundBudget]):
    """The budgets of the agency's books, newest first."""

    queryset = FundBudget.objects.prefetch_related("lines")
    serializer_class = BudgetRow
    filterset_fields = ("book", "year")


class RequestRow(serializers.ModelSerializer[FundRequest]):
    """An approved 用款申请, and what arrived upon it."""

    month = serializers.DateField(format="%Y-%m")
    amount = FenField(source="fen", read_only=True)
    lines = ItemRow(many=True, read_only=True)
    batches = serializers.SerializerMethodField()
    arrived = serializers.SerializerMethodField()

    class Meta:
        model = FundRequest
        fields = (
            *("id", "book", "month", "document", "amount", "arrived", "lines", "batches"),
            *("case_id", "recorded_at"),
        )

    def get_batches(self, row: FundRequest) -> list[int]:
        """The batches that it is for."""
        return [one.batch_id for one in row.batches.all()]

    def get_arrived(self, row: FundRequest) -> str:
        """What arrived, and was not taken back."""
        return FenField().to_representation(arrived_fen(request=row))


class Requests(generics.ListAPIView[FundRequest]):
    """The agency's 用款申请, newest first."""

    queryset = FundRequest.objects.prefetch_related("lines", "batches")
    serializer_class = RequestRow
    filterset_fields = ("book", "month")


class UsedRow(serializers.Serializer[Any]):
    """An expense account in the year: budget, asked for, what is left; what the batches need."""

    code = serializers.CharField()
    name = serializers.CharField()
    budget = FenField(source="budget_fen")
    asked = FenField(source="asked_fen")
    rest = FenField(source="rest_fen")


class ExpectedRow(serializers.ModelSerializer[Batch]):
    """A batch that is to be paid in the month and was not asked for yet."""

    amount = FenField(source="fen", read_only=True)

    class Meta:
        model = Batch
        fields = ("id", "no", "bank", "pay_date", "state", "line_count", "amount")


class FundingFields(serializers.Serializer[Any]):
    """What a 用款申请 of a month is drafted from."""

    book = serializers.IntegerField()
    month = serializers.CharField()
    free = FenField(help_text="支出户可用余额")
    items = serializers.ListField(
        child=serializers.CharField(), help_text="基金的待遇支出科目，依次"
    )
    accounts = UsedRow(many=True)
    expected = ExpectedRow(many=True)
    needed = ItemRow(many=True, help_text="预计发放批次按支出科目的合计")


class Funding(APIView):
    """What a book may ask for, and needs, in a month (用款测算)."""

    @extend_schema(responses=FundingFields, parameters=[MONTH])
    def get(self, request: Request, pk: int) -> Response:
        """From budget, requests, ledger and batches, as they stand."""
        kept = Book.objects.filter(account__isnull=False).distinct()
        book = generics.get_object_or_404(kept.select_related("agency"), pk=pk)
        month = Month.parse(request.query_params.get("month"))
        batches = list(expected(book=book, month=month))
        with whole_city():  # the lines of the batches are looked at whole
            needed = by_item(book=book, month=month, batch_ids=[one.pk for one in batches])
        told = {
            "book": book.pk,
            "month": str(month),
            "free": free(book_ids=[book.pk])[book.pk],
            "items": expense_items(book=book, on=month.last_day),
            "accounts": used(book_id=book.pk, year=month.year),
            "expected": batches,
            "needed": [{"code": code, "fen": fen} for code, fen in needed.items()],
        }
        return Response(FundingFields(told).data)
