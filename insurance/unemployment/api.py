"""Certificates, registrations, claims over the API (失业登记、失业保险金核定); persons masked."""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.cases.models import Case
from backend.cases.seen import seen_in
from backend.deployment import business_day
from backend.kernel.dated import Standing
from backend.kernel.money import Money
from backend.people import queries as people
from backend.people.look import seen_by
from backend.people.person_rows import OfPerson, OfPersons
from backend.web.asked import flag
from backend.web.fields import FenField
from backend.web.idempotency import idempotent
from insurance.issuing.api import PDF, pdf_answer
from insurance.policy.api import StepRow
from insurance.policy.kept_steps import kept
from insurance.unemployment import claim_case
from insurance.unemployment.assess import JobEnd
from insurance.unemployment.claim_facts import RecognisedOf
from insurance.unemployment.job_ends import Certificate, report_job_end
from insurance.unemployment.models import (
    JOB_ENDS,
    Claim,
    EndReason,
    JobEndReport,
    Registration,
)
from insurance.unemployment.reckoning import Reckoned
from insurance.unemployment.registration import deregister, register
from insurance.unemployment.sheet import print_sheet

DOCUMENT_MIN, DOCUMENT_MAX = 2, 120


class JobEndRow(OfPerson):
    """An employer's certificate."""

    reason_label = serializers.CharField(source="get_reason_display")

    class Meta:
        model = JobEndReport
        fields = (
            *("id", "person", "person_name", "payer", "ended_on", "reason", "reason_label"),
            *("document", "recorded_at", "superseded_at"),
        )


class TakenIn(serializers.Serializer[Any]):
    """The day of receipt, for a demonstration that lives ahead of the clock."""

    received_date = serializers.DateField(required=False)


class JobEndFields(TakenIn):
    """What an employer certifies."""

    person = serializers.IntegerField(min_value=1)
    payer = serializers.IntegerField(min_value=1)
    ended_on = serializers.DateField()
    reason = serializers.ChoiceField(choices=JOB_ENDS)
    document = serializers.CharField(min_length=DOCUMENT_MIN, max_length=DOCUMENT_MAX)


class JobEndList(OfPersons):
    """Certificates; filters: person, payer, reason."""

    queryset = JobEndReport.objects.all()
    serializer_class = JobEndRow
    filterset_fields = ("person", "payer", "reason")

    @extend_schema(request=JobEndFields, responses={201: JobEndRow})
    @idempotent
    def post(self, request: Request) -> Response:
        """Put one down; twice the same gives it again."""
        data = _given(JobEndFields, request)
        report = report_job_end(
            told=Certificate(
                person_id=data["person"],
                payer_id=data["payer"],
                ended_on=data["ended_on"],
                reason=JobEnd[data["reason"]],
                document=data["document"],
            ),
            today=_day(data),
            by=cast(Staff, request.user),
        )
        return Response(JobEndRow(report, context=_sights(report.person_id)).data, status=201)


class RegistrationRow(OfPerson):
    """Somebody out of work."""

    from_date = serializers.DateField(source="valid.lower")
    until_date = serializers.DateField(source="valid.upper", allow_null=True)
    end_reason_label = serializers.CharField(source="get_end_reason_display")

    class Meta:
        model = Registration
        fields = (
            *("id", "person", "person_name", "job_end", "seeks_work", "from_date", "until_date"),
            *("end_reason", "end_reason_label", "case_id", "recorded_at", "superseded_at"),
        )


class RegistrationFields(TakenIn):
    """Who registers, by the certificate."""

    job_end = serializers.IntegerField(min_value=1)
    registered_on = serializers.DateField()
    seeks_work = serializers.BooleanField()


class RegistrationList(OfPersons):
    """Registrations; filters: person, end_reason."""

    queryset = Registration.objects.all()
    serializer_class = RegistrationRow
    filterset_fields = ("person", "end_reason")

    @extend_schema(request=RegistrationFields, responses={201: RegistrationRow})
    @idempotent
    def post(self, request: Request) -> Response:
        """Register somebody; twice the same gives it again."""
        data = _given(RegistrationFields, request)
        row = register(
            job_end_id=data["job_end"],
            registered_on=data["registered_on"],
            seeks_work=data["seeks_work"],
            today=_day(data),
            by=cast(Staff, request.user),
        )
        return Response(RegistrationRow(row, context=_sights(row.person_id)).data, status=201)


class EndFields(serializers.Serializer[Any]):
    """Why and when a registration ends."""

    reason = serializers.ChoiceField(choices=EndReason.choices)
    ended_on = serializers.DateField()


