"""Object to a published list, and decide to pay it (公示异议、稳岗返还决定): cases.

Anybody may object during the notice. What is open holds up the decision; an objection that was
right takes the employer off, or has the list drawn up again. The decision takes three persons.
"""

from django.db import connection, transaction
from django.utils import timezone

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people.queries import canonical_id
from insurance.unemployment.books import book_of
from insurance.unemployment.refund_list import RefundGranted
from insurance.unemployment.refund_models import (
    Effect,
    RefundEntry,
    RefundGrant,
    RefundList,
    RefundObjection,
)

OBJECTION = "STABILITY_OBJECTION"


class NoticeOver(Refusal):
    """Objections are made during the notice (不在公示期内)."""

    code = "refund_notice_over"


class NoticeRuns(Refusal):
    """Nothing is decided before the notice is over (公示期未满)."""

    code = "refund_notice_runs"


class ObjectionsOpen(Refusal):
    """An objection has no answer yet (有未处理的公示异议)."""

    code = "refund_objections_open"


class ListReplaced(Refusal):
    """The list was drawn up again, or has to be (名单已重新编制或须重新编制)."""

    code = "refund_list_replaced"


class NothingToRefund(Refusal):
    """Nobody on the list gets anything (名单上没有可返还的单位)."""

    code = "refund_nothing"


def check_objection(case: Case) -> int:
    """At its receipt a STABILITY_OBJECTION case is about an employer of a list; writes nothing.

    Content: ``list``, ``payer`` (the employer it is about), ``grounds``, ``effect`` (EXCLUDE or
    REDRAW: what it leads to when it is right).

    Raises:
        ContentInvalid, NoticeOver, ListReplaced.
    """
    _objection(case)
    return 0


@transaction.atomic
def uphold_objection(case: Case) -> int:
    """The act of a STABILITY_OBJECTION case that was right; rows written.

    Raises:
        as ``check_objection``.
    """
    lock_refunds()
    _objection(case).save(force_insert=True)
    return 1


def check(case: Case) -> int:
    """At its receipt a STABILITY_REFUND case can be decided as it asks; writes nothing.

    Content: ``list``.

    Raises:
        ContentInvalid, ProposalWaits, NoticeRuns, ObjectionsOpen, ListReplaced, RefundGranted,
        NothingToRefund.
    """
    found = _list(case)
    content.require_only_proposal(case, list=found.pk)
    _grant(case, found)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a STABILITY_REFUND case: the list is paid, once a year; rows written.

    Raises:
        as ``check``, but for ProposalWaits.
    """
    lock_refunds()
    _grant(case, _list(case)).save(force_insert=True)
    return 1


def lock_refunds() -> None:
    """Let nobody decide about refunds until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('unemployment.refunds'))")


def _grant(case: Case, found: RefundList) -> RefundGrant:
    if RefundGrant.objects.filter(book=found.book, year=found.year).exists():
        raise RefundGranted(f"{found.year} 年的稳岗返还已决定。", case_id=case.pk)
    if content.day_of(case) <= found.notice_until:
        raise NoticeRuns(f"公示到 {found.notice_until} 为止，期满后才能决定。", list=found.pk)
    waiting = Case.objects.filter(kind=OBJECTION, state__in=content.WAITING, content__list=found.pk)
    if waiting.exists():
        raise ObjectionsOpen("有公示异议尚未处理，不能决定。", case_id=waiting.earliest("pk").pk)
    upheld = RefundObjection.objects.filter(list=found)
    if upheld.filter(effect=Effect.REDRAW).exists():
        raise ListReplaced("公示异议成立，名单须重新编制、公示。", list=found.pk)
    excluded = upheld.values_list("payer_id", flat=True)
    amounts = RefundEntry.objects.filter(list=found, fen__gt=0).exclude(payer__in=excluded)
    fens = list(amounts.values_list("fen", flat=True))
    if not fens:
        raise NothingToRefund("名单上没有可返还的单位。", list=found.pk)
    return RefundGrant(
        list=found,
        book=found.book,
        year=found.year,
        entry_count=len(fens),
        fen=sum(fens),
        case_id=case.pk,
    )


def _objection(case: Case) -> RefundObjection:
    found = _list(case)
    content.text(case, "grounds", "异议理由")
    received = timezone.localdate(case.received_at)
    if not found.published_on <= received <= found.notice_until:
        raise NoticeOver(
            f"公示自 {found.published_on} 至 {found.notice_until}，异议应在公示期内提出。",
            list=found.pk,
        )
    payer = canonical_id(party_id=content.number(case, "payer", "单位"))
    if not RefundEntry.objects.filter(list=found, payer=payer).exists():
        raise content.ContentInvalid("名单上没有这个单位。", case_id=case.pk)
    effect = content.choice(case, "effect", "异议的处理", tuple(Effect.values))
    return RefundObjection(list=found, payer_id=payer, effect=effect, case_id=case.pk)


def _list(case: Case) -> RefundList:
    """The list that a case is about: the newest of its year."""
    number = content.number(case, "list", "名单")
    found = RefundList.objects.filter(pk=number, book=book_of(case)).first()
    if found is None:
        raise content.ContentInvalid("本机构没有这份名单。", case_id=case.pk)
    later = RefundList.objects.filter(book=found.book, year=found.year, ordinal__gt=found.ordinal)
    if later.exists():
        raise ListReplaced("该名单已重新编制，请按新的名单办理。", list=found.pk)
    return found
