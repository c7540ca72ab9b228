"""The month's death match over the API (死亡比对): a file taken whole or refused whole, and what is
there to be confirmed."""

from typing import Any, cast

from django.db.models import OuterRef, Subquery
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.access.models import Staff
from backend.audit.record import record
from backend.cases.receive import OtherBody
from backend.kernel.months import Month
from backend.web.laid_down import laid_down
from backend.web.parsers import Upload
from backend.web.scope import whole_city
from insurance.benefits.conditions import confirmed
from insurance.benefits.death_match import import_death_match
from insurance.benefits.models import DeathMatch

LINES_SHOWN = 1000
PAYS_PENSIONS = "PENSION"


MATCHES = DeathMatch.objects.annotate(
    rows_before=Subquery(
        DeathMatch.objects.filter(period__lt=OuterRef("period"))
        .order_by("-period", "-pk")
        .values("rows")[:1]
    ),
)


class DeathMatchRow(serializers.ModelSerializer[DeathMatch]):
    """A match taken in; ``rows_before``: how many rows the month before had."""

    period = serializers.DateField(format="%Y-%m")
    confirmed = serializers.SerializerMethodField()
    rows_before = serializers.IntegerField(allow_null=True)

    class Meta:
        model = DeathMatch
        fields = (
            "id",
            "period",
            "as_of",
            "source",
            "rows",
            "rows_before",
            "sha256",
            "reported",
            "known_dead",
            "listed",
            "received_by",
            "received_at",
            "confirmed",
        )

    def get_confirmed(self, match: DeathMatch) -> bool:
        """Whether two persons vouch for it."""
        return match.sha256 in confirmed(period=Month.of(match.period))


class DeathMatchUpload(serializers.Serializer[Any]):
    """A CSV and the JSON that describes it."""

    description = serializers.FileField()
    file = serializers.FileField(allow_empty_file=True)


class DeathMatchLine(serializers.Serializer[Any]):
    """A line that somebody should look at."""

    line = serializers.IntegerField()
    shown = serializers.CharField()
    reason = serializers.CharField()


class DeathMatchTaken(serializers.Serializer[Any]):
    """What a match found; ``already``: the same bytes were taken before."""

    match = serializers.IntegerField(source="match.pk")
    month = serializers.CharField()
    already = serializers.BooleanField()
    told = serializers.IntegerField()
    reported = serializers.IntegerField()
    known_dead = serializers.IntegerField()
    listed = DeathMatchLine(many=True)


class DeathMatches(generics.ListAPIView[DeathMatch]):
    """Matches, newest first; filters: period (its first day), sha256. POST takes one in."""

    queryset = MATCHES
    serializer_class = DeathMatchRow
    filterset_fields = ("period", "sha256")
    parser_classes = (Upload,)

    @extend_schema(request=DeathMatchUpload, responses={201: DeathMatchTaken})
    def post(self, request: Request) -> Response:
        """Take the file in, whole or not at all: the caller vouches for it, another confirms."""
        staff = cast(Staff, request.user)
        _require_pension_agency(staff)
        given = DeathMatchUpload(data=request.data)
        given.is_valid(raise_exception=True)
        parts = given.validated_data
        with (
            laid_down(
                parts={"upload.json": parts["description"], "upload.csv": parts["file"]}
            ) as folder,
            whole_city(),  # a death holds whatever anybody pays
        ):
            found = import_death_match(path=folder / "upload.json", received_by=staff.person_id)
        if not found.already:
            record(
                name="benefits.death_match_uploaded",
                subject_kind="benefits.run",
                subject_id=str(found.month),
                staff_id=staff.pk,
                person_id=staff.person_id,
                details={"file": str(parts["file"].name)[:120]},
            )
        answer = DeathMatchTaken(found).data
        answer["listed"] = answer["listed"][:LINES_SHOWN]
        return Response(answer, status=201)


def _require_pension_agency(staff: Staff) -> None:
    """A match is what a month of pensions is sealed on, and holds whom it names."""
    if staff.agency.kind != PAYS_PENSIONS:
        raise OtherBody("死亡比对由养老保险经办机构的人员报送。")
