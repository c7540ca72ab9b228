"""Decide what becomes of owed refunds (退库处理): what the treasury said, or what follows on it.

Finance proposes, another person decides. PAID and REFUSED enter the treasury's answer by hand, line
by line; AGAIN asks once more for what it refused or paid a part of, WITHDRAW lets the money stay;
EXPLAINED closes answers that could not be taken for what they say, or say what is booked already,
BOOK books what they say was paid. What was paid beyond what is owed then COUNTs to a refund or is
RETURNED.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q

from backend.cases import content
from backend.cases.authority import Weight
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.collection import refund_advances, refund_papers
from insurance.collection.cases.refund import SCHEMES
from insurance.collection.matching.allocate import wait_for_others
from insurance.collection.matching.give_back import keep_after_all
from insurance.collection.models import (
    AdvanceUse,
    Channel,
    RefundAdvance,
    RefundAnswer,
    RefundOutcome,
    RefundState,
    TreasuryRefund,
)
from insurance.collection.refund_answers import answered

PAID, REFUSED, AGAIN, WITHDRAW = "PAID", "REFUSED", "AGAIN", "WITHDRAW"
EXPLAINED, BOOK, COUNT, RETURNED = "EXPLAINED", "BOOK", "COUNT", "RETURNED"
OF_ANSWERS, OF_ADVANCES = (EXPLAINED, BOOK), (COUNT, RETURNED)
# What may be decided of a refund in which state.
STATES: Mapping[str, tuple[RefundState, ...]] = {
    PAID: refund_advances.OWED,
    REFUSED: (RefundState.LISTED,),
    AGAIN: (RefundState.REFUSED, RefundState.PART),
    WITHDRAW: (RefundState.DECIDED, RefundState.REFUSED),
}
DECISIONS = (*STATES, *OF_ANSWERS, *OF_ADVANCES)
DOCUMENT_MAX = 40


class RefundNotSo(Refusal):
    """A refund in this state is not decided so (退库状态不符)."""

    code = "collection_refund_not_so"


class AnswerNotOpen(Refusal):
    """There is no such answer, or it was looked into (没有待处理的回执)."""

    code = "collection_answer_not_open"


class AdvanceNotOpen(Refusal):
    """There is no such advance, or it is named twice (没有这笔国库多付)."""

    code = "collection_advance_not_open"


@dataclass(frozen=True)
class Use:
    """What a case says of an advance: so much of it counts to a refund, or came back."""

    advance: RefundAdvance
    refund: TreasuryRefund | None
    fen: int


@dataclass(frozen=True)
class Asked:
    """What a case says of which refunds, answers and advances."""

    decision: str
    refunds: list[TreasuryRefund]
    answers: list[RefundAnswer]
    uses: list[Use]


def check(case: Case) -> int:
    """At its receipt a COLLECTION_TREASURY_REFUND case can be decided as it asks; writes nothing.

    Content: ``decision``, ``evidence``; ``refunds``, a table for each ``refund``, of PAID with its
    ``amount`` (what has not gone back); of PAID, REFUSED and RETURNED the ``day``, of PAID and
    RETURNED the ``document`` of the treasury; whatever is decided, the ``answers`` in trouble that
    are settled with it, of BOOK with the ``amount`` of each, and ``scheme`` and ``channel`` where
    they name no refund of ours; of COUNT and RETURNED ``advances``, a table for each ``advance``
    with its ``amount``, of COUNT with the ``refund`` that it pays and the ``total`` of the advance.

    Raises:
        ContentInvalid, RefundNotSo, PaidPerhaps, AnswerNotOpen, BookedBefore, AdvanceNotOpen,
        ProposalWaits.
    """
    _asked(case)
    named = ("refunds", "answers", "advances")
    content.require_only_proposal(
        case, **{name: case.content[name] for name in named if name in case.content}
    )
    return 0


def weigh(asks: content.Asks) -> Weight:
    """What a COLLECTION_TREASURY_REFUND case weighs: what it books beyond what was asked for, and
    the whole of each advance that counts, however little of it at a time."""
    decision = content.choice(asks, "decision", "处理", DECISIONS)
    if decision == BOOK:
        rows = content.rows(asks, "answers", "回执")
        return Weight(fen=sum(content.fen(row, "amount", "金额") for row in rows))
    rows = content.rows(asks, "advances", "国库多付") if decision == COUNT else ()
    totals = {content.number(row, "advance", "国库多付"): _total_of(row) for row in rows}
    return Weight(fen=sum(totals.values()))


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a COLLECTION_TREASURY_REFUND case; rows written, once.

    Vouchers, account entries and a match record themselves.

    Raises:
        as ``check``, but for ProposalWaits; AdvanceDiffers, NoBook, SettingsUnverified.
    """
    wait_for_others()
    if _is_done(case):
        return 0
    asked = _asked(case)
    for answer in asked.answers:
        answer.closed_case_id, answer.closed_at = case.pk, case.decided_at
        answer.save(update_fields=["closed_case_id", "closed_at"])
    return len(asked.answers) + ACTS[asked.decision](case, asked)


