"""Changes of accounts and what the banks say of them, over the API (账户变更、账户核验)."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.unlocking import Unlocking, proven_with
from backend.kernel.dated import Standing
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.idempotency import idempotent
from backend.web.laid_down import laid_down
from backend.web.parsers import SmallUpload
from backend.web.scope import whole_city
from payments.account_answers import Answered, take_answer
from payments.account_models import AccountChange, AccountCheck
from payments.bank_word import is_the_banks, vouch
from payments.untold import untold, with_told

UNTOLD = OpenApiParameter("untold", OpenApiTypes.BOOL, description="冷静期满而告知未到本人的")


class UntoldQuery(serializers.Serializer[Any]):
    """Which changes are asked for."""

    untold = serializers.BooleanField(default=False)


class AccountChangeRow(serializers.ModelSerializer[AccountChange]):
    """What an approved change came to: until when it cools, or what waived that."""

    bank = serializers.CharField(source="case.content.bank")
    account_no = serializers.SerializerMethodField()
    state_label = serializers.CharField(source="get_state_display")
    standing_label = serializers.SerializerMethodField()
    waiver_label = serializers.CharField(source="get_waiver_display")
    told = serializers.BooleanField()

    class Meta:
        model = AccountChange
        fields = (
            *("case", "payee", "bank", "account_no", "state", "state_label", "cools_until"),
            *("standing", "standing_label", "from_date", "waiver", "waiver_label"),
            *("told", "recorded_at", "moved_at"),
        )

    def get_account_no(self, row: AccountChange) -> str:
        """9900***********0017."""
        return masked(FieldClass.ACCOUNT, str(row.case.content["account_no"]))

    def get_standing_label(self, row: AccountChange) -> str:
        """How far the days may be relied on (演示); empty where it did not cool."""
        return Standing[row.standing].label if row.standing else ""


class AccountChangeList(generics.ListAPIView[AccountChange]):
    """Changes, newest first; filters: payee, state, waiver; untold: only those that have cooled and
    of which nobody was told, for somebody to tell the payee."""

    queryset = AccountChange.objects.all()
    serializer_class = AccountChangeRow
    filterset_fields = ("payee", "state", "waiver")

    def get_queryset(self) -> QuerySet[AccountChange]:
        """All of them, or those that nobody was told of."""
        asked = UntoldQuery(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        only = asked.validated_data["untold"]
        found = untold(today=timezone.localdate()) if only else with_told(super().get_queryset())
        return found.select_related("case")

    @extend_schema(parameters=[UNTOLD])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)


class AccountCheckRow(serializers.ModelSerializer[AccountCheck]):
    """An account of which its bank was asked, and what it said."""

    payee = serializers.IntegerField(source="case.party_id")
    bank = serializers.CharField(source="file.bank")
    serial = serializers.IntegerField(source="file.serial")
    asked_at = serializers.DateTimeField(source="file.committed_at")
    result = serializers.SerializerMethodField()
    result_label = serializers.SerializerMethodField()
    own_card = serializers.SerializerMethodField()

    class Meta:
        model = AccountCheck
        fields = (
            *("case", "payee", "bank", "serial", "asked_at", "result", "result_label"),
            "own_card",
        )

    def get_result(self, row: AccountCheck) -> str:
        """What the bank found; empty before it answered."""
        return str(row.answer.result) if hasattr(row, "answer") else ""

    def get_result_label(self, row: AccountCheck) -> str:
        """As a clerk reads it."""
        return row.answer.get_result_display() if hasattr(row, "answer") else ""

    def get_own_card(self, row: AccountCheck) -> bool | None:
        """Whether it is the account of the holder's own card, as the bank says."""
        return bool(row.answer.own_card) if hasattr(row, "answer") else None


class AccountCheckList(generics.ListAPIView[AccountCheck]):
    """Accounts that banks were asked about, newest first; filters: case, file__bank."""

    queryset = AccountCheck.objects.select_related("case", "file", "answer")
    serializer_class = AccountCheckRow
    filterset_fields = ("case", "file__bank")


class AnswerUpload(Unlocking):
    """The CSV of a bank and the JSON that describes it."""

    description = serializers.FileField(allow_empty_file=True)
    file = serializers.FileField(allow_empty_file=True)


class AnswerTaken(serializers.Serializer[Any]):
    """What was taken in; ``new`` is false when it was there before."""

    bank = serializers.CharField(source="file.file.bank")
    serial = serializers.IntegerField(source="file.file.serial")
    rows = serializers.IntegerField(source="file.file.row_count")
    new = serializers.BooleanField()
    confirmed = serializers.SerializerMethodField()

    def get_confirmed(self, answered: Answered) -> bool:
        """Whether it counts: until a second person has signed, what somebody handed in does not."""
        return is_the_banks(answered=answered.file)


class ImportAnswer(APIView):
    """Take a bank's answer in, whole or not at all; the same file again changes nothing.

    It waives no cooling until another person has decided the ACCOUNT_ANSWER case that the caller
    has received by this.
    """

    parser_classes = (SmallUpload,)

    @extend_schema(request=AnswerUpload, responses=AnswerTaken)
    @idempotent
    def post(self, request: Request) -> Response:
        """Take the file in."""
        given = AnswerUpload(data=request.data)
        given.is_valid(raise_exception=True)
        staff = proven_with(request, given.validated_data)
        description, csv = given.validated_data["description"], given.validated_data["file"]
        parts = {"upload.json": description, "upload.csv": csv}
        # One file tells of what all agencies proposed.
        with laid_down(parts=parts) as folder, whole_city():
            answered = take_answer(
                path=folder / "upload.json",
                name=csv.name or "",
                received_by=staff.person_id,
            )
            vouch(answered=answered.file, agency=staff.agency, received_by=staff.person_id)
            answer = AnswerTaken(answered).data
        return Response(answer)
