"""Changes of accounts that are denied, and what two persons find, for tests; invented (演示)."""

from typing import Any

from backend.cases import acts
from backend.cases.decide import decide, review
from backend.cases.kinds import kind_of
from backend.cases.models import Case
from backend.cases.receive import receive_at_desk
from backend.people.models import Person
from payments import accounts
from tests import builders
from tests.builders import NOW, TODAY, Member
from tests.payments import payment_builders as pay
from tests.payments.check_builders import bank_says

NEW = "9900011000000000033"


def changed(*, confirmed: bool = False, by: Member | None = None, **facts: Any) -> Case:
    """Wang's account is changed; it cools unless the bank confirmed it."""
    case = proposed(**facts)
    if confirmed:
        bank_says()
    return pay.decided(case, by=by)


def proposed(**facts: Any) -> Case:
    """A clerk proposes another account for Wang."""
    return accounts.propose(
        **{
            "staff": builders.member(role="CLERK").staff,
            "payee_id": builders.wang().pk,
            "bank": "NSB",
            "account_no": NEW,
            "holder_name": "王秀英",
            "from_date": TODAY,
            "evidence": "新卡(演示)",
            "today": TODAY,
            **facts,
        }
    )


def denied(change: Case, party: Person | None = None, /, **content: object) -> Case:
    """Wang says at the window that it was not she."""
    told = {"change": change.pk, "told_by": "WINDOW", "note": "本人没有办理(演示)", **content}
    return receive_at_desk(
        staff=builders.member(role="CLERK").staff,
        kind="CHANGE_DISPUTE",
        party_id=(party or builders.wang()).pk,
        content=told,
        today=TODAY,
        acts=acts.registered(),
    )


def answered(dispute: Case, *, approve: bool) -> None:
    """Two persons decide."""
    review(case_id=dispute.pk, key=builders.member(role="REVIEWER").key, role="REVIEWER", now=NOW)
    said(dispute, approve=approve)


def approved(case: Case) -> Case:
    """Another change of hers is decided; what it does is told elsewhere."""
    two = kind_of(code=case.kind, on=TODAY).two_person
    if two:
        review(case_id=case.pk, key=builders.member(role="REVIEWER").key, role="REVIEWER", now=NOW)
    role = "APPROVER" if two else "REVIEWER"
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=builders.member(role=role).key,
        role=role,
        now=NOW,
        acts={case.kind: lambda _: 0},
    )


def said(dispute: Case, *, approve: bool, role: str = "APPROVER") -> None:
    """One of them decides."""
    decide(
        case_id=dispute.pk,
        approve=approve,
        reason="向本人和银行核实(演示)",
        key=builders.member(role=role).key,
        role=role,
        now=NOW,
        acts=acts.registered(),
    )
