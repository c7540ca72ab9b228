"""What the fund pays for who draws, over the API (代缴名册、代缴明细): for staff, masked."""

from typing import Any

from rest_framework import generics, serializers

from backend.web.fields import FenField
from insurance.collection.api.api_rows import PartyList, WithParties
from insurance.collection.models import FundLine, FundList, FundPayment
from insurance.policy.api import StepRow


class FundPaymentRow(serializers.ModelSerializer[FundPayment]):
    """How one scheme's part of a list was paid."""

    amount = FenField(source="fen")

    class Meta:
        model = FundPayment
        fields = ("scheme", "amount", "paid", "received", "paid_on", "document", "case_id")


class FundListRow(serializers.ModelSerializer[FundList]):
    """What the fund pays for others in a month."""

    period = serializers.DateField(format="%Y-%m")
    payments = FundPaymentRow(source="fundpayment_set", many=True)

    class Meta:
        model = FundList
        fields = (
            *("id", "book", "period", "line_count", "policy_version", "recorded_at"),
            "payments",
        )


class FundListList(generics.ListAPIView[FundList]):
    """Lists, newest first; filters: book, period."""

    queryset = FundList.objects.prefetch_related("fundpayment_set")
    serializer_class = FundListRow
    filterset_fields = ("book", "period")


class FundLineRow(WithParties):
    """What is paid, or taken back, for a person's month, and why."""

    person_name = serializers.SerializerMethodField()
    month = serializers.DateField(format="%Y-%m")
    amount = FenField(source="fen")
    to_account = FenField(source="account_fen")
    steps = serializers.SerializerMethodField()

    class Meta:
        model = FundLine
        fields: tuple[str, ...] = (
            *("id", "list", "person", "person_name", "source_id", "region", "scheme", "month"),
            *("amount", "to_account", "steps"),
        )

    def get_steps(self, line: FundLine) -> list[dict[str, Any]]:
        """How a month's amount came about; none where it was taken back for another reason."""
        key = (line.region, line.scheme, f"{line.month:%Y-%m}")
        figure = next(
            (
                one
                for one in line.list.figures
                if (one["region"], one["scheme"], one["month"]) == key
            ),
            None,
        )
        rows = figure["steps"] if figure else []
        return [dict(row) for row in StepRow(rows, many=True).data]


class FundLineList(PartyList):
    """Lines, newest first; filters: person, scheme, month, list."""

    queryset = FundLine.objects.select_related("list")
    serializer_class = FundLineRow
    filterset_fields = ("person", "scheme", "month", "list")
