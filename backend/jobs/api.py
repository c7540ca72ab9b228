"""Jobs over the API (作业): to see what waits or failed, and to queue that again."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.jobs.models import Job
from backend.jobs.queue import requeue
from backend.web.idempotency import idempotent


class JobRow(serializers.ModelSerializer[Job]):
    """A job; its arguments are ids only."""

    class Meta:
        model = Job
        fields = (
            "id",
            "kind",
            "key",
            "state",
            "attempts",
            "queued_at",
            "finished_at",
            "rows",
            "seconds",
            "error",
        )


class JobList(generics.ListAPIView[Job]):
    """Jobs, newest first; filters: state, kind."""

    queryset = Job.objects.all()
    serializer_class = JobRow
    filterset_fields = ("state", "kind")


class RequeueFields(serializers.Serializer[Any]):
    """Which job, once the cause of its failure is removed."""

    key = serializers.CharField(max_length=120)


class Requeue(APIView):
    """Queue a failed job again."""

    @extend_schema(request=RequeueFields, responses=JobRow)
    @idempotent
    def post(self, request: Request) -> Response:
        """Only a failed one; who did it is put on record."""
        given = RequeueFields(data=request.data)
        given.is_valid(raise_exception=True)
        job = requeue(
            key=given.validated_data["key"],
            staff_id=request.user.pk,
            person_id=getattr(request.user, "person_id", None),
        )
        return Response(JobRow(job).data)
