"""Refuse to sign batches, and take that back, over the API (不同意、撤回不同意)."""

from collections.abc import Callable
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.unlocking import unlocked
from backend.web.idempotency import idempotent
from payments.api import SignRequest
from payments.models import BatchRefusal
from payments.refusing import lift_refusals, refuse_batches
from payments.signing import STEPS


class RefuseRequest(SignRequest):
    """Why batches are not signed, or how what was said against them was cleared up."""

    reason = serializers.CharField(max_length=200, allow_blank=True)


class RefusalRow(serializers.ModelSerializer[BatchRefusal]):
    """What was said against signing a batch, or took that back."""

    class Meta:
        model = BatchRefusal
        fields = ("id", "batch", "step", "digest", "reason", "lifts", "person_id", "said_at")


class Refuse(APIView):
    """Say no to batches instead of signing them: to all of them or none."""

    act: ClassVar[Callable[..., list[BatchRefusal]]] = staticmethod(refuse_batches)

    @extend_schema(request=RefuseRequest, responses={200: RefusalRow(many=True)})
    @idempotent
    def post(self, request: Request) -> Response:
        """With a reason, upon the digests shown."""
        given = RefuseRequest(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        said = self.act(
            step=STEPS[data["step"]],
            digests={row["id"]: row["digest"] for row in data["batches"]},
            reason=data["reason"],
            key=unlocked(request, data),
            now=timezone.now(),
        )
        return Response(RefusalRow(said, many=True).data)


class Lift(Refuse):
    """Take back what was said against batches, once it is cleared up."""

    act = staticmethod(lift_refusals)


class RefusalList(generics.ListAPIView[BatchRefusal]):
    """What was said against batches and what took it back, newest first; filter: batch."""

    queryset = BatchRefusal.objects.all()
    serializer_class = RefusalRow
    filterset_fields = ("batch",)
