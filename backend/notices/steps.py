"""What becomes of letters and of notices at the window (告知办理): put down by hand."""

from django.db import transaction

from backend.access.models import Staff
from backend.audit.record import record
from backend.cases.decide import hands_of
from backend.kernel.errors import Refusal
from backend.notices.models import Notice, NoticeStep, StepState
from backend.notices.routes import Channel
from backend.notices.send import in_state
from backend.people.queries import family_of

BY_HAND = (Channel.LETTER.name, Channel.WINDOW.name)
STEPS = (StepState.SENT, StepState.FAILED, StepState.DELIVERED)


class NoticeStepWrong(Refusal):
    """This notice can not come to this state by hand (告知状态不符)."""

    code = "notice_step_wrong"
    status = 409


class NoticeOfOwnCase(Refusal):
    """Who had a hand in a case puts down nothing of its notices (经手人不能登记告知)."""

    code = "notice_of_own_case"


@transaction.atomic
def take_step(*, notice: Notice, to: StepState, detail: str, by: Staff) -> StepState:
    """Put down what became of a letter, or of what lies at the window; its state now.

    Raises:
        NoticeStepWrong; NoticeOfOwnCase: who made the change does not say that its person knows.
    """
    if hands_of(case=notice.case) & set(family_of(party_id=by.person_id)):
        raise NoticeOfOwnCase(
            f"您办理过业务件 {notice.case_id}，它的告知须由没有经手的人登记。", notice=notice.pk
        )
    if notice.channel not in BY_HAND or to not in STEPS:
        raise NoticeStepWrong("短信和电话回访的状态不由人工登记。", notice=notice.pk)
    if not in_state(*(one for one in StepState if one < to)).filter(pk=notice.pk).exists():
        raise NoticeStepWrong(f"此告知不能登记“{to.label}”。", notice=notice.pk)
    step = NoticeStep.of(notice, to, person_id=by.person_id, detail=detail)
    step.save(force_insert=True)
    record(
        name="notices.step",
        subject_kind="notices.notice",
        subject_id=str(notice.pk),
        rows=1,
        staff_id=by.pk,
        person_id=by.person_id,
        party_id=notice.party_id,
        after={"state": to.name},
    )
    return to
