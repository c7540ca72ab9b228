"""Bills, their lines and runs over the API (应缴单、应缴明细、核定批次): for staff, masked."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.kernel.errors import Refusal
from backend.people.employers import own_entries
from backend.people.look import seen_by
from backend.web.asked import number
from backend.web.fields import FenField
from insurance.collection.api.api_rows import PartyList, WithParties, sights_of
from insurance.collection.bills.line_steps import steps_of
from insurance.collection.keys import KeyStanding, lines_under, payers_of, standing_of
from insurance.collection.models import Bill, BillLine, BillRun, MatchKind
from insurance.policy.api import StepRow
from insurance.policy.kept_steps import kept

PAYER = OpenApiParameter("payer", OpenApiTypes.INT, description="缴款人编号")
PERSON = OpenApiParameter("person", OpenApiTypes.INT, description="参保人编号")


class PartyNeeded(Refusal):
    """Lines are looked up by payer or person (请指定缴款人或参保人)."""

    code = "collection_party_needed"
    status = 400


class BillRow(WithParties):
    """What a payer owes in a scheme for a month by one run."""

    kind_label = serializers.CharField(source="get_kind_display")
    mode_label = serializers.CharField(source="get_mode_display")
    payer_name = serializers.SerializerMethodField()
    month = serializers.DateField(format="%Y-%m")
    amount = FenField(source="fen")

    class Meta:
        model = Bill
        fields = (
            *("id", "run", "kind", "kind_label", "payer_id", "payer_name", "scheme", "month"),
            *("district", "mode", "mode_label", "line_count", "amount", "pay_by"),
        )


class BillList(PartyList):
    """Bills, newest first; filters: payer_id, scheme, month, kind, run, mode, district."""

    queryset = Bill.objects.all()
    serializer_class = BillRow
    filterset_fields = ("payer_id", "scheme", "month", "kind", "run", "mode", "district")

    def get_queryset(self) -> QuerySet[Bill]:
        """Of an employer's agent those of his employer: they are found by its number."""
        bills, own = super().get_queryset(), own_entries(request=self.request)
        return bills if own is None else bills.filter(payer_id__in=own)


class BillOne(generics.GenericAPIView[Bill]):
    """One bill; its lines stand in ``bills/<id>/lines/``."""

    queryset = Bill.objects.all()
    serializer_class = BillRow

    def get(self, request: Request, pk: int) -> Response:
        """Show the bill."""
        bill = self.get_object()
        return Response(BillRow(bill, context=sights_of([bill])).data)


class LineRow(WithParties):
    """An amount owed under a line key, or a difference of one."""

    part_label = serializers.CharField(source="get_part_display")
    payer_name = serializers.SerializerMethodField()
    person_name = serializers.SerializerMethodField()
    month = serializers.DateField(format="%Y-%m")
    amount = FenField(source="fen")
    to_account = FenField(source="account_fen")

    class Meta:
        model = BillLine
        fields: tuple[str, ...] = (
            *("id", "key_id", "run", "payer_id", "payer_name", "person_id", "person_name"),
            *("scheme", "month", "part", "part_label", "amount", "to_account"),
        )


class ExplainedLine(LineRow):
    """A line, and how its amount came about; the last step gives it."""

    steps = serializers.SerializerMethodField()

    class Meta(LineRow.Meta):
        fields = (*LineRow.Meta.fields, "steps")

    @extend_schema_field(StepRow(many=True))
    def get_steps(self, row: BillLine) -> list[dict[str, Any]]:
        """By what its run knew."""
        return kept(steps=steps_of(line=row))


class LinesOfBill(PartyList):
    """The lines of one bill; filters: person_id, part."""

    serializer_class = LineRow
    queryset = BillLine.objects.none()
    filterset_fields = ("person_id", "part")

    def get_queryset(self) -> QuerySet[BillLine]:
        """Those of its payer, scheme and month that its run wrote."""
        if getattr(self, "swagger_fake_view", False):
            return BillLine.objects.none()
        bill = generics.get_object_or_404(Bill, pk=self.kwargs["pk"])
        keys = BillLine.objects.filter(payer_id=bill.payer_id, scheme=bill.scheme, month=bill.month)
        return BillLine.objects.filter(lines_under(keys=keys), run=bill.run_id)


