"""Enrolments over the API (参保登记): look, join, leave, put right; persons are masked."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.kernel.money import Money
from backend.kernel.months import Month, MonthRange
from backend.people import queries as people
from backend.people.look import disclosed
from backend.people.models import Person
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.asked import flag
from backend.web.etag import IF_MATCH, require_match, tagged
from backend.web.fields import FenField
from backend.web.idempotency import idempotent
from insurance.enrolment import queries
from insurance.enrolment.correct import REASON_MAX, correct
from insurance.enrolment.households import Household
from insurance.enrolment.join import join
from insurance.enrolment.leave import leave
from insurance.enrolment.models import Enrolment, Kind, Scheme, Wage
from insurance.enrolment.pensioners import Pensions
from insurance.enrolment.rests import Blocker
from insurance.policy.regions import is_region

MONTH = r"^[0-9]{4}-[0-9]{2}$"
HOUSEHOLD = r"^[1-9][0-9]{5}$"
EVIDENCE_MAX = 120
WAGE = r"^(0|[1-9][0-9]{0,9})\.[0-9]{2}$"
IN_MONTH = OpenApiParameter("month", OpenApiTypes.STR, description="只列该月参保的，如 2026-11")
HISTORY = OpenApiParameter("history", OpenApiTypes.BOOL, description="1：连同已被替代的")
AFTER_DEATH = OpenApiParameter(
    "after_death", OpenApiTypes.BOOL, description="1：只列死亡已核实、还没有减员的"
)
PURPOSE = OpenApiParameter("purpose", OpenApiTypes.STR, description="查询用途;不写则脱敏")


class DatedRow(serializers.ModelSerializer[Any]):
    """What rows of facts with two times show alike; the person is masked."""

    person_name = serializers.SerializerMethodField()
    from_month = serializers.DateField(source="valid.lower", format="%Y-%m")
    until_month = serializers.DateField(source="valid.upper", format="%Y-%m", allow_null=True)
    source_label = serializers.CharField(source="get_source_display")

    DATED = (
        *("id", "person", "person_name", "from_month", "until_month", "source", "source_label"),
        *("source_id", "case_id", "recorded_at", "superseded_at"),
    )

    def get_person_name(self, row: Any) -> str:
        """王*英."""
        sights: Mapping[int, people.Sight] = self.context.get("sights", {})
        return (
            masked(FieldClass.NAME, sights[row.person_id].name) if row.person_id in sights else ""
        )


def narrowed(rows: QuerySet[Any], request: Request) -> QuerySet[Any]:
    """Leave out what was superseded, unless history is asked for; of one month where it is named.

    Raises:
        MonthInvalid.
    """
    if not flag(request, "history"):
        rows = rows.filter(superseded_at__isnull=True)
    month = request.query_params.get("month")
    return rows.filter(valid__contains=Month.parse(month).first_day) if month else rows


class DatedList(generics.ListAPIView[Any]):
    """Current rows, newest first; ``month`` and ``history`` narrow and widen them."""

    def get_queryset(self) -> QuerySet[Any]:
        """As the query asks."""
        return narrowed(super().get_queryset(), self.request)

    @extend_schema(parameters=[IN_MONTH, HISTORY])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with the masked names of its persons."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        rows = self.get_serializer(page, many=True, context=sights_of(page))
        return self.get_paginated_response(rows.data)


class EnrolmentRow(DatedRow):
    """An enrolment in time."""

    scheme_label = serializers.CharField(source="get_scheme_display")
    kind_label = serializers.CharField(source="get_kind_display")

    class Meta:
        model = Enrolment
        fields = (
            *DatedRow.DATED,
            *("scheme", "scheme_label", "kind", "kind_label", "payer", "district"),
        )


class EnrolmentList(DatedList):
    """Enrolments; filters: person, payer, scheme, kind, district, source, source_id.

    ``after_death`` lists whom nobody ended after a confirmed death.
    """

    queryset = Enrolment.objects.all()
    serializer_class = EnrolmentRow
    filterset_fields = (*("person", "payer", "scheme", "kind", "district", "source", "source_id"),)

    def get_queryset(self) -> QuerySet[Any]:
        """As the query asks."""
        rows = super().get_queryset()
        if not flag(self.request, "after_death"):
            return rows
        return rows.filter(pk__in=queries.insured_after_death())

    @extend_schema(parameters=[IN_MONTH, HISTORY, AFTER_DEATH])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with the masked names of its persons."""
        return super().get(request, *args, **kwargs)


