"""Decide that something owed back is kept of what is due (抵扣决定), within one fund.

It never happens by itself. Of a pension so much a month, no more than the share that a parameter
names; of a share of what is granted once; or of the debtor's own account.
"""

from decimal import Decimal

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases import content
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.queries import family_of
from backend.people.supersede import end_from
from insurance.benefits.claims.claim_batches import keep_out_of_batches
from insurance.benefits.claims.models import ClaimDue, ClaimKind, ClaimShare, InheritedSingle
from insurance.benefits.items import component_label
from insurance.benefits.models import Component, Entitlement
from insurance.benefits.recovery.account_set_off import (
    account_reckoned,
    keep_of_account,
    of_account,
)
from insurance.benefits.recovery.amounts import MILLION, allocate, taken
from insurance.benefits.recovery.models import (
    Recovery,
    RecoveryStage,
    SetOff,
    SetOffDecision,
    ShareSetOff,
)
from insurance.benefits.recovery.rest import rest_of
from insurance.benefits.recovery.run_set_offs import post_set_off
from insurance.benefits.recovery.set_off_reckoning import (
    Limit,
    Rest,
    once_steps,
    pension_steps,
    rest_steps,
    share_steps,
)
from insurance.benefits.recovery.standing import SHARE, may_come_back, owed_of
from insurance.benefits.recovery.steps import PAPER_MAX, past_day, recovery_of, require
from insurance.policy import parameters as policy
from insurance.policy.kept_steps import kept
from insurance.policy.steps import Step, authority
from payments.ledger import memo
from payments.ledger.months import open_day
from payments.locks import hold_reissues

SHARE_KEY, NATION = "benefits.set_off_monthly_share", "000000"


class OtherFund(Refusal):
    """Nothing is set off across funds (专款专用，不得跨基金抵扣)."""

    code = "set_off_other_fund"


class TooMuch(Refusal):
    """More than may be kept (超过可抵扣金额)."""

    code = "set_off_too_much"


class SetOffKnown(Refusal):
    """One set-off at a time (已有抵扣)."""

    code = "set_off_known"


class NoSetOff(Refusal):
    """There is no such set-off to end (没有可终止的抵扣)."""

    code = "set_off_not_there"


class ShareOnItsWay(Refusal):
    """What is in a batch is not kept any more (该份额已进入发放)."""

    code = "set_off_share_on_its_way"


