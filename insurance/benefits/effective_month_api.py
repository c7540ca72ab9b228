"""From which month on an event counts, over the API (起始月): before it is told, and as decided."""

from collections.abc import Mapping
from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from insurance.benefits.effective_month_of import KEY, effective_by
from insurance.benefits.life.timeline import Form
from insurance.benefits.models import EffectiveMonth, HoldReason
from insurance.policy.api import StepRow
from insurance.policy.kept_steps import kept

LIFE_EVENTS = {
    **{form.name: form.label for form in Form},
    HoldReason.CHECK_MISSED.name: HoldReason.CHECK_MISSED.label,
}

ASKED = [
    OpenApiParameter("event", OpenApiTypes.STR, description="情形的代码", required=True),
    OpenApiParameter("on", OpenApiTypes.DATE, description="发生日期", required=True),
]


class EventAsked(serializers.Serializer[Any]):
    """Which event, and on which day."""

    event = serializers.CharField()
    on = serializers.DateField()


class MonthOfEvent(serializers.Serializer[Any]):
    """The month that follows from the day, and why."""

    event = serializers.CharField()
    event_label = serializers.CharField()
    on = serializers.DateField()
    month = serializers.CharField()
    steps = StepRow(many=True)


class EventMonth(APIView):
    """The month from which an event will count, for who is about to tell it; figures of any
    standing."""

    key = KEY
    labels: Mapping[str, str] = LIFE_EVENTS

    @extend_schema(parameters=ASKED, responses=MonthOfEvent)
    def get(self, request: Request) -> Response:
        """Reckon it by the rule of the caller's place."""
        asked = EventAsked(data=request.query_params)
        asked.is_valid(raise_exception=True)
        event, on = asked.validated_data["event"], asked.validated_data["on"]
        if event not in self.labels:
            raise serializers.ValidationError({"event": [f"没有这种情形：{event[:40]}。"]})
        found = effective_by(
            event=event,
            label=self.labels[event],
            day=on,
            region=cast(Staff, request.user).agency.region,
            key=self.key,
            any_standing=True,
        )
        said = {"event": event, "event_label": found.label, "on": on.isoformat()}
        return Response({**said, "month": str(found.month), "steps": kept(steps=(found.step,))})


class EffectiveMonthRow(serializers.ModelSerializer[EffectiveMonth]):
    """From which month on a case counts, and why."""

    month = serializers.DateField(format="%Y-%m")
    steps = StepRow(many=True)

    class Meta:
        model = EffectiveMonth
        fields = ("case_id", "label", "event_date", "month", "steps", "recorded_at")


class EffectiveMonthList(generics.ListAPIView[EffectiveMonth]):
    """Months that follow from events, as they were held or decided; filter: case_id."""

    queryset = EffectiveMonth.objects.all()
    serializer_class = EffectiveMonthRow
    filterset_fields = ("case_id",)
