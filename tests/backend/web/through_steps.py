"""What many steps of a case or a month bring about (多步办成的对象), one behind each such address.

Made once by the real functions, in one city: where two topics want the same person, somebody else
plays her part. ``MAKERS`` stand in the order in which they must be made.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache, partial
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from backend.access.models import Agency
from backend.cases.acts import CaseAct
from backend.cases.archive.volumes import put_away
from backend.cases.decide import decide
from backend.cases.models import Case
from backend.kernel.identity import Sex
from backend.kernel.months import Month
from backend.notices.give import give_notices
from backend.notices.models import Notice
from backend.people.models import Person
from insurance.accounts.models import AccountEntry, Outgoing
from insurance.benefits import holds
from insurance.benefits.claims.models import Claim
from insurance.benefits.recovery.models import Recovery
from insurance.collection.models import Bill, BillLine
from insurance.issuing import print_slips
from insurance.issuing.office import tell
from insurance.pension.adjusting.adjusting_run import Asked
from insurance.pension.adjusting.models import Kind
from insurance.pension.models import RetirementApproval
from insurance.unemployment.models import AmountChange, RefundEntry, Registration
from insurance.unemployment.models import Claim as UnemploymentClaim
from payments.ledger.models import Entry, LedgerMonth
from payments.models import Discrepancy
from tests import builders
from tests.backend.cases import agent_builders, filing_builders, material_builders
from tests.backend.cases import objection_builders as objections
from tests.backend.notices.notice_builders import ADDRESS, reach
from tests.flows.stories import decided_at_api
from tests.insurance.accounts import account_builders, transfer_builders
from tests.insurance.benefits import back_pay_builders, month_builders
from tests.insurance.benefits.recovery import recovery_builders
from tests.insurance.collection import bill_builders
from tests.insurance.enrolment import enrolment_builders
from tests.insurance.issuing import issuing_builders
from tests.insurance.pension import pension_builders, survivor_builders, switch_builders
from tests.insurance.pension.adjusting import adjusting_builders
from tests.insurance.unemployment import claim_builders, refund_builders, refund_paper_builders
from tests.insurance.unemployment.amount_tree import with_amounts
from tests.payments import payment_builders as paid

Where = Mapping[str, Any]
OCTOBER = Month(2026, 10)
CAST = ("wang", "li", "zhao", "chen")
IN_JANUARY = builders.NOW.replace(year=2027, month=1)
RAISE = {"region": "340800", "from_month": "2026-12", "document": "演示人社秘〔2026〕9号"}


@contextmanager
def other_people(*parts: str) -> Iterator[pytest.MonkeyPatch]:
    """Let persons of whom nothing is known yet play these parts, all of the cast if none is said:
    as old, with another number."""
    with pytest.MonkeyPatch.context() as patch:
        for part in parts or CAST:
            patch.setattr(builders, part, cache(partial(_stand_in, getattr(builders, part))))
        yield patch


def _stand_in(part: Callable[[], Person]) -> Person:
    of = part()
    return builders.person(name="江守义", birth_date=of.birth_date, sex=Sex(of.sex))


def _recovery() -> dict[str, Where]:
    """Wang was paid too much and ordered to give it back; somebody else was paid late."""
    with other_people("wang", "chen"):
        late = back_pay_builders.awarded_late(builders.wang())
    recovery_builders.overpaid()
    told, ordered = recovery_builders.told_and_ordered_today()
    wang = builders.wang().pk
    decided_at_api(kind="RECOVERY_NOTICE", party_id=wang, content=told, hands=("CLERK", "REVIEWER"))
    found = Recovery.objects.get()
    decided_at_api(kind="RECOVERY_ORDER", party_id=wang, content={**ordered, "recovery": found.pk})
    return {
        "recovery-one": {"pk": found.pk},
        "recovery-paper": {"pk": found.pk, "paper": "notice"},
        "due-one": {"pk": late.due_set.earliest("pk").pk},
        "due-notice": {"pk": late.due_set.filter(kind=2).earliest("pk").pk},
    }


def _slips() -> dict[str, Where]:
    """Three apply: one is accepted, one asked for more, one turned away on paper."""
    clerk = filing_builders.clerk()
    with other_people("zhao"):
        accepted = filing_builders.filed(clerk)
        material_builders.of(accepted, title="终止劳动合同证明")
        filing_builders.accepted(accepted, clerk)
    with other_people("zhao"):
        asked = filing_builders.filed(clerk)
        filing_builders.asked(asked, clerk)
    with other_people("zhao"):
        declined = filing_builders.filed(clerk, now=timezone.now())
        declined = filing_builders.declined(
            declined, filing_builders.reviewer(), now=timezone.now()
        )
    paper = print_slips.print_declined(case=declined, by=clerk.staff).paper
    code = {"number": paper.number, "check": paper.check_code}
    return {
        "case-receipt": {"pk": accepted.pk},
        "case-correction-notice": {"pk": asked.pk},
        "case-declined": {"pk": declined.pk},
        "delivery-record": {"pk": paper.pk},
        "paper-deliver": {"pk": paper.pk},
        "paper-check": code,
        "paper-check-short": code,
    }


def _mandate() -> dict[str, Where]:
    return {"mandate-end": {"pk": agent_builders.granted(filing_builders.reviewer()).pk}}


def _objection() -> dict[str, Where]:
    hands = objections.hands()
    told = objections.decided(hands.decider)
    case = objections.objection(told)
    case = objections.reviewed(case, hands.reviewer)
    objections.answered(case, hands.approver, grant=False, answer="账号与存折一致")
    with other_people():
        objections.objection(objections.decided(hands.decider))  # not answered yet
    return {"objection-answer": {"pk": case.pk}, "case-decision": {"pk": told.pk}}


def _letter() -> dict[str, Where]:
    reach(builders.wang(), address=ADDRESS)
    give_notices(case=issuing_builders.decided(), more="", call_back=False)
    return {"notice-letter": {"pk": Notice.objects.latest("pk").pk}}


def _loan() -> dict[str, Where]:
    """A volume is lent."""
    clerk, client = filing_builders.clerk(), Client()
    decider = builders.member(role="REVIEWER", of=builders.chen())
    ended = objections.decided(decider, kind="DEATH")
    (archived,) = put_away(case_ids=[ended.pk], staff=clerk.staff, now=builders.NOW)
    client.force_login(clerk.staff)
    due = timezone.localdate() + timedelta(days=10)
    lent = client.post(
        "/api/v1/archive/loans/",
        {"volume": archived.volume_id, "borrower": "市审计局", "purpose": "审计", "due_on": due},
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )
    return {"archive-return": {"pk": lent.json()["id"]}}


def _change_notices() -> dict[str, Where]:
    """A pension is held; another is refused."""
    content = {
        "entitlement": month_builders.entitlement(of=builders.wang()).pk,
        "reason": "SUSPENDED",
        "from_month": "2026-11",
        "note": "两地领取，待核实（演示）",
    }
    held = _decided(builders.case(kind="HOLD", content=content), act=holds.hold)
    with other_people("wang", "chen"):
        refused = builders.case(kind="PENSION_AWARD", content={"scheme": "110"})
        objections.reviewed(refused, builders.member(role="REVIEWER", of=builders.zhao()))
        _decided(refused, role="APPROVER", refusing="缴费月数不足15年（演示）")
    return {"case-notice": {"pk": held.pk}, "case-refusal": {"pk": refused.pk}}


def _survivors() -> dict[str, Where]:
    survivor_builders.pension()
    survivor_builders.died()
    content = {"scheme": "110", "heirs": survivor_builders.three()}
    case = claim_builders.through_hands(
        kind="SURVIVOR_GRANT", content=content, person=builders.wang()
    )
    where = {"pk": Claim.objects.get(case_id=case.pk).pk}
    return {"claim-one": where, "claim-sheet": where}


def _award() -> dict[str, Where]:
    """A man retires; another waits for his award."""
    award = pension_builders.retired_by_law()
    with _another_man() as other:
        pension_builders.recognise()
        pension_builders.approve()
        waits = pension_builders.waiting(
            kind="PENSION_AWARD", content=pension_builders.award(open_accepted=True)
        )
    approval = RetirementApproval.objects.filter(person=award.person_id).latest("pk")
    return {
        "award-one": {"pk": award.pk},
        "award-sheet": {"pk": award.pk},
        "award-trial": {"pk": waits.pk},
        "retirement-check": {"pk": other.pk},
        "retirement-approval-sheet": {"pk": approval.pk},
    }


def _switch() -> dict[str, Where]:
    with _another_man():
        return {"switch-sheet": {"pk": switch_builders.switched("170").pk}}


@contextmanager
def _another_man() -> Iterator[Person]:
    """Somebody as old retires, or goes over."""
    other = builders.person(name="操守义", birth_date=pension_builders.man().birth_date)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pension_builders, "man", lambda: other)
        yield other


def _account() -> dict[str, Where]:
    """Somebody emigrates with the account; another moves to another province."""
    li = builders.li()
    account_builders.entry(person_id=li.pk, month="2026-01", fen=1_000_000)
    content = {"scheme": "110", "month": "2026-07", "reason": "EMIGRATED", "evidence": "演示"}
    case = pension_builders.through_hands(kind="ACCOUNT_LUMP_SUM", content=content, of=li)
    moves = transfer_builders.at_the_letter()
    with other_people("wang"):
        wang = builders.wang()
        account_builders.entry(person_id=wang.pk, month="2026-01", fen=1_000_000)
        asked: dict[str, object] = {
            "transfer": transfer_builders.at_the_letter().pk,
            "scheme": "110",
            "month": "2026-11",
            "on": "2026-11-02",
            "document_no": "XX-1",
            "bases": transfer_builders.BASES,
        }
        moved = pension_builders.through_hands(kind="TRANSFER_OUT", content=asked, of=wang)
    return {
        "account-sheet": {"pk": case.pk},
        "account-entry-one": {"pk": AccountEntry.objects.earliest("pk").pk},
        "outgoing-one": {"pk": Outgoing.objects.get(case_id=case.pk).pk},
        "transfer-steps": {"pk": moves.pk},
        "transfer-sheet": {"pk": moved.pk},
    }


def _adjustment() -> dict[str, Where]:
    with pytest.MonkeyPatch.context() as patch:
        adjusting_builders.plan(patch, year=2026)
        adjusting_builders.standards(patch)
        drawn = adjusting_builders.retired(of=builders.wang())
        content = {
            "region": "340800",
            "year": 2026,
            "document": adjusting_builders.NOTICE,
            "not_by_old_system": True,
        }
        case = pension_builders.through_hands(
            kind="PENSION_ADJUSTMENT", content=content, of=builders.chen()
        )
        asked = Asked(Kind.YEARLY, "340800", Month(2026, 1))
        run = adjusting_builders.adjusted(asked, case_id=case.pk)
    return {"adjustment-sheet": {"run_id": run.pk, "entitlement_id": drawn.pk}}


def _unemployment() -> dict[str, Where]:
    """Zhao draws, then more; another's claim waits."""
    with other_people("zhao"):
        claim_builders.out_of_work()
        waits = claim_builders.waiting(content=claim_builders.claim_content(open_accepted=True))
    claim_builders.out_of_work()
    month_builders.account(of=builders.zhao().pk)
    case = claim_builders.through_hands(
        kind="UNEMPLOYMENT_CLAIM", content=claim_builders.claim_content()
    )
    claim = UnemploymentClaim.objects.get(case_id=case.pk)
    with pytest.MonkeyPatch.context() as patch:
        with_amounts(patch, {"2026-12-01": 1_854})
        content = {**RAISE, "received_date": "2027-01-05"}
        case = claim_builders.through_hands(
            kind="UNEMPLOYMENT_AMOUNT", content=content, on=IN_JANUARY
        )
    change = AmountChange.objects.get(case_id=case.pk)
    row = Registration.objects.get(person=builders.zhao().pk, superseded_at=None)
    late = enrolment_builders.employer(serial=9).pk
    enrolment_builders.enrolment(
        person_id=builders.person(name="方小满").pk,
        scheme="210",
        payer_id=late,
        valid=enrolment_builders.months("2020-01", str(Month.of(timezone.localdate()).previous)),
    )
    return {
        "overdue-report-notice": {"pk": late},
        "unemployment-claim-one": {"pk": claim.pk},
        "unemployment-claim-sheet": {"pk": claim.pk},
        "unemployment-claim-trial": {"pk": waits.pk},
        "unemployment-amount-notice": {"pk": change.pk, "claim_id": claim.pk},
        "unemployment-registration-end": {"pk": row.pk},
    }


