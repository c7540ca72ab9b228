"""What a pension rests on, over the API (认定、审批、核定); persons are masked."""

from collections.abc import Mapping
from typing import Any, Protocol, cast

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.access.models import Staff
from backend.cases.models import Case
from backend.cases.seen import seen_in
from backend.kernel.dated import Standing
from backend.kernel.money import Money
from backend.people import queries as people
from backend.people.look import seen_by
from backend.people.person_rows import OfPerson, OfPersons
from backend.web.fields import FenField
from insurance.issuing.api import PDF, pdf_answer
from insurance.pension import award as pension_award
from insurance.pension import resident_award
from insurance.pension.award_steps import steps_of
from insurance.pension.models import (
    ArchiveFacts,
    ArchivePeriod,
    Award,
    Recalculation,
    RetirementApproval,
)
from insurance.pension.paid_since import left_months_out, paid_since
from insurance.pension.print_approval import print_approval
from insurance.pension.sheet import print_sheet
from insurance.policy.api import StepRow
from insurance.policy.kept_steps import kept
from insurance.policy.steps import Step


class BirthRecordRow(serializers.Serializer[Any]):
    """What a paper says of the birth month."""

    paper = serializers.CharField()
    recorded_on = serializers.DateField()
    birth_month = serializers.CharField()


class ArchivePeriodRow(serializers.ModelSerializer[ArchivePeriod]):
    """Months that count, with their evidence."""

    kind_label = serializers.CharField(source="get_kind_display")
    work_label = serializers.CharField(source="get_work_display")
    ground_label = serializers.CharField(source="get_ground_display")
    from_month = serializers.DateField(source="months.lower", format="%Y-%m")
    until_month = serializers.DateField(source="months.upper", format="%Y-%m")

    class Meta:
        model = ArchivePeriod
        fields = (
            *("kind", "kind_label", "work", "work_label", "ground", "ground_label", "from_month"),
            *("until_month", "evidence"),
        )


class ArchiveFactsRow(OfPerson):
    """What was recognised from an archive."""

    birth_month = serializers.DateField(format="%Y-%m")
    id_birth_month = serializers.DateField(format="%Y-%m")
    first_work_month = serializers.DateField(format="%Y-%m")
    category_label = serializers.CharField(source="get_category_display")
    records = BirthRecordRow(many=True)
    periods = ArchivePeriodRow(source="archiveperiod_set", many=True)

    class Meta:
        model = ArchiveFacts
        fields = (
            *("id", "person", "person_name", "birth_month", "id_birth_month", "records"),
            *("category", "category_label", "category_evidence", "first_work_month"),
            *("first_work_evidence", "deemed_months", "periods", "case_id", "recorded_at"),
            "superseded_at",
        )


class ArchiveFactsList(OfPersons):
    """What was recognised; filters: person, category, case_id."""

    queryset = ArchiveFacts.objects.prefetch_related("archiveperiod_set")
    serializer_class = ArchiveFactsRow
    filterset_fields = ("person", "category", "case_id")


class RetirementApprovalRow(OfPerson):
    """A paper by which the department lets somebody retire."""

    route_label = serializers.CharField(source="get_route_display")
    retirement_month = serializers.DateField(format="%Y-%m")
    statutory_month = serializers.DateField(format="%Y-%m")
    steps = StepRow(many=True)

    class Meta:
        model = RetirementApproval
        fields = (
            *("id", "person", "person_name", "facts", "after_allowance", "route", "route_label"),
            *("retirement_month", "statutory_month", "contribution_months", "months_at_age"),
            *("document_no",),
            *("notice_on", "public_from", "public_until", "finding", "steps", "case_id"),
            *("recorded_at", "superseded_at"),
        )


class RetirementApprovalList(OfPersons):
    """Papers of the department; filters: person, route, retirement_month, case_id."""

    queryset = RetirementApproval.objects.all()
    serializer_class = RetirementApprovalRow
    filterset_fields = ("person", "route", "retirement_month", "case_id")


class AwardRow(OfPerson):
    """An award as a list shows it."""

    kind_label = serializers.CharField(source="get_kind_display")
    route_label = serializers.CharField(source="get_route_display")
    standing_label = serializers.SerializerMethodField()
    birth_month = serializers.DateField(format="%Y-%m")
    retirement_month = serializers.DateField(format="%Y-%m")
    balance = FenField(source="balance_fen")
    base = FenField(source="base_fen", allow_null=True)
    basic = FenField(source="basic_fen")
    account = FenField(source="account_fen")
    transitional = FenField(source="transitional_fen")
    extra_years = FenField(source="extra_fen")
    total = FenField(source="total_fen")

    class Meta:
        model = Award
        fields: tuple[str, ...] = (
            *("id", "kind", "kind_label", "previous", "entitlement", "person", "person_name"),
            *("scheme", "route", "route_label", "region", "birth_month", "retirement_month"),
            *("total_months", "deemed_months", "average_index", "balance", "base", "base_year"),
            *("basic", "account", "transitional", "extra_years", "total", "interim", "standing"),
            *("standing_label", "policy_version", "case_id", "recorded_at"),
        )

    def get_standing_label(self, award: Award) -> str:
        """How far to rely on the weakest figure."""
        return Standing(award.standing).label


