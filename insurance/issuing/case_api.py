"""Slips, deliveries and the end of cases over the API (办理文书、送达、办结、办理环节)."""

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.cases.models import Case, Closing
from backend.cases.seen import seen_in
from backend.people.look import seen_by
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.idempotency import idempotent
from backend.web.scope import whole_city
from insurance.issuing import print_slips
from insurance.issuing.api import PDF, pdf_answer
from insurance.issuing.delivery import (
    PROOF_MAX,
    RECEIVER_MAX,
    RELATION_MAX,
    WITNESSES_MAX,
    Delivered,
    close,
    deliver,
)
from insurance.issuing.issue import Out
from insurance.issuing.models import Delivery, IssuedPaper, Way
from insurance.issuing.passed import passed_of
from insurance.issuing.print_decision import print_decision


class OfCase(generics.GenericAPIView[Case]):
    """A slip of one case."""

    queryset = Case.objects.select_related("agency")

    def printed(self, request: Request, printing: Callable[..., Out]) -> HttpResponse:
        """Print a slip of the case, which the caller sees; he may see no more of the register."""
        case, by = self.get_object(), cast(Staff, request.user)
        with whole_city():  # who helps a village sees neither its numbers nor who took the stage
            return pdf_answer(printing(case=case, by=by))


class CaseReceipt(OfCase):
    """Print that a case was accepted."""

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        return self.printed(request, print_slips.print_receipt)


class CaseCorrectionNotice(OfCase):
    """Print what was told to be missing."""

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        return self.printed(request, print_slips.print_correction)


class CaseDeclined(OfCase):
    """Print that a case is not accepted."""

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        return self.printed(request, print_slips.print_declined)


class CaseDecision(OfCase):
    """Print what was decided, where no paper of its own says it."""

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        by = cast(Staff, request.user)
        return pdf_answer(print_decision(case=self.get_object(), by=by))


class DeliveryRecordOf(generics.GenericAPIView[IssuedPaper]):
    """Print what whoever receives a paper signs."""

    queryset = IssuedPaper.objects.select_related("case__agency")

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        by = cast(Staff, request.user)
        return pdf_answer(print_slips.print_delivery_record(paper=self.get_object(), by=by))


class DeliveryRow(serializers.ModelSerializer[Delivery]):
    """How a paper was delivered, the receiver masked."""

    number = serializers.CharField(source="paper.number")
    case = serializers.IntegerField(source="paper.case_id")
    way_label = serializers.CharField(source="get_way_display")
    receiver = serializers.SerializerMethodField()
    witnesses = serializers.SerializerMethodField()

    class Meta:
        model = Delivery
        fields = (
            *("id", "paper", "number", "case", "way", "way_label", "delivered_on", "receiver"),
            *(
                "relation",
                "witnesses",
                "proof",
                "material",
                "corrects",
                "recorded_by",
                "recorded_at",
            ),
        )

    def get_receiver(self, row: Delivery) -> str:
        """王*英; nobody of a public notice."""
        return masked(FieldClass.NAME, row.receiver)

    def get_witnesses(self, row: Delivery) -> str:
        """Who saw it left."""
        return masked(FieldClass.NAME, row.witnesses)


class DeliveryList(generics.ListAPIView[Delivery]):
    """Deliveries, newest first; filters: paper, case, way."""

    queryset = Delivery.objects.select_related("paper")
    serializer_class = DeliveryRow
    filterset_fields = ("paper", "paper__case", "way")


class DeliverFields(serializers.Serializer[Any]):
    """How, when and to whom a paper was delivered, and what proves it."""

    way = serializers.ChoiceField(choices=Way.choices)
    on = serializers.DateField()
    receiver = serializers.CharField(max_length=RECEIVER_MAX, allow_blank=True, default="")
    relation = serializers.CharField(max_length=RELATION_MAX, allow_blank=True, default="")
    witnesses = serializers.CharField(max_length=WITNESSES_MAX, allow_blank=True, default="")
    proof = serializers.CharField(max_length=PROOF_MAX)
    material = serializers.IntegerField(min_value=1, required=False, default=None)
    corrects = serializers.IntegerField(min_value=1, required=False, default=None)


class DeliverPaper(generics.GenericAPIView[IssuedPaper]):
    """Put down that a paper was delivered."""

    queryset = IssuedPaper.objects.select_related("case__agency", "agency")

    @extend_schema(request=DeliverFields, responses={201: DeliveryRow})
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Write it down."""
        given = DeliverFields(data=request.data)
        given.is_valid(raise_exception=True)
        delivery = deliver(
            paper=self.get_object(),
            told=Delivered(**given.validated_data),
            staff=cast(Staff, request.user),
            now=timezone.now(),
        )
        return Response(DeliveryRow(delivery).data, status=201)


class CaseClosingRow(serializers.ModelSerializer[Closing]):
    """A case that has ended."""

    class Meta:
        model = Closing
        fields = ("case", "closed_by", "closed_on", "closed_at")


class CloseCase(APIView):
    """End a case whose decision was delivered."""

    @extend_schema(request=None, responses={201: CaseClosingRow})
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Write it down."""
        closing = close(case_id=pk, staff=cast(Staff, request.user), now=timezone.now())
        return Response(CaseClosingRow(closing).data, status=201)


class StageRow(serializers.Serializer[Any]):
    """A stage that a case passed."""

    stage = serializers.CharField(source="stage.name")
    stage_label = serializers.CharField(source="stage.value")
    person_id = serializers.IntegerField(allow_null=True)
    at = serializers.DateTimeField()
    note = serializers.CharField()


class CaseStages(OfCase):
    """The stages that a case passed, in their order."""

    pagination_class = None

    @extend_schema(responses=StageRow(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Each with who took it and when."""
        case = self.get_object()
        seen_by(request=request, party_ids=seen_in(case))
        return Response(StageRow(passed_of(case=case), many=True).data)
