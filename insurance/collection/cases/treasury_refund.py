"""Decide what becomes of owed refunds (退库处理): what the treasury said, or what follows on it.

Finance proposes, another person decides. PAID and REFUSED enter the treasury's answer by hand, line
by line; AGAIN asks once more for what it refused, WITHDRAW lets the money stay; EXPLAINED closes
answers that could not be taken for what they say.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q

from backend.cases import content
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.collection.matching.allocate import wait_for_others
from insurance.collection.matching.give_back import keep_after_all
from insurance.collection.models import (
    RefundAnswer,
    RefundOutcome,
    RefundState,
    TreasuryRefund,
)
from insurance.collection.refund_answers import answered

PAID, REFUSED, AGAIN, WITHDRAW, EXPLAINED = (
    *("PAID", "REFUSED", "AGAIN", "WITHDRAW"),
    "EXPLAINED",
)
# What may be decided of a refund in which state.
STATES: Mapping[str, tuple[RefundState, ...]] = {
    PAID: (RefundState.DECIDED, RefundState.LISTED, RefundState.REFUSED),
    REFUSED: (RefundState.LISTED,),
    AGAIN: (RefundState.REFUSED,),
    WITHDRAW: (RefundState.DECIDED, RefundState.REFUSED),
    EXPLAINED: (),
}
DECISIONS = tuple(STATES)
DOCUMENT_MAX = 40


class RefundNotSo(Refusal):
    """A refund in this state is not decided so (退库状态不符)."""

    code = "collection_refund_not_so"


class AnswerNotOpen(Refusal):
    """There is no such answer, or it was looked into (没有待处理的回执)."""

    code = "collection_answer_not_open"


@dataclass(frozen=True)
class Asked:
    """What a case says of which refunds and answers."""

    decision: str
    refunds: list[TreasuryRefund]
    answers: list[RefundAnswer]


def check(case: Case) -> int:
    """At its receipt a COLLECTION_TREASURY_REFUND case can be decided as it asks; writes nothing.

    Content: ``decision``, ``evidence``; ``refunds``, a table for each ``refund``, of PAID with its
    ``amount``; of PAID and REFUSED the ``day``, of PAID the ``document`` of the treasury; whatever
    is decided, the ``answers`` in trouble that are settled with it.

    Raises:
        ContentInvalid, RefundNotSo, AnswerNotOpen, ProposalWaits.
    """
    _asked(case)
    about = {name: case.content[name] for name in ("refunds", "answers") if name in case.content}
    content.require_only_proposal(case, **about)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a COLLECTION_TREASURY_REFUND case; rows written, once.

    Vouchers, account entries and a match record themselves.

    Raises:
        as ``check``, but for ProposalWaits; NoBook, SettingsUnverified.
    """
    wait_for_others()
    if _is_done(case):
        return 0
    asked = _asked(case)
    for answer in asked.answers:
        answer.closed_case_id, answer.closed_at = case.pk, case.decided_at
        answer.save(update_fields=["closed_case_id", "closed_at"])
    return len(asked.answers) + ACTS[asked.decision](case, asked.refunds)


def _is_done(case: Case) -> bool:
    answers = RefundAnswer.objects.filter(Q(case_id=case.pk) | Q(closed_case_id=case.pk))
    refunds = TreasuryRefund.objects.filter(Q(again_case_id=case.pk) | Q(undone__case_id=case.pk))
    return answers.exists() or refunds.exists()


def _enter(case: Case, refunds: Sequence[TreasuryRefund]) -> int:
    outcome = RefundOutcome(str(case.content["decision"]))
    paid = outcome == RefundOutcome.PAID
    document = content.text(case, "document", "国库凭证号", most=DOCUMENT_MAX) if paid else ""
    day = content.day(case, "day", "退库日期")
    for refund in refunds:
        RefundAnswer.objects.create(
            case_id=case.pk,
            refund=refund,
            refund_no=refund.number,
            outcome=outcome,
            document=document,
            day=day,
            fen=refund.fen,
            reason="" if paid else content.text(case, "evidence", "依据"),
        )
        answered(
            refund=refund, outcome=outcome, day=day, document=document, told_by=case.received_by
        )
    return 2 * len(refunds)


