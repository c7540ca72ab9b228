"""Send the short message of a notice (短信发送): a job, registered with the notice."""

from django.db.models import Max, QuerySet

from backend.audit.record import record
from backend.jobs.queue import enqueue
from backend.kernel.errors import Refusal
from backend.notices.gateway import NumberDead, gateway
from backend.notices.models import Notice, NoticeStep, StepState

SEND = "notices.send"
DEAD = "空号或停机"


class GatewayMissing(Refusal):
    """There is no gateway any more (短信网关没有接入)."""

    code = "notice_gateway_missing"


def order_message(*, notice: Notice) -> None:
    """Let a job send the message, once for ever."""
    enqueue(kind=SEND, key=f"{SEND}/{notice.pk}", arguments={"notice": notice.pk})


def send_message(*, notice_id: int) -> int:
    """Hand the message over; rows written. Who is killed in between hands it over again, under the
    same number.

    Raises:
        GatewayMissing.
        OSError: the gateway is not there now.
    """
    notice = Notice.objects.select_related("case").get(pk=notice_id)
    way_out = gateway()
    if way_out is None:
        raise GatewayMissing("没有接入短信网关，短信没有发出。", notice=notice_id)
    state, detail = StepState.SENT, ""
    try:
        way_out.send(ref=notice.pk, number=notice.address, text=notice.text)
    except NumberDead:
        state, detail = StepState.FAILED, DEAD
    NoticeStep.of(notice, state, detail=detail).save(force_insert=True)
    record(
        name="notices.sent",
        subject_kind="notices.notice",
        subject_id=str(notice.pk),
        rows=1,
        party_id=notice.party_id,
        after={"state": state.name},
    )
    return 1


def in_state(*states: StepState) -> QuerySet[Notice]:
    """The notices that stand at one of these states."""
    return Notice.objects.annotate(state=Max("steps__state")).filter(state__in=states)