def check(case: Case) -> int:
    """At its receipt a RECOVERY_SET_OFF case can be decided as it asks; writes nothing.

    Content: ``recovery``, ``document``, ``decided_on``, and one of: ``entitlement`` with
    ``monthly`` and ``from_month``; ``share`` (of a claim) with ``amount``; ``own_account`` (true)
    with ``amount`` and ``month``; ``ends`` (a set-off) with ``from_month``.

    Raises:
        ContentInvalid, NoRecovery, WrongStage, OtherFund, TooMuch, SetOffKnown, NoSetOff,
        ShareOnItsWay; as ``of_account``; NotConfigured, NotVerified: the share.
    """
    recovery = _served(case)
    if "ends" in case.content:
        _ending(case, recovery)
    elif "share" in case.content:
        _of_share(case, recovery)
    elif "own_account" in case.content:
        of_account(case, recovery)
    else:
        _of_pension(case, recovery)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a RECOVERY_SET_OFF case; rows written. Raises as ``check``."""
    if "share" in case.content:
        hold_reissues()
        keep_out_of_batches()
    recovery = _served(case)
    rest = rest_of(recovery=recovery)
    if "ends" in case.content:
        known, month = _ending(case, recovery)
        current = SetOff.objects.filter(pk=known.pk, superseded_at__isnull=True)
        rows = end_from(current=current, from_date=month.first_day, case_id=case.pk)
        steps = rest_steps(rest=rest)
    elif "share" in case.content:
        share = _of_share(case, recovery)
        rows, steps = _keep_of_share(share), _share_reckoned(share, rest)
    elif "own_account" in case.content:
        steps = account_reckoned(case, recovery, rest)
        rows = keep_of_account(case, recovery)
    else:
        row, limit = _of_pension(case, recovery)
        row.save(force_insert=True)
        rows, steps = 1, pension_steps(rest=rest, limit=limit, fen=row.fen)
    SetOffDecision.objects.create(recovery=recovery, case_id=case.pk, reckoned=kept(steps=steps))
    return rows + 1


def _served(case: Case) -> Recovery:
    recovery = recovery_of(case=case)
    content.text(case, "document", "决定书号", most=PAPER_MAX)
    day = past_day(case, "decided_on", "决定日期")
    require(recovery=recovery, stage=RecoveryStage.SERVED, by=day)
    return recovery


def _of_pension(case: Case, recovery: Recovery) -> tuple[SetOff, Limit]:
    entitlement = Entitlement.objects.filter(
        pk=content.number(case, "entitlement", "待遇"),
        person__in=family_of(party_id=case.party_id),
    ).first()
    if entitlement is None:
        raise ContentInvalid("此人没有这项待遇。", case_id=case.pk)
    if entitlement.book_id != recovery.book_id:
        raise OtherFund("待遇与追回不属同一基金，不得抵扣。", case_id=case.pk)
    month = Month.parse(case.content.get("from_month"))
    if month < Month.of(content.day_of(case)):
        raise ContentInvalid("起始月不能早于本月。", case_id=case.pk)
    fen, limit = content.fen(case, "monthly", "每月抵扣金额"), _limit(case, entitlement, month)
    if fen > limit.most_fen:
        raise TooMuch(
            f"每月至多抵扣 {Money(limit.most_fen)} 元（月待遇 {Money(limit.whole_fen)} 元）。",
            case_id=case.pk,
        )
    if not may_come_back(recovery=recovery):
        raise TooMuch("已没有应追回的金额。", case_id=case.pk)
    _refuse_second(recovery, entitlement, month)
    row = SetOff(
        recovery=recovery,
        entitlement=entitlement,
        fen=fen,
        most_ppm=limit.most_ppm,
        document=str(case.content["document"]).strip(),
        valid=SqlRange(month.first_day, None),
        case_id=case.pk,
    )
    return row, limit


def _limit(case: Case, entitlement: Entitlement, month: Month) -> Limit:
    tree = policy.load()
    share = tree.resolve(SHARE_KEY, NATION, content.day_of(case), demo=is_demo())
    ppm = share.number * MILLION
    if ppm != int(ppm) or not 0 < share.number < Decimal(1):
        raise ValueError(f"no such share: {share.number}")
    current = Component.objects.filter(
        entitlement=entitlement, superseded_at__isnull=True, valid__contains=month.first_day
    )
    return Limit(
        month=month,
        parts=tuple((component_label(row.component), row.fen) for row in current.order_by("pk")),
        most_ppm=int(ppm),
        version=tree.version,
        article=authority(share),
    )


def _refuse_second(recovery: Recovery, entitlement: Entitlement, month: Month) -> None:
    current = SetOff.objects.filter(
        superseded_at__isnull=True, valid__overlap=SqlRange(month.first_day, None)
    )
    if (
        current.filter(recovery=recovery).exists()
        or current.filter(entitlement=entitlement).exists()
    ):
        raise SetOffKnown("该追回或该待遇已有抵扣，请先终止原抵扣。", recovery=recovery.pk)


def _ending(case: Case, recovery: Recovery) -> tuple[SetOff, Month]:
    month = Month.parse(case.content.get("from_month"))
    known = SetOff.objects.filter(
        pk=content.number(case, "ends", "抵扣"), recovery=recovery, superseded_at__isnull=True
    ).first()
    if known is None or (known.valid.upper and known.valid.upper <= month.first_day):
        raise NoSetOff("没有这项可终止的抵扣。", case_id=case.pk)
    return known, month


def _of_share(case: Case, recovery: Recovery) -> ShareSetOff:
    share = (
        ClaimShare.objects.select_related("claim")
        .filter(pk=content.number(case, "share", "份额"), claim__superseded_at__isnull=True)
        .first()
    )
    family = family_of(party_id=case.party_id)
    if share is None or not {share.payee_id, share.claim.person_id} & set(family):
        raise ContentInvalid("没有这份与此人有关的待遇。", case_id=case.pk)
    if share.claim.book_id != recovery.book_id:
        raise OtherFund("待遇与追回不属同一基金，不得抵扣。", case_id=case.pk)
    if InheritedSingle.objects.filter(share=share, claim__superseded_at__isnull=True).exists():
        raise ShareOnItsWay("该份额已由继承人领取，不能再抵扣。", case_id=case.pk)
    if ClaimDue.objects.filter(share=share).exists():
        raise ShareOnItsWay("该份额已进入发放批次，不能再抵扣。", case_id=case.pk)
    if ShareSetOff.objects.filter(share=share).exists():
        raise SetOffKnown("该份额已有抵扣。", case_id=case.pk)
    fen = content.fen(case, "amount", "抵扣金额")
    most = min(share.fen - share.had_fen, may_come_back(recovery=recovery))
    if fen > most:
        raise TooMuch(f"至多抵扣 {Money(most)} 元。", case_id=case.pk)
    return ShareSetOff(
        recovery=recovery,
        share=share,
        fen=fen,
        set_off_on=past_day(case, "decided_on", "决定日期"),
        document=str(case.content["document"]).strip(),
        same_year=[],
        earlier_fen=0,
        case_id=case.pk,
    )


def _share_reckoned(row: ShareSetOff, rest: Rest) -> tuple[Step, ...]:
    share = row.share
    label = ClaimKind(share.claim.kind).label
    of = share_steps(label=label, share_fen=share.fen, had_fen=share.had_fen)
    return once_steps(rest=rest, of=of, fen=row.fen)


def _keep_of_share(row: ShareSetOff) -> int:
    """Write it, bring it to the books and write it off; rows written."""
    recovery = row.recovery
    day = open_day(book_id=recovery.book_id, day=row.set_off_on)
    owed, before = owed_of(book_id=recovery.book_id, debtor_id=recovery.debtor_id)
    of = allocate(owed=owed, before_fen=before, fen=row.fen, year=day.year)
    row.same_year, row.earlier_fen = list(of.same_year), of.earlier_fen
    row.save(force_insert=True)
    post_set_off(
        book_id=recovery.book_id,
        parts=taken(parts=row.share.parts, fen=row.fen),
        of=of,
        day=day,
        source=SHARE,
        source_id=str(row.pk),
    )
    memo.settle(
        book=recovery.book,
        party_id=recovery.debtor_id,
        fen=row.fen,
        source=SHARE,
        source_id=str(row.pk),
    )
    return 1