def _is_done(case: Case) -> bool:
    answers = RefundAnswer.objects.filter(Q(case_id=case.pk) | Q(closed_case_id=case.pk))
    refunds = TreasuryRefund.objects.filter(Q(again_case_id=case.pk) | Q(undone__case_id=case.pk))
    uses = AdvanceUse.objects.filter(case_id=case.pk)
    return answers.exists() or refunds.exists() or uses.exists()


def _enter(case: Case, asked: Asked) -> int:
    """Booked scheme by scheme, as the treasury's files are: nobody waits in a circle."""
    outcome = RefundOutcome(str(case.content["decision"]))
    paid = outcome == RefundOutcome.PAID
    document = content.text(case, "document", "国库凭证号", most=DOCUMENT_MAX) if paid else ""
    day = content.day(case, "day", "退库日期")
    for refund in sorted(asked.refunds, key=lambda one: (one.scheme, one.pk)):
        fen = refund_advances.rest_of(refund=refund)
        RefundAnswer.objects.create(
            case_id=case.pk,
            refund=refund,
            refund_no=refund.number,
            outcome=outcome,
            document=document,
            day=day,
            fen=fen,
            reason="" if paid else content.text(case, "evidence", "依据"),
        )
        answered(
            refund=refund,
            outcome=outcome,
            fen=fen,
            day=day,
            document=document,
            told_by=case.received_by,
        )
    return 2 * len(asked.refunds)


def _send_again(case: Case, asked: Asked) -> int:
    for refund in asked.refunds:
        refund.state, refund.attempt = RefundState.DECIDED, refund.attempt + 1
        refund.again_case_id = case.pk
        refund.save(update_fields=["state", "attempt", "again_case_id"])
    return len(asked.refunds)


def _withdraw(case: Case, asked: Asked) -> int:
    keep_after_all(refunds=asked.refunds, case_id=case.pk, today=content.day_of(case))
    return 0


def _explain(case: Case, asked: Asked) -> int:
    return 0


def _book(case: Case, asked: Asked) -> int:
    by = refund_advances.Decided(case, content.day_of(case))
    named = {row.content["answer"]: row for row in content.rows(case, "answers", "回执")}
    told = [(one, *_money_of(one, named[one.pk])) for one in asked.answers]
    told.sort(key=lambda one: (one[1], one[0].pk))
    return sum(
        refund_advances.book(answer=answer, scheme=scheme, channel=channel, by=by)
        for answer, scheme, channel in told
    )


def _count(case: Case, asked: Asked) -> int:
    by = refund_advances.Decided(case, content.day_of(case))
    return sum(
        refund_advances.count(advance=one.advance, refund=one.refund, fen=one.fen, by=by)
        for one in asked.uses
        if one.refund is not None
    )


def _take_in(case: Case, asked: Asked) -> int:
    by = refund_advances.Decided(case, content.day(case, "day", "退回日期"))
    document = content.text(case, "document", "国库凭证号", most=DOCUMENT_MAX)
    return sum(
        refund_advances.take_in(advance=one.advance, fen=one.fen, document=document, by=by)
        for one in asked.uses
    )


ACTS: Mapping[str, Callable[[Case, Asked], int]] = {
    PAID: _enter,
    REFUSED: _enter,
    AGAIN: _send_again,
    WITHDRAW: _withdraw,
    EXPLAINED: _explain,
    BOOK: _book,
    COUNT: _count,
    RETURNED: _take_in,
}


def _asked(case: Case) -> Asked:
    decision = content.choice(case, "decision", "处理", DECISIONS)
    content.text(case, "evidence", "依据")
    rows = content.rows(case, "refunds", "退库")
    numbers = [content.number(row, "refund", "退库") for row in rows]
    answers, uses = _answers(case, decision), _uses(case, decision)
    if len(set(numbers)) < len(numbers) or bool(numbers) != (decision in STATES):
        raise ContentInvalid("请逐笔写明退库（只处理回执、多付的不写），每笔一次。")
    refunds = _held(numbers)
    _require_state(decision, refunds)
    if decision in (AGAIN, WITHDRAW):
        refund_papers.require_looked_into(refunds=refunds, settled=answers)
    if decision in (PAID, REFUSED):
        first = max(refund.decided_on for refund in refunds)
        _require_paper(case, first, paid=decision == PAID)
    if decision == PAID:
        fens = [content.fen(row, "amount", "退库金额") for row in rows]
        amounts = dict(zip(numbers, fens, strict=True))
        _require_amounts(case, refunds, amounts)
        refund_papers.require_new(
            refunds=refunds,
            amounts=amounts,
            document=str(case.content["document"]).strip(),
            settled=answers,
        )
    if decision == RETURNED:
        _require_paper(case, max(one.advance.answer.day for one in uses), paid=True)
    return Asked(decision, refunds, answers, uses)


def _held(numbers: Sequence[int]) -> list[TreasuryRefund]:
    """Refunds by their numbers, held in their order."""
    held = TreasuryRefund.objects.select_for_update(of=("self",)).filter(pk__in=numbers)
    refunds = list(held.select_related("suspense").order_by("pk"))
    if len(refunds) < len(set(numbers)):
        raise ContentInvalid("没有这笔退库。")
    return refunds


