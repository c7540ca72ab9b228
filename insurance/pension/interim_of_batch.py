"""How much of a batch is paid on figures not published yet, and will be computed again (预发)."""

from dataclasses import dataclass

from django.db import connection
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from payments.models import Batch
from payments.review_api import OfBatch, SummedFields

INTERIM = """
SELECT count(*), coalesce(sum(a.fen), 0) FROM pension_award w
JOIN benefits_due d ON d.entitlement_id = w.entitlement_id AND d.run_period = %(period)s
JOIN payments_attempt a ON a.due_ref = d.due_ref AND a.batch_id = %(batch)s
WHERE w.interim AND NOT EXISTS (SELECT FROM pension_award s WHERE s.previous_id = w.id)
"""


@dataclass(frozen=True)
class Interim:
    """So many lines, so many fen."""

    count: int
    fen: int


def interim_of(*, batch: Batch) -> Interim:
    """Count the lines of a batch that rest on an award which is interim still."""
    with connection.cursor() as cursor:
        cursor.execute(INTERIM, {"batch": batch.pk, "period": batch.period})
        count, fen = cursor.fetchone()
    return Interim(int(count), int(fen))


class BatchInterim(OfBatch):
    """The lines of a batch that are 预发."""

    shown = SummedFields

    def reckoned(self, batch: Batch) -> object:
        """By the awards that count now."""
        return interim_of(batch=batch)

    @extend_schema(responses=SummedFields)
    def get(self, request: Request, pk: int) -> Response:
        """Show it."""
        return self.answer(pk)
