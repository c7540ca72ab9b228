"""What was granted once, over the API (一次性待遇): masked, with its shares and steps."""

from typing import Any, cast

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.access.models import Staff
from backend.cases.corrections import chain_of
from backend.people import queries as people
from backend.people.person_rows import OfPerson, OfPersons
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.fields import FenField
from insurance.benefits.claims.models import Claim, ClaimShare, InheritedDue
from insurance.benefits.claims.print_sheet import print_sheet, steps_of_claim
from insurance.issuing.api import PDF, pdf_answer
from insurance.policy.api import StepRow
from insurance.policy.kept_steps import kept


class ClaimRow(OfPerson):
    """What was granted, as a list shows it."""

    kind_label = serializers.CharField(source="get_kind_display")
    amount = FenField(source="fen")
    funeral = FenField(source="funeral_fen")

    class Meta:
        model = Claim
        fields: tuple[str, ...] = (
            *(
                "id",
                "kind",
                "kind_label",
                "subject",
                "person",
                "person_name",
                "scheme",
                "event_date",
            ),
            *(
                "amount",
                "funeral",
                "standing",
                "corrects",
                "case_id",
                "recorded_at",
                "superseded_at",
            ),
        )


class ClaimShareRow(serializers.ModelSerializer[ClaimShare]):
    """Whose part is how much, and under which number it is paid."""

    payee_name = serializers.SerializerMethodField()
    relation_label = serializers.CharField(source="get_relation_display")
    amount = FenField(source="fen")
    had = FenField(source="had_fen")
    due_ref = serializers.IntegerField(source="claimdue.due_ref", default=None)

    class Meta:
        model = ClaimShare
        fields = (
            *("id", "payee", "payee_name", "relation", "relation_label", "weight", "amount"),
            *("had", "due_ref"),
        )

    def get_payee_name(self, share: ClaimShare) -> str:
        """王*英."""
        return masked(FieldClass.NAME, self.context["sights"][share.payee_id].name)


class InheritedDueRow(serializers.ModelSerializer[InheritedDue]):
    """A due of before the death that the claim pays to the heirs."""

    due_ref = serializers.IntegerField(source="due_id")
    for_month = serializers.DateField(source="due.for_month", format="%Y-%m")
    kind_label = serializers.CharField(source="due.get_kind_display")
    amount = FenField(source="due.fen")

    class Meta:
        model = InheritedDue
        fields = ("due_ref", "for_month", "kind_label", "amount")


class ClaimDetail(ClaimRow):
    """What was granted, to whom, and why."""

    dues = serializers.SerializerMethodField()
    shares = ClaimShareRow(source="claimshare_set", many=True)
    steps = serializers.SerializerMethodField()

    class Meta(ClaimRow.Meta):
        fields = (
            *ClaimRow.Meta.fields,
            "region",
            "figures",
            "policy_version",
            "dues",
            "shares",
            "steps",
        )

    @extend_schema_field(StepRow(many=True))
    def get_steps(self, row: Claim) -> list[dict[str, Any]]:
        """As its sheet says it, with the shares of several payees."""
        return kept(steps=steps_of_claim(claim=row))

    @extend_schema_field(InheritedDueRow(many=True))
    def get_dues(self, claim: Claim) -> Any:
        """The dues are settled by the first claim, whatever corrects it."""
        first = chain_of(decision=claim, before=lambda one: one.corrects)[-1]
        dues = first.inheriteddue_set.select_related("due").order_by("pk")
        return InheritedDueRow(dues, many=True).data


class ClaimList(OfPersons):
    """What was granted once; filters: person, scheme, kind, case_id."""

    queryset = Claim.objects.all()
    serializer_class = ClaimRow
    filterset_fields = ("person", "scheme", "kind", "case_id")


class ClaimOne(generics.GenericAPIView[Claim]):
    """One claim with shares and steps."""

    queryset = Claim.objects.prefetch_related("claimshare_set__claimdue")
    serializer_class = ClaimDetail

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show it; names are masked."""
        claim = self.get_object()
        ids = {claim.person_id, *(share.payee_id for share in claim.claimshare_set.all())}
        context = {"sights": people.sights(party_ids=ids, on=timezone.localdate())}
        return Response(ClaimDetail(claim, context=context).data)


class ClaimSheetPdf(generics.GenericAPIView[Claim]):
    """Print the sheet of a claim for its payees to sign."""

    queryset = Claim.objects.select_related("corrects")

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        return pdf_answer(print_sheet(claim=self.get_object(), by=cast(Staff, request.user)))
