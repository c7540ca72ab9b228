"""Transfers over the API (关系转移接续): what stands where, certificate, application, letter.

The last step is a case of kind TRANSFER_OUT or TRANSFER_IN: received here, decided by others.
"""

from collections.abc import Sequence
from typing import Any, cast

from django.db.models import QuerySet
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
from backend.people.models import Party
from backend.web.asked import flag
from backend.web.fields import FenField
from backend.web.idempotency import idempotent
from insurance.accounts import transfers
from insurance.accounts.entry_steps import brought_steps
from insurance.accounts.models import (
    MOVING,
    AccountEntry,
    Direction,
    EntryKind,
    EntrySource,
    LeftAccount,
    Transfer,
    TransferCorrection,
    TransferStage,
    TransferStep,
)
from insurance.accounts.print_transfer import print_transfer
from insurance.issuing.api import PDF, pdf_answer
from insurance.policy.api import StepRow
from insurance.policy.kept_steps import kept

REGION = r"^[0-9]{6}$"
OPEN = OpenApiParameter(
    "open", OpenApiTypes.BOOL, description="true：只列没有办完的，按下一环节的期限"
)
OVERDUE = OpenApiParameter("overdue", OpenApiTypes.BOOL, description="true：只列下一环节逾期的")
BEFORE_THE_LAST = [
    (stage.value, stage.label) for stage in (TransferStage.APPLICATION, TransferStage.LETTER)
]


class TransferStepRow(serializers.ModelSerializer[TransferStep]):
    """A step of a transfer: until when the next is due, and what money moved."""

    stage_label = serializers.CharField(source="get_stage_display")
    amount = FenField(source="fen")
    pooled = FenField(source="pooled_fen")
    term_standing = serializers.SerializerMethodField(help_text="办理期限的依据状态")
    steps = serializers.SerializerMethodField()

    class Meta:
        model = TransferStep
        fields = (
            *("stage", "stage_label", "done_on", "next_due_on", "term_standing"),
            *("document_no", "case_id", "amount", "pooled", "entry", "steps"),
        )

    def get_term_standing(self, row: TransferStep) -> str:
        """Whether the days of ``next_due_on`` are published, or 未核实."""
        return transfers.standing_of_term(on=row.done_on).label

    @extend_schema_field(StepRow(many=True))
    def get_steps(self, row: TransferStep) -> list[dict[str, Any]]:
        """How what was sent away was computed, or what came in is made of; none of the others."""
        by_case: dict[int, LeftAccount] = self.context["left"]
        brought: dict[int, list[AccountEntry]] = self.context["brought"]
        number = row.case_id or 0
        if number in by_case:
            return list(by_case[number].steps)
        return kept(steps=brought_steps(entries=brought[number])) if number in brought else []


class TransferCorrectionRow(serializers.ModelSerializer[TransferCorrection]):
    """What a transfer brought, told anew; the last counts."""

    amount = FenField(source="fen")
    pooled = FenField(source="pooled_fen")
    steps = serializers.SerializerMethodField()

    class Meta:
        model = TransferCorrection
        fields = (
            *("corrects", "case_id", "withdrawn", "document_no", "amount", "pooled", "entry"),
            *("ground", "recorded_at", "steps"),
        )

    @extend_schema_field(StepRow(many=True))
    def get_steps(self, row: TransferCorrection) -> list[dict[str, Any]]:
        """What came in is made of."""
        brought: dict[int, list[AccountEntry]] = self.context["brought"]
        number = row.case_id
        return kept(steps=brought_steps(entries=brought[number])) if number in brought else []


class TransferRow(serializers.ModelSerializer[Transfer]):
    """A transfer with its steps, and what corrects the last."""

    steps = TransferStepRow(source="transferstep_set", many=True)
    corrections = TransferCorrectionRow(source="transfercorrection_set", many=True)

    class Meta:
        model = Transfer
        fields = (
            *("id", "person", "scheme", "direction", "other_region", "other_agency"),
            *("with_money", "certificate_no", "recorded_at", "steps", "corrections"),
        )


