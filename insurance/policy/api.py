"""How steps are shown over the API (计算步骤): one shape for every reckoning."""

from typing import Any

from rest_framework import serializers


class StepRow(serializers.Serializer[Any]):
    """How a figure came about; formula, inputs and rounding are enough to reckon it again."""

    name = serializers.CharField()
    sentence = serializers.CharField()
    formula = serializers.CharField()
    inputs = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    result = serializers.CharField()
    rounding = serializers.CharField()
    article = serializers.CharField()
    version = serializers.CharField()
