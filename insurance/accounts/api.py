"""Personal accounts over the API (个人账户、权益记录、年度计息、转移): for staff, masked."""

from datetime import date
from typing import Any, cast

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people import queries
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.asked import number
from backend.web.fields import FenField
from backend.web.reckoned import ReckonedList
from insurance.accounts import statement
from insurance.accounts.entry_steps import steps_of_entry, steps_of_outgoing
from insurance.accounts.models import (
    AccountEntry,
    EntryKind,
    InterestRun,
    Outgoing,
    Part,
    Scheme,
)
from insurance.accounts.print_leaving import print_leaving
from insurance.accounts.refunds import Owed, owed_refunds
from insurance.accounts.transfer_payment import remittances
from insurance.issuing.api import PDF, pdf_answer
from insurance.policy.api import StepRow
from insurance.policy.kept_steps import kept

PERSON = OpenApiParameter("person", OpenApiTypes.INT, required=True, description="参保人编号")


class PersonMissing(Refusal):
    """Accounts are looked up by person (请指定参保人)."""

    code = "account_person_missing"
    status = 400


class HoldingRow(serializers.Serializer[Any]):
    """An account and its balance."""

    person_id = serializers.IntegerField()
    scheme = serializers.ChoiceField(choices=Scheme.choices)
    balance = FenField(source="balance_fen")
    last_month = serializers.CharField()


class AccountsOfPerson(APIView):
    """The accounts of one person, also of entries merged into this one."""

    @extend_schema(parameters=[PERSON], responses=HoldingRow(many=True))
    def get(self, request: Request) -> Response:
        """List them with their balances."""
        person = number(request, "person")
        if person is None:
            raise PersonMissing("请指定参保人编号。")
        return Response(HoldingRow(statement.accounts_of(person_id=person), many=True).data)


class AccountEntryRow(serializers.ModelSerializer[AccountEntry]):
    """An entry of an account."""

    for_month = serializers.DateField(format="%Y-%m")
    arrival_month = serializers.DateField(format="%Y-%m")
    amount = FenField(source="fen")

    class Meta:
        model = AccountEntry
        fields: tuple[str, ...] = (
            "id",
            "person",
            "scheme",
            "kind",
            "part",
            "for_month",
            "arrival_month",
            "amount",
            "source",
            "source_id",
            "recorded_at",
        )


class AccountEntryDetail(AccountEntryRow):
    """An entry, and how what a case entered came about."""

    kind_label = serializers.CharField(source="get_kind_display")
    steps = serializers.SerializerMethodField()

    class Meta(AccountEntryRow.Meta):
        fields = (*AccountEntryRow.Meta.fields, "kind_label", "steps")

    @extend_schema_field(StepRow(many=True))
    def get_steps(self, row: AccountEntry) -> list[dict[str, Any]]:
        """None of what rests on a due, a match, a year's run or a set-off: there they are shown."""
        return kept(steps=steps_of_entry(entry=row))


class AccountEntryOne(generics.RetrieveAPIView[AccountEntry]):
    """An entry with its steps."""

    queryset = AccountEntry.objects.all()
    serializer_class = AccountEntryDetail


class AccountEntryList(generics.ListAPIView[AccountEntry]):
    """Entries, newest first; filters: person, scheme, kind, source, source_id."""

    queryset = AccountEntry.objects.all()
    serializer_class = AccountEntryRow
    filterset_fields = ("person", "scheme", "kind", "source", "source_id")


class LineFields(serializers.Serializer[Any]):
    """A line of a statement and what it rests on."""

    kind = serializers.ChoiceField(choices=EntryKind.choices)
    kind_label = serializers.CharField(source="kind.label")
    part = serializers.ChoiceField(choices=Part.choices)
    for_month = serializers.CharField()
    arrival_month = serializers.CharField()
    amount = FenField(source="fen")
    rests_on = serializers.CharField(source="source")
    rests_on_id = serializers.IntegerField(source="source_id")


class PartFields(serializers.Serializer[Any]):
    """What came in by whose money it was."""

    part = serializers.ChoiceField(choices=Part.choices)
    part_label = serializers.CharField(source="part.label")
    amount = FenField(source="fen")


class StatementFields(serializers.Serializer[Any]):
    """An account's year: opening + credited + interest − paid out = closing."""

    person_id = serializers.IntegerField()
    name = serializers.SerializerMethodField()
    number = serializers.SerializerMethodField()
    scheme = serializers.ChoiceField(choices=Scheme.choices)
    year = serializers.IntegerField()
    opening = FenField(source="opening_fen")
    credits = LineFields(many=True)
    credited = PartFields(many=True)
    interest_lines = LineFields(source="interest", many=True)
    interest = FenField(source="interest_fen")
    interim = serializers.BooleanField()
    steps = StepRow(many=True)
    payouts = LineFields(many=True)
    paid_out = FenField(source="paid_out_fen")
    closing = FenField(source="closing_fen")

    def get_name(self, given: statement.Statement) -> str:
        """王**."""
        return masked(FieldClass.NAME, self._sight(given).name)

    def get_number(self, given: statement.Statement) -> str:
        """340802********1234."""
        return masked(FieldClass.NUMBER, self._sight(given).number)

    def _sight(self, given: statement.Statement) -> queries.Sight:
        return queries.sights(party_ids=[given.person_id], on=timezone.localdate())[given.person_id]


