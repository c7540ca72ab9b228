"""The register of cards over the API (社会保障卡): whose there are; a lost one is reported."""

from typing import Any, cast

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.kernel.identity import IdKind
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.idempotency import idempotent
from backend.web.scope import whole_city
from cards.loss import Shown, report_loss
from cards.models import NOW, STATES, Card, CardStanding
from cards.states import CardState

STATE_NOW = CardStanding.objects.filter(NOW, card=OuterRef("pk")).values("state")
CARDS = Card.objects.annotate(state=Subquery(STATE_NOW))


class CardRow(serializers.ModelSerializer[Card]):
    """A card and how it stands; its numbers are masked."""

    card_number = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=STATES)
    state_label = serializers.SerializerMethodField()

    class Meta:
        model = Card
        fields = (
            *("id", "person_id", "card_number", "spec_version", "algorithm", "key_version"),
            *("state", "state_label", "recorded_at"),
        )

    def get_card_number(self, card: Card) -> str:
        """Y0*****17."""
        return masked(FieldClass.NUMBER, card.card_number)

    def get_state_label(self, card: Any) -> str:
        """正常, 临时挂失."""
        return CardState(card.state).label


class CardList(generics.ListAPIView[Card]):
    """Cards; filter: person."""

    queryset = CARDS
    serializer_class = CardRow
    filterset_fields = ("person",)


class CardLoss(serializers.Serializer[Any]):
    """How a card is reported lost; what the holder says."""

    formal = serializers.BooleanField(
        help_text="正式挂失，此后不能解除，须写持卡人证件的号码和姓名；否则是临时挂失"
    )
    reason = serializers.CharField(max_length=200)
    id_kind = serializers.ChoiceField(
        choices=[kind.value for kind in IdKind], default=IdKind.CITIZEN.value
    )
    id_number = serializers.CharField(max_length=32, required=False)
    name = serializers.CharField(max_length=150, required=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Number and name stand together."""
        if ("id_number" in given) != ("name" in given):
            raise serializers.ValidationError({"name": "证件号码和姓名须一起写明。"})
        return given


class ReportLoss(APIView):
    """Report a card lost: it opens nothing from this moment on."""

    @extend_schema(request=CardLoss, responses=CardRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """One clerk does it at once: who waits for a second person loses more."""
        given = CardLoss(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        card = get_object_or_404(Card, pk=pk)
        shown = Shown(data["id_kind"], data["id_number"], data["name"]) if "name" in data else None
        with whole_city():  # what the card has open, in whichever hall
            report_loss(
                card=card,
                formal=data["formal"],
                shown=shown,
                reason=data["reason"],
                by=cast(Staff, request.user),
                now=timezone.now(),
            )
        return Response(CardRow(CARDS.get(pk=pk)).data)
