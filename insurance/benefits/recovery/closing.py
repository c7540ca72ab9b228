"""Close a recovery (撤销、终结追回): nothing more is asked for by it.

Where the debtor's view was right, the wrong party was told, what was thought to be owed is not, or
no more can be had. What came back stays what came back; what is still owed stands in the memo
register, and another notice may ask for it.
"""

from django.db import transaction

from backend.cases import content
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.kernel.months import Month
from backend.people.supersede import end_from
from insurance.benefits.recovery.models import RecoveryStage, RecoveryStep, SetOff
from insurance.benefits.recovery.steps import PAPER_MAX, past_day, recovery_of


def check(case: Case) -> int:
    """At its receipt a RECOVERY_CLOSE case can be decided as it asks; writes nothing.

    Content: ``recovery``, ``closed_on``, ``reason``, ``document``.

    Raises:
        ContentInvalid, ProposalWaits, NoRecovery, RecoveryClosed.
    """
    content.require_only_proposal(case, recovery=case.content.get("recovery"))
    _closed(case)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a RECOVERY_CLOSE case; rows written. What is kept of a pension ends with it.

    A run that is being computed keeps what was planned when it opened.

    Raises:
        as ``check``, but for ProposalWaits.
    """
    step = _closed(case)
    step.save(force_insert=True)
    current = SetOff.objects.filter(recovery=step.recovery, superseded_at__isnull=True)
    month = Month.of(step.done_on)
    return 1 + end_from(current=current, from_date=month.first_day, case_id=case.pk)


def _closed(case: Case) -> RecoveryStep:
    recovery = recovery_of(case=case)
    day = past_day(case, "closed_on", "终结日期")
    last = RecoveryStep.objects.filter(recovery=recovery).latest("done_on")
    if day < last.done_on:
        raise ContentInvalid(
            f"终结日期不能早于已办的{last.get_stage_display()}（{last.done_on}）。", case_id=case.pk
        )
    return RecoveryStep(
        recovery=recovery,
        stage=RecoveryStage.CLOSED,
        done_on=day,
        document=content.text(case, "document", "文书号", most=PAPER_MAX),
        note=content.text(case, "reason", "撤销或终结的原因"),
        case_id=case.pk,
    )
