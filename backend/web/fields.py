"""Money as the API writes it (金额): fen inside, "1234.56" outside."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backend.kernel.money import Money


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$", "example": "1234.56"})
class FenField(serializers.Field[int, str, str, Any]):
    """An amount that is only shown; serializers that take one in say how they read it."""

    def to_representation(self, value: int) -> str:
        """Write whole fen as yuan with two places."""
        return str(Money(value))
