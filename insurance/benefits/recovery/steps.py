"""Get back what was paid too much, step by step (追回): notice, order, service, agreement, court.

Each step is a decided case with its paper and rests on the one before it. Whoever is asked may
state his view first; nothing is ever taken by itself. Once it is closed nothing follows.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from backend.cases import content
from backend.cases.calendar import calendar
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.working_days import add_working_days
from backend.people.queries import canonical_id
from insurance.benefits.recovery.models import (
    Recovery,
    RecoveryInstalment,
    RecoveryStage,
    RecoveryStep,
)
from insurance.benefits.recovery.months_paid import months_paid, others_put_down
from insurance.benefits.recovery.reckoning import Asked, notice_steps, order_steps
from insurance.benefits.recovery.standing import (
    came_back,
    may_come_back,
    not_asked_for,
    standing_of,
)
from insurance.policy import parameters as policy
from insurance.policy.kept_steps import kept, read
from payments.ledger import memo
from payments.ledger.models import Book

STATEMENT_KEY, NATION = "benefits.statement_days", "000000"
PAPER_MAX = 120
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('benefits.recovery/' || %s, 0))"
SERVICES = {"DIRECT": "直接送达", "MAIL": "邮寄送达", "LEFT": "留置送达", "PUBLIC": "公告送达"}


class NoRecovery(Refusal):
    """There is no such recovery from this party (没有这项追回)."""

    code = "recovery_not_there"


class RecoveryClosed(Refusal):
    """It was withdrawn or has ended: nothing is asked for by it (该追回已撤销或终结)."""

    code = "recovery_closed"


class NothingOwed(Refusal):
    """Less is owed, or another recovery asks for it (没有这么多应追回的金额)."""

    code = "recovery_nothing_owed"


class WrongStage(Refusal):
    """A step rests on the one before it (环节不符)."""

    code = "recovery_wrong_stage"


@dataclass(frozen=True)
class Instalment:
    """So much by a day (分期)."""

    due_on: date
    fen: int


def check_notice(case: Case) -> int:
    """At its receipt a RECOVERY_NOTICE case can be decided as it asks; writes nothing.

    Content: ``scheme``, ``amount``, ``facts``, ``addressee``, ``document``, ``notified_on`` (not
    before the receipt), ``holidays`` (a list of ``day``: working days of the term to state that are
    none, beside those of the table of holidays; empty where there are none).

    The term begins no earlier than the notice is decided.

    Raises:
        ContentInvalid, NothingOwed, ProposalWaits; NotConfigured, NotVerified: the term to state.
    """
    content.require_only_proposal(case, of_party=True, scheme=case.content.get("scheme"))
    _noticed(case)
    return 0


@transaction.atomic
def decide_notice(case: Case) -> int:
    """The act of a RECOVERY_NOTICE case: the process begins; rows written."""
    recovery, step = _noticed(case)
    recovery.save(force_insert=True)
    step.recovery = recovery
    step.save(force_insert=True)
    return 2


def check_order(case: Case) -> int:
    """At its receipt a RECOVERY_ORDER case can be decided as it asks; writes nothing.

    Content: ``recovery``, ``amount``, ``ordered_on``, ``pay_by``, ``document``; where the party
    stated its view ``statement`` and ``stated_on``: else the term to do so must be over.

    Raises:
        ContentInvalid, NoRecovery, NothingOwed, WrongStage.
    """
    _ordered(case)
    return 0


@transaction.atomic
def decide_order(case: Case) -> int:
    """The act of a RECOVERY_ORDER case; rows written."""
    return _saved(_ordered(case))


def check_service(case: Case) -> int:
    """At its receipt a RECOVERY_SERVICE case can be decided as it asks; writes nothing.

    Content: ``recovery``, ``served_on``, ``how`` (DIRECT, MAIL, LEFT, PUBLIC), ``evidence``
    (送达回证).
    """
    _served(case)
    return 0


@transaction.atomic
def decide_service(case: Case) -> int:
    """The act of a RECOVERY_SERVICE case; rows written."""
    return _saved([_served(case)])


def check_plan(case: Case) -> int:
    """At its receipt a RECOVERY_PLAN case can be decided as it asks; writes nothing.

    Content: ``recovery``, ``agreed_on``, ``document``, ``instalments`` (``due_on``, ``amount``),
    which come to what is still open. A later agreement takes the place of an earlier one.
    """
    _agreed(case)
    return 0


@transaction.atomic
def decide_plan(case: Case) -> int:
    """The act of a RECOVERY_PLAN case; rows written."""
    step, instalments = _agreed(case)
    step.save(force_insert=True)
    rows = [RecoveryInstalment(step=step, due_on=one.due_on, fen=one.fen) for one in instalments]
    return 1 + len(RecoveryInstalment.objects.bulk_create(rows))


def check_court(case: Case) -> int:
    """At its receipt a RECOVERY_COURT case can be decided as it asks; writes nothing.

    Content: ``recovery``, ``filed_on``, ``court``, ``document``; what was ordered was to be paid by
    a day that is over.
    """
    _filed(case)
    return 0


@transaction.atomic
def decide_court(case: Case) -> int:
    """The act of a RECOVERY_COURT case; rows written."""
    return _saved([_filed(case)])


def recovery_of(*, case: Case) -> Recovery:
    """Give the recovery that a case speaks of, from the party that it is about; other cases about
    the party wait until this transaction ends.

    Raises:
        NoRecovery, RecoveryClosed.
    """
    debtor = canonical_id(party_id=case.party_id)
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, [str(debtor)])
    recovery = (
        Recovery.objects.select_related("book")
        .filter(pk=content.number(case, "recovery", "追回"), debtor=debtor)
        .first()
    )
    if recovery is None:
        raise NoRecovery("此人没有这项追回。", case_id=case.pk)
    closed = step_of(recovery=recovery, stage=RecoveryStage.CLOSED)
    if closed is not None:
        raise RecoveryClosed(
            f"这项追回已于 {closed.done_on} 撤销或终结，不能再办；仍有应追回的，另行告知。",
            recovery=recovery.pk,
        )
    return recovery


def step_of(*, recovery: Recovery, stage: RecoveryStage) -> RecoveryStep | None:
    """Give the last step of a stage, or None."""
    steps = RecoveryStep.objects.filter(recovery=recovery, stage=stage)
    return steps.order_by("-pk").first()


def order_served_on(*, case: Case, party_ids: Collection[int]) -> date | None:
    """Give the day on which the order of a case was served on one of some persons; a public notice
    is not counted: nobody is known to have read it."""
    order = RecoveryStep.objects.filter(
        stage=RecoveryStage.ORDERED, case_id=case.pk, recovery__debtor__in=party_ids
    ).first()
    if order is None:
        return None
    service = step_of(recovery=order.recovery, stage=RecoveryStage.SERVED)
    if service is None or service.note == SERVICES["PUBLIC"]:
        return None
    return service.done_on


def require(*, recovery: Recovery, stage: RecoveryStage, by: date) -> RecoveryStep:
    """Give the step on which another of a day rests.

    Raises:
        WrongStage: it was not done, or only later.
    """
    step = step_of(recovery=recovery, stage=stage)
    if step is None or step.done_on > by:
        raise WrongStage(f"在此之前须先{stage.label}。", recovery=recovery.pk)
    return step


def past_day(case: Case, name: str, label: str) -> date:
    """Give a day of a case that is not to come.

    Raises:
        ContentInvalid.
    """
    day = content.day(case, name, label)
    if day > content.day_of(case):
        raise ContentInvalid(f"{label}不能晚于今天。", case_id=case.pk)
    return day


def _noticed(case: Case) -> tuple[Recovery, RecoveryStep]:
    scheme = content.text(case, "scheme", "险种")
    book = Book.objects.filter(agency=case.agency, scheme=scheme).order_by("pk").first()
    if book is None:
        raise ContentInvalid("本机构没有该险种的账套。", case_id=case.pk)
    debtor, fen = canonical_id(party_id=case.party_id), content.fen(case, "amount", "追回金额")
    owed = memo.outstanding(book=book, party_id=debtor)
    most = not_asked_for(book_id=book.pk, debtor_id=debtor, owed_fen=owed)
    if fen > most:
        raise NothingOwed(f"备查簿中此人待追回、尚未立案的为 {Money(most)} 元。", case_id=case.pk)
    day = past_day(case, "notified_on", "告知日期")
    if day < content.received_on(case):
        raise ContentInvalid("告知日期不能早于受理之日。", case_id=case.pk)
    term = policy.load().resolve(STATEMENT_KEY, NATION, day, demo=is_demo()).whole
    recovery = Recovery(
        book=book,
        debtor_id=debtor,
        addressee=content.text(case, "addressee", "收件人", most=100),
        fen=fen,
        facts=content.text(case, "facts", "事实"),
        case_id=case.pk,
    )
    asked = Asked(
        months=months_paid(book_id=book.pk, party_id=debtor),
        owed_fen=owed,
        back_fen=came_back(book_id=book.pk, debtor_id=debtor),
        elsewhere_fen=owed - most,
        fen=fen,
        others=others_put_down(book_id=book.pk, party_id=debtor),
    )
    return recovery, RecoveryStep(
        stage=RecoveryStage.NOTIFIED,
        done_on=day,
        until=add_working_days(
            start=max(day, content.day_of(case)),
            days=term,
            calendar=calendar().with_holidays(_holidays(case)),
        ),
        document=_paper(case),
        fen=fen,
        reckoned=kept(steps=notice_steps(asked=asked)),
        case_id=case.pk,
    )


def _holidays(case: Case) -> frozenset[date]:
    """Said in so many words, also that there are none: a term that is too short takes a right."""
    if "holidays" not in case.content:
        raise ContentInvalid(
            "请列明陈述申辩期限内的法定节假日（没有的填空列表）。", case_id=case.pk
        )
    return content.days(case, "holidays", "法定节假日")


def _ordered(case: Case) -> list[RecoveryStep]:
    recovery = recovery_of(case=case)
    day = past_day(case, "ordered_on", "决定日期")
    notice = require(recovery=recovery, stage=RecoveryStage.NOTIFIED, by=day)
    _once(recovery, RecoveryStage.ORDERED)
    steps = []
    if case.content.get("statement") is not None:
        stated_on = past_day(case, "stated_on", "陈述申辩日期")
        if not notice.done_on <= stated_on <= day:
            raise ContentInvalid("陈述申辩应在告知之后、决定之前。", case_id=case.pk)
        said = content.text(case, "statement", "陈述申辩内容")
        steps = [_step(case, recovery, RecoveryStage.STATED, stated_on, note=said)]
    elif notice.until is not None and day <= notice.until:
        raise WrongStage(f"陈述申辩期限至 {notice.until}，期满后才能决定。", case_id=case.pk)
    fen, pay_by = content.fen(case, "amount", "退回金额"), content.day(case, "pay_by", "退回期限")
    owed = memo.outstanding(book=recovery.book, party_id=recovery.debtor_id)
    others = not_asked_for(
        book_id=recovery.book_id,
        debtor_id=recovery.debtor_id,
        owed_fen=owed,
        besides=recovery.pk,
    )
    if fen > min(recovery.fen, others + standing_of(recovery=recovery).received_fen):
        raise NothingOwed("决定退回的金额不能多于告知的和现在应追回的。", case_id=case.pk)
    if pay_by <= max(day, content.day_of(case)):
        raise ContentInvalid("退回期限应在决定之后。", case_id=case.pk)
    order = _step(case, recovery, RecoveryStage.ORDERED, day, document=_paper(case))
    order.fen, order.until = fen, pay_by
    noticed = read(rows=notice.reckoned)
    order.reckoned = kept(steps=order_steps(noticed=noticed, notified_fen=recovery.fen, fen=fen))
    return [*steps, order]


def _served(case: Case) -> RecoveryStep:
    recovery = recovery_of(case=case)
    day = past_day(case, "served_on", "送达日期")
    require(recovery=recovery, stage=RecoveryStage.ORDERED, by=day)
    _once(recovery, RecoveryStage.SERVED)
    how = content.choice(case, "how", "送达方式", tuple(SERVICES))
    proof = content.text(case, "evidence", "送达回证", most=PAPER_MAX)
    return _step(case, recovery, RecoveryStage.SERVED, day, document=proof, note=SERVICES[how])


def _agreed(case: Case) -> tuple[RecoveryStep, list[Instalment]]:
    recovery = recovery_of(case=case)
    day = past_day(case, "agreed_on", "协议日期")
    require(recovery=recovery, stage=RecoveryStage.SERVED, by=day)
    listed = [
        Instalment(content.day(row, "due_on", "应还日期"), content.fen(row, "amount", "分期金额"))
        for row in content.rows(case, "instalments", "分期")
    ]
    days = [one.due_on for one in listed]
    if not listed or days != sorted(set(days)) or days[0] < day:
        raise ContentInvalid("请按先后逐期写明应还日期和金额，不早于协议日期。", case_id=case.pk)
    still_open = may_come_back(recovery=recovery)
    if sum(one.fen for one in listed) != still_open:
        raise ContentInvalid(f"各期合计应等于尚未退回的 {Money(still_open)} 元。", case_id=case.pk)
    step = _step(case, recovery, RecoveryStage.AGREED, day, document=_paper(case))
    step.fen = still_open
    return step, listed


def _filed(case: Case) -> RecoveryStep:
    recovery = recovery_of(case=case)
    day = past_day(case, "filed_on", "申请日期")
    require(recovery=recovery, stage=RecoveryStage.SERVED, by=day)
    order = require(recovery=recovery, stage=RecoveryStage.ORDERED, by=day)
    _once(recovery, RecoveryStage.COURT)
    if order.until is not None and day <= order.until:
        raise WrongStage(f"退回期限至 {order.until}，期满后才能申请。", case_id=case.pk)
    if not may_come_back(recovery=recovery):
        raise NothingOwed("已没有应追回的金额。", case_id=case.pk)
    court = content.text(case, "court", "法院", most=100)
    return _step(case, recovery, RecoveryStage.COURT, day, document=_paper(case), note=court)


def _step(
    case: Case,
    recovery: Recovery,
    stage: RecoveryStage,
    day: date,
    *,
    document: str = "",
    note: str = "",
) -> RecoveryStep:
    return RecoveryStep(
        recovery=recovery,
        stage=stage,
        done_on=day,
        document=document,
        note=note,
        case_id=case.pk,
    )


def _once(recovery: Recovery, stage: RecoveryStage) -> None:
    if step_of(recovery=recovery, stage=stage) is not None:
        raise WrongStage(f"已经{stage.label}。", recovery=recovery.pk)


def _paper(case: Case) -> str:
    return content.text(case, "document", "文书号", most=PAPER_MAX)


def _saved(steps: Sequence[RecoveryStep]) -> int:
    for step in steps:
        step.save(force_insert=True)
    return len(steps)
