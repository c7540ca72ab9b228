"""Move a relation to another place, or here (关系转移接续): four steps, each with its term.

Certificate (参保缴费凭证) → application → letter (联系函) → information sheet with the whole
account, and across provinces the money: the account's, and of 110 a part of the pool. Within the
province the account moves by record alone. The last step is a case of its own, ``transfer_money``.
"""

from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from backend.access.models import Staff
from backend.audit.record import record
from backend.cases.calendar import calendar
from backend.deployment import is_demo
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.kernel.working_days import add_working_days
from backend.people.models import Party, PartyKind
from backend.people.queries import family_of
from insurance.accounts.entries import lock
from insurance.accounts.models import (
    AccountEntry,
    Direction,
    Transfer,
    TransferStage,
    TransferStep,
)
from insurance.accounts.transfer_benefits import factor_of
from insurance.enrolment.models import Enrolment
from insurance.policy import parameters as policy
from insurance.policy.regions import province_of

STEP_DAYS = "transfer.step_days"
UNEMPLOYMENT = "210"


class TransferNotThere(Refusal):
    """There is no such transfer of this person (没有这项转移)."""

    code = "transfer_not_found"


class StepOutOfOrder(Refusal):
    """The steps of a transfer follow each other (转移环节次序不符)."""

    code = "transfer_step_out_of_order"


class TransferInvalid(Refusal):
    """Nothing can be moved like this (不能这样转移)."""

    code = "transfer_invalid"


class UnemploymentRelation(Refusal):
    """The relation of unemployment insurance is not taken in by a transfer (失业保险不办转入).

    Months paid elsewhere count by their certificate when a benefit is claimed
    (社会保险法第五十二条); money that another province sends is income by its paper (FUND_PAPER).
    """

    code = "transfer_unemployment_not_handled"


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
    today: date,
    by: Staff | None = None,
) -> Transfer:
    """Put a transfer on record with its certificate: issued here, or brought from elsewhere.

    The same certificate again gives the transfer that is there.

    Raises:
        UnemploymentRelation: 210 comes in; NotVerified: what of 210 moves out; TransferInvalid: not
            a person, a place like ours, a day to come, nothing here to move out, or the same
            certificate for another place.
    """
    if scheme == UNEMPLOYMENT and direction is Direction.IN:
        raise UnemploymentRelation(
            "失业保险不办转入：外地的缴费月数，凭参保缴费凭证在失业保险金核定时填作以前缴费月数；"
            "外地划来的费用按到账单据记账。"
        )
    _refuse_unlikely(person_id, own_region, other_region, on, today)
    if direction is Direction.OUT:
        _refuse_stranger(person_id, scheme)
    with_money = province_of(region=own_region) != province_of(region=other_region)
    if scheme == UNEMPLOYMENT and with_money:  # else four steps are gone for nothing
        factor_of(tree=policy.load(), region=own_region, month=Month.of(on), demo=is_demo())
    transfer, fresh = Transfer.objects.get_or_create(
        person_id=person_id,
        scheme=scheme,
        direction=direction,
        certificate_no=certificate_no,
        defaults={
            "other_region": other_region,
            "other_agency": other_agency,
            "with_money": with_money,
        },
    )
    if not fresh and (transfer.other_region, transfer.other_agency) != (other_region, other_agency):
        raise TransferInvalid("这个凭证号已用于另一地的转移。", transfer=transfer.pk)
    if fresh:
        _step(transfer, TransferStage.CERTIFICATE, on=on, document_no=certificate_no)
        _record("accounts.begin_transfer", transfer, rows=2, by=by)
    return transfer


@transaction.atomic
def go_on(
    *,
    transfer_id: int,
    stage: TransferStage,
    on: date,
    document_no: str,
    today: date,
    by: Staff | None = None,
) -> TransferStep:
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
    if on > today:
        raise StepOutOfOrder("办理日期不能晚于今天。", transfer=transfer_id)
    require_next(transfer=transfer, stage=stage, on=on)
    step = _step(transfer, stage, on=on, document_no=document_no)
    _record("accounts.go_on_with_transfer", transfer, rows=1, by=by)
    return step


