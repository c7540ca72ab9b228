"""Filing over the API (收件、补正、受理、不予受理)."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.access.unlocking import unlocked
from backend.cases import acts, filing
from backend.cases.api import CaseRow, ContentField, ReceiveFields, Unlock, names_of
from backend.cases.approvals import NOTE_MAX
from backend.cases.decide import decline
from backend.cases.filing import BROUGHT_MAX, DAYS_MAX, DAYS_MIN, MISSING_MAX, TEXT_MAX, Missing
from backend.cases.models import Case, Correction
from backend.cases.twice import one_at_a_time, refuse_double
from backend.web.idempotency import idempotent


class FileCase(APIView):
    """File what somebody applies for; it is accepted, corrected or declined afterwards."""

    @extend_schema(request=ReceiveFields, responses={201: CaseRow})
    @idempotent
    def post(self, request: Request) -> Response:
        """Take it in."""
        given = ReceiveFields(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        party_id, content = data["party"].pk, data["content"]
        one_at_a_time(kind=data["kind"], party_id=party_id, content=content)
        case = filing.file_at_desk(
            staff=cast(Staff, request.user),
            kind=data["kind"],
            party_id=party_id,
            content=content,
            now=timezone.now(),
            mandate=data["mandate"],
        )
        refuse_double(case)
        return _answer(case, status=201)


class MissingFields(serializers.Serializer[Any]):
    """One thing that is missing or wrong, and why it is needed."""

    what = serializers.CharField(max_length=TEXT_MAX)
    why = serializers.CharField(max_length=TEXT_MAX)


class Seen(serializers.Serializer[Any]):
    """Of what was shown: another content is not acted upon."""

    digest = serializers.RegexField(r"^[0-9a-f]{64}$")


class AskFields(Seen):
    """All that is missing, and how many working days there are to bring it."""

    missing = serializers.ListField(
        child=MissingFields(), allow_empty=False, max_length=MISSING_MAX
    )
    days = serializers.IntegerField(min_value=DAYS_MIN, max_value=DAYS_MAX)


class CorrectionRow(serializers.ModelSerializer[Correction]):
    """What was told to be missing, until when, and what was brought."""

    missing = MissingFields(many=True)

    class Meta:
        model = Correction
        fields = (
            *("case", "missing", "asked_by", "asked_on", "answer_by", "calendar_known", "asked_at"),
            *("brought", "answered_by", "answered_on", "answered_at"),
        )


class AskCorrection(APIView):
    """Tell once what is missing."""

    @extend_schema(request=AskFields, responses={201: CorrectionRow})
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Write it down; the case waits."""
        given = AskFields(data=request.data)
        given.is_valid(raise_exception=True)
        correction = filing.ask_correction(
            case_id=pk,
            staff=cast(Staff, request.user),
            seen=given.validated_data["digest"],
            missing=[Missing(**one) for one in given.validated_data["missing"]],
            days=given.validated_data["days"],
            now=timezone.now(),
        )
        return Response(CorrectionRow(correction).data, status=201)


class AnswerFields(Seen):
    """What was brought, and what is asked for from now on where that changed."""

    brought = serializers.CharField(max_length=BROUGHT_MAX)
    content = ContentField(required=False, default=None)


class AnswerCorrection(APIView):
    """Take in what was missing."""

    @extend_schema(request=AnswerFields, responses=CaseRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """The case is looked through again."""
        given = AnswerFields(data=request.data)
        given.is_valid(raise_exception=True)
        case = filing.answer_correction(
            case_id=pk,
            staff=cast(Staff, request.user),
            seen=given.validated_data.pop("digest"),
            **given.validated_data,
            now=timezone.now(),
        )
        return _answer(case)


class AcceptFields(Seen):
    """What is asked for, where it differs from what was filed."""

    content = ContentField(required=False, default=None)


class AcceptCase(APIView):
    """Accept what was filed."""

    @extend_schema(request=AcceptFields, responses=CaseRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Freeze what is asked for; the kind's own checks are made now."""
        given = AcceptFields(data=request.data)
        given.is_valid(raise_exception=True)
        case = filing.accept(
            case_id=pk,
            staff=cast(Staff, request.user),
            seen=given.validated_data["digest"],
            content=given.validated_data["content"],
            now=timezone.now(),
            acts=acts.registered(),
        )
        return _answer(case)


class DeclineFields(Unlock):
    """Why it is not accepted; it is signed."""

    reason = serializers.CharField(max_length=NOTE_MAX)


class DeclineCase(APIView):
    """Sign that a case is not accepted."""

    @extend_schema(request=DeclineFields, responses=CaseRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Decline with the caller's own key."""
        given = DeclineFields(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        case = decline(
            case_id=pk,
            reason=data["reason"],
            key=unlocked(request, data),
            role=data["role"],
            now=timezone.now(),
        )
        return _answer(case)


def _answer(case: Case, *, status: int = 200) -> Response:
    return Response(CaseRow(case, context=names_of([case])).data, status=status)