def _bills() -> dict[str, Where]:
    bill_builders.li_works()
    run = bill_builders.bill()["EMPLOYERS"]
    bill = Bill.objects.filter(run=run, scheme="110").latest("pk")
    return {
        "bill-one": {"pk": bill.pk},
        "bill-lines": {"pk": bill.pk},
        "bill-key-one": {"pk": BillLine.objects.filter(scheme="110").latest("pk").key_id},
        "bill-run-one": {"pk": run.pk},
    }


def _refunds() -> dict[str, Where]:
    """One employer gets a refund, to which somebody objected in vain; one paid too little."""
    payer, short = refund_builders.employer(serial=7), refund_builders.employer(serial=8, paid=3)
    found = refund_builders.listed()
    objection = refund_paper_builders.answered(found, payer, approve=False)
    with other_people("chen"):
        refund_paper_builders.granted(found)
    entries = RefundEntry.objects.filter(list=found)
    return {
        "refund-notice": {"agency": builders.agency().code, "year": found.year},
        "refund-answer": {"pk": objection.pk},
        "refund-decision": {"pk": entries.get(payer=payer).pk},
        "refund-refusal": {"pk": entries.get(payer=short).pk},
    }


def _payments() -> dict[str, Where]:
    """The bank leaves one payment open, and what was sent stands in the ledger."""
    with pytest.MonkeyPatch.context() as patch:  # the month of who was paid too much is over
        patch.setattr(paid, "PERIOD", OCTOBER)
        patch.setattr(paid, "PAY_DATE", OCTOBER.first_day.replace(day=10))
        batch = paid.answered(paid.PAID, paid.UNKNOWN)
    return {
        "batch-one": {"pk": batch.pk},
        "batch-opened": {"pk": batch.pk},
        "batch-lines": {"batch_id": batch.pk},
        **{f"batch-{what}": {"pk": batch.pk} for what in ("totals", "review", "held", "interim")},
        "discrepancy-one": {"pk": Discrepancy.objects.latest("pk").pk},
        "discrepancy-propose": {"pk": Discrepancy.objects.latest("pk").pk},
        "entry-one": {"pk": Entry.objects.latest("pk").pk},
        "ledger-month-one": {"pk": LedgerMonth.objects.latest("pk").pk},
    }


