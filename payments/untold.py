"""Changes that have cooled and of which nobody was told (冷静期满而告知未到本人).

A cooling is there so that the holder of the money can say that it was not he. Where every notice
waits or failed he could not: as long as the account before can be paid to, that goes on. Where it
can not, the new one counts, or he would lose his pay day; either way it is listed.
"""

from datetime import date

from django.db.models import Exists, Expression, Max, OuterRef, Q, QuerySet, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from backend.cases.approvals import verify_all
from backend.cases.decide import REJECT
from backend.cases.kinds import CASE
from backend.cases.models import Approval, Case, CaseState
from backend.notices.call_backs import DISPUTE
from backend.notices.models import Notice, NoticeStep, StepState
from payments.account_models import AccountChange, ChangeState
from payments.models import PayeeAccount

REACHED = (StepState.SENT, StepState.DELIVERED, StepState.CONFIRMED, StepState.DENIED)


def with_told(changes: QuerySet[AccountChange]) -> QuerySet[AccountChange]:
    """The same with ``told``."""
    return changes.annotate(told=_told())


def _told() -> Q:
    """One notice went out and was not lost, or two persons found that it was the payee himself."""
    notices = Notice.objects.filter(case=OuterRef("pk"))
    reached = notices.annotate(highest=Max("steps__state")).filter(highest__in=REACHED)
    return Q(Exists(reached)) | Q(Exists(_denied_in_vain(Cast(OuterRef("pk"), TextField()))))


def _denied_in_vain(change: Expression | str) -> QuerySet[Case]:
    """Disputes of a change of which two persons found that it was the payee himself."""
    disputes = Case.objects.annotate(denied=KT("content__change"))
    return disputes.filter(kind=DISPUTE, state=CaseState.REJECTED, denied=change)


def untold(*, today: date) -> QuerySet[AccountChange]:
    """Those that have cooled by ``today``, counting or not, and of which nobody was told."""
    cooled = AccountChange.objects.filter(
        waiver="", cools_until__lte=today, state__in=[ChangeState.COOLING, ChangeState.IN_FORCE]
    ).exclude(standing="")  # decided before there was a cooling
    return with_told(cooled.exclude(_told()))


def stays_cool(*, change: AccountChange, today: date) -> bool:
    """Whether what has cooled waits because nobody was told, and the account before is paid."""
    before = PayeeAccount.objects.filter(
        payee=change.payee_id,
        superseded_at__isnull=True,
        valid__contains=today,
        accountblock__isnull=True,
    )
    waits = untold(today=today).filter(pk=change.pk).exists() or not _truly_told(change)
    return waits and before.exists()


def _truly_told(change: AccountChange) -> bool:
    """Whether what tells that somebody was told is ours: the notice from its beginning, and what
    became of it; or a dispute was found to be none."""
    steps = NoticeStep.objects.filter(notice__case=change.pk).select_related("notice")
    of_notice: dict[int, list[NoticeStep]] = {}
    for step in steps.order_by("state", "pk"):
        of_notice.setdefault(step.notice_id, []).append(step)
    reached = (some for some in of_notice.values() if some[-1].state in REACHED)
    if any(
        some[0].state == StepState.QUEUED and some[0].counts and some[-1].counts for some in reached
    ):
        return True
    return any(_truly_rejected(one) for one in _denied_in_vain(str(change.pk)))


def _truly_rejected(dispute: Case) -> bool:
    signed = Approval.objects.filter(
        subject_kind=CASE, subject_id=dispute.pk, step=REJECT, digest=dispute.digest
    )
    return dispute.counts and any(verify_all(list(signed)))
