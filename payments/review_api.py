"""What a batch comes to and what whoever signs it must see, over the API (三方核对、签名前须看)."""

from abc import ABC, abstractmethod
from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.fields import FenField
from backend.web.idempotency import idempotent
from backend.web.scope import whole_city
from payments.models import Batch, BatchOpened, ReturnFile
from payments.opened import opened
from payments.opened_models import Shown
from payments.review import ChangedAccount, Paid, review
from payments.totals import totals


class SummedFields(serializers.Serializer[Any]):
    """So many lines or people, and yuan."""

    count = serializers.IntegerField()
    amount = FenField(source="fen")


class TotalsFields(serializers.Serializer[Any]):
    """Three sides; difference = books − bank = returned + unknown + too little − too much."""

    business = SummedFields()
    booked = FenField(source="booked_fen", allow_null=True)
    vouchers = serializers.ListField(child=serializers.IntegerField())
    bank = SummedFields(allow_null=True)
    difference = FenField(source="difference_fen", allow_null=True)
    returned = SummedFields()
    unknown = SummedFields()
    too_little = SummedFields()
    too_much = SummedFields()
    unexplained = FenField(source="unexplained_fen", allow_null=True)


class OfBatch(ABC, APIView):
    """Something reckoned of a batch that the caller sees: then of all its lines."""

    shown: type[serializers.Serializer[Any]]

    @abstractmethod
    def reckoned(self, batch: Batch) -> object:
        """Give it."""

    def answer(self, pk: int) -> Response:
        """Look the batch up as the caller, its lines as whoever may know of all of them."""
        batch = generics.get_object_or_404(Batch.objects.select_related("book"), pk=pk)
        with whole_city():
            return Response(self.shown(self.reckoned(batch)).data)


class BatchTotals(OfBatch):
    """Business, books and bank side by side, and the difference opened."""

    shown = TotalsFields

    def reckoned(self, batch: Batch) -> object:
        """Count by the newest word of the bank."""
        answered = ReturnFile.objects.filter(batch=batch, accepted=True).exists()
        return totals(batch=batch, answered=answered)

    @extend_schema(responses=TotalsFields)
    def get(self, request: Request, pk: int) -> Response:
        """Add it up."""
        return self.answer(pk)


class MovementFields(serializers.Serializer[Any]):
    """Before + joined − left ± changed = now, in people and yuan."""

    period = serializers.CharField(allow_null=True, help_text="上期；没有可比的为空")
    before = SummedFields()
    joined = SummedFields()
    left = SummedFields()
    changed = SummedFields()
    now = SummedFields()
    unexplained = FenField(source="unexplained_fen")


class PaidRow(serializers.Serializer[Any]):
    """A payee of the batch, masked, with the month before where it was compared."""

    payee_id = serializers.IntegerField()
    holder = serializers.SerializerMethodField()
    amount = FenField(source="fen")
    before = FenField(source="before_fen", allow_null=True)

    def get_holder(self, row: Paid) -> str:
        """The name, masked."""
        return masked(FieldClass.NAME, row.holder_name)


class ChangedAccountRow(serializers.Serializer[Any]):
    """A payee whose account is a new one, masked."""

    payee_id = serializers.IntegerField()
    holder = serializers.SerializerMethodField()
    account = serializers.SerializerMethodField()
    amount = FenField(source="fen")
    since = serializers.DateTimeField()
    case_id = serializers.IntegerField()

    def get_holder(self, row: ChangedAccount) -> str:
        """The name, masked."""
        return masked(FieldClass.NAME, row.holder_name)

    def get_account(self, row: ChangedAccount) -> str:
        """The account, masked."""
        return masked(FieldClass.ACCOUNT, row.account_no)


class ReviewFields(serializers.Serializer[Any]):
    """What is to be seen before a batch is signed."""

    movement = MovementFields()
    largest = PaidRow(many=True)
    largest_changes = PaidRow(many=True)
    changed_accounts = ChangedAccountRow(many=True, help_text="三十天内变更的，最多列 200 人")
    changed_accounts_count = serializers.IntegerField()


class BatchReview(OfBatch):
    """Movement proof, largest amounts and changes, accounts changed within thirty days."""

    shown = ReviewFields

    def reckoned(self, batch: Batch) -> object:
        """Read it of this batch and those of the month before."""
        return review(batch=batch)

    @extend_schema(responses=ReviewFields)
    def get(self, request: Request, pk: int) -> Response:
        """Show it."""
        return self.answer(pk)


class OpenedRequest(serializers.Serializer[Any]):
    """What was opened."""

    what = serializers.ChoiceField(choices=Shown.choices)


class OpenedRow(serializers.ModelSerializer[BatchOpened]):
    """Who opened what of a batch, and of which content."""

    class Meta:
        model = BatchOpened
        fields = ("batch", "digest", "what", "person_id", "opened_at")


class OpenBatch(APIView):
    """Put down that the caller opened what is to be seen before signing; once is enough."""

    @extend_schema(request=OpenedRequest, responses={200: OpenedRow})
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Of the batch as it is now."""
        given = OpenedRequest(data=request.data)
        given.is_valid(raise_exception=True)
        staff = cast(Staff, request.user)
        row = opened(
            batch=generics.get_object_or_404(Batch, pk=pk),
            what=Shown(given.validated_data["what"]),
            staff_id=staff.pk,
            person_id=staff.person_id,
        )
        return Response(OpenedRow(row).data)
