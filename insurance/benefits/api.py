"""Runs, dues and what is held over the API (月度发放、应发、暂缓)."""

from typing import Any, cast

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.kernel.months import Month
from backend.people.queries import family_of
from backend.web.fields import FenField
from backend.web.idempotency import idempotent
from backend.web.scope import whole_city
from insurance.benefits.change_notice import amount_of
from insurance.benefits.correction_notice import difference_step
from insurance.benefits.due_steps import steps_of
from insurance.benefits.items import component_label
from insurance.benefits.models import (
    AmountCorrection,
    Baseline,
    BaselineRefused,
    Component,
    Due,
    DueKind,
    Entitlement,
    Held,
    Overpaid,
    Run,
)
from insurance.benefits.monthly_run import seal_run
from insurance.benefits.print_back_pay import print_back_pay
from insurance.issuing.api import PDF, pdf_answer
from insurance.policy.api import StepRow
from insurance.policy.kept_steps import kept

ANY_KIND = Q(kind=DueKind.REGULAR) | Q(kind=DueKind.DIFFERENCE) | Q(kind=DueKind.SET_OFF)


class RunRow(serializers.ModelSerializer[Run]):
    """A monthly run."""

    period = serializers.DateField(format="%Y-%m")

    class Meta:
        model = Run
        fields = (
            "id",
            "period",
            "pay_date",
            "known_at",
            "policy_version",
            "state",
            "summary",
            "sealed_at",
        )


class RunList(generics.ListAPIView[Run]):
    """Runs, newest first."""

    queryset = Run.objects.all()
    serializer_class = RunRow


class SealRequest(serializers.Serializer[Any]):
    """Which month."""

    period = serializers.RegexField(r"^[0-9]{4}-[0-9]{2}$")


class SealRun(APIView):
    """Seal a computed month: complete, with its conditions met, or not at all."""

    @extend_schema(request=SealRequest, responses=RunRow)
    @idempotent
    def post(self, request: Request) -> Response:
        """Seal all batches of the month, of all agencies at once: it is complete or not at all."""
        given = SealRequest(data=request.data)
        given.is_valid(raise_exception=True)
        period = Month.parse(given.validated_data["period"])
        with whole_city():
            return Response(RunRow(seal_run(period=period, now=timezone.now()).run).data)


class DueRow(serializers.ModelSerializer[Due]):
    """What is owed for a month."""

    for_month = serializers.DateField(format="%Y-%m")
    run_period = serializers.DateField(format="%Y-%m")
    amount = FenField(source="fen")

    class Meta:
        model = Due
        fields: tuple[str, ...] = (
            "due_ref",
            "entitlement",
            "payee_id",
            "kind",
            "for_month",
            "run_period",
            "amount",
        )


class DueDetail(DueRow):
    """A due, and how it came about."""

    kind_label = serializers.CharField(source="get_kind_display")
    steps = serializers.SerializerMethodField()

    class Meta(DueRow.Meta):
        fields = (*DueRow.Meta.fields, "kind_label", "steps")

    @extend_schema_field(StepRow(many=True))
    def get_steps(self, row: Due) -> list[dict[str, Any]]:
        """By what its run knew; the last gives the amount."""
        return kept(steps=steps_of(due=row))


class DueOne(generics.RetrieveAPIView[Due]):
    """A due with its steps."""

    queryset = Due.objects.all()
    serializer_class = DueDetail


class DueNotice(generics.GenericAPIView[Due]):
    """Print the notice of what was paid later for past months, together with this."""

    queryset = Due.objects.all()

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        return pdf_answer(print_back_pay(due=self.get_object(), by=cast(Staff, request.user)))


class DueList(generics.ListAPIView[Due]):
    """Dues, newest first; filters: entitlement, payee_id, for_month, run_period."""

    queryset = Due.objects.all()
    serializer_class = DueRow
    filterset_fields = ("entitlement", "payee_id", "for_month", "run_period", "kind")

    def filter_queryset(self, queryset: Any) -> Any:
        """A person's or an entitlement's are found by the keys that dues have, one for each kind:
        of a payee only the entitlements are few."""
        found = super().filter_queryset(queryset)
        payee, one = (self.request.query_params.get(name) for name in ("payee_id", "entitlement"))
        if payee and payee.isdecimal() and not one:
            of_payee = Entitlement.objects.filter(person__in=family_of(party_id=int(payee)))
            found = found.filter(entitlement__in=list(of_payee.values_list("pk", flat=True)))
        return found.filter(ANY_KIND) if payee or one else found


class HeldRow(serializers.ModelSerializer[Held]):
    """A due that a run held, and why."""

    run_period = serializers.DateField(format="%Y-%m")
    due_ref = serializers.IntegerField(source="due_id")
    payee_id = serializers.IntegerField(source="due.payee_id")
    amount = FenField(source="due.fen")
    reason_label = serializers.CharField(source="get_reason_display")

    class Meta:
        model = Held
        fields = ("run_period", "due_ref", "payee_id", "amount", "reason", "reason_label")