class BeginFields(serializers.Serializer[Any]):
    """The certificate with which a transfer begins."""

    person = serializers.PrimaryKeyRelatedField(queryset=Party.objects.all())
    scheme = serializers.ChoiceField(choices=MOVING)
    direction = serializers.ChoiceField(choices=Direction.choices)
    other_region = serializers.RegexField(REGION)
    other_agency = serializers.CharField(max_length=100)
    certificate_no = serializers.CharField(max_length=40)
    on = serializers.DateField()


class TransferList(generics.ListAPIView[Transfer]):
    """Transfers, newest first; filters: person, scheme, direction. With ?open=true those that wait
    for a step, with ?overdue=true whose step is late: by the day on which it is due.
    """

    queryset = Transfer.objects.prefetch_related("transferstep_set", "transfercorrection_set")
    serializer_class = TransferRow
    filterset_fields = ("person", "scheme", "direction")

    @property
    def page_ordering(self) -> tuple[str, ...]:
        """The earliest due first, where what waits is asked for."""
        return ("next_due_on", "pk") if self._waiting else ("-pk",)

    @property
    def _waiting(self) -> bool:
        return flag(self.request, "open") or flag(self.request, "overdue")

    def get_queryset(self) -> QuerySet[Transfer]:
        """As the query asks."""
        rows = super().get_queryset()
        if not self._waiting:
            return rows
        late_on = timezone.localdate() if flag(self.request, "overdue") else None
        return transfers.waiting(rows=rows, late_on=late_on)

    @extend_schema(parameters=[OPEN, OVERDUE])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with how each amount was computed."""
        return self.list(request, *args, **kwargs)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with how each amount was computed."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(_rows(page))

    @extend_schema(request=BeginFields, responses={201: TransferRow})
    @idempotent
    def post(self, request: Request) -> Response:
        """Begin a transfer with its certificate; the same one gives it again."""
        data = _given(BeginFields, request)
        by = cast(Staff, request.user)
        transfer = transfers.begin(
            person_id=data["person"].pk,
            scheme=data["scheme"],
            direction=Direction(data["direction"]),
            own_region=by.agency.region,
            other_region=data["other_region"],
            other_agency=data["other_agency"],
            certificate_no=data["certificate_no"],
            on=data["on"],
            today=timezone.localdate(),
            by=by,
        )
        return Response(_rows([transfer])[0], status=201)


class StepFields(serializers.Serializer[Any]):
    """Application or letter, and its number."""

    stage = serializers.ChoiceField(choices=BEFORE_THE_LAST)
    on = serializers.DateField()
    document_no = serializers.CharField(max_length=40)


class TransferSteps(APIView):
    """The application and the letter of a transfer."""

    @extend_schema(request=StepFields, responses=TransferRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Put a step down; one that is there stays as it is."""
        data = _given(StepFields, request)
        transfers.go_on(
            transfer_id=pk,
            stage=TransferStage(data["stage"]),
            on=data["on"],
            document_no=data["document_no"],
            today=timezone.localdate(),
            by=cast(Staff, request.user),
        )
        return Response(_rows([Transfer.objects.get(pk=pk)])[0])


class TransferSheetPdf(generics.GenericAPIView[Case]):
    """Print the information sheet of a relation that a case sent away."""

    queryset = Case.objects.select_related("agency")

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        return pdf_answer(print_transfer(case=self.get_object(), by=cast(Staff, request.user)))


def _rows(transfers: Sequence[Transfer]) -> list[dict[str, Any]]:
    """Transfers as they are shown, with what was kept of each computation."""
    cases = [
        *(step.case_id for one in transfers for step in one.transferstep_set.all() if step.case_id),
        *(row.case_id for one in transfers for row in one.transfercorrection_set.all()),
    ]
    brought: dict[int, list[AccountEntry]] = {}
    for entry in AccountEntry.objects.filter(
        source=EntrySource.CASE, source_id__in=cases, kind=EntryKind.TRANSFER_IN, n=0
    ).order_by("pk"):
        brought.setdefault(entry.source_id, []).append(entry)
    context = {"left": LeftAccount.objects.in_bulk(cases), "brought": brought}
    return list(TransferRow(transfers, many=True, context=context).data)


def _given(fields: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = fields(data=request.data)
    given.is_valid(raise_exception=True)
    data: dict[str, Any] = given.validated_data
    return data
