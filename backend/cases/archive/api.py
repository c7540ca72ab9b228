"""The archive over the API (业务档案): catalogue, volumes, cases in them, loans."""

from typing import Any, cast

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.cases.archive import loans
from backend.cases.archive.catalogue import categories, kept_until
from backend.cases.archive.loans import BORROWER_MAX, PURPOSE_MAX
from backend.cases.archive.models import Archived, Loan, Volume
from backend.cases.archive.volumes import AT_ONCE_MAX, put_away
from backend.kernel.dated import Standing
from backend.web.asked import flag
from backend.web.idempotency import idempotent

OVERDUE = OpenApiParameter("overdue", OpenApiTypes.BOOL, description="true：只列逾期未还的")
OPEN = OpenApiParameter("open", OpenApiTypes.BOOL, description="true：只列未还的")


class CategoryRow(serializers.Serializer[Any]):
    """A category of the catalogue."""

    code = serializers.CharField()
    category_label = serializers.CharField(source="label")
    years = serializers.IntegerField(allow_null=True)
    said_by = serializers.CharField()
    standing = serializers.CharField(source="standing.value")
    standing_label = serializers.CharField(source="standing.label")
    kinds = serializers.ListField(child=serializers.CharField())


class CategoryList(APIView):
    """The catalogue of today."""

    @extend_schema(responses=CategoryRow(many=True))
    def get(self, request: Request) -> Response:
        """List the categories with their retention and its source."""
        return Response(CategoryRow(categories(on=timezone.localdate()), many=True).data)


class VolumeRow(serializers.ModelSerializer[Volume]):
    """A volume, how many cases are in it, until when it is kept, whether it is lent."""

    cases = serializers.IntegerField()
    on_loan = serializers.BooleanField()
    kept_until = serializers.SerializerMethodField()
    standing_label = serializers.SerializerMethodField()

    class Meta:
        model = Volume
        fields = (
            *("id", "number", "agency", "year", "category", "ordinal", "cases", "on_loan"),
            *("years_kept", "kept_until", "said_by", "standing", "standing_label"),
            *("opened_by", "opened_at"),
        )

    def get_kept_until(self, row: Volume) -> str | None:
        """The last day of keeping; null: for ever."""
        last = kept_until(year=row.year, years=row.years_kept)
        return last.isoformat() if last else None

    def get_standing_label(self, row: Volume) -> str:
        """已核对原文, 转引, 未核实."""
        return Standing(row.standing).label


class VolumeList(generics.ListAPIView[Volume]):
    """Volumes, newest first; filters: agency, year, category, number."""

    queryset = Volume.objects.annotate(
        cases=Count("archived", distinct=True),
        on_loan=Q(pk__in=Loan.objects.filter(returned_at__isnull=True).values("volume")),
    )
    serializer_class = VolumeRow
    filterset_fields = ("agency", "year", "category", "number")


class ArchivedRow(serializers.ModelSerializer[Archived]):
    """A case in its volume."""

    number = serializers.CharField(source="volume.number")
    kind = serializers.CharField(source="case.kind")

    class Meta:
        model = Archived
        fields = ("case", "kind", "volume", "number", "place", "archived_by", "archived_at")


class PutAwayFields(serializers.Serializer[Any]):
    """Which ended cases go into the archive."""

    cases = serializers.ListField(
        child=serializers.IntegerField(min_value=1), allow_empty=False, max_length=AT_ONCE_MAX
    )


class ArchivedList(generics.ListAPIView[Archived]):
    """What is in the archive, newest first; filters: volume, case."""

    queryset = Archived.objects.select_related("volume", "case")
    serializer_class = ArchivedRow
    filterset_fields = ("volume", "case")

    @extend_schema(request=PutAwayFields, responses={201: ArchivedRow(many=True)})
    @idempotent
    def post(self, request: Request) -> Response:
        """Put ended cases into their volumes, all or none."""
        given = PutAwayFields(data=request.data)
        given.is_valid(raise_exception=True)
        placed = put_away(
            case_ids=given.validated_data["cases"],
            staff=cast(Staff, request.user),
            now=timezone.now(),
        )
        return Response(ArchivedRow(placed, many=True).data, status=201)


class LoanRow(serializers.ModelSerializer[Loan]):
    """Who borrowed a volume, what for, until when."""

    number = serializers.CharField(source="volume.number")
    days_overdue = serializers.SerializerMethodField()

    class Meta:
        model = Loan
        fields = (
            *("id", "volume", "number", "borrower", "purpose", "lent_on", "due_on", "lent_by"),
            *("returned_on", "returned_by", "days_overdue"),
        )

    def get_days_overdue(self, row: Loan) -> int:
        """Days after the last; none before it is over."""
        return max(0, ((row.returned_on or timezone.localdate()) - row.due_on).days)


class LoanFields(serializers.Serializer[Any]):
    """A volume is lent."""

    volume = serializers.PrimaryKeyRelatedField(queryset=Volume.objects.all())
    borrower = serializers.CharField(max_length=BORROWER_MAX)
    purpose = serializers.CharField(max_length=PURPOSE_MAX)
    due_on = serializers.DateField()


class LoanList(generics.ListAPIView[Loan]):
    """Loans, newest first, ?open=true and ?overdue=true; filters: volume, agency."""

    queryset = Loan.objects.select_related("volume")
    serializer_class = LoanRow
    filterset_fields = ("volume", "volume__agency")

    def get_queryset(self) -> QuerySet[Loan]:
        """Only those that are still out, or too long, when asked."""
        rows = super().get_queryset()
        if flag(self.request, "overdue"):
            return rows.filter(returned_at__isnull=True, due_on__lt=timezone.localdate())
        return rows.filter(returned_at__isnull=True) if flag(self.request, "open") else rows

    @extend_schema(parameters=[OPEN, OVERDUE])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=LoanFields, responses={201: LoanRow})
    @idempotent
    def post(self, request: Request) -> Response:
        """Lend a volume."""
        given = LoanFields(data=request.data)
        given.is_valid(raise_exception=True)
        loan = loans.lend(
            **given.validated_data, staff=cast(Staff, request.user), now=timezone.now()
        )
        return Response(LoanRow(loan).data, status=201)


class ReturnLoan(APIView):
    """A volume came back."""

    @extend_schema(request=None, responses=LoanRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Write it down."""
        loan = loans.take_back(loan_id=pk, staff=cast(Staff, request.user), now=timezone.now())
        return Response(LoanRow(loan).data)
