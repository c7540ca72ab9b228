"""Print the information sheet of a relation that a case sends away (打印关系转移接续信息表)."""

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.papers.figures import spoken_day
from insurance.accounts.left_sheet import issue_left, sights_of, steps_of_left
from insurance.accounts.models import (
    MOVING,
    Direction,
    Scheme,
    TransferStage,
    TransferStep,
)
from insurance.accounts.moved_sheet import MovedSheet, moved_sheet
from insurance.accounts.sent_away import bases_of, months_of
from insurance.accounts.transfer_amounts import ACCOUNT, POOLED, TOTAL
from insurance.accounts.transfer_benefits import COST
from insurance.accounts.transfers import UNEMPLOYMENT
from insurance.issuing.issue import Out
from insurance.issuing.models import PaperKind
from insurance.policy.retirement import month_said

TITLE = "关系转移接续信息表"
SCHEME_LABELS = dict(MOVING)
WAYS = {True: "跨省转移，转移资金", False: "省内转移，只转记录"}


class NothingSent(Refusal):
    """The case sent no relation away (本件没有转出关系)."""

    code = "transfer_nothing_sent"


def print_transfer(*, case: Case, by: Staff) -> Out:
    """Print the sheet of what a TRANSFER_OUT case sent away, as it was decided.

    Raises:
        NothingSent; StepDoesNotHold; as ``issue``.
    """
    step = (
        TransferStep.objects.select_related("transfer")
        .filter(case_id=case.pk, transfer__direction=Direction.OUT, stage=TransferStage.SETTLED)
        .first()
    )
    if step is None:
        raise NothingSent(f"业务件 {case.pk} 没有转出关系。", case_id=case.pk)
    sheet = _sheet(case, step)
    return issue_left(
        case=case,
        kind=PaperKind.TRANSFER_SHEET,
        compose=lambda issued: moved_sheet(sheet=sheet, issued=issued),
        by=by,
    )


def _sheet(case: Case, step: TransferStep) -> MovedSheet:
    person = sights_of(case=case)[case.party_id]
    by_year = step.transfer.scheme == Scheme.EMPLOYEE_PENSION
    shared = step.transfer.with_money and by_year
    whole = ((POOLED, step.pooled_fen), (TOTAL, step.fen + step.pooled_fen)) if shared else ()
    bases = bases_of(case=case) if by_year else {}
    return MovedSheet(
        title=TITLE,
        person_name=person.name,
        id_number=person.number,
        facts=_facts(case, step),
        amounts=_amounts(step, whole),
        years=tuple(
            (year, months_of(case=case, year=year), fen) for year, fen in sorted(bases.items())
        ),
        steps=steps_of_left(case=case),
    )


def _amounts(step: TransferStep, whole: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    if step.transfer.scheme == UNEMPLOYMENT:
        return ((COST, step.pooled_fen),)
    return ((ACCOUNT, step.fen), *whole)


def _facts(case: Case, step: TransferStep) -> tuple[tuple[str, str], ...]:
    """What the four steps of the transfer put on record."""
    transfer = step.transfer
    reason = case.content.get("difference_reason")
    letter = transfer.transferstep_set.filter(stage=TransferStage.LETTER).first()
    return (
        ("险种", SCHEME_LABELS[transfer.scheme]),
        ("转移方式", WAYS[transfer.with_money]),
        ("转入地经办机构", f"{transfer.other_agency}（{transfer.other_region}）"),
        ("参保缴费凭证号", transfer.certificate_no),
        ("联系函号", letter.document_no if letter else ""),
        ("信息表号", step.document_no),
        ("办理日期", spoken_day(day=step.done_on)),
        ("转出月份", month_said(month=Month.parse(case.content["month"]))),
        *((("与征缴不符的原因", str(reason)),) if reason else ()),
    )
