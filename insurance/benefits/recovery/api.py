"""Recoveries over the API (追回): what is asked for, each step with its paper, what came back."""

from typing import Any, cast

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.access.models import Staff
from backend.people import queries as people
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.fields import FenField
from insurance.benefits.models import Overpaid
from insurance.benefits.recovery.models import (
    AccountSetOff,
    Recovery,
    RecoveryInstalment,
    RecoveryReceipt,
    RecoveryStage,
    RecoveryStep,
    SetOff,
    SetOffDecision,
    ShareSetOff,
)
from insurance.benefits.recovery.print_paper import print_step
from insurance.benefits.recovery.rest import rest_steps_of
from insurance.benefits.recovery.standing import standing_of
from insurance.issuing.api import PDF, pdf_answer
from insurance.policy.api import StepRow
from insurance.policy.kept_steps import kept

PAPERS = {
    "notice": RecoveryStage.NOTIFIED,
    "order": RecoveryStage.ORDERED,
    "agreement": RecoveryStage.AGREED,
    "court": RecoveryStage.COURT,
    "closing": RecoveryStage.CLOSED,
}


class StandingFields(serializers.Serializer[Any]):
    """How much came back."""

    asked = FenField(source="asked_fen")
    received = FenField(source="received_fen")
    set_off = FenField(source="set_off_fen")
    open = FenField(source="open_fen")


class RecoveryRow(serializers.ModelSerializer[Recovery]):
    """A recovery as a list shows it."""

    debtor_name = serializers.SerializerMethodField()
    amount = FenField(source="fen")
    stage = serializers.SerializerMethodField()
    standing = serializers.SerializerMethodField()

    class Meta:
        model = Recovery
        fields: tuple[str, ...] = (
            *("id", "book", "debtor", "debtor_name", "amount", "stage", "standing", "case_id"),
            "recorded_at",
        )

    def get_debtor_name(self, row: Recovery) -> str:
        """王*英."""
        return masked(FieldClass.NAME, self.context["sights"][row.debtor_id].name)

    def get_stage(self, row: Recovery) -> str:
        """The last step."""
        return max(row.recoverystep_set.all(), key=lambda step: step.pk).get_stage_display()

    @extend_schema_field(StandingFields)
    def get_standing(self, row: Recovery) -> Any:
        """What is asked for and what came back."""
        return StandingFields(standing_of(recovery=row)).data


class RecoveryInstalmentRow(serializers.ModelSerializer[RecoveryInstalment]):
    """So much by a day."""

    amount = FenField(source="fen")

    class Meta:
        model = RecoveryInstalment
        fields = ("due_on", "amount")


class RecoveryStepRow(serializers.ModelSerializer[RecoveryStep]):
    """A step with its paper."""

    stage_label = serializers.CharField(source="get_stage_display")
    amount = FenField(source="fen", allow_null=True)
    instalments = RecoveryInstalmentRow(source="recoveryinstalment_set", many=True)
    reckoned = StepRow(many=True)

    class Meta:
        model = RecoveryStep
        fields = (
            *("stage", "stage_label", "done_on", "until", "document", "note", "amount"),
            *("instalments", "reckoned", "case_id", "recorded_at"),
        )


class RecoveryReceiptRow(serializers.ModelSerializer[RecoveryReceipt]):
    """Money that came to the bank."""

    amount = FenField(source="fen")
    earlier = FenField(source="earlier_fen")

    class Meta:
        model = RecoveryReceipt
        fields = ("id", "received_on", "amount", "earlier", "document", "case_id")


class SetOffRow(serializers.ModelSerializer[SetOff]):
    """So much a month that is kept of a pension."""

    amount = FenField(source="fen")
    from_month = serializers.DateField(source="valid.lower", format="%Y-%m")
    to_month = serializers.DateField(source="valid.upper", format="%Y-%m", allow_null=True)

    class Meta:
        model = SetOff
        fields = (
            *("id", "entitlement", "amount", "most_ppm", "from_month", "to_month", "document"),
            *("case_id", "superseded_at"),
        )


class ShareSetOffRow(serializers.ModelSerializer[ShareSetOff]):
    """What is kept of a share of a claim."""

    amount = FenField(source="fen")

    class Meta:
        model = ShareSetOff
        fields = ("id", "share", "amount", "set_off_on", "document", "case_id")