class EndRegistration(APIView):
    """End a registration of somebody who draws nothing."""

    @extend_schema(request=EndFields, responses=RegistrationRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Give it as it ended."""
        data = _given(EndFields, request)
        row = deregister(
            registration_id=pk,
            reason=EndReason(data["reason"]),
            ended_on=data["ended_on"],
            today=timezone.localdate(),
            by=cast(Staff, request.user),
        )
        return Response(RegistrationRow(row, context=_sights(row.person_id)).data)


class BenefitClaimRow(OfPerson):
    """A claim as a list shows it."""

    standing_label = serializers.SerializerMethodField()
    birth_month = serializers.DateField(format="%Y-%m")
    monthly = FenField(source="monthly_fen")
    pension_from = serializers.DateField(
        source="pension_months.lower", format="%Y-%m", default=None
    )
    pension_until = serializers.DateField(
        source="pension_months.upper", format="%Y-%m", default=None
    )

    class Meta:
        model = Claim
        fields: tuple[str, ...] = (
            *("id", "person", "person_name", "entitlement", "corrects", "previous", "job_end"),
            *("registered_on", "region", "paid_months", "unused_months", "granted_months"),
            *("pension_from", "pension_until", "birth_month", "category", "monthly", "standing"),
            *("standing_label", "policy_version", "case_id", "recorded_at"),
        )

    def get_standing_label(self, claim: Claim) -> str:
        """How far to rely on the weakest figure."""
        return Standing(claim.standing).label


class BenefitClaimDetail(BenefitClaimRow):
    """A claim with its steps."""

    figures = serializers.JSONField()
    steps = StepRow(many=True)

    class Meta(BenefitClaimRow.Meta):
        fields = (*BenefitClaimRow.Meta.fields, "figures", "steps")


class ClaimList(OfPersons):
    """Claims, those corrected or drawn on by a later one only in the history; filters: person,
    region, entitlement, case_id."""

    queryset = Claim.objects.all()
    serializer_class = BenefitClaimRow
    filterset_fields = ("person", "region", "entitlement", "case_id")
    superseded = "successor__isnull"

    def get_queryset(self) -> QuerySet[Claim]:
        """As the query asks."""
        rows = super().get_queryset()
        if flag(self.request, "history"):
            return rows
        return rows.filter(correction__isnull=True)


class ClaimOne(generics.GenericAPIView[Claim]):
    """One claim, with every step."""

    queryset = Claim.objects.all()
    serializer_class = BenefitClaimDetail

    def get(self, request: Request, pk: int) -> Response:
        """Show it."""
        claim = self.get_object()
        return Response(BenefitClaimDetail(claim, context=_sights(claim.person_id)).data)


class ClaimSheet(generics.GenericAPIView[Claim]):
    """Print the sheet of a claim for the person to sign."""

    queryset = Claim.objects.select_related("job_end")

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        return pdf_answer(print_sheet(claim=self.get_object(), by=cast(Staff, request.user)))


class ClaimTrialRow(serializers.Serializer[Any]):
    """What a case would be awarded as things stand."""

    granted_months = serializers.IntegerField()
    monthly = serializers.CharField()
    standing = serializers.CharField()
    steps = StepRow(many=True)


class ClaimTrial(APIView):
    """Compute a waiting case for those who are to sign it (试算); nothing is written."""

    recognised_of: ClassVar[RecognisedOf | None] = None  # named where the route is

    @extend_schema(responses=ClaimTrialRow)
    def get(self, request: Request, pk: int) -> Response:
        """Show what would be awarded."""
        if self.recognised_of is None:
            raise LookupError("ClaimTrial is mounted without recognised_of")
        case = Case.objects.filter(pk=pk, kind="UNEMPLOYMENT_CLAIM").first()
        if case is None:
            raise Http404
        seen_by(request=request, party_ids=seen_in(case))
        found = claim_case.reckoned(case, recognised_of=self.recognised_of)
        return Response(ClaimTrialRow(_trial(found)).data)


def _trial(found: Reckoned) -> dict[str, object]:
    return {
        "granted_months": found.duration.months,
        "monthly": str(Money(found.monthly_fen)),
        "standing": found.standing.value,
        "steps": kept(steps=found.steps),
    }


def _given(fields: Callable[..., serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = fields(data=request.data)
    given.is_valid(raise_exception=True)
    return cast(dict[str, Any], given.validated_data)


def _day(data: dict[str, Any]) -> date:
    return business_day(clock=timezone.localdate(), told=data.get("received_date"))


def _sights(person_id: int) -> dict[str, Any]:
    return {"sights": people.sights(party_ids={person_id}, on=timezone.localdate())}