class InterestRunRow(serializers.ModelSerializer[InterestRun]):
    """A yearly run and the rate it used."""

    class Meta:
        model = InterestRun
        fields = (
            "id",
            "scheme",
            "year",
            "interim",
            "ratio",
            "ratio_of_year",
            "parameter",
            "document",
            "standing",
            "authority",
            "policy_version",
            "state",
            "summary",
            "opened_at",
            "done_at",
        )


class InterestRunList(generics.ListAPIView[InterestRun]):
    """Yearly runs, newest first; filters: scheme, year, interim, state."""

    queryset = InterestRun.objects.all()
    serializer_class = InterestRunRow
    filterset_fields = ("scheme", "year", "interim", "state")


class OutgoingRow(serializers.ModelSerializer[Outgoing]):
    """Who is to be paid what left an account."""

    month = serializers.DateField(format="%Y-%m")
    amount = FenField(source="fen")
    pooled = FenField(source="pooled_fen")
    had = FenField(source="had_fen", help_text="其中更正以前已付的")
    due_ref = serializers.IntegerField(source="outgoingdue.due_ref", default=None)
    remitted_on = serializers.SerializerMethodField()

    class Meta:
        model = Outgoing
        fields: tuple[str, ...] = (
            "due_ref",
            "remitted_on",
            "pooled",
            "id",
            "person",
            "scheme",
            "kind",
            "payee",
            "to_agency",
            "month",
            "amount",
            "had",
            "case_id",
            "recorded_at",
        )

    @extend_schema_field(OpenApiTypes.DATE)
    def get_remitted_on(self, row: Outgoing) -> date | None:
        """The day on which a transfer's money was remitted; none while it is not, or came back."""
        remitted: dict[int, date] = self.context["remitted"]
        return remitted.get(row.pk)


class OutgoingDetail(OutgoingRow):
    """What left an account, and how it came about."""

    steps = serializers.SerializerMethodField()

    class Meta(OutgoingRow.Meta):
        fields = (*OutgoingRow.Meta.fields, "steps")

    @extend_schema_field(StepRow(many=True))
    def get_steps(self, row: Outgoing) -> list[dict[str, Any]]:
        """As its sheet says it."""
        return kept(steps=steps_of_outgoing(outgoing=row))


class OutgoingOne(generics.GenericAPIView[Outgoing]):
    """What left an account, with its steps."""

    queryset = Outgoing.objects.select_related("outgoingdue")
    serializer_class = OutgoingDetail

    @extend_schema(responses=OutgoingDetail)
    def get(self, request: Request, pk: int) -> Response:
        """Show it, with what was remitted of it."""
        row = self.get_object()
        context = {"remitted": remittances(outgoing_ids=[row.pk])}
        return Response(OutgoingDetail(row, context=context).data)


class OutgoingList(generics.ListAPIView[Outgoing]):
    """What left accounts and to whom, newest first; filters: person, scheme, kind, case_id."""

    queryset = Outgoing.objects.select_related("outgoingdue")
    serializer_class = OutgoingRow
    filterset_fields = ("person", "scheme", "kind", "case_id")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with what was remitted of it."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        remitted = remittances(outgoing_ids=[row.pk for row in page])
        rows = self.get_serializer(page, many=True, context={"remitted": remitted})
        return self.get_paginated_response(rows.data)


class OwedRow(serializers.Serializer[Any]):
    """What a case cleared and an account did not hold."""

    case_id = serializers.IntegerField()
    person_id = serializers.IntegerField()
    scheme = serializers.ChoiceField(choices=Scheme.choices)
    amount = FenField(source="fen")


class OwedRefundList(ReckonedList):
    """What was cleared and has not gone back: at the next reading, or by people."""

    serializer_class = OwedRow

    def rows(self) -> list[Owed]:
        """By case."""
        return owed_refunds()

    @extend_schema(responses=OwedRow(many=True))
    def get(self, request: Request) -> Response:
        """List it."""
        return self.page(request)


class LeavingSheetPdf(generics.GenericAPIView[Case]):
    """Print the sheet of an account that a case pays out for good."""

    queryset = Case.objects.select_related("agency")

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        return pdf_answer(print_leaving(case=self.get_object(), by=cast(Staff, request.user)))
