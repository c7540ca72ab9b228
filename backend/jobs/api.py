"""Jobs over the API (作业): to see what waits or failed."""

from rest_framework import generics, serializers

from backend.jobs.models import Job


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
