"""Notices over the API (告知): what persons were told, what became of it, who was called back."""

from typing import Any, cast

from django.db.models import Max, QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.notices.call_backs import take_answers
from backend.notices.models import Notice, NoticeStep, StepState
from backend.notices.steps import STEPS, take_step
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.idempotency import idempotent
from backend.web.parsers import SmallUpload

STATE = OpenApiParameter(
    "state", OpenApiTypes.STR, enum=list(StepState.__members__), description="现在的状态"
)


class StepRow(serializers.ModelSerializer[NoticeStep]):
    """A step of a notice."""

    state = serializers.SerializerMethodField()
    state_label = serializers.CharField(source="get_state_display")

    class Meta:
        model = NoticeStep
        fields = ("state", "state_label", "person_id", "detail", "at")

    def get_state(self, step: NoticeStep) -> str:
        """SENT."""
        return StepState(step.state).name


class NoticeRow(serializers.ModelSerializer[Notice]):
    """A notice: by which way it goes, to where (masked), what it says, what became of it."""

    channel_label = serializers.CharField(source="get_channel_display")
    address = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    state_label = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()

    class Meta:
        model = Notice
        fields = (
            *("id", "case", "party", "channel", "channel_label", "address", "former", "text"),
            *("recorded_at", "state", "state_label", "steps"),
        )

    def get_address(self, notice: Notice) -> str:
        """138****5518."""
        return masked(FieldClass.CONTACT, notice.address)

    def get_state(self, notice: Any) -> str:
        """The highest state that it has reached."""
        return StepState(notice.state).name

    def get_state_label(self, notice: Any) -> str:
        """As a clerk reads it."""
        return StepState(notice.state).label

    @extend_schema(responses=StepRow(many=True))
    def get_steps(self, notice: Notice) -> Any:
        """Its history."""
        return StepRow(sorted(notice.steps.all(), key=lambda step: step.pk), many=True).data


class NoticeList(generics.ListAPIView[Any]):
    """Notices, newest first; filters: case, party, channel, former, state."""

    queryset = Notice.objects.annotate(state=Max("steps__state")).prefetch_related("steps")
    serializer_class = NoticeRow
    filterset_fields = ("case", "party", "channel", "former")

    def get_queryset(self) -> QuerySet[Any]:
        """Those that stand at a state, when asked."""
        rows, asked = super().get_queryset(), self.request.query_params.get("state", "")
        return rows.filter(state=StepState[asked]) if asked in StepState.__members__ else rows

    @extend_schema(parameters=[STATE])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)


class NoticeStepFields(serializers.Serializer[Any]):
    """What became of a letter, or of what lay at the window."""

    state = serializers.ChoiceField(choices=[(state.name, state.label) for state in STEPS])
    detail = serializers.CharField(max_length=200, allow_blank=True, default="")


class TakeStep(generics.GenericAPIView[Any]):
    """Put down what became of a letter, or of what lies at the window."""

    queryset = NoticeList.queryset

    @extend_schema(request=NoticeStepFields, responses={201: NoticeRow})
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """One step further."""
        given = NoticeStepFields(data=request.data)
        given.is_valid(raise_exception=True)
        take_step(
            notice=self.get_object(),
            to=StepState[given.validated_data["state"]],
            detail=given.validated_data["detail"],
            by=cast(Staff, request.user),
        )
        return Response(NoticeRow(self.get_object()).data, status=201)


class AnswersUpload(serializers.Serializer[Any]):
    """What people said on the telephone."""

    file = serializers.FileField(allow_empty_file=True)


class AnswersTaken(serializers.Serializer[Any]):
    """How many notices were answered by the file, and which cases were opened by a no."""

    answered = serializers.IntegerField()
    disputes = serializers.ListField(child=serializers.IntegerField())


class ImportAnswers(APIView):
    """Take the answers of a call-back in, whole or not at all; the same file again: nothing."""

    parser_classes = (SmallUpload,)

    @extend_schema(request=AnswersUpload, responses=AnswersTaken)
    def post(self, request: Request) -> Response:
        """Take the file in, as whoever called."""
        given = AnswersUpload(data=request.data)
        given.is_valid(raise_exception=True)
        taken = take_answers(
            content=given.validated_data["file"].read(),
            caller=cast(Staff, request.user),
            today=timezone.localdate(),
        )
        return Response(AnswersTaken(taken).data)
