"""How persons can be told something, over the API (联系方式): masked; changed by a case."""

from rest_framework import generics, serializers

from backend.people.models import PartyContact
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked


class ContactRow(serializers.ModelSerializer[PartyContact]):
    """A telephone number or address in time."""

    kind_label = serializers.CharField(source="get_kind_display")
    contact = serializers.SerializerMethodField()
    from_date = serializers.DateField(source="valid.lower")
    to_date = serializers.DateField(source="valid.upper", allow_null=True)

    class Meta:
        model = PartyContact
        fields = (
            *("id", "party", "kind", "kind_label", "contact", "from_date", "to_date"),
            *("recorded_at", "case_id"),
        )

    def get_contact(self, row: PartyContact) -> str:
        """138****5518."""
        return masked(FieldClass.CONTACT, row.value)


class ContactList(generics.ListAPIView[PartyContact]):
    """Telephone numbers and addresses as known now, newest first; filters: party, kind."""

    queryset = PartyContact.objects.filter(superseded_at__isnull=True)
    serializer_class = ContactRow
    filterset_fields = ("party", "kind")
