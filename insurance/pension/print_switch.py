"""Print the sheet of somebody who went over to the other scheme (打印养老保险制度衔接核定表)."""

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.papers.figures import figure
from insurance.accounts.left_sheet import issue_left, left_by, sights_of, steps_of_left
from insurance.accounts.models import SchemeSwitch
from insurance.accounts.moved_sheet import MovedSheet, moved_sheet
from insurance.accounts.transfer_amounts import ACCOUNT
from insurance.issuing.compared import Compared, Entry
from insurance.issuing.issue import Out
from insurance.issuing.models import PaperKind
from insurance.pension.switching import COUNTED_MONTHS
from insurance.policy.retirement import month_said


class NothingSwitched(Refusal):
    """The case let nobody go over (本件没有办理制度衔接)."""

    code = "switch_nothing_switched"


def print_switch(*, case: Case, by: Staff) -> Out:
    """Print the sheet of a decided PENSION_SWITCH case.

    Raises:
        NothingSwitched; StepDoesNotHold; as ``issue``.
    """
    switch = SchemeSwitch.objects.filter(case_id=case.pk).first()
    if switch is None:
        raise NothingSwitched(f"业务件 {case.pk} 没有办理制度衔接。", case_id=case.pk)
    sheet = _sheet(case, switch)
    return issue_left(
        case=case,
        kind=PaperKind.SWITCH_SHEET,
        compose=lambda issued: moved_sheet(sheet=sheet, issued=issued),
        by=by,
    )


def _sheet(case: Case, switch: SchemeSwitch) -> MovedSheet:
    person = sights_of(case=case)[case.party_id]
    return MovedSheet(
        title="城乡养老保险制度衔接核定表",
        person_name=person.name,
        id_number=person.number,
        facts=(
            ("转出险种", switch.get_from_scheme_display()),
            ("转入险种", switch.get_to_scheme_display()),
            ("衔接月份", month_said(month=Month.of(switch.month))),
            ("职工养老缴费月数（含视同）", str(case.content["employee_months"])),
            ("缴费月数的依据", str(case.content["evidence"])),
            (COUNTED_MONTHS, str(switch.counted_months)),
        ),
        amounts=((ACCOUNT, switch.fen),),
        years=(),
        steps=steps_of_left(case=case),
        compared=_compared(case, switch),
    )


def _compared(case: Case, switch: SchemeSwitch) -> Compared | None:
    """How a switch differs from the one whose place it takes."""
    left = left_by(case=case)
    if left is None or left.corrects_id is None:
        return None
    both = (SchemeSwitch.objects.get(case_id=left.corrects_id), switch)
    return Compared(
        way="更正",
        because=left.ground,
        entries=(
            Entry("转入险种", *(one.get_to_scheme_display() for one in both)),
            Entry(COUNTED_MONTHS, *(str(one.counted_months) for one in both)),
            Entry(ACCOUNT, *(f"{figure(amount=Money(one.fen))} 元" for one in both)),
        ),
    )