def _send_again(case: Case, refunds: Sequence[TreasuryRefund]) -> int:
    for refund in refunds:
        refund.state, refund.attempt = RefundState.DECIDED, refund.attempt + 1
        refund.again_case_id = case.pk
        refund.save(update_fields=["state", "attempt", "again_case_id"])
    return len(refunds)


def _withdraw(case: Case, refunds: Sequence[TreasuryRefund]) -> int:
    keep_after_all(refunds=refunds, case_id=case.pk, today=content.day_of(case))
    return 0


def _explain(case: Case, refunds: Sequence[TreasuryRefund]) -> int:
    return 0


ACTS: Mapping[str, Callable[[Case, Sequence[TreasuryRefund]], int]] = {
    PAID: _enter,
    REFUSED: _enter,
    AGAIN: _send_again,
    WITHDRAW: _withdraw,
    EXPLAINED: _explain,
}


def _asked(case: Case) -> Asked:
    decision = content.choice(case, "decision", "处理", DECISIONS)
    content.text(case, "evidence", "依据")
    rows = content.rows(case, "refunds", "退库")
    numbers = [content.number(row, "refund", "退库") for row in rows]
    answers = _answers(case)
    if len(set(numbers)) < len(numbers) or bool(numbers) == (decision == EXPLAINED):
        raise ContentInvalid("请逐笔写明退库（只处理回执的不写），每笔一次。", case_id=case.pk)
    if decision == EXPLAINED and not answers:
        raise ContentInvalid("请写明处理哪些回执。", case_id=case.pk)
    held = TreasuryRefund.objects.select_for_update().filter(pk__in=numbers)
    refunds = list(held.order_by("pk"))
    if len(refunds) < len(numbers):
        raise ContentInvalid("没有这笔退库。", case_id=case.pk)
    _require_state(decision, refunds)
    if decision in (PAID, REFUSED):
        _require_paper(case, decision, refunds)
    if decision == PAID:
        amounts = {row.content["refund"]: content.fen(row, "amount", "退库金额") for row in rows}
        _require_amounts(case, refunds, amounts)
    return Asked(decision, refunds, answers)


def _answers(case: Case) -> list[RefundAnswer]:
    rows = content.rows(case, "answers", "回执")
    numbers = {content.number(row, "answer", "回执") for row in rows}
    held = RefundAnswer.objects.select_for_update().filter(pk__in=numbers, closed_at__isnull=True)
    answers = list(held.exclude(trouble="").order_by("pk"))
    if len(answers) < len(numbers):
        raise AnswerNotOpen("没有这笔回执，或者它没有问题、已经处理。")
    return answers


def _require_state(decision: str, refunds: Sequence[TreasuryRefund]) -> None:
    for refund in refunds:
        if refund.state not in STATES[decision]:
            raise RefundNotSo(
                f"退库 {refund.pk} {refund.get_state_display()}，不能按 {decision} 处理。",
                refund=refund.pk,
            )


def _require_paper(case: Case, decision: str, refunds: Sequence[TreasuryRefund]) -> None:
    """The treasury's paper is of a day between the last decision and today; a demonstration plays
    its months on their own days."""
    if decision == PAID:
        content.text(case, "document", "国库凭证号", most=DOCUMENT_MAX)
    day: date = content.day(case, "day", "退库日期")
    today = content.day_of(case)
    first = max(refund.decided_on for refund in refunds)
    if not first <= day <= (max(today, Month.of(first).last_day) if is_demo() else today):
        raise ContentInvalid("退库日期应不早于决定退库的日期，不晚于今天。", case_id=case.pk)


def _require_amounts(
    case: Case, refunds: Sequence[TreasuryRefund], amounts: Mapping[object, int]
) -> None:
    for refund in refunds:
        if amounts[refund.pk] != refund.fen:
            raise ContentInvalid(
                f"退库 {refund.pk} 应退 {Money(refund.fen)} 元，写的是"
                f" {Money(amounts[refund.pk])} 元。",
                case_id=case.pk,
            )
