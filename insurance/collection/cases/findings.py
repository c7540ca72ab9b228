"""Decide what the comparison found (比对差异处理): who is right, and what follows from it.

A decision changes neither register, declaration nor money: it closes the finding and names the
follow-up, which is done where it belongs – an enrolment or wage put right here, a declaration at
the tax bureau.
"""

from backend.cases import content, worklist
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from insurance.collection.models import Finding, FindingKind

REGISTER_RIGHT, TAX_RIGHT, REFUND_AT_TAX = "REGISTER_RIGHT", "TAX_RIGHT", "REFUND_AT_TAX"
DECLARATION_RIGHT, MONEY_RIGHT = "DECLARATION_RIGHT", "MONEY_RIGHT"
DECISIONS: dict[str, tuple[str, ...]] = {
    FindingKind.OTHER_AMOUNT: (REGISTER_RIGHT, TAX_RIGHT),
    FindingKind.OTHER_PERSON: (REGISTER_RIGHT, TAX_RIGHT),
    FindingKind.PAID_WITHOUT_REGISTER: (TAX_RIGHT, REFUND_AT_TAX),
    FindingKind.REGISTER_WITHOUT_PAYMENT: (REGISTER_RIGHT, TAX_RIGHT),
    FindingKind.NOT_DECLARED: (REGISTER_RIGHT, TAX_RIGHT),
    FindingKind.DUPLICATE: (REFUND_AT_TAX,),
    FindingKind.DECLARED_NOT_PAID: (DECLARATION_RIGHT, MONEY_RIGHT),
    FindingKind.PAID_NOT_DECLARED: (MONEY_RIGHT, REFUND_AT_TAX),
    FindingKind.PAID_OTHER_AMOUNT: (DECLARATION_RIGHT, MONEY_RIGHT, REFUND_AT_TAX),
}


class FindingMissing(Refusal):
    """There is no such finding (没有这条比对差异)."""

    code = "collection_finding_missing"


class FindingClosed(Refusal):
    """A finding is settled once (比对差异已处理)."""

    code = "collection_finding_closed"


class FindingDecisionInvalid(Refusal):
    """A kind of finding is decided in its own ways only (不能这样处理)."""

    code = "collection_finding_decision_invalid"


def check(case: Case) -> int:
    """At its receipt a COLLECTION_FINDING case can be decided as it asks; writes nothing.

    Content: ``finding``, ``decision``, ``follow_up``: what is put right, where, by which paper.

    Raises:
        ContentInvalid, FindingMissing, FindingClosed, FindingDecisionInvalid, ProposalWaits.
    """
    row = _open(case)
    content.require_only_proposal(case, finding=row.pk)
    return 0


def decide(case: Case) -> int:
    """The act of a COLLECTION_FINDING case: the finding is closed; rows written.

    Raises:
        as ``check``.
    """
    done = Finding.objects.filter(case_id=case.pk, closed_at__isnull=False)
    if done.exists():
        return 0
    row = _open(case)
    row.decision = str(case.content["decision"])
    row.case_id, row.closed_at = case.pk, case.decided_at
    row.save(update_fields=["decision", "case_id", "closed_at"])
    return 1


def assign(*, finding_ids: list[int], staff_id: int, by: int) -> int:
    """Give open findings to an owner; rows written."""
    return worklist.assign(
        of=Finding,
        ids=finding_ids,
        staff_id=staff_id,
        by=by,
        name="collection.assign_findings",
        subject_kind="collection.finding",
    )


def _open(case: Case) -> Finding:
    """The finding that a case speaks of, open, and decided in a way that its kind allows."""
    number = content.number(case, "finding", "比对差异")
    content.text(case, "follow_up", "后续更正（如参保更正、工资更正、税务更正申报的文书号）")
    row = Finding.objects.select_for_update().filter(pk=number).first()
    if row is None:
        raise FindingMissing(f"没有比对差异 {number}。", finding=number)
    if row.closed_at is not None:
        raise FindingClosed(f"比对差异 {number} 已处理：{row.decision}。", finding=number)
    allowed = DECISIONS[row.kind]
    if case.content.get("decision") not in allowed:
        raise FindingDecisionInvalid(
            f"“{row.get_kind_display()}”只能按 {'、'.join(allowed)} 处理。", allowed=allowed
        )
    return row
