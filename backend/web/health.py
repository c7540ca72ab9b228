"""Is the house in order (健康检查): the database answers, no job lies about, acts are sealed."""

import os

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend import cluster
from backend.audit.standing import standing

LATE_SECONDS = 60
# A job that is worked on now holds its row: it is not late, however long it takes.
BACKLOG = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(queued_at)), 0)::bigint
FROM (SELECT queued_at FROM jobs_job WHERE state = 'QUEUED' OR state = 'RUNNING'
      FOR KEY SHARE SKIP LOCKED) AS free
"""


class Health(APIView):
    """GET /healthz: 200 when all is well, 503 otherwise."""

    authentication_classes = ()
    schema = None

    def get(self, request: Request) -> Response:
        """Ask the database, the job table and the audit chain."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(BACKLOG)
                waiting, oldest = cursor.fetchone()
            sealing = standing()
        except (OperationalError, InterfaceError):
            down = {"status": "down", "database": "down", "cluster": _cluster()}
            return Response(down, status=503)
        late = oldest > LATE_SECONDS or sealing.late
        body = {
            "status": "late" if late else "ok",
            "database": "ok",
            "cluster": _cluster(),
            "jobs_waiting": waiting,
            "oldest_job_seconds": oldest,
            "acts_unsealed": sealing.waiting,
            "unsealed_seconds": sealing.seconds,
        }
        return Response(body, status=503 if late else 200)


def _cluster() -> str:
    """Whether the server of this checkout listens, be it still recovering."""
    if "DATABASE_URL" in os.environ:
        return "elsewhere"
    server = cluster.cluster_of(var=settings.VAR_DIR)
    return "ok" if cluster.is_listening(server) else "down"
