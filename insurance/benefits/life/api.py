"""Events in people's lives over the API (人身情形): told by cases, read here."""

from rest_framework import generics, serializers

from insurance.benefits.life.models import LifeEvent


class LifeEventRow(serializers.ModelSerializer[LifeEvent]):
    """An event, and whether it still counts."""

    form_label = serializers.CharField(source="get_form_display")
    from_month = serializers.DateField(format="%Y-%m")

    class Meta:
        model = LifeEvent
        fields = (
            "id",
            "person",
            "topic",
            "form",
            "form_label",
            "from_date",
            "from_month",
            "document",
            "case_id",
            "recorded_at",
            "superseded_at",
        )


class LifeEventList(generics.ListAPIView[LifeEvent]):
    """Events, newest first; filters: person, topic, form."""

    queryset = LifeEvent.objects.all()
    serializer_class = LifeEventRow
    filterset_fields = ("person", "topic", "form")
