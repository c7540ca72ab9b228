"""The statement of rights over the API (个人权益记录): account, months, bases, payers of a year."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.web.fields import FenField
from insurance.accounts.api import StatementFields
from insurance.accounts.statement import statement_of
from insurance.collection.api.api_rows import party_name, sights_of
from insurance.collection.bills.bill_run import REGION
from insurance.collection.year_contributed import contributed_in


class OfPayer(serializers.Serializer[Any]):
    """A row that names its payer, whom none is where another fund pays."""

    payer = serializers.IntegerField(source="payer_id", allow_null=True)
    payer_name = serializers.SerializerMethodField()

    def get_payer_name(self, row: Any) -> str:
        """演示商贸有限公司; who pays alone as 王*英."""
        return party_name(self.context, row.payer_id)


class ContributionFields(OfPayer):
    """A month at a payer, of a resident the year's January; no base where it does not count."""

    month = serializers.CharField()
    base = FenField(source="base_fen", allow_null=True)
    own = FenField(source="own_fen")
    paid = FenField(source="paid_fen")
    counts = serializers.BooleanField()
    settled = serializers.BooleanField()


class PayerFields(OfPayer):
    """Through whom somebody contributed in the year, and how many months of it count."""

    months = serializers.IntegerField()


class ContributedFields(serializers.Serializer[Any]):
    """What was contributed in the year; months that count, none where years are paid."""

    paid_months = serializers.IntegerField(source="months", allow_null=True)
    payers = PayerFields(many=True)
    contributions = ContributionFields(many=True)


class RightsFields(StatementFields, ContributedFields):
    """A statement of rights: the account's year, months, bases and payers."""


class StatementOne(APIView):
    """The statement of rights of one account and year."""

    @extend_schema(responses=RightsFields)
    def get(self, request: Request, person_id: int, scheme: str, year: int) -> Response:
        """Show the account from opening to closing, months paid, bases and payers."""
        account = statement_of(person_id=person_id, scheme=scheme, year=year)
        contributed = contributed_in(
            person_id=person_id, scheme=scheme, year=year, region=REGION, on=timezone.localdate()
        )
        rows = ContributedFields(contributed, context=sights_of(contributed.contributions))
        return Response({**StatementFields(account).data, **rows.data})
