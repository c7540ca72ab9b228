"""The sheet of an award shows every amount with its steps, and is signed by the person."""

from dataclasses import replace

import pytest

from backend.kernel.dated import Standing
from backend.kernel.money import Money
from backend.papers.paper import Fields, Mark, Paper
from insurance.benefits.award_sheet import pension_sheet, unemployment_sheet
from insurance.issuing.issued import marks_of
from insurance.policy.step_table import AmountUnexplained, StepDoesNotHold, step_table
from tests.insurance.benefits.paper_builders import issued, wangs_pension, zhaos_benefit


def values(paper: Paper) -> dict[str, str]:
    entries = [one for block in paper.body if isinstance(block, Fields) for one in block.entries]
    return {entry.label: entry.value for entry in entries}


def test_a_pension_is_shown_part_by_part_and_in_words() -> None:
    shown = values(pension_sheet(sheet=wangs_pension(), issued=issued()))

    assert shown["基础养老金"] == "2,483.69 元"
    assert shown["个人账户养老金"] == "634.77 元"
    assert shown["过渡性养老金"] == "116.99 元"
    assert shown["基本养老金"] == "3,235.45 元"
    assert shown["金额大写"] == "人民币叁仟贰佰叁拾伍元肆角伍分"
    assert shown["缴费年限"] == "30年8个月"
    assert shown["开始领取"] == "2026年12月"


def test_the_account_is_shown_by_its_last_digits_only() -> None:
    shown = values(pension_sheet(sheet=wangs_pension(), issued=issued()))

    assert shown["发放账户"] == "示例农村商业银行，尾号0017"


def test_unemployment_benefit_is_shown_with_its_months() -> None:
    paper = unemployment_sheet(sheet=zhaos_benefit(), issued=issued())
    shown = values(paper)

    assert paper.title == "失业保险金核定表"
    assert shown["失业保险金月标准"] == "1,737.00 元"
    assert shown["金额大写"] == "人民币壹仟柒佰叁拾柒元整"
    assert shown["核定月数"] == "12个月"
    assert shown["领取期限"] == "2026年11月至2027年10月"


def test_the_steps_stand_on_the_sheet() -> None:
    sheet = wangs_pension()

    paper = pension_sheet(sheet=sheet, issued=issued())

    assert paper.body[-1] == step_table(steps=sheet.steps, heading="三、计算过程")


def test_the_person_signs_beside_those_who_made_and_checked_it() -> None:
    paper = pension_sheet(sheet=wangs_pension(), issued=issued())

    person, maker, checker, agency = paper.signatures
    assert (person.role, person.name, person.signed_on) == ("本人（签名）", "", None)
    assert "有异议" in person.statement[-1]
    assert (maker.name, checker.name) == ("李经办", "陈复核")
    assert agency.role == "经办机构（盖章）"
    assert len(paper.remedy) == 3


def test_an_amount_without_a_step_is_not_printed() -> None:
    sheet = wangs_pension()
    other = (*sheet.amounts[:-1], ("基本养老金", Money.yuan("3235.46")))

    with pytest.raises(AmountUnexplained) as refused:
        pension_sheet(sheet=replace(sheet, amounts=other), issued=issued())

    assert refused.value.code == "award_amount_unexplained"
    assert "3,235.46" in refused.value.detail


def test_a_sheet_whose_steps_do_not_come_out_is_not_printed() -> None:
    sheet = zhaos_benefit()
    wrong = (sheet.steps[0]._replace(result="13"), *sheet.steps[1:])

    with pytest.raises(StepDoesNotHold):
        unemployment_sheet(sheet=replace(sheet, steps=wrong), issued=issued())


@pytest.mark.parametrize(
    ("standings", "demo", "interim", "expected"),
    [
        ((Standing.PUBLISHED, Standing.CITED), False, False, ()),
        ((Standing.CITED, Standing.UNVERIFIED), False, False, (Mark.UNVERIFIED,)),
        ((Standing.DEMO,), False, False, (Mark.DEMO,)),
        ((), True, False, (Mark.DEMO,)),
        ((), False, True, (Mark.INTERIM,)),
        ((Standing.UNVERIFIED,), True, True, (Mark.UNVERIFIED, Mark.DEMO, Mark.INTERIM)),
    ],
)
def test_a_paper_bears_the_marks_of_what_it_rests_on(
    standings: tuple[Standing, ...], demo: bool, interim: bool, expected: tuple[Mark, ...]
) -> None:
    assert marks_of(standings=standings, demo=demo, interim=interim) == expected