class EnrolmentOne(APIView):
    """One enrolment, as it stands; what was put right since says when."""

    @extend_schema(responses=EnrolmentRow)
    def get(self, request: Request, pk: int) -> Response:
        """Show it with its tag."""
        return tagged(_enrolment(generics.get_object_or_404(Enrolment, pk=pk).pk))


class WageRow(DatedRow):
    """A wage in time."""

    monthly = FenField(source="monthly_fen")

    class Meta:
        model = Wage
        fields = (*DatedRow.DATED, "payer", "monthly", "confirmed", "wage_source")


class WageList(DatedList):
    """Wages; filters: person, payer, confirmed, wage_source, source_id."""

    queryset = Wage.objects.all()
    serializer_class = WageRow
    filterset_fields = ("person", "payer", "confirmed", "wage_source", "source_id")


class ChangeFields(serializers.Serializer[Any]):
    """Whom a change of enrolment is about."""

    person = serializers.IntegerField(min_value=1)
    payer = serializers.IntegerField(min_value=1, allow_null=True)
    schemes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scheme.choices), allow_empty=False
    )


class JoinFields(ChangeFields):
    """Somebody joins from a month on."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    month = serializers.RegexField(MONTH)
    wage = serializers.RegexField(WAGE, allow_null=True, default=None)
    household = serializers.RegexField(
        HOUSEHOLD, allow_null=True, default=None, help_text="户籍所在地六位区划代码；写明的须写依据"
    )
    household_evidence = serializers.CharField(
        max_length=EVIDENCE_MAX, allow_blank=True, default="", help_text="户籍的依据，如户口簿"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Whoever names a household's place names one that there is, and says on what paper."""
        if attrs["household"] is not None and not is_region(text=attrs["household"]):
            raise serializers.ValidationError({"household": "没有这个省级行政区划的代码。"})
        if attrs["household"] is not None and not attrs["household_evidence"].strip():
            raise serializers.ValidationError({"household_evidence": "请写明户籍的依据。"})
        return attrs


class LeaveFields(ChangeFields):
    """Somebody leaves after a last month."""

    last_month = serializers.RegexField(MONTH)


class CorrectFields(serializers.Serializer[Any]):
    """What an enrolment should have been; without ``from_month`` it should never have been."""

    from_month = serializers.RegexField(MONTH, allow_null=True)
    last_month = serializers.RegexField(MONTH, allow_null=True, default=None)
    reason = serializers.CharField(max_length=REASON_MAX)


class Join(APIView):
    """Enrol somebody: all schemes or none.

    Who mounts the view says who draws a pension: enrolment does not know it.
    """

    pensions: ClassVar[Pensions | None] = None

    @extend_schema(request=JoinFields, responses={201: EnrolmentRow(many=True)})
    @idempotent
    def post(self, request: Request) -> Response:
        """Give the enrolments; joining twice gives them again."""
        if self.pensions is None:
            raise LookupError("Join is mounted without pensions")
        data = _given(JoinFields, request)
        rows = join(
            person_id=data["person"],
            kind=Kind(data["kind"]),
            schemes=data["schemes"],
            payer_id=data["payer"],
            month=Month.parse(data["month"]),
            wage_fen=None if data["wage"] is None else Money.of_yuan(Decimal(data["wage"])).fen,
            household=Household(data["household"], data["household_evidence"].strip())
            if data["household"]
            else None,
            today=timezone.localdate(),
            pensions=self.pensions,
            by=cast(Staff, request.user),
        )
        return _rows(rows, status=201)


