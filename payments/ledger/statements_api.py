"""The two statements of a fund over the API (资产负债表、收支表). Amounts in yuan.

A row opens to its accounts; an account to its months (``book-general-ledger``), these to their
lines (``book-detailed-ledger``), each with its voucher.
"""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.kernel.months import Month
from backend.web.fields import FenField
from payments.ledger.api import MONTH
from payments.ledger.models import Book
from payments.ledger.statement_of import statements_of
from payments.ledger.statements import Part, RowRule, Statements


class RowFields(serializers.Serializer[Any]):
    """What a row of a statement is, and how far its document may be relied on."""

    code = serializers.CharField(source="rule.code")
    part = serializers.ChoiceField(choices=[part.value for part in Part], source="rule.part")
    title = serializers.CharField(source="rule.title")
    document = serializers.CharField(source="rule.document")
    standing = serializers.CharField(source="rule.standing.value")
    standing_label = serializers.CharField(source="rule.standing.label")


class AsOf(serializers.Serializer[Any]):
    """Amounts at the end of the year before, and at the end of the month (年初数、期末数)."""

    opening = FenField(source="opening_fen")
    closing = FenField(source="closing_fen")


class Moved(serializers.Serializer[Any]):
    """Amounts of the month, and of the year so far (本月数、本年累计数)."""

    month = FenField(source="month_fen")
    year = FenField(source="year_fen")


class AccountAsOf(AsOf):
    """An account of a row of the balance sheet."""

    code = serializers.CharField()
    name = serializers.CharField()


class AccountMoved(Moved):
    """An account of a row of the income statement."""

    code = serializers.CharField()
    name = serializers.CharField()


class BalanceSheetRow(RowFields, AsOf):
    """A row of the balance sheet."""

    accounts = AccountAsOf(many=True)


class IncomeStatementRow(RowFields, Moved):
    """A row of the income statement."""

    accounts = AccountMoved(many=True)


class StatementHead(serializers.Serializer[Any]):
    """Of which book and month, whether that is closed (of December: the year), which rows rest on a
    document whose text nobody has seen."""

    book = serializers.IntegerField()
    name = serializers.CharField()
    month = serializers.CharField()
    closed = serializers.BooleanField()
    unverified = serializers.ListField(child=serializers.CharField())


class BalanceSheetFields(StatementHead):
    """The balance sheet: assets = liabilities + net."""

    rows = BalanceSheetRow(many=True)
    assets = AsOf()
    liabilities = AsOf()
    net = AsOf()


class IncomeStatementFields(StatementHead):
    """The income statement: income − expense = surplus, by which the net funds changed."""

    rows = IncomeStatementRow(many=True)
    income = Moved()
    expense = Moved()
    surplus = Moved()


class BalanceSheet(APIView):
    """The balance sheet of a book at the end of a month (资产负债表)."""

    @extend_schema(responses=BalanceSheetFields, parameters=[MONTH])
    def get(self, request: Request, pk: int) -> Response:
        """Only one that ties is given."""
        book, made = _made(request, pk)
        sums = {
            name: {"opening_fen": made.opening_fen(part), "closing_fen": made.closing_fen(part)}
            for name, part in (
                ("assets", Part.ASSETS),
                ("liabilities", Part.LIABILITIES),
                ("net", Part.NET),
            )
        }
        rows = made.balance_sheet
        told = {**_head(book, made, [row.rule for row in rows]), "rows": rows, **sums}
        return Response(BalanceSheetFields(told).data)


class IncomeStatement(APIView):
    """The income statement of a book for a month and its year so far (收支表)."""

    @extend_schema(responses=IncomeStatementFields, parameters=[MONTH])
    def get(self, request: Request, pk: int) -> Response:
        """Only one that ties is given."""
        book, made = _made(request, pk)
        sums = {
            name: {"month_fen": made.month_fen(part), "year_fen": made.year_fen(part)}
            for name, part in (("income", Part.INCOME), ("expense", Part.EXPENSE))
        }
        surplus = {"month_fen": made.surplus_month_fen, "year_fen": made.surplus_year_fen}
        rows = made.income_statement
        told = {
            **_head(book, made, [row.rule for row in rows]),
            "rows": rows,
            **sums,
            "surplus": surplus,
        }
        return Response(IncomeStatementFields(told).data)


def _made(request: Request, pk: int) -> tuple[Book, Statements]:
    kept = Book.objects.filter(account__isnull=False).distinct()  # not those of who is helped
    book = generics.get_object_or_404(kept, pk=pk)
    month = Month.parse(request.query_params.get("month"))
    return book, statements_of(book=book, month=month)


def _head(book: Book, made: Statements, rules: list[RowRule]) -> dict[str, Any]:
    return {
        "book": book.pk,
        "name": book.name,
        "month": str(made.month),
        "closed": made.closed,
        "unverified": [rule.title for rule in made.unverified if rule in rules],
    }
