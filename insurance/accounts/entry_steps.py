"""How what a case entered in an account, or pays out of it, came about (账户明细怎样得来).

What rests on a due, on what was matched or on a year's run is explained there; what is kept of an
account for what its owner owes, by the decision to set it off.
"""

from collections.abc import Sequence

from backend.cases.models import Case
from backend.kernel.money import Money
from insurance.accounts.facts import INTERESTS
from insurance.accounts.left_sheet import steps_of_left
from insurance.accounts.models import (
    AccountEntry,
    EntryKind,
    EntrySource,
    MadeUpInterest,
    Outgoing,
    Part,
)
from insurance.accounts.print_leaving import steps_of_paid
from insurance.policy.kept_steps import read
from insurance.policy.steps import Step

TAKEN_BACK, CORRECTED = "冲回转入", "转入更正，原来记的这一来源全部冲回。"
LIVES = "死亡信息撤销，原来记的全部冲回。"
BROUGHT, CAME_BACK, UNDONE = "转入个人账户", "转回个人账户", "冲回结算利息"
LEAVING = (EntryKind.INHERITED, EntryKind.LUMP_SUM, EntryKind.TRANSFER_OUT, EntryKind.TO_POOL)


def steps_of_entry(*, entry: AccountEntry) -> tuple[Step, ...]:
    """Give how what a case entered came about; none of what rests on something else."""
    if entry.source != EntrySource.CASE:
        return ()
    if entry.kind == EntryKind.MADE_UP:
        return read(rows=MadeUpInterest.objects.get(pk=entry.pk).reckoned)
    if entry.kind == EntryKind.REFUND:
        return _of_refund(entry)
    if entry.kind == EntryKind.TRANSFER_IN and entry.n:
        return (_undone(entry, (EntryKind.TRANSFER_IN,), TAKEN_BACK, CORRECTED),)
    if entry.kind == EntryKind.TRANSFER_IN:
        together = _together(entry, (EntryKind.TRANSFER_IN,))
        return brought_steps(entries=[one for one in together if not one.n])
    if entry.kind == EntryKind.RETURNED:
        return (_undone(entry, LEAVING, CAME_BACK, LIVES),)
    if entry.n and entry.kind in INTERESTS:
        return (_undone(entry, INTERESTS, UNDONE, LIVES),)
    return steps_of_case(case=Case.objects.get(pk=entry.source_id))


def steps_of_outgoing(*, outgoing: Outgoing) -> tuple[Step, ...]:
    """Give how what is paid out of an account came about."""
    if outgoing.kind == EntryKind.REFUND:
        return read(rows=outgoing.reckoned)
    return steps_of_case(case=Case.objects.get(pk=outgoing.case_id))


def steps_of_case(*, case: Case) -> tuple[Step, ...]:
    """Give how what a case took out of an account for good came about, as its paper says it."""
    return steps_of_paid(case=case) or steps_of_left(case=case)


def brought_steps(*, entries: Sequence[AccountEntry]) -> tuple[Step, ...]:
    """Give what another place's sheet told of the account that came in, by whose money it was."""
    parts = [(Part(one.part).label, str(Money(one.fen))) for one in entries]
    return (
        Step(
            formula=" + ".join(label for label, _ in parts),
            inputs=tuple(parts),
            result=str(Money(sum(one.fen for one in entries))),
            version="",
            article="转出地的信息表",
            name=BROUGHT,
            sentence="转出地信息表所列的个人账户，按来源相加。",
            rounding="",
        ),
    )


def _of_refund(entry: AccountEntry) -> tuple[Step, ...]:
    outgoing = Outgoing.objects.get(
        case_id=entry.source_id,
        n=entry.n,
        person=entry.person_id,
        scheme=entry.scheme,
        kind=EntryKind.REFUND,
    )
    return steps_of_outgoing(outgoing=outgoing)


def _undone(entry: AccountEntry, kinds: Sequence[EntryKind], name: str, said: str) -> Step:
    """What the same case entered before, with the other sign."""
    before = [
        (f"原{EntryKind(one.kind).label}", str(Money(one.fen)))
        for one in _together(entry, kinds)
        if (one.person_id, one.for_month, one.n + 1) == (entry.person_id, entry.for_month, entry.n)
        and (one.part == entry.part or entry.kind != EntryKind.TRANSFER_IN)
    ]
    return Step(
        formula=f"0 − {' − '.join(label for label, _ in before)}",
        inputs=tuple(before),
        result=str(Money(entry.fen)),
        version="",
        article="",
        name=name,
        sentence=said,
        rounding="",
    )


def _together(entry: AccountEntry, kinds: Sequence[EntryKind]) -> list[AccountEntry]:
    """What the same case entered of some kinds, in the same account."""
    rows = AccountEntry.objects.filter(
        source=EntrySource.CASE, source_id=entry.source_id, kind__in=kinds, scheme=entry.scheme
    )
    return list(rows.order_by("pk"))