def _answers(case: Case, decision: str) -> list[RefundAnswer]:
    rows = content.rows(case, "answers", "回执")
    numbers = {content.number(row, "answer", "回执") for row in rows}
    if decision in OF_ANSWERS and not numbers:
        raise ContentInvalid("请写明处理哪些回执。", case_id=case.pk)
    held = RefundAnswer.objects.select_for_update().filter(pk__in=numbers, closed_at__isnull=True)
    answers = list(held.exclude(trouble="").order_by("pk"))
    if len(answers) < len(numbers):
        raise AnswerNotOpen("没有这笔回执，或者它没有问题、已经处理。")
    if decision == BOOK:
        _held([one.refund_id for one in answers if one.refund_id is not None])
        named = {row.content["answer"]: row for row in rows}
        for one in answers:
            _money_of(one, named[one.pk])
            refund_papers.require_not_booked(answer=one, with_it=answers)
    return answers


def _money_of(answer: RefundAnswer, row: content.Asks) -> tuple[str, Channel]:
    """Of which scheme and by which channel an answer says that money went back."""
    if answer.outcome != RefundOutcome.PAID:
        raise ContentInvalid(f"回执 {answer.pk} 没有退库，不能入账。")
    if content.fen(row, "amount", "入账金额") != answer.fen:
        raise ContentInvalid(f"回执 {answer.pk} 为 {Money(answer.fen)} 元，请按此填写入账金额。")
    if answer.refund is not None:
        return answer.refund.scheme, Channel(answer.refund.channel)
    scheme = content.choice(row, "scheme", "险种", SCHEMES)
    return scheme, Channel(content.choice(row, "channel", "渠道", tuple(Channel.values)))


def _uses(case: Case, decision: str) -> list[Use]:
    rows = content.rows(case, "advances", "国库多付")
    if bool(rows) != (decision in OF_ADVANCES):
        raise ContentInvalid("抵付、退回的请逐笔写明国库多付，其他处理不写。", case_id=case.pk)
    numbers = [content.number(row, "advance", "国库多付") for row in rows]
    paid = [content.number(row, "refund", "退库") for row in rows if decision == COUNT]
    pairs = list(zip(numbers, paid or numbers, strict=True))
    found = RefundAdvance.objects.filter(pk__in=numbers).select_related("answer")
    advances = {one.pk: one for one in found}
    if len(advances) < len(set(numbers)) or len(set(pairs)) < len(pairs):
        raise AdvanceNotOpen("没有这笔国库多付，或者写了两次。")
    refunds = {one.pk: one for one in _held(paid)}
    if decision == COUNT:
        _require_totals(rows, advances)
    return [
        Use(advances[number], refunds.get(pair[1]), content.fen(row, "amount", "金额"))
        for number, pair, row in zip(numbers, pairs, rows, strict=True)
    ]


def _total_of(row: content.Row) -> int:
    return content.fen(row, "total", "多付总额")


def _require_totals(rows: Sequence[content.Row], advances: Mapping[int, RefundAdvance]) -> None:
    """By the whole of an advance it is decided who approves, so no row says less."""
    for row in rows:
        advance = advances[content.number(row, "advance", "国库多付")]
        if _total_of(row) != advance.fen:
            raise ContentInvalid(
                f"暂付款 {advance.pk} 共多付 {Money(advance.fen)} 元，请按此填写多付总额。",
                case_id=row.pk,
            )


def _require_state(decision: str, refunds: Sequence[TreasuryRefund]) -> None:
    for refund in refunds:
        if refund.state not in STATES[decision]:
            raise RefundNotSo(
                f"退库 {refund.pk} {refund.get_state_display()}，不能按 {decision} 处理。",
                refund=refund.pk,
            )
        if decision == WITHDRAW and refund_advances.rest_of(refund=refund) < refund.fen:
            raise RefundNotSo(
                f"退库 {refund.pk} 已退一部分，不能撤回，其余的请再送。", refund=refund.pk
            )


def _require_paper(case: Case, first: date, *, paid: bool) -> None:
    """The treasury's paper is of a day between ``first`` and today; a demonstration plays its
    months on their own days."""
    if paid:
        content.text(case, "document", "国库凭证号", most=DOCUMENT_MAX)
    day: date = content.day(case, "day", "退库日期")
    today = content.day_of(case)
    if not first <= day <= (max(today, Month.of(first).last_day) if is_demo() else today):
        raise ContentInvalid(
            f"国库单据的日期应不早于 {first}（决定退库、国库付出的日期），不晚于今天。",
            case_id=case.pk,
        )


def _require_amounts(
    case: Case, refunds: Sequence[TreasuryRefund], amounts: Mapping[int, int]
) -> None:
    for refund in refunds:
        rest = refund_advances.rest_of(refund=refund)
        if amounts[refund.pk] != rest:
            raise ContentInvalid(
                f"退库 {refund.pk} 应退 {Money(rest)} 元，写的是 {Money(amounts[refund.pk])} 元。",
                case_id=case.pk,
            )
