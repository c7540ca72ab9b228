"""Allowances for illness that became a pension, over the API (病残津贴转基本养老金)."""

from typing import Any

from rest_framework import serializers

from backend.people.person_rows import OfPerson, OfPersons
from insurance.pension.models import AllowanceToPension
from insurance.policy.api import StepRow


class CorrectionGround(serializers.Serializer[Any]):
    """Why a decision took the place of another."""

    objection = serializers.IntegerField(allow_null=True)
    finding = serializers.CharField()
    evidence = serializers.CharField()
    said = serializers.CharField()


class AllowanceToPensionRow(OfPerson):
    """From which month on an allowance is a pension, and what it comes to."""

    first_month = serializers.DateField(format="%Y-%m")
    steps = StepRow(many=True)
    ground = CorrectionGround(allow_null=True)

    class Meta:
        model = AllowanceToPension
        fields = (
            *("id", "person", "person_name", "entitlement", "approval", "first_month", "steps"),
            *("ground", "standing", "policy_version", "case_id", "recorded_at", "superseded_at"),
        )


class AllowanceToPensionList(OfPersons):
    """Decisions; filters: person, entitlement, case_id."""

    queryset = AllowanceToPension.objects.all()
    serializer_class = AllowanceToPensionRow
    filterset_fields = ("person", "entitlement", "case_id")
