"""Print the letter of a notice (打印变更告知书); that it was posted is put down by hand."""

from django.utils import timezone

from backend.access.models import Staff
from backend.cases import kinds
from backend.kernel.errors import Refusal
from backend.notices.models import Notice
from backend.notices.steps import BY_HAND
from backend.people.queries import sights
from insurance.issuing.change_letter import Letter, change_letter
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.models import PaperKind


class NoLetter(Refusal):
    """This notice goes by telephone (此告知不用信函)."""

    code = "notice_no_letter"


def print_letter(*, notice: Notice, by: Staff) -> Out:
    """Print the letter of a notice that goes by letter, or is handed over at the window.

    Raises:
        NoLetter; as ``issue``.
    """
    if notice.channel not in BY_HAND:
        raise NoLetter("短信和电话回访不打印告知书。", notice=notice.pk)
    letter = _letter(notice)
    order = Order(
        kind=PaperKind.CHANGE_LETTER,
        case=notice.case,
        compose=lambda issued: change_letter(letter=letter, issued=issued),
        about=f"notice/{notice.pk}",
    )
    return issue(order=order, by=by)


def _letter(notice: Notice) -> Letter:
    case = notice.case
    on = timezone.localdate(case.decided_at or case.received_at)
    return Letter(
        addressee=sights(party_ids=[notice.party_id], on=on)[notice.party_id].name,
        address=notice.address,
        label=kinds.kind_of(code=case.kind, on=on).label,
        case_id=case.pk,
        decided_on=on,
        text=notice.text,
    )
