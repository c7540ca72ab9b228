"""What is paid at once up to the least months, over the API (一次性缴费)."""

from rest_framework import serializers

from backend.people.person_rows import OfPerson, OfPersons
from backend.web.fields import FenField
from insurance.pension.models import OneOffPayment
from insurance.pension.to_pension_api import CorrectionGround
from insurance.policy.api import StepRow


class OneOffPaymentRow(OfPerson):
    """For how many months, on which base, how much."""

    month = serializers.DateField(format="%Y-%m")
    base = FenField(source="base_fen")
    amount = FenField(source="fen")
    to_account = FenField(source="account_fen")
    steps = StepRow(many=True)
    ground = CorrectionGround(allow_null=True)

    class Meta:
        model = OneOffPayment
        fields = (
            *("id", "person", "person_name", "month", "months", "base", "amount", "to_account"),
            *("corrects", "ground", "evidence", "steps", "standing", "policy_version", "case_id"),
            "recorded_at",
        )


class OneOffPaymentList(OfPersons):
    """Decisions, those that were told anew by their last; filters: person, case_id."""

    queryset = OneOffPayment.objects.all()
    serializer_class = OneOffPaymentRow
    filterset_fields = ("person", "case_id")
    superseded = "correction__isnull"