class AwardDetail(AwardRow):
    """An award with its steps."""

    figures = serializers.JSONField()
    steps = serializers.SerializerMethodField()

    class Meta(AwardRow.Meta):
        fields = (*AwardRow.Meta.fields, "figures", "steps")

    @extend_schema_field(StepRow(many=True))
    def get_steps(self, award: Award) -> list[dict[str, Any]]:
        """Kept as they were printed, or made again from what is kept."""
        return kept(steps=steps_of(award=award))


class AwardList(OfPersons):
    """Awards, those that were computed again by their last; filters: person, scheme, interim,
    retirement_month, entitlement, case_id."""

    queryset = Award.objects.all()
    serializer_class = AwardRow
    filterset_fields = (
        *("person", "scheme", "interim", "retirement_month", "entitlement", "case_id"),
    )
    superseded = "successor__isnull"


class PaidSinceRow(AwardRow):
    """An award, and what it left out that is paid by now."""

    months = serializers.SerializerMethodField()

    class Meta(AwardRow.Meta):
        fields = (*AwardRow.Meta.fields, "months")

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_months(self, award: Award) -> list[str]:
        """Months; of residents years."""
        return paid_since(award=award)


class PaidSinceList(OfPersons):
    """Awards to be corrected, since months that they left out are paid; filters: person, scheme.
    A page may be short: it leaves out those of which nothing was paid since."""

    queryset = left_months_out()
    serializer_class = PaidSinceRow
    filterset_fields = ("person", "scheme")
    superseded = "successor__isnull"

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page."""
        page = super().get(request, *args, **kwargs)
        page.data["results"] = [row for row in page.data["results"] if row["months"]]
        return page


class AwardOne(generics.GenericAPIView[Award]):
    """One award, with every step."""

    queryset = Award.objects.all()
    serializer_class = AwardDetail

    def get(self, request: Request, pk: int) -> Response:
        """Show it."""
        award = self.get_object()
        sights = people.sights(party_ids={award.person_id}, on=timezone.localdate())
        return Response(AwardDetail(award, context={"sights": sights}).data)


class ApprovalSheetPdf(generics.GenericAPIView[RetirementApproval]):
    """Print the department's paper that let somebody retire."""

    queryset = RetirementApproval.objects.select_related("facts")

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        by = cast(Staff, request.user)
        return pdf_answer(print_approval(approval=self.get_object(), by=by))


class AwardSheet(generics.GenericAPIView[Award]):
    """Print the sheet of an award for the person to sign."""

    queryset = Award.objects.all()

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        return pdf_answer(print_sheet(award=self.get_object(), by=cast(Staff, request.user)))


class Found(Protocol):
    """What a trial found, of either scheme."""

    @property
    def standing(self) -> Standing:
        """How far to rely on it."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """How it came about."""


class TrialPartRow(serializers.Serializer[Any]):
    """A component and its monthly amount."""

    component = serializers.CharField()
    amount = FenField(source="fen")


class TrialRow(serializers.Serializer[Any]):
    """What a case would be awarded as things stand."""

    parts = TrialPartRow(many=True)
    total = serializers.CharField()
    interim = serializers.BooleanField()
    standing = serializers.CharField()
    medical_years = serializers.CharField(
        allow_blank=True, help_text="职工医保参保月数与规定年限；居民为空"
    )
    steps = StepRow(many=True)


def _employees_trial(case: Case) -> dict[str, object]:
    found = pension_award.reckoned(case)
    award = found.award
    parts = {
        "BASIC": award.basic_fen,
        "ACCOUNT": award.account_fen,
        "TRANSITIONAL": award.transitional_fen,
    }
    medical = pension_award.medical_said(case)
    return _trial(parts, found, interim=found.interim, medical=medical)


def _residents_trial(case: Case) -> dict[str, object]:
    found = resident_award.reckoned(case)
    award = found.award
    parts = {
        "BASIC": award.basic_fen,
        "ACCOUNT": award.account_fen,
        "EXTRA_YEARS": award.extra_fen,
    }
    return _trial(parts, found, interim=False)


def _trial(
    parts: Mapping[str, int], found: Found, *, interim: bool, medical: str = ""
) -> dict[str, object]:
    return {
        "parts": [{"component": name, "fen": fen} for name, fen in parts.items() if fen],
        "total": str(Money(sum(parts.values()))),
        "interim": interim,
        "standing": found.standing.value,
        "medical_years": medical,
        "steps": kept(steps=found.steps),
    }


TRIALS = {"PENSION_AWARD": _employees_trial, "RESIDENT_AWARD": _residents_trial}


class AwardTrial(generics.GenericAPIView[Case]):
    """Compute a waiting case for those who are to sign it (试算); nothing is written."""

    queryset = Case.objects.filter(kind__in=TRIALS)
    serializer_class = TrialRow

    def get(self, request: Request, pk: int) -> Response:
        """Show what would be awarded."""
        case = self.get_object()
        seen_by(request=request, party_ids=seen_in(case))
        return Response(TrialRow(TRIALS[case.kind](case)).data)


class RecalculationRow(serializers.ModelSerializer[Recalculation]):
    """A year's awards computed again."""

    base = FenField(source="base_fen", allow_null=True)

    class Meta:
        model = Recalculation
        fields = (
            *("id", "scheme", "region", "year", "ordinal", "base", "authority", "known_on"),
            *("state", "summary", "policy_version", "opened_at", "done_at"),
        )


class RecalculationList(generics.ListAPIView[Recalculation]):
    """Recalculations, newest first; filters: scheme, region, year, state."""

    queryset = Recalculation.objects.all()
    serializer_class = RecalculationRow
    filterset_fields = ("scheme", "region", "year", "state")
