"""The same matter taken in twice within a minute (重复提交): a double click, two windows or clerks.

A repeated call under one key is answered as before (幂等); this is for two calls, each with a key
of its own. The first takes the matter in, the second is told which case that is.
"""

from datetime import timedelta

from django.db import connection

from backend.cases.canonical import case_digest
from backend.cases.models import Case, CaseState
from backend.kernel.errors import Refusal
from backend.web.scope import whole_city

WITHIN = timedelta(minutes=1)
OPEN = (CaseState.FILED, CaseState.CORRECTING, CaseState.RECEIVED, CaseState.REVIEWED)


class TakenJustNow(Refusal):
    """The same matter was taken in within this minute, and is open (刚刚已受理同样的事项)."""

    code = "case_taken_just_now"
    status = 409


def one_at_a_time(*, kind: str, party_id: int, content: dict[str, object]) -> None:
    """Let whoever takes in the same matter at the same time wait until this one is in."""
    digest = case_digest(kind=kind, party_id=party_id, content=content)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"case\n{digest}"])


def refuse_double(case: Case) -> None:
    """Refuse a case that stands here already, by the same agency, open, for less than a minute.

    Raises:
        TakenJustNow: it names the first to whoever may see that.
    """
    same = Case.objects.filter(agency=case.agency_id, digest=case.digest, state__in=OPEN)
    earlier = same.filter(pk__lt=case.pk, received_at__gt=case.received_at - WITHIN).order_by("pk")
    with whole_city():  # who helps a village sees none of what a clerk took in
        first = earlier.values_list("pk", flat=True).first()
    if first is None:
        return
    seen = Case.objects.filter(pk=first).exists()
    raise TakenJustNow(
        f"同样的事项刚刚已受理{f'（业务件 {first}）' if seen else ''}，没有重复受理；"
        "确需另办一件的，请一分钟后再办。",
        **({"case_id": first} if seen else {}),
    )
