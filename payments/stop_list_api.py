"""The stop list over the API (止付清单): what finance asks the bank not to pay."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.fields import FenField
from backend.web.reckoned import ReckonedList
from payments.models import BatchState
from payments.stop_list import StopLine, stop_list


class StopLineRow(serializers.Serializer[Any]):
    """A line under way to an account that is denied, and what to do; masked."""

    batch = serializers.CharField()
    bank = serializers.CharField()
    state = serializers.CharField()
    state_label = serializers.SerializerMethodField()
    ref = serializers.CharField()
    payee_id = serializers.IntegerField()
    amount = FenField(source="fen", read_only=True)
    account = serializers.SerializerMethodField()
    holder = serializers.SerializerMethodField()
    dispute = serializers.IntegerField()
    said = serializers.CharField()

    def get_state_label(self, line: StopLine) -> str:
        """As finance reads it."""
        return BatchState(line.state).label

    def get_account(self, line: StopLine) -> str:
        """The account, masked."""
        return masked(FieldClass.ACCOUNT, line.account_no)

    def get_holder(self, line: StopLine) -> str:
        """The holder, masked."""
        return masked(FieldClass.NAME, line.holder_name)


class StopList(ReckonedList):
    """Lines of sealed and sent batches whose account has been denied since."""

    serializer_class = StopLineRow

    def rows(self) -> Sequence[StopLine]:
        """In the order of their batches."""
        return stop_list()

    @extend_schema(responses=StopLineRow(many=True))
    def get(self, request: Request) -> Response:
        """List them."""
        return self.page(request)