class Leave(APIView):
    """End somebody's enrolments with a last month: all schemes or none.

    Mounted with what rests on months insured, as ``Correct``.
    """

    blockers: ClassVar[Sequence[Blocker] | None] = None

    @extend_schema(request=LeaveFields, responses=EnrolmentRow(many=True))
    @idempotent
    def post(self, request: Request) -> Response:
        """Give the enrolments as they end."""
        if self.blockers is None:
            raise LookupError("Leave is mounted without blockers")
        data = _given(LeaveFields, request)
        rows = leave(
            person_id=data["person"],
            schemes=data["schemes"],
            payer_id=data["payer"],
            last_month=Month.parse(data["last_month"]),
            today=timezone.localdate(),
            blockers=self.blockers,
            by=cast(Staff, request.user),
        )
        return _rows(rows)


class Correct(APIView):
    """Put a wrong enrolment right.

    Who mounts the view says what rests on months insured: enrolment does not know it.
    """

    blockers: ClassVar[Sequence[Blocker] | None] = None

    @extend_schema(parameters=[IF_MATCH], request=CorrectFields, responses=EnrolmentRow(many=True))
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Give the row in its place, or none."""
        if self.blockers is None:
            raise LookupError("Correct is mounted without blockers")
        data = _given(CorrectFields, request)
        generics.get_object_or_404(Enrolment, pk=pk)
        require_match(request=request, of=f"enrolment/{pk}", read=lambda: _enrolment(pk))
        months = None
        if data["from_month"] is not None:
            last = data["last_month"]
            end = None if last is None else Month.parse(last).next
            months = MonthRange(Month.parse(data["from_month"]), end)
        row = correct(
            enrolment_id=pk,
            months=months,
            reason=data["reason"],
            today=timezone.localdate(),
            blockers=self.blockers,
            by=cast(Staff, request.user),
        )
        return _rows([row] if row else [])


class PeriodFields(serializers.Serializer[Any]):
    """A line of the certificate."""

    scheme = serializers.CharField()
    kind = serializers.CharField()
    payer = serializers.CharField()
    district = serializers.CharField()
    first_month = serializers.CharField(source="first")
    last_month = serializers.CharField(source="last")


class CertificateFields(serializers.Serializer[Any]):
    """The facts of a certificate of enrolment (参保证明)."""

    person = serializers.IntegerField(source="person_id")
    name = serializers.CharField()
    number = serializers.CharField()
    issued_on = serializers.DateField()
    periods = PeriodFields(many=True)
    months = serializers.DictField(child=serializers.IntegerField())
    insured_now = serializers.ListField(child=serializers.CharField())


class CertificateOne(APIView):
    """What is certified of a person today; masked unless a purpose is given and written down."""

    @extend_schema(parameters=[PURPOSE], responses=CertificateFields)
    def get(self, request: Request, pk: int) -> Response:
        """Assemble the facts."""
        if not Person.objects.filter(pk=pk).exists():
            raise Http404
        disclosure = disclosed(request=request, party_ids=[pk])
        shown = queries.certificate_of(person_id=pk, on=timezone.localdate())
        facts = {
            **CertificateFields(shown).data,
            "name": disclosure.text(FieldClass.NAME, shown.name),
            "number": disclosure.text(FieldClass.NUMBER, shown.number),
        }
        return Response(facts)


def sights_of(rows: Iterable[Any]) -> dict[str, object]:
    """The names of today of the persons in a page, for its serializer."""
    ids = {row.person_id for row in rows}
    return {"sights": people.sights(party_ids=ids, on=timezone.localdate())}


def _given(fields: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = fields(data=request.data)
    given.is_valid(raise_exception=True)
    data: dict[str, Any] = given.validated_data
    return data


def _enrolment(enrolment_id: int) -> dict[str, Any]:
    row = Enrolment.objects.get(pk=enrolment_id)
    return dict(EnrolmentRow(row, context=sights_of([row])).data)


def _rows(rows: list[Enrolment], status: int = 200) -> Response:
    return Response(EnrolmentRow(rows, many=True, context=sights_of(rows)).data, status=status)
