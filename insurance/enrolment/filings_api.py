"""What employers hand in over the API (单位申报): by their agents; clerks take or decline it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.access.unlocking import Unlocking, proven_with
from backend.kernel.identity import IdKind
from backend.people import queries
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.idempotency import idempotent
from backend.web.laid_down import laid_down
from backend.web.parsers import SmallUpload
from insurance.enrolment.api import MONTH, WAGE
from insurance.enrolment.filing_models import EmployerFiling, FilingKind
from insurance.enrolment.hand_in import ROWS_MAX, Change, hand_in_roster, hand_in_wages
from insurance.enrolment.pensioners import Pensions
from insurance.enrolment.rests import Blocker
from insurance.enrolment.roster import CHANGES, SCHEMES
from insurance.enrolment.take_filing import REASON_MAX, XLSX, changes_of, decline, take
from insurance.enrolment.told_employers import detail_for_employer, rows_for_employer
from insurance.enrolment.worklist_api import RefusedRowFields


class FilingRow(serializers.ModelSerializer[EmployerFiling]):
    """What an employer handed in, how far it has come, and why not further."""

    kind_label = serializers.CharField(source="get_kind_display")
    state_label = serializers.CharField(source="get_state_display")
    employer_name = serializers.SerializerMethodField()
    agency = serializers.CharField(source="agency.name")
    detail = serializers.SerializerMethodField(help_text="不合格退回的，第一处的原因")
    refused = serializers.SerializerMethodField()

    class Meta:
        model = EmployerFiling
        fields: tuple[str, ...] = (
            *("id", "employer", "employer_name", "agency", "kind", "kind_label", "row_count"),
            *("sha256", "state", "state_label", "handed_in_by", "handed_in_at", "decided_by"),
            *("decided_at", "reason", "file", "detail", "refused"),
        )

    def get_employer_name(self, filing: EmployerFiling) -> str:
        """Employers are public."""
        sights: Mapping[int, queries.Sight] = self.context["sights"]
        return sights[filing.employer_id].name

    def get_detail(self, filing: EmployerFiling) -> str:
        """In the desk's words, or in those for an employer."""
        if self.context["agent"]:
            return detail_for_employer(filing)
        return filing.file.detail if filing.file else ""

    @extend_schema_field(RefusedRowFields(many=True))
    def get_refused(self, filing: EmployerFiling) -> Any:
        """As ``detail``."""
        rows = rows_for_employer(filing) if self.context["agent"] else filing.refused
        return RefusedRowFields(rows, many=True).data


class ChangeRow(serializers.Serializer[Any]):
    """A joiner or leaver as he was handed in; masked."""

    change = serializers.CharField()
    id_kind = serializers.CharField()
    id_number = serializers.SerializerMethodField()
    name = serializers.SerializerMethodField()
    schemes = serializers.CharField()
    month = serializers.CharField()
    wage = serializers.CharField()

    def get_id_number(self, row: Mapping[str, str]) -> str:
        """3408**********0001."""
        return masked(FieldClass.NUMBER, row["id_number"])

    def get_name(self, row: Mapping[str, str]) -> str:
        """王*英."""
        return masked(FieldClass.NAME, row["name"])


class FilingFields(FilingRow):
    """One filing with its joiners and leavers; a declaration of wages has none."""

    changes = serializers.SerializerMethodField()

    class Meta(FilingRow.Meta):
        fields = (*FilingRow.Meta.fields, "changes")

    @extend_schema_field(ChangeRow(many=True))
    def get_changes(self, filing: EmployerFiling) -> Any:
        """Row by row."""
        rows = changes_of(filing=filing) if filing.kind == FilingKind.ROSTER else []
        return ChangeRow(rows, many=True).data


class ReportedFields(serializers.Serializer[Any]):
    """A joiner (``month``: the first) or a leaver (the last; no wage)."""

    change = serializers.ChoiceField(choices=sorted(CHANGES))
    id_kind = serializers.ChoiceField(
        choices=[kind.value for kind in IdKind], default=IdKind.CITIZEN.value
    )
    id_number = serializers.CharField(max_length=32)
    name = serializers.CharField(max_length=150)
    schemes = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(SCHEMES)), allow_empty=False, max_length=3
    )
    month = serializers.RegexField(MONTH)
    wage = serializers.RegexField(WAGE, allow_null=True, default=None)