def _decided(
    case: Case,
    *,
    act: CaseAct = objections.nothing,
    role: str = "REVIEWER",
    refusing: str = "",
) -> Case:
    """Signed by somebody of a role, with a yes, or a no for this reason."""
    by = builders.member(role=role, of=builders.chen())
    return decide(
        case_id=case.pk,
        approve=not refusing,
        reason=refusing,
        key=by.key,
        role=role,
        now=timezone.now(),
        acts={case.kind: act},
    )


def medical() -> Agency:
    """Keeps other books and serves other insurances than the pensions' agency."""
    other = builders.agency(code="34080002", name="演示医保局")
    other.kind, other.schemes = "MEDICAL", ["310", "390"]
    other.save()
    return other


MAKERS: tuple[Callable[[], dict[str, Where]], ...] = (
    _recovery,
    _slips,
    _mandate,
    _objection,
    _letter,
    _loan,
    _change_notices,
    _survivors,
    _award,
    _switch,
    _account,
    _unemployment,
    _bills,
    _refunds,
    _payments,
    _adjustment,
)


def made() -> dict[str, Where]:
    """Everything, by the name of its route."""
    issuing_builders.configured()
    tell(agency=pension_builders.department(), facts=issuing_builders.FACTS)
    month_builders.office()
    medical()
    found = dict[str, Where]()
    for make in MAKERS:
        with other_people():
            found |= make()
    return found
