"""A month of the city over the API (月度流程): ask for it, and see where it stands."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.city import month_steps
from backend.city.gates import gate_of
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.web.idempotency import idempotent
from backend.web.scope import whole_city
from insurance.benefits.models import Run


class MonthNotNext(Refusal):
    """Months are paid in order, once (须按月依次办理)."""

    code = "month_not_next"


class GateFields(serializers.Serializer[Any]):
    """Where a month waits, and for whom."""

    step = serializers.CharField()
    role = serializers.CharField()
    detail = serializers.CharField()


class MonthFields(serializers.Serializer[Any]):
    """A month of the city; no gate: nobody is waited for."""

    period = serializers.CharField()
    asked = serializers.BooleanField()
    opened = serializers.BooleanField()
    gate = GateFields(allow_null=True)


class MonthOne(APIView):
    """One month: that of all agencies together."""

    @extend_schema(responses=MonthFields)
    def get(self, request: Request, period: str) -> Response:
        """Where it stands, read from what is there."""
        with whole_city():
            return Response(_shown(Month.parse(period)))

    @extend_schema(request=None, responses=MonthFields)
    @idempotent
    def post(self, request: Request, period: str) -> Response:
        """Ask for it: from now on it goes on by itself, up to the gates."""
        month = Month.parse(period)
        staff = cast(Staff, request.user)
        with whole_city():
            if not month_steps.ask(period=month, asked_by=staff) and not _is_asked(month):
                raise MonthNotNext(f"{month} 不是接着要办的月份，须按月依次办理。")
            return Response(_shown(month))


def _shown(month: Month) -> dict[str, object]:
    shown = {
        "period": str(month),
        "asked": _is_asked(month),
        "opened": Run.objects.filter(period=month.first_day).exists(),
        "gate": gate_of(period=month),
    }
    return dict(MonthFields(shown).data)


def _is_asked(month: Month) -> bool:
    opened = Run.objects.filter(period=month.first_day).exists()
    return opened or month in month_steps.asked()
