"""Every kind of case about contributions takes two persons at least, and has its acts."""

import pytest

from backend.cases import acts, kinds
from backend.cases.decide import SamePerson, WrongState, decide, review
from backend.cases.models import Case
from backend.cases.receive import receive_case
from insurance.collection.cases.refund import BenefitRests
from insurance.enrolment.models import Kind
from insurance.enrolment.rests import MonthsRestedOn
from tests import builders
from tests.builders import NOW, Member
from tests.insurance.benefits import month_builders as of
from tests.insurance.enrolment import enrolment_builders as enrolled

KINDS = (
    *("COLLECTION_SUSPENSE", "COLLECTION_REFUND", "COLLECTION_DEFERRAL"),
    *("COLLECTION_BACK_PAYMENT", "COLLECTION_FINDING", "COLLECTION_UNDECLARED", "FUND_PAPER"),
    *("COLLECTION_TOP_UP", "COLLECTION_FIXED_AMOUNT", "COLLECTION_LATE_FEE"),
    "COLLECTION_TAKEN_OVER",
    *("ENROLMENT_CORRECTION", "ENROLMENT_ROLL", "ENROLMENT_WAGE"),
    "COLLECTION_TREASURY_REFUND",
)
HEAVY = (
    *("COLLECTION_REFUND", "COLLECTION_DEFERRAL", "COLLECTION_BACK_PAYMENT"),
    *("COLLECTION_TOP_UP", "ENROLMENT_CORRECTION", "ENROLMENT_ROLL", "ENROLMENT_WAGE"),
    "COLLECTION_TAKEN_OVER",
)
pytestmark = pytest.mark.django_db


def received(kind: str, by: Member) -> Case:
    """A case whose act is not run here."""
    return receive_case(
        kind=kind,
        agency=builders.agency(),
        party_id=builders.li().pk,
        content={
            "amount": "1.00",
            "whole": "1.00",
            "computed": "1.00",
            "decision": "REFUND" if kind == "COLLECTION_SUSPENSE" else "WITHDRAW",
            "from_month": "2026-02",
            "last_month": "2026-02",
        },
        received_by=by.key.person_id,
    )


def answer(case: Case, by: Member) -> Case:
    return decide(
        case_id=case.pk, approve=True, reason="", key=by.key, role=by.role, now=NOW,
        acts={kind: lambda _: 0 for kind in KINDS},
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_it_has_an_act_and_is_looked_at_when_it_comes_in(kind: str) -> None:
    assert {kind, f"{kind}.RECEIVED"} <= set(acts.registered())


def test_the_refund_asks_the_benefits() -> None:
    of.entitlement(of=builders.li(), scheme="110")
    case = builders.case(
        kind="COLLECTION_REFUND",
        party=builders.li(),
        content={
            "payer": builders.chen().pk,
            "person": builders.li().pk,
            "scheme": "110",
            "from_month": "2010-01",
            "last_month": "2010-01",
            "amount": "1.00",
            "whole": "1.00",
            "reason": "CREDIT_LEFT",
            "evidence": "退费申请 演示1号",
        },
    )

    for step in ("COLLECTION_REFUND.RECEIVED", "COLLECTION_REFUND"):
        with pytest.raises(BenefitRests):
            acts.registered()[step](case)


@pytest.mark.parametrize("kind", KINDS)
def test_who_receives_does_not_decide(kind: str) -> None:
    decider = builders.member(role="APPROVER" if kind in HEAVY else "REVIEWER")
    case = received(kind, decider)
    if kind in HEAVY:
        reviewer = builders.member(role="REVIEWER")
        review(case_id=case.pk, key=reviewer.key, role=reviewer.role, now=NOW)

    with pytest.raises(SamePerson):
        answer(case, decider)


@pytest.mark.parametrize("kind", HEAVY)
def test_what_gives_money_or_time_is_reviewed_first(kind: str) -> None:
    case = received(kind, builders.member(role="CLERK"))

    with pytest.raises(WrongState):
        answer(case, builders.member(role="APPROVER"))
    assert kinds.kind_of(code=kind, on=NOW.date()).two_person


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_decided_is_not_decided_again(kind: str) -> None:
    case = received(kind, builders.member(role="CLERK"))
    reviewer = builders.member(role="REVIEWER")
    decider = reviewer
    if kind in HEAVY:
        review(case_id=case.pk, key=reviewer.key, role=reviewer.role, now=NOW)
        decider = builders.member(role="APPROVER")
    answer(case, decider)

    with pytest.raises(WrongState):
        answer(case, builders.member(role=decider.role))


def test_the_merge_of_doubled_months_asks_the_benefits() -> None:
    """A pension of 170 that is in payment rests on the months that would be closed."""
    li = builders.li()
    months = enrolled.months("2026-01", "2027-01")
    goes = enrolled.enrolment(scheme="170", kind=Kind.RESIDENT, valid=months)
    stays = enrolled.enrolment(valid=months)
    of.entitlement(of=li, scheme="170", start=of.OCTOBER)
    case = builders.case(
        kind="ENROLMENT_MERGE",
        party=li,
        content={
            "close": goes.pk,
            "keep": stays.pk,
            "from_month": "2026-01",
            "last_month": "2026-12",
        },
    )

    for step in ("ENROLMENT_MERGE.RECEIVED", "ENROLMENT_MERGE"):
        with pytest.raises(MonthsRestedOn):
            acts.registered()[step](case)
