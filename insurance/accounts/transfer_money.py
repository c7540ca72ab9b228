"""The last step of a transfer (信息表与资金): by a decided case, across provinces with the money.

Out goes the whole account and, of 110, a share of the bases paid since 1998 from the pool
(国办发〔2009〕66号); the agency pays both by another case (``transfer_payment``). In comes what a
paper of the agency shows in 收入户, by part: nothing is credited that has not arrived. Within the
province no money moves: the account goes out, and comes in as the sheet says it, by record alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.months import Month
from backend.people.queries import canonical_id, family_of
from insurance.accounts import transfer_correcting
from insurance.accounts.arrivals import arrived
from insurance.accounts.before_1998 import Stays, account_steps, leave_it, stays_of
from insurance.accounts.brought import KnownMonths, refuse_doubled, refuse_too_high, years_on_sheet
from insurance.accounts.entries import lock
from insurance.accounts.facts import first_open_month
from insurance.accounts.leaving import (
    Emptied,
    NothingThere,
    empty,
    keep_steps,
    scheme_and_month,
)
from insurance.accounts.leaving_steps import balance_steps
from insurance.accounts.models import (
    AccountEntry,
    Direction,
    EntryKind,
    EntrySource,
    Outgoing,
    Part,
    Scheme,
    Transfer,
    TransferStage,
    TransferStep,
)
from insurance.accounts.places_brought import PLACES, places_of
from insurance.accounts.sent_away import require_new_sheet
from insurance.accounts.settling import LeavingInvalid, day_named
from insurance.accounts.transfer_amounts import (
    ACCOUNT,
    TransferTerms,
    YearSum,
    amounts_of_sums,
    transfer_terms,
)
from insurance.accounts.transfer_bases import KnownBase, bases_on_sheet
from insurance.accounts.transfer_correcting import Brought, Correction
from insurance.accounts.transfers import (
    TransferInvalid,
    TransferNotThere,
    require_after_letter,
    require_next,
)
from insurance.enrolment.locks import lock_person
from insurance.enrolment.models import Enrolment
from insurance.enrolment.temporary_accounts import temporary_account
from insurance.policy import parameters as policy
from insurance.policy.regions import province_of
from insurance.policy.steps import Step
from payments.ledger.models import Entry

TEMPORARY_MONEY = "transfer.temporary_account_money"


@dataclass(frozen=True)
class Settled:
    """What the last step of a transfer moved (转移资金)."""

    fen: int = 0
    pooled_fen: int = 0
    entry: Entry | None = None


@dataclass(frozen=True)
class Sending:
    """What a case sends away (转出); ``bases``: of 110, each year's sum; ``stays``: what of the
    account does not go."""

    transfer: Transfer
    on: date
    scheme: str
    month: Month
    bases: tuple[YearSum, ...] = ()
    terms: TransferTerms | None = None
    stays: Stays | None = None


class Draws(Protocol):
    """Whether somebody draws a pension: said by who knows of benefits."""

    def __call__(self, *, person_id: int, scheme: str) -> bool:
        """Of a scheme, as any entry of the person."""


def check_sending(case: Case, *, draws: Draws, known_base: KnownBase) -> int:
    """At its receipt a TRANSFER_OUT case can be decided as it asks; writes nothing.

    Content: ``transfer``, ``scheme``, ``month``, ``on`` (ISO date), ``document_no``; of 110
    ``bases``, the sheet's list of ``year``, ``months`` and ``amount`` (yuan): bases actually paid
    on, across provinces since 1998; ``difference_reason`` where bills of this house know others;
    across provinces of who was insured before 1998 ``employer_before_1998`` (yuan, what of the
    account was the employer's then, with interest) and ``employer_before_1998_evidence``.

    Raises:
        TransferNotThere, StepOutOfOrder, LeavingInvalid, MonthInvalid.
        BasesSentAway: the pool sent a year's part before; no more of it goes than stayed.
        TransferInvalid: a pension is drawn here: the relation moves no more (国办发〔2009〕66号);
            or the person is insured here still.
        BasesDiffer: without a reason.
        Before1998Unsaid, Before1998Invalid, ContentInvalid.
        NotVerified: of a temporary account, across provinces.
    """
    _sending(case, draws, known_base)
    return 0


def send(case: Case, *, draws: Draws, known_base: KnownBase) -> int:
    """The act of a TRANSFER_OUT case: the whole account leaves, with the money across provinces.

    Raises:
        as ``check_sending`` and ``leaving.empty``.
    """
    lock_person(person_id=canonical_id(party_id=case.party_id))
    lock(person_ids=family_of(party_id=case.party_id))
    sending = _sending(case, draws, known_base)
    transfer, on, scheme, month = sending.transfer, sending.on, sending.scheme, sending.month
    stays = sending.stays
    left = leave_it(case=case, scheme=scheme, month=month, stays=stays) if stays else None
    emptied = _emptied(sending, case)
    steps, pooled = _sent(sending, emptied, left)
    sources = (sending.terms.rate,) if sending.terms else ()
    keep_steps(
        case=case,
        scheme=scheme,
        month=month,
        emptied=left or emptied,
        further=steps,
        sources=sources,
    )
    rows = (left.rows if left else 0) + emptied.rows + 1
    if not transfer.with_money:
        return rows + settle(transfer, case, on, Settled(emptied.fen))
    Outgoing.objects.create(
        person_id=transfer.person_id,
        scheme=scheme,
        kind=EntryKind.TRANSFER_OUT,
        to_agency=transfer.other_agency,
        month=month.first_day,
        fen=emptied.fen,
        pooled_fen=pooled,
        case_id=case.pk,
    )
    return rows + 1 + settle(transfer, case, on, Settled(emptied.fen, pooled))


def check_receiving(case: Case, *, known_months: KnownMonths) -> int:
    """At its receipt a TRANSFER_IN case can be decided as it asks; writes nothing.

    Content: ``transfer``, ``scheme``, ``on``, ``document_no``, ``amounts`` (the account on the
    sheet) as a list of ``part`` and ``fen`` and, with money, ``paper`` (the FUND_PAPER case of its
    arrival) and ``pooled_fen``; of 110 ``bases``, the sheet's list of ``year``, ``months`` and
    ``amount`` (yuan, all bases of the year), and across provinces ``places``: for each place that
    the sheet tells of ``region``, ``months`` and ``until`` (the last month paid there);
    ``difference_reason`` where bases, with months in another province, are above our ceiling. What
    corrects an earlier case tells the whole sheet anew, with ``corrects`` and its ground; where
    nothing should have come only ``transfer``, ``scheme`` and ``withdrawn`` (true).

    Raises:
        TransferNotThere, StepOutOfOrder, LeavingInvalid, SheetTaken, BasesMissing, BasesTooHigh,
        YearDoubled, ContentInvalid; TransferInvalid: the paper; as ``correction_of``; AccountSpent.
    """
    correction = transfer_correcting.correction_of(case)
    brought = _brought(case, correction, known_months)
    if correction is not None:
        transfer_correcting.require_enough(correction=correction, brought=brought)
    return 0


def receive(case: Case, *, known_months: KnownMonths) -> int:
    """The act of a TRANSFER_IN case: the last step, and the account comes in.

    Interest runs from the arrival of the money, within the province from the month of the step, in
    a closed year from the January after.

    Raises:
        as ``check_receiving``.
    """
    transfer_correcting.hold_to_correct(case)
    lock(person_ids=family_of(party_id=case.party_id))
    correction = transfer_correcting.correction_of(case)
    brought = _brought(case, correction, known_months)
    if correction is not None:
        return transfer_correcting.put_in_place(case=case, correction=correction, brought=brought)
    transfer, on = subject(case, Direction.IN)
    arrival = brought.arrival
    assert arrival is not None
    first = first_open_month(scheme=transfer.scheme)
    for part, amount in brought.amounts:
        AccountEntry.objects.create(
            person_id=transfer.person_id,
            scheme=transfer.scheme,
            kind=EntryKind.TRANSFER_IN,
            part=part,
            for_month=arrival.first_day,
            arrival_month=max(arrival, first or arrival).first_day,
            fen=amount,
            source=EntrySource.CASE,
            source_id=case.pk,
        )
    settled = Settled(brought.fen, brought.pooled_fen, brought.entry)
    return len(brought.amounts) + settle(transfer, case, on, settled)


def _sending(case: Case, draws: Draws, known_base: KnownBase) -> Sending:
    transfer, on = subject(case, Direction.OUT)
    scheme, month = scheme_and_month(case)
    if draws(person_id=case.party_id, scheme=scheme):
        raise TransferInvalid("此人已在本地享受待遇，不再转移关系。", case_id=case.pk)
    refuse_insured(case, scheme, on)
    if scheme != Scheme.EMPLOYEE_PENSION or _never_paid(case, transfer):
        return Sending(transfer, on, scheme, month)
    with_money = transfer.with_money
    bases = bases_on_sheet(
        case=case, scheme=scheme, month=month, known_base=known_base, with_money=with_money
    )
    if not with_money:
        return Sending(transfer, on, scheme, month, bases)
    _require_money_of_temporary(case, month)
    terms = transfer_terms(
        tree=policy.load(), region=case.agency.region, month=month, demo=is_demo()
    )
    return Sending(transfer, on, scheme, month, bases, terms, stays_of(case))


def _never_paid(case: Case, transfer: Transfer) -> bool:
    """Within the province goes a record without any year, where nothing was ever credited."""
    if transfer.with_money or case.content.get("bases") != []:
        return False
    family = family_of(party_id=case.party_id)
    return not AccountEntry.objects.filter(person__in=family, scheme=transfer.scheme).exists()


def _brought(case: Case, correction: Correction | None, known_months: KnownMonths) -> Brought:
    if correction is not None and transfer_correcting.withdrawn(case):
        return Brought()
    if correction is None:
        transfer, on = subject(case, Direction.IN)
    else:
        transfer, on = correction.transfer, day_named(case=case, name="on")
        require_after_letter(transfer=transfer, on=on)
    require_new_sheet(transfer=transfer, sheet_no=_sheet_no(case))
    elsewhere = _require_places(case, transfer, on)
    amounts = _amounts(case)
    pooled = case.content.get("pooled_fen", 0)
    if type(pooled) is not int or pooled < 0:
        raise LeavingInvalid("统筹基金金额不正确。", case_id=case.pk)
    if transfer.with_money and not amounts:
        raise LeavingInvalid("跨省转移须写明转入金额。", case_id=case.pk)
    if not transfer.with_money and (pooled or case.content.get("paper") is not None):
        raise LeavingInvalid("省内转移只转记录，没有到账单据和统筹基金。", case_id=case.pk)
    if transfer.scheme == Scheme.EMPLOYEE_PENSION:
        years = years_on_sheet(case=case, on=on, empty=not amounts)
        refuse_too_high(case=case, years=years, on=on, elsewhere=elsewhere)
        refuse_doubled(
            case=case,
            scheme=transfer.scheme,
            years=years,
            known_months=known_months,
            corrects=correction.before.pk if correction else None,
        )
    fen = sum(amount for _, amount in amounts)
    entry = arrived(case=case, transfer=transfer, fen=fen + pooled) if transfer.with_money else None
    arrival = Month.of(entry.business_date if entry else on)
    return Brought(tuple(amounts), pooled, entry, arrival, _sheet_no(case))


def subject(case: Case, direction: Direction) -> tuple[Transfer, date]:
    """Which transfer a case settles, and on which day.

    Raises:
        TransferNotThere, StepOutOfOrder, LeavingInvalid.
    """
    family = family_of(party_id=case.party_id)
    wanted = case.content.get("transfer")
    transfer = Transfer.objects.filter(
        pk=wanted if type(wanted) is int else 0,
        person__in=family,
        scheme=case.content.get("scheme"),
        direction=direction,
    ).first()
    if transfer is None:
        raise TransferNotThere("此人没有这项转移。", case_id=case.pk)
    on = day_named(case=case, name="on")
    require_next(transfer=transfer, stage=TransferStage.SETTLED, on=on)
    return transfer, on


def _require_money_of_temporary(case: Case, month: Month) -> None:
    """What of a temporary account moves is not known: outside a demonstration nothing does.

    Raises:
        NotVerified.
    """
    if temporary_account(person_id=case.party_id) is not None:
        policy.load().resolve(TEMPORARY_MONEY, case.agency.region, month.first_day, is_demo())


def refuse_insured(case: Case, scheme: str, on: date) -> None:
    """Who is insured here has his relation here: it ends first, with a month that is over.

    Raises:
        TransferInvalid.
    """
    insured = Enrolment.objects.filter(
        person__in=family_of(party_id=case.party_id),
        scheme=scheme,
        valid__overlap=SqlRange(on, None),
        superseded_at__isnull=True,
    )
    if insured.exists():
        raise TransferInvalid(f"此人 {on} 仍在本地参加这个险种，请先停保。", case_id=case.pk)


def _emptied(sending: Sending, case: Case) -> Emptied:
    """What leaves the account; from an empty one goes the pool's part alone, within the province
    the record."""
    scheme, month = sending.scheme, sending.month
    try:
        return empty(case=case, scheme=scheme, month=month, kind=EntryKind.TRANSFER_OUT)
    except NothingThere:
        if sending.transfer.with_money and not sending.bases:
            raise
        return Emptied(fen=0, rows=0)


def _sent(sending: Sending, emptied: Emptied, left: Emptied | None) -> tuple[tuple[Step, ...], int]:
    """What is computed on the account's balance, and the pool's part."""
    account: Sequence[Step]
    if left and sending.stays and sending.terms:
        account = account_steps(
            left=left, gone_fen=emptied.fen, stays=sending.stays, terms=sending.terms
        )
    else:
        account = balance_steps(accounts=emptied.years, fen=emptied.fen, name=ACCOUNT)
    if sending.terms is None:
        return tuple(account), 0
    amounts = amounts_of_sums(account_fen=emptied.fen, sums=sending.bases, terms=sending.terms)
    return (*account, *amounts.steps), amounts.pooled_fen


def _require_places(case: Case, transfer: Transfer, on: date) -> bool:
    """By them the place of award is told (待遇领取地); the other place is among them. Give whether
    months were paid in another province."""
    if transfer.scheme != Scheme.EMPLOYEE_PENSION:
        return False
    named = {place.province for place in places_of(case=case, name=PLACES, last=Month.of(on))}
    if transfer.with_money and province_of(region=transfer.other_region) not in named:
        raise LeavingInvalid(
            "跨省转入职工养老关系，须按信息表写明各地的缴费月数和最后缴费月份。",
            case_id=case.pk,
        )
    return bool(named - {province_of(region=case.agency.region)})


def _amounts(case: Case) -> list[tuple[str, int]]:
    """What came in, by part: each part once, above zero."""
    listed = case.content.get("amounts", [])
    try:
        amounts = [(str(item["part"]), item["fen"]) for item in listed]
    except (KeyError, TypeError):
        raise LeavingInvalid("转入金额不正确。", case_id=case.pk) from None
    parts = [part for part, _ in amounts]
    right = all(part in Part.values and type(fen) is int and fen > 0 for part, fen in amounts)
    if not right or len(set(parts)) != len(parts):
        raise LeavingInvalid("转入金额不正确。", case_id=case.pk)
    return amounts


def _sheet_no(case: Case) -> str:
    return str(case.content.get("document_no") or "").strip()[:40]


def settle(transfer: Transfer, case: Case, on: date, money: Settled) -> int:
    """Put the last step down; rows written."""
    TransferStep.objects.create(
        transfer=transfer,
        stage=TransferStage.SETTLED,
        done_on=on,
        document_no=_sheet_no(case),
        case_id=case.pk,
        fen=money.fen,
        pooled_fen=money.pooled_fen,
        entry=money.entry,
    )
    return 1