class RosterFields(Unlocking):
    """Joiners and leavers of one's own employer."""

    changes = serializers.ListField(child=ReportedFields(), allow_empty=False, max_length=ROWS_MAX)


class FilingList(generics.ListAPIView[EmployerFiling]):
    """Filings, the newest first; filters: employer, kind, state. POST hands in joiners and
    leavers."""

    queryset = EmployerFiling.objects.select_related("agency", "file").defer("content")
    serializer_class = FilingRow
    filterset_fields = ("employer", "kind", "state")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with the names of its employers."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        rows = FilingRow(page, many=True, context=_seen_by(request, page))
        return self.get_paginated_response(rows.data)

    @extend_schema(request=RosterFields, responses={201: FilingFields})
    @idempotent
    def post(self, request: Request) -> Response:
        """Hand them in; they count when a clerk took them."""
        given = RosterFields(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        filing = hand_in_roster(
            changes=[_change(row) for row in data["changes"]],
            by=proven_with(request, data),
            today=timezone.localdate(),
        )
        return _shown(request, filing, status=201)


class WageFilingFields(Unlocking):
    """One's own employer's declaration of one year, as xlsx."""

    file = serializers.FileField(allow_empty_file=True)


class WageFiling(APIView):
    """An agent hands in the wages of a year."""

    parser_classes = (SmallUpload,)

    @extend_schema(request=WageFilingFields, responses={201: FilingFields})
    @idempotent
    def post(self, request: Request) -> Response:
        """Hand them in; they count when a clerk took them. The same bytes are the same filing."""
        given = WageFilingFields(data=request.data)
        given.is_valid(raise_exception=True)
        by = proven_with(request, given.validated_data)
        with laid_down(parts={XLSX: given.validated_data["file"]}) as folder:
            filing = hand_in_wages(path=folder / XLSX, by=by, today=timezone.localdate())
        return _shown(request, filing, status=201)


class FilingOne(APIView):
    """One filing."""

    @extend_schema(responses=FilingFields)
    def get(self, request: Request, pk: int) -> Response:
        """Show it."""
        return _shown(request, get_object_or_404(EmployerFiling, pk=pk))


class TakeFiling(APIView):
    """A clerk takes a filing.

    Who mounts the view says what rests on months insured, and who draws a pension: enrolment does
    not know it.
    """

    blockers: ClassVar[Sequence[Blocker] | None] = None
    pensions: ClassVar[Pensions | None] = None

    @extend_schema(request=None, responses=FilingFields)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Whole, or not at all: then it says which rows can not be taken, and why."""
        if self.blockers is None or self.pensions is None:
            raise LookupError("TakeFiling is mounted without what it asks")
        get_object_or_404(EmployerFiling, pk=pk)
        filing = take(
            filing_id=pk,
            by=cast(Staff, request.user),
            today=timezone.localdate(),
            blockers=self.blockers,
            pensions=self.pensions,
        )
        return _shown(request, filing)


class FilingDeclineFields(serializers.Serializer[Any]):
    """Why it is not taken."""

    reason = serializers.CharField(max_length=REASON_MAX)


class DeclineFiling(APIView):
    """A clerk does not take a filing."""

    @extend_schema(request=FilingDeclineFields, responses=FilingFields)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Say why; the employer may hand in another."""
        given = FilingDeclineFields(data=request.data)
        given.is_valid(raise_exception=True)
        get_object_or_404(EmployerFiling, pk=pk)
        reason = given.validated_data["reason"]
        filing = decline(filing_id=pk, reason=reason, by=cast(Staff, request.user))
        return _shown(request, filing)


def _change(row: Mapping[str, Any]) -> Change:
    facts = {**row, "schemes": tuple(row["schemes"]), "wage": row["wage"] or ""}
    return Change(**facts)


def _shown(request: Request, filing: EmployerFiling, *, status: int = 200) -> Response:
    context = _seen_by(request, [filing])
    return Response(FilingFields(filing, context=context).data, status=status)


def _seen_by(request: Request, filings: Sequence[EmployerFiling]) -> dict[str, object]:
    today, ids = timezone.localdate(), {filing.employer_id for filing in filings}
    return {
        "sights": queries.sights(party_ids=ids, on=today),
        "agent": cast(Staff, request.user).employer_on(day=today) is not None,
    }
