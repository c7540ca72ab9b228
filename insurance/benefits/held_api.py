"""What was held beside a batch, over the API (暂缓发放): seen before it is signed."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.fields import FenField
from insurance.benefits.held_of_batch import HeldSample, held_of
from payments.models import Batch
from payments.review_api import OfBatch


class HeldSampleRow(serializers.Serializer[Any]):
    """Somebody who was not paid, masked."""

    payee_id = serializers.IntegerField()
    holder = serializers.SerializerMethodField()
    amount = FenField(source="fen")

    def get_holder(self, row: HeldSample) -> str:
        """The name, masked."""
        return masked(FieldClass.NAME, row.name)


class HeldReasonRow(serializers.Serializer[Any]):
    """A reason with how many, how much, and the largest of them."""

    reason = serializers.CharField()
    reason_label = serializers.CharField(source="reason.label")
    count = serializers.IntegerField()
    amount = FenField(source="fen")
    samples = HeldSampleRow(many=True)


class HeldOfBatchFields(serializers.Serializer[Any]):
    """What the book's month held, by reason."""

    count = serializers.IntegerField()
    amount = FenField(source="fen")
    reasons = HeldReasonRow(many=True)


class BatchHeld(OfBatch):
    """What the month of a batch's book held, by reason with samples."""

    shown = HeldOfBatchFields

    def reckoned(self, batch: Batch) -> object:
        """Of the whole book, whatever bank would have paid it."""
        return held_of(batch=batch, on=timezone.localdate())

    @extend_schema(responses=HeldOfBatchFields)
    def get(self, request: Request, pk: int) -> Response:
        """Show it."""
        return self.answer(pk)