class AccountSetOffRow(serializers.ModelSerializer[AccountSetOff]):
    """What is kept of the debtor's own account."""

    amount = FenField(source="fen")
    month = serializers.DateField(format="%Y-%m")

    class Meta:
        model = AccountSetOff
        fields = ("id", "month", "amount", "set_off_on", "document", "case_id")


class SetOffDecisionRow(serializers.ModelSerializer[SetOffDecision]):
    """How what a case keeps, or ends, came about."""

    reckoned = StepRow(many=True)

    class Meta:
        model = SetOffDecision
        fields = ("case_id", "reckoned", "recorded_at")


class OwedMonthRow(serializers.ModelSerializer[Overpaid]):
    """What was paid too much for a month, or too much was thought to be."""

    for_month = serializers.DateField(format="%Y-%m")
    run_period = serializers.DateField(format="%Y-%m")
    amount = FenField(source="fen")

    class Meta:
        model = Overpaid
        fields = ("entitlement", "for_month", "run_period", "amount")


class RecoveryDetail(RecoveryRow):
    """All that its papers say: facts, months, steps, receipts, set-offs."""

    steps = RecoveryStepRow(source="recoverystep_set", many=True)
    receipts = RecoveryReceiptRow(source="recoveryreceipt_set", many=True)
    set_offs = SetOffRow(source="setoff_set", many=True)
    share_set_offs = ShareSetOffRow(source="sharesetoff_set", many=True)
    account_set_offs = AccountSetOffRow(source="accountsetoff_set", many=True)
    set_off_decisions = SetOffDecisionRow(source="setoffdecision_set", many=True)
    rest = serializers.SerializerMethodField()
    months = serializers.SerializerMethodField()

    class Meta(RecoveryRow.Meta):
        fields = (
            *RecoveryRow.Meta.fields,
            *("facts", "steps", "receipts", "set_offs", "share_set_offs", "account_set_offs"),
            *("set_off_decisions", "rest", "months"),
        )

    @extend_schema_field(StepRow(many=True))
    def get_rest(self, row: Recovery) -> list[dict[str, Any]]:
        """What was kept month by month and what is left, as of now; empty before the order and
        after its end."""
        return kept(steps=rest_steps_of(recovery=row))

    @extend_schema_field(OwedMonthRow(many=True))
    def get_months(self, row: Recovery) -> Any:
        """Which months were paid too much, of this fund."""
        months = Overpaid.objects.filter(
            payee_id__in=people.family_of(party_id=row.debtor_id), entitlement__book=row.book_id
        ).order_by("for_month", "run_period")
        return OwedMonthRow(months, many=True).data


class RecoveryList(generics.ListAPIView[Recovery]):
    """Recoveries, newest first; filters: debtor, book, case_id."""

    queryset = Recovery.objects.prefetch_related("recoverystep_set")
    serializer_class = RecoveryRow
    filterset_fields = ("debtor", "book", "case_id")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with the masked names of its debtors."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        rows = RecoveryRow(page, many=True, context=_names(page))
        return self.get_paginated_response(rows.data)


class RecoveryOne(generics.GenericAPIView[Recovery]):
    """One recovery with its papers' content."""

    queryset = Recovery.objects.prefetch_related("recoverystep_set__recoveryinstalment_set")
    serializer_class = RecoveryDetail

    @extend_schema(responses=RecoveryDetail)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show it; names are masked."""
        recovery = self.get_object()
        return Response(RecoveryDetail(recovery, context=_names([recovery])).data)


class RecoveryPaper(generics.GenericAPIView[Recovery]):
    """Print the notice, the order, the agreement, what the court is asked, or its end."""

    queryset = Recovery.objects.select_related("book")

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int, paper: str) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        out = print_step(
            recovery=self.get_object(), stage=PAPERS[paper], by=cast(Staff, request.user)
        )
        return pdf_answer(out)


def _names(rows: list[Recovery]) -> dict[str, Any]:
    ids = {row.debtor_id for row in rows}
    return {"sights": people.sights(party_ids=ids, on=timezone.localdate())}