def require_next(*, transfer: Transfer, stage: TransferStage, on: date) -> None:
    """Refuse a step that is not the next, or earlier than the one before.

    Raises:
        StepOutOfOrder.
    """
    last = TransferStep.objects.filter(transfer=transfer).order_by("-stage").first()
    if last is None or stage != last.stage + 1:
        raise StepOutOfOrder(f"现在不能办理“{stage.label}”。", transfer=transfer.pk)
    if on < last.done_on:
        raise StepOutOfOrder(f"办理日期不能早于 {last.done_on}。", transfer=transfer.pk)


def require_after_letter(*, transfer: Transfer, on: date) -> None:
    """Refuse a sheet that is told anew as of a day before the letter.

    Raises:
        StepOutOfOrder.
    """
    letter = TransferStep.objects.get(transfer=transfer, stage=TransferStage.LETTER)
    if on < letter.done_on:
        raise StepOutOfOrder(f"办理日期不能早于 {letter.done_on}。", transfer=transfer.pk)


def waiting(*, rows: QuerySet[Transfer], late_on: date | None) -> QuerySet[Transfer]:
    """Those of some transfers that wait for a step, with ``next_due_on``, the last day of it; only
    those of which it is over on ``late_on``, if it is given."""
    steps = TransferStep.objects.filter(transfer=OuterRef("pk")).order_by("-stage")
    found = rows.annotate(next_due_on=Subquery(steps.values("next_due_on")[:1])).exclude(
        Exists(steps.filter(stage=TransferStage.SETTLED))
    )
    return found if late_on is None else found.filter(next_due_on__lt=late_on)


def _refuse_unlikely(
    person_id: int, own_region: str, other_region: str, on: date, today: date
) -> None:
    if not Party.objects.filter(pk=person_id, kind=PartyKind.PERSON).exists():
        raise TransferInvalid("没有这个参保人。", person=person_id)
    if other_region == own_region:
        raise TransferInvalid("对方与本地相同，不是转移。")
    if on > today:
        raise TransferInvalid("办理日期不能晚于今天。")


def _refuse_stranger(person_id: int, scheme: str) -> None:
    """Who never was insured here and has no account has nothing to move out."""
    family = family_of(party_id=person_id)
    if not (
        AccountEntry.objects.filter(person__in=family, scheme=scheme).exists()
        or Enrolment.objects.filter(
            person__in=family, scheme=scheme, superseded_at__isnull=True
        ).exists()
    ):
        raise TransferInvalid("此人在本地没有这个险种的参保关系。", person=person_id)


def _step(transfer: Transfer, stage: TransferStage, *, on: date, document_no: str) -> TransferStep:
    return TransferStep.objects.create(
        transfer=transfer,
        stage=stage,
        done_on=on,
        next_due_on=add_working_days(start=on, days=_step_days(on), calendar=calendar()),
        document_no=document_no,
    )


def standing_of_term(*, on: date) -> Standing:
    """How far to rely on the term of a step that was done on a day (依据状态)."""
    return policy.load().resolve_any(STEP_DAYS, "000000", on).standing


def _step_days(on: date) -> int:
    # A term is shown, not money: a figure from memory serves, and its standing is told.
    return policy.load().resolve_any(STEP_DAYS, "000000", on).whole


def _record(name: str, transfer: Transfer, *, rows: int, by: Staff | None) -> None:
    record(
        name=name,
        subject_kind="accounts.transfer",
        subject_id=str(transfer.pk),
        rows=rows,
        staff_id=by.pk if by else None,
        person_id=by.person_id if by else None,
        party_id=transfer.person_id,
        details={"direction": transfer.direction, "scheme": transfer.scheme},
    )
