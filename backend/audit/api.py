"""Acts over the API (操作记录)."""

from rest_framework import generics, serializers

from backend.audit.models import Act


class ActRow(serializers.ModelSerializer[Act]):
    """One act."""

    class Meta:
        model = Act
        fields = (
            "id",
            "at",
            "name",
            "staff_id",
            "person_id",
            "subject_kind",
            "subject_id",
            "rows",
            "details",
            "digest",
        )


class ActList(generics.ListAPIView[Act]):
    """Acts, newest first; filters: name, subject_kind, subject_id, person_id."""

    queryset = Act.objects.all()
    serializer_class = ActRow
    filterset_fields = ("name", "subject_kind", "subject_id", "person_id")
