"""Withdraw a stop that was wrong (撤销停发): it never was, and the next run pays what it kept.

Two persons decide it, on an objection or on what the agency found itself. Of unemployment benefit
the registration goes on too: that is a withdrawal of its own. What follows from events in prison is
withdrawn with the event.
"""

from collections.abc import Sequence

from django.db import transaction

from backend.cases import content
from backend.cases.corrections import ground_of
from backend.cases.models import Case
from backend.cases.receive import OtherBody
from backend.kernel.errors import Refusal
from backend.people.models import Alias
from backend.people.queries import family_of
from backend.people.supersede import close
from insurance.benefits.models import Stop

EVIDENCE_MAX = 120
STOP = "STOP"
KINDS = ("STOP_WITHDRAWAL", "UNEMPLOYMENT_STOP_WITHDRAWAL")
PENSIONS, UNEMPLOYMENT = ("110", "170"), ("210",)


class NothingToWithdraw(Refusal):
    """The case stopped nothing of this person, or it was withdrawn (没有可撤销的停发)."""

    code = "stop_nothing_to_withdraw"


def check(case: Case) -> int:
    """At its receipt a STOP_WITHDRAWAL case can be decided as it asks; writes nothing.

    Content: ``stop_case`` (the case that stopped), ``evidence``; ``objection`` (the case that
    objects to it), or ``error`` and ``error_evidence``.

    Raises:
        ContentInvalid, ProposalWaits, NothingToWithdraw, OtherBody, ObjectionNotOpen,
        ObjectionUnnamed.
    """
    content.require_only_proposal(case, stop_case=case.content.get("stop_case"))
    stops_to_withdraw(case=case, kinds=(STOP,), schemes=PENSIONS)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a STOP_WITHDRAWAL case; rows written. Raises as ``check``, but ProposalWaits."""
    return withdraw(stops=stops_to_withdraw(case=case, kinds=(STOP,), schemes=PENSIONS))


def stops_to_withdraw(*, case: Case, kinds: Sequence[str], schemes: Sequence[str]) -> list[Stop]:
    """Give what the stopping case of some kinds that ``case`` names has stopped and still stops.

    Raises:
        as ``check``, but ProposalWaits.
    """
    content.text(case, "evidence", "依据材料", most=EVIDENCE_MAX)
    number = content.number(case, "stop_case", "原停发业务件")
    stopping = Case.objects.select_related("agency").filter(pk=number, kind__in=kinds).first()
    stops = Stop.objects.select_related("entitlement").filter(
        case_id=number,
        entitlement__person__in=family_of(party_id=case.party_id),
        entitlement__scheme__in=schemes,
        superseded_at__isnull=True,
    )
    found = list(stops.order_by("pk")) if stopping else []
    if stopping is None or not found:
        raise NothingToWithdraw(
            f"业务件 {number} 没有停发此人的这类待遇，或者已经撤销；因服刑停发的，请撤销该情形。",
            case_id=case.pk,
        )
    if Alias.objects.filter(party__in=[stop.entitlement.person_id for stop in found]).exists():
        raise NothingToWithdraw(
            "该待遇停发以后，其登记已合并到另一登记，不能恢复发放；应发的请在保留的登记下核定。",
            case_id=case.pk,
        )
    if stopping.agency_id != case.agency_id:
        raise OtherBody(f"业务件 {number} 由{stopping.agency.name}决定，请由该机构撤销。")
    ground_of(case=case, decided_cases=[number])
    return found


def withdraw(*, stops: Sequence[Stop]) -> int:
    """Let stops never have been; rows written. A run lists what changed and pays it back."""
    for stop in stops:
        close(stop)
    return len(stops)


def finding_of(*, case: Case) -> str:
    """Give why a decided withdrawal says that the stop was wrong, as its notice says it."""
    objection = case.content.get("objection")
    if objection is not None:
        return f"您提出的异议（业务件 {objection}）成立；依据：{case.content['evidence']}"
    return f"{case.content['error']}；依据：{case.content['error_evidence']}"