class LineList(PartyList):
    """Lines of a payer or of a person; filters: scheme, month, part, run, key_id."""

    serializer_class = LineRow
    queryset = BillLine.objects.none()
    filterset_fields = ("scheme", "month", "part", "run", "key_id")

    def get_queryset(self) -> QuerySet[BillLine]:
        """A person's lines are found by the payers through whom it was ever insured."""
        if getattr(self, "swagger_fake_view", False):
            return BillLine.objects.none()
        payer, person = (number(self.request, name) for name in ("payer", "person"))
        if payer is None and person is None:
            raise PartyNeeded("请指定缴款人或参保人的编号。")
        keys = BillLine.objects.all()
        if person is not None:
            payers, persons = payers_of(person_id=person)
            keys = keys.filter(payer_id__in=payers, person_id__in=persons)
        if payer is not None:
            keys = keys.filter(payer_id=payer)
        return BillLine.objects.filter(lines_under(keys=keys))

    @extend_schema(parameters=[PAYER, PERSON])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them, newest first."""
        return super().get(request, *args, **kwargs)


class KeyAllocation(serializers.Serializer[Any]):
    """What paid a key, or took from it: which match, which receipt or case."""

    match = serializers.IntegerField(source="match_id")
    kind = serializers.ChoiceField(choices=MatchKind.choices)
    kind_label = serializers.CharField()
    matched_on = serializers.DateField()
    case = serializers.IntegerField(source="case_id", allow_null=True)
    receipt = serializers.IntegerField(source="receipt_id", allow_null=True)
    tax_no = serializers.CharField()
    arrived = serializers.DateField(allow_null=True)
    amount = FenField(source="fen")
    to_account = FenField(source="account_fen")


class KeyFields(serializers.Serializer[KeyStanding]):
    """What is owed under a line key and what paid it: two sums, and all that they are made of."""

    key_id = serializers.IntegerField()
    owed = FenField(source="owed_fen")
    matched = FenField(source="matched_fen")
    still_open = FenField(source="open_fen")
    to_account = FenField(source="account_fen")
    lines = serializers.SerializerMethodField()
    allocations = KeyAllocation(many=True)

    @extend_schema_field(ExplainedLine(many=True))
    def get_lines(self, standing: KeyStanding) -> Any:
        """The first line and its differences, each with its steps."""
        return ExplainedLine(standing.lines, many=True, context=sights_of(standing.lines)).data


class KeyOne(APIView):
    """Why this was credited: a line key with its lines and allocations."""

    @extend_schema(responses=KeyFields)
    def get(self, request: Request, pk: int) -> Response:
        """Show both sums."""
        standing = standing_of(key_id=pk)
        if standing is None:
            raise Http404
        seen_by(request=request, party_ids=_insured(standing))
        return Response(KeyFields(standing).data)


def _insured(standing: KeyStanding) -> set[int]:
    return {line.person_id for line in standing.lines if line.person_id is not None}


class BillRunRow(serializers.ModelSerializer[BillRun]):
    """A run of bills as a list shows it."""

    kind_label = serializers.CharField(source="get_kind_display")
    period = serializers.DateField(format="%Y-%m")

    class Meta:
        model = BillRun
        fields: tuple[str, ...] = (
            *("id", "kind", "kind_label", "period", "ordinal", "state", "known_at"),
            *("known_before", "policy_version", "reason", "case_id", "opened_at", "done_at"),
        )


class BillRunFields(BillRunRow):
    """A run with the figures by which it was computed, and what it came to."""

    parameters = serializers.JSONField()
    summary = serializers.JSONField(allow_null=True)

    class Meta(BillRunRow.Meta):
        fields = (*BillRunRow.Meta.fields, "parameters", "summary")


class RunList(generics.ListAPIView[BillRun]):
    """Runs of bills, newest first; filters: kind, period, state, case_id."""

    queryset = BillRun.objects.all()
    serializer_class = BillRunRow
    filterset_fields = ("kind", "period", "state", "case_id")


class RunOne(generics.RetrieveAPIView[BillRun]):
    """One run with its figures."""

    queryset = BillRun.objects.all()
    serializer_class = BillRunFields
