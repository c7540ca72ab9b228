"""Life certification over the API (资格认证): who is due, proofs, files, steps, proposed holds."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.access.unlocking import Unlocking, proven_with
from backend.deployment import business_day
from backend.people import queries
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.idempotency import idempotent
from backend.web.laid_down import laid_down
from backend.web.parsers import Upload
from backend.web.scope import whole_city
from insurance.benefits.checks.cases import propose_holds
from insurance.benefits.checks.due import Area, due_counts, due_people
from insurance.benefits.checks.intake import hand_in_checks
from insurance.benefits.checks.models import CheckFile, CheckStep, Proof
from insurance.benefits.checks.rules import LABELS
from insurance.benefits.checks.steps import CHANNELS, contact

PAGE = 200
PERSONS_MAX = 10_000
LINES_SHOWN = 100


class AreaFields(serializers.Serializer[Any]):
    """Of whom one speaks: a district, a village, some persons."""

    district = serializers.RegexField(r"^[0-9]{6}$", required=False, default="")
    village = serializers.IntegerField(min_value=1, required=False, default=None)

    def area(self) -> Area:
        """As the acts want it."""
        given = self.validated_data
        persons = given.get("persons")
        return Area(
            district=given["district"],
            village=given["village"],
            persons=None if persons is None else tuple(persons),
        )


class DueQuery(AreaFields):
    """Which page of whom."""

    after = serializers.IntegerField(min_value=0, required=False, default=0)
    stage = serializers.IntegerField(min_value=0, max_value=4, required=False, default=None)


class CheckDueFields(serializers.Serializer[Any]):
    """Somebody to be checked, and what was tried."""

    person = serializers.IntegerField(source="person_id")
    name = serializers.SerializerMethodField()
    district = serializers.CharField()
    village = serializers.IntegerField(source="village_id", allow_null=True)
    since = serializers.DateField()
    stage = serializers.IntegerField(allow_null=True)
    stage_label = serializers.SerializerMethodField()

    def get_name(self, row: Any) -> str:
        """王**."""
        return masked(FieldClass.NAME, self.context["sights"][row.person_id].name)

    def get_stage_label(self, row: Any) -> str:
        """What was tried last."""
        return LABELS[row.stage] if row.stage else "尚未比对"


class CheckTallyFields(serializers.Serializer[Any]):
    """How many of a district stand at a step."""

    district = serializers.CharField()
    stage = serializers.IntegerField(allow_null=True)
    count = serializers.IntegerField()


AREA = [
    OpenApiParameter("district", OpenApiTypes.STR, description="行政区划"),
    OpenApiParameter("village", OpenApiTypes.INT, description="村（社区）编号"),
]
PAGING = [
    OpenApiParameter("after", OpenApiTypes.INT, description="上一页最后的人员编号"),
    OpenApiParameter("stage", OpenApiTypes.INT, description="环节，0为尚未比对"),
]


class DueList(APIView):
    """Who is to be checked today, by district and village, 200 a page."""

    @extend_schema(parameters=[*AREA, *PAGING], responses=CheckDueFields(many=True))
    def get(self, request: Request) -> Response:
        """List those after a number."""
        asked = DueQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given, today = asked.validated_data, timezone.localdate()
        rows = due_people(
            area=asked.area(), day=today, after=given["after"], limit=PAGE, stage=given["stage"]
        )
        sights = queries.sights(party_ids=[row.person_id for row in rows], on=today)
        return Response(CheckDueFields(rows, many=True, context={"sights": sights}).data)


class DueCounts(APIView):
    """How many are to be checked today, by district and step."""

    @extend_schema(parameters=AREA, responses=CheckTallyFields(many=True))
    def get(self, request: Request) -> Response:
        """Count them."""
        asked = AreaFields(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rows = due_counts(area=asked.area(), day=timezone.localdate())
        return Response(CheckTallyFields(rows, many=True).data)


class ProofRow(serializers.ModelSerializer[Proof]):
    """A proof of life, and whether it still counts."""

    method_label = serializers.CharField(source="get_method_display")

    class Meta:
        model = Proof
        fields = (
            *("id", "person", "proven_on", "method", "method_label", "evidence", "file"),
            *("case_id", "recorded_at", "superseded_at"),
        )


class ProofList(generics.ListAPIView[Proof]):
    """Proofs, newest first; filters: person, method, file."""

    queryset = Proof.objects.all()
    serializer_class = ProofRow
    filterset_fields = ("person", "method", "file")


class CheckStepRow(serializers.ModelSerializer[CheckStep]):
    """What was tried, when and by whom."""

    stage_label = serializers.CharField(source="get_stage_display")

    class Meta:
        model = CheckStep
        fields = (
            *("id", "person", "since", "stage", "stage_label", "channel", "done_on"),
            *("by_person_id", "by_name", "note", "file", "recorded_at"),
        )


class StepList(generics.ListAPIView[CheckStep]):
    """Steps, newest first; filters: person, stage, file."""

    queryset = CheckStep.objects.all()
    serializer_class = CheckStepRow
    filterset_fields = ("person", "stage", "file")


class CheckFileRow(serializers.ModelSerializer[CheckFile]):
    """A file that was taken."""

    kind_label = serializers.CharField(source="get_kind_display")

    class Meta:
        model = CheckFile
        fields = (
            *("id", "kind", "kind_label", "name", "sha256", "row_count", "as_of", "source"),
            *("village", "visited_by", "signed_by", "signed_on", "received_by", "received_at"),
        )


class CheckLineFields(serializers.Serializer[Any]):
    """A line that a person should look at, its value masked."""

    line = serializers.IntegerField()
    shown = serializers.CharField()
    reason = serializers.CharField()


class CheckTakenFields(serializers.Serializer[Any]):
    """What a file did; ``held``: holds that end when another person has signed for the file."""

    file = CheckFileRow()
    already = serializers.BooleanField()
    proven = serializers.IntegerField()
    held = serializers.IntegerField()
    left = serializers.IntegerField()
    lines = CheckLineFields(many=True)


class CheckFileUpload(Unlocking):
    """A CSV and the JSON that describes it."""

    description = serializers.FileField()
    file = serializers.FileField(allow_empty_file=True)


class FileList(generics.ListAPIView[CheckFile]):
    """Files, newest first. POST takes one in; the same bytes again answer that they are there.

    What is held waits for a CHECK_RELEASE case, which the caller has received and another decides.
    """

    queryset = CheckFile.objects.all()
    serializer_class = CheckFileRow
    parser_classes = (Upload,)
    filterset_fields = ("kind", "village", "sha256")

    @extend_schema(request=CheckFileUpload, responses={201: CheckTakenFields})
    @idempotent
    def post(self, request: Request) -> Response:
        """Take the file in, whole or not at all."""
        given = CheckFileUpload(data=request.data)
        given.is_valid(raise_exception=True)
        parts = given.validated_data
        staff = proven_with(request, parts)
        with (
            laid_down(
                parts={"upload.json": parts["description"], "upload.csv": parts["file"]}
            ) as folder,
            whole_city(),  # who lives draws again, whoever pays
        ):
            taken = hand_in_checks(
                path=folder / "upload.json",
                today=timezone.localdate(),
                staff=staff,
            )
        answer = CheckTakenFields(taken).data
        answer["lines"] = answer["lines"][:LINES_SHOWN]
        return Response(answer, status=201)


class CheckContactFields(AreaFields):
    """Whom one reminded, how and when."""

    persons = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=PERSONS_MAX, required=False
    )
    channel = serializers.ChoiceField(choices=list(CHANNELS.items()))
    done_on = serializers.DateField()
    note = serializers.CharField(max_length=200, allow_blank=True, default="")


class CheckCountFields(serializers.Serializer[Any]):
    """How many it came to."""

    count = serializers.IntegerField()


class Contacts(APIView):
    """People were reminded by message, call or letter."""

    @extend_schema(request=CheckContactFields, responses=CheckCountFields)
    @idempotent
    def post(self, request: Request) -> Response:
        """Put the step down for everybody of the area whom the data did not show."""
        given = CheckContactFields(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        count = contact(
            area=given.area(),
            channel=data["channel"],
            done_on=data["done_on"],
            today=business_day(clock=timezone.localdate(), told=data["done_on"]),
            by_person=cast(Staff, request.user).person_id,
            note=data["note"],
        )
        return Response({"count": count})


class CheckProposeFields(AreaFields):
    """On which day those are proposed to be held with whom nothing is left to try.

    From which month on the rule says. The day counts in a demonstration; else it is today.
    """

    proposed_on = serializers.DateField(required=False)


class ProposeHolds(APIView):
    """Cases to hold the pensions of whom nobody found; another person decides them."""

    @extend_schema(request=CheckProposeFields, responses=CheckCountFields)
    @idempotent
    def post(self, request: Request) -> Response:
        """Receive one case for each of them."""
        given = CheckProposeFields(data=request.data)
        given.is_valid(raise_exception=True)
        clock = timezone.localdate()
        cases = propose_holds(
            staff=cast(Staff, request.user),
            on_duty=clock,
            area=given.area(),
            today=business_day(clock=clock, told=given.validated_data.get("proposed_on")),
        )
        return Response({"count": len(cases)})
