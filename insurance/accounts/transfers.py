"""Move a relation to another place, or here (关系转移接续): four steps, each with its term.

Certificate (参保缴费凭证) → application → letter (联系函) → information sheet, and across
provinces the money of the account. Within the province the record moves and no money does.
"""

from datetime import date

from django.db import transaction

from backend.audit.record import record
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.accounts.entries import lock
from insurance.accounts.leaving import empty, scheme_and_month
from insurance.accounts.models import (
    AccountEntry,
    Direction,
    EntryKind,
    EntrySource,
    Outgoing,
    Part,
    Transfer,
    TransferStage,
    TransferStep,
)
from insurance.accounts.settling import LeavingInvalid
from insurance.accounts.terms import add_working_days
from insurance.policy import parameters as policy

STEP_DAYS = "transfer.step_days"
PROVINCE_DIGITS = 2


class TransferNotThere(Refusal):
    """There is no such transfer of this person (没有这项转移)."""

    code = "transfer_not_found"


class StepOutOfOrder(Refusal):
    """The steps of a transfer follow each other (转移环节次序不符)."""

    code = "transfer_step_out_of_order"


@transaction.atomic
def begin(
    *,
    person_id: int,
    scheme: str,
    direction: Direction,
    own_region: str,
    other_region: str,
    other_agency: str,
    certificate_no: str,
    on: date,
) -> Transfer:
    """Put a transfer on record with its certificate: issued here, or brought from elsewhere.

    The same certificate again gives the transfer that is there.
    """
    transfer, fresh = Transfer.objects.get_or_create(
        person_id=person_id,
        scheme=scheme,
        direction=direction,
        certificate_no=certificate_no,
        defaults={
            "other_region": other_region,
            "other_agency": other_agency,
            "with_money": own_region[:PROVINCE_DIGITS] != other_region[:PROVINCE_DIGITS],
        },
    )
    if fresh:
        _step(transfer, TransferStage.CERTIFICATE, on=on, document_no=certificate_no)
        _record("accounts.begin_transfer", transfer, rows=2)
    return transfer


@transaction.atomic
def go_on(*, transfer_id: int, stage: TransferStage, on: date, document_no: str) -> TransferStep:
    """Put down the application or the letter; done before, it stays as it is.

    Raises:
        TransferNotThere; StepOutOfOrder: another step comes first, or the last needs a decision.
    """
    transfer = Transfer.objects.filter(pk=transfer_id).first()
    if transfer is None:
        raise TransferNotThere("没有这项转移。", transfer=transfer_id)
    lock(person_ids=[transfer.person_id])
    known = TransferStep.objects.filter(transfer=transfer, stage=stage).first()
    if known is not None:
        return known
    if stage not in (TransferStage.APPLICATION, TransferStage.LETTER):
        raise StepOutOfOrder("信息表与资金须经审批办理。", transfer=transfer_id)
    _require_next(transfer, stage, on)
    step = _step(transfer, stage, on=on, document_no=document_no)
    _record("accounts.go_on_with_transfer", transfer, rows=1)
    return step


def send(case: Case) -> int:
    """The act of a TRANSFER_OUT case: the last step, with the whole account across provinces.

    Content: ``transfer``, ``scheme``, ``month``, ``on`` (ISO date), ``document_no``.
    """
    transfer, scheme, month, on = _subject(case, Direction.OUT)
    _require_next(transfer, TransferStage.SETTLED, on)
    rows = 0
    if transfer.with_money:
        emptied = empty(case=case, scheme=scheme, month=month, kind=EntryKind.TRANSFER_OUT)
        Outgoing.objects.create(
            person_id=case.party_id,
            scheme=scheme,
            kind=EntryKind.TRANSFER_OUT,
            to_agency=transfer.other_agency,
            month=month.first_day,
            fen=emptied.fen,
            case_id=case.pk,
        )
        rows = emptied.rows + 1
    _settled(transfer, case, on)
    return rows + 1


def receive(case: Case) -> int:
    """The act of a TRANSFER_IN case: the last step, with what came in across provinces.

    Content: ``transfer``, ``scheme``, ``month``, ``on``, ``document_no`` and, with money,
    ``amounts`` as a list of ``part`` and ``fen``.
    """
    transfer, scheme, month, on = _subject(case, Direction.IN)
    _require_next(transfer, TransferStage.SETTLED, on)
    amounts = _amounts(case)
    if transfer.with_money is not bool(amounts):
        raise LeavingInvalid("跨省转移须写明转入金额，省内转移不转资金。", case_id=case.pk)
    for part, fen in amounts:
        AccountEntry.objects.create(
            person_id=case.party_id,
            scheme=scheme,
            kind=EntryKind.TRANSFER_IN,
            part=part,
            for_month=month.first_day,
            arrival_month=month.first_day,
            fen=fen,
            source=EntrySource.CASE,
            source_id=case.pk,
        )
    _settled(transfer, case, on)
    return len(amounts) + 1


def _subject(case: Case, direction: Direction) -> tuple[Transfer, str, Month, date]:
    scheme, month = scheme_and_month(case)
    wanted = case.content.get("transfer")
    transfer = Transfer.objects.filter(
        pk=wanted if isinstance(wanted, int) else 0,
        person=case.party_id,
        scheme=scheme,
        direction=direction,
    ).first()
    if transfer is None:
        raise TransferNotThere("此人没有这项转移。", case_id=case.pk)
    lock(person_ids=[case.party_id])
    try:
        on = date.fromisoformat(str(case.content.get("on")))
    except ValueError:
        raise LeavingInvalid("请写明办理日期。", case_id=case.pk) from None
    return transfer, scheme, month, on


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


def _require_next(transfer: Transfer, stage: TransferStage, on: date) -> None:
    last = TransferStep.objects.filter(transfer=transfer).order_by("-stage").first()
    if last is None or stage != last.stage + 1:
        raise StepOutOfOrder(f"现在不能办理“{stage.label}”。", transfer=transfer.pk)
    if on < last.done_on:
        raise StepOutOfOrder(f"办理日期不能早于 {last.done_on}。", transfer=transfer.pk)


def _settled(transfer: Transfer, case: Case, on: date) -> None:
    document_no = str(case.content.get("document_no", ""))[:40]
    _step(transfer, TransferStage.SETTLED, on=on, document_no=document_no, case_id=case.pk)


def _step(
    transfer: Transfer,
    stage: TransferStage,
    *,
    on: date,
    document_no: str,
    case_id: int | None = None,
) -> TransferStep:
    last = stage is TransferStage.SETTLED
    return TransferStep.objects.create(
        transfer=transfer,
        stage=stage,
        done_on=on,
        next_due_on=None if last else add_working_days(start=on, days=_step_days(on)),
        document_no=document_no,
        case_id=case_id,
    )


def _step_days(on: date) -> int:
    # A term is shown, not money: a figure from memory serves, and its standing is told.
    return policy.load().resolve_any(STEP_DAYS, "000000", on).whole


def _record(name: str, transfer: Transfer, *, rows: int) -> None:
    record(
        name=name,
        subject_kind="accounts.transfer",
        subject_id=str(transfer.pk),
        rows=rows,
        details={"direction": transfer.direction, "scheme": transfer.scheme},
    )
