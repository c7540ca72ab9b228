"""Note, or lift, that an employer has not declared (未按规定申报): proposed, then decided."""

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.months import Month
from insurance.collection.bills.undeclared_employers import lift_undeclared, note_undeclared

NOTE, LIFT = "NOTE", "LIFT"


def check(case: Case) -> int:
    """At its receipt a COLLECTION_UNDECLARED case says what is to be noted; writes nothing.

    Content: ``change`` (NOTE or LIFT), ``month`` from which on, ``reason`` of a note.

    Raises:
        ContentInvalid, MonthInvalid; ProposalWaits.
    """
    _asked(case)
    content.require_only_proposal(case, of_party=True)
    return 0


def decide(case: Case) -> int:
    """The act of a COLLECTION_UNDECLARED case; what it does is recorded there.

    Raises:
        see ``note_undeclared``, ``lift_undeclared``.
    """
    change, month, reason = _asked(case)
    today = content.day_of(case)
    if change == NOTE:
        note_undeclared(payer_id=case.party_id, from_month=month, reason=reason, today=today)
    else:
        lift_undeclared(payer_id=case.party_id, until_month=month, today=today)
    return 0


def _asked(case: Case) -> tuple[str, Month, str]:
    change = content.choice(case, "change", "变动", (NOTE, LIFT))
    reason = content.text(case, "reason", "依据", most=120) if change == NOTE else ""
    return change, Month.parse(case.content.get("month")), reason