class HeldList(generics.ListAPIView[Held]):
    """Held dues; filters: run_period, reason."""

    queryset = Held.objects.select_related("due")
    serializer_class = HeldRow
    page_ordering = ("-due_id", "-run_period")
    filterset_fields = ("run_period", "reason")


class ComponentRow(serializers.ModelSerializer[Component]):
    """A component of an entitlement in time."""

    from_month = serializers.DateField(source="valid.lower", format="%Y-%m")
    to_month = serializers.DateField(source="valid.upper", format="%Y-%m", allow_null=True)
    amount = FenField(source="fen")

    class Meta:
        model = Component
        fields = (
            "component",
            "from_month",
            "to_month",
            "amount",
            "standing",
            "recorded_at",
            "superseded_at",
            "case_id",
        )


class EntitlementRow(serializers.ModelSerializer[Entitlement]):
    """An entitlement with its components, current and superseded."""

    start_month = serializers.DateField(format="%Y-%m")
    components = ComponentRow(source="component_set", many=True)

    class Meta:
        model = Entitlement
        fields = (
            "id",
            "person",
            "scheme",
            "book",
            "start_month",
            "paid_months",
            "district",
            "baseline",
            "case_id",
            "source_no",
            "components",
        )


class EntitlementList(generics.ListAPIView[Entitlement]):
    """Entitlements; filters: person, scheme."""

    queryset = Entitlement.objects.prefetch_related("component_set")
    serializer_class = EntitlementRow
    filterset_fields = ("person", "scheme")


class BaselineRow(serializers.ModelSerializer[Baseline]):
    """A baseline taken over."""

    class Meta:
        model = Baseline
        fields = ("id", "digest", "manifest", "taken_at")


class BaselineList(generics.ListAPIView[Baseline]):
    """Baselines with their signed manifests."""

    queryset = Baseline.objects.all()
    serializer_class = BaselineRow


class BaselineOne(generics.RetrieveAPIView[Baseline]):
    """A baseline with its signed manifest."""

    queryset = Baseline.objects.all()
    serializer_class = BaselineRow


class BaselineRefusedRow(serializers.ModelSerializer[BaselineRefused]):
    """A row that was left out, its value masked, and why."""

    class Meta:
        model = BaselineRefused
        fields = ("id", "file", "line", "column", "shown", "reason", "code")


class BaselineRefusedList(generics.ListAPIView[BaselineRefused]):
    """What a baseline left out, newest first; filter: file."""

    queryset = BaselineRefused.objects.all()
    serializer_class = BaselineRefusedRow
    filterset_fields = ("file",)

    def get_queryset(self) -> QuerySet[BaselineRefused]:
        """Of the baseline in the address."""
        if getattr(self, "swagger_fake_view", False):
            return BaselineRefused.objects.none()
        baseline = generics.get_object_or_404(Baseline, pk=self.kwargs["pk"])
        return BaselineRefused.objects.filter(baseline=baseline)


class OverpaidRow(serializers.ModelSerializer[Overpaid]):
    """What was paid too much for a month."""

    for_month = serializers.DateField(format="%Y-%m")
    run_period = serializers.DateField(format="%Y-%m")
    amount = FenField(source="fen")

    class Meta:
        model = Overpaid
        fields = ("id", "entitlement", "payee_id", "for_month", "run_period", "amount")


class OverpaidList(generics.ListAPIView[Overpaid]):
    """What is owed back; filters: entitlement, payee_id, run_period."""

    queryset = Overpaid.objects.all()
    serializer_class = OverpaidRow
    filterset_fields = ("entitlement", "payee_id", "run_period")


class AmountCorrectionRow(serializers.ModelSerializer[AmountCorrection]):
    """What an amount of the old system was, and is from a month on, with the step."""

    component_label = serializers.SerializerMethodField()
    from_month = serializers.DateField(format="%Y-%m")
    before = FenField(source="before_fen")
    amount = FenField(source="fen")
    steps = serializers.SerializerMethodField()

    class Meta:
        model = AmountCorrection
        fields = (
            *("id", "case_id", "entitlement", "component", "component_label", "from_month"),
            *("before", "amount", "document", "evidence", "because", "steps", "recorded_at"),
        )

    def get_component_label(self, row: AmountCorrection) -> str:
        """What people read of it."""
        return component_label(row.component)

    @extend_schema_field(StepRow(many=True))
    def get_steps(self, row: AmountCorrection) -> list[dict[str, Any]]:
        """By how much it differs."""
        article = f"{row.document}；{row.evidence}"
        return kept(steps=[difference_step(amount=amount_of(row=row), article=article)])


class AmountCorrectionList(generics.ListAPIView[AmountCorrection]):
    """Corrections of amounts of the old system, newest first; filters: entitlement, case_id."""

    queryset = AmountCorrection.objects.all()
    serializer_class = AmountCorrectionRow
    filterset_fields = ("entitlement", "case_id")
