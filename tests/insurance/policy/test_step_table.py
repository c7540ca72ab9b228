"""Steps are printed so that anybody can compute them again; one that does not hold is not."""

import re

import pytest

from backend.papers.paper import Style, Table
from insurance.policy.recompute import recompute
from insurance.policy.step_table import StepDoesNotHold, printed, step_table
from insurance.policy.steps import Step

YEARS = Step(
    formula="缴费月数 ÷ 12",
    inputs=(("缴费月数", "368"),),
    result="30.7",
    version="ab" * 32,
    article="皖政〔2006〕59号（安徽省340000，转引）",
    name="缴费年限",
    sentence="您一共缴费368个月。",
    rounding="见小数进到0.1",
)
BASIC = Step(
    formula="计发基数 × 缴费年限 × 0.01",
    inputs=(("计发基数", "7999.00"), ("缴费年限", "30.7")),
    result="2455.69",
    version="ab" * 32,
    article="国发〔2005〕38号（全国000000，转引）",
    name="基础养老金",
    sentence="每缴一年发百分之一。",
    rounding="四舍五入到分",
)
AGE = Step(
    formula="退休年月 − 出生年月",
    inputs=(("退休年月", "2027-02"), ("出生年月", "1966-11")),
    result="60y3m",
    version="ab" * 32,
    article="",
    name="退休年龄",
    sentence="",
    rounding="岁月",
)


def texts(table: Table) -> list[list[str]]:
    """Each row's texts, blank by blank as they are printed."""
    return [[piece.text for cell in row for piece in cell] for row in table.rows]


def test_a_step_is_printed_with_all_that_it_says() -> None:
    table = step_table(steps=[YEARS, BASIC], heading="三、计算过程")

    assert table.heading == "三、计算过程"
    assert texts(table)[1] == [
        "2. 基础养老金",
        "每缴一年发百分之一。",
        "算式：计发基数 × 缴费年限 × 0.01",
        "其中：计发基数\u00a0=\u00a07,999.00",
        "　　　缴费年限\u00a0=\u00a030.7",
        "进位：四舍五入到分",
        "依据：国发〔2005〕38号（全国000000，转引）",
        "2,455.69",
    ]
    assert table.note == f"政策参数版本：{'ab' * 8}"


def test_what_a_step_does_not_say_is_no_empty_line() -> None:
    [[name, formula, one, other, result]] = texts(step_table(steps=[AGE]))

    assert name == "1. 退休年龄"
    assert formula == "算式：退休年月 − 出生年月"
    assert one == "其中：退休年月\u00a0=\u00a02027年2月"
    assert other == "　　　出生年月\u00a0=\u00a01966年11月"
    assert result == "60岁3个月"


def test_only_the_source_is_set_small() -> None:
    table = step_table(steps=[YEARS])

    small = [p.text for row in table.rows for cell in row for p in cell if p.style is Style.SMALL]
    assert small == ["依据：皖政〔2006〕59号（安徽省340000，转引）"]


def test_every_printed_step_can_be_computed_again_from_the_paper_alone() -> None:
    for step, row in zip(
        (YEARS, BASIC, AGE), texts(step_table(steps=[YEARS, BASIC, AGE])), strict=True
    ):
        assert recompute(step=read(row, step.rounding)) == step.result


def read(row: list[str], rounding: str) -> Step:
    """A step as somebody with the paper in hand would write it down."""
    said = dict(text.split("：", 1) for text in row if "：" in text)
    inputs = [text.removeprefix("其中：").strip("　").split("\u00a0=\u00a0") for text in row]
    return Step(
        formula=said["算式"],
        inputs=tuple((one[0], unprinted(one[1])) for one in inputs if len(one) == 2),
        result=row[-1],
        version="",
        article="",
        name="",
        sentence="",
        rounding=said.get("进位", rounding),
    )


def unprinted(text: str) -> str:
    if found := re.fullmatch("([0-9]+)年([0-9]+)月", text):
        return f"{found[1]}-{int(found[2]):02d}"
    return text.replace(",", "").replace("−", "-")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("60y3m", "60岁3个月"),
        ("60y0m", "60岁"),
        ("2026-01", "2026年1月"),
        ("1234567.00", "1,234,567.00"),
        ("-1234.50", "−1,234.50"),
        ("-7", "−7"),
        ("2026-01-05", "2026-01-05"),
        ("2026", "2026"),
        ("1.0234", "1.0234"),
    ],
)
def test_numbers_are_printed_as_people_read_them(text: str, expected: str) -> None:
    assert printed(text=text) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        BASIC._replace(result="2455.70"),
        BASIC._replace(rounding="见分进角"),
        BASIC._replace(inputs=(("计发基数", "7989.00"), ("缴费年限", "30.7"))),
        BASIC._replace(formula="计发基数 × 年限 × 0.01"),
        BASIC._replace(formula="计发基数乘以年限"),
    ],
)
def test_a_step_that_does_not_come_out_again_is_not_printed(wrong: Step) -> None:
    with pytest.raises(StepDoesNotHold) as refused:
        step_table(steps=[YEARS, wrong])

    assert refused.value.code == "step_does_not_hold"
    assert "基础养老金" in refused.value.detail


def test_a_step_that_takes_another_figure_than_the_step_before_gave_is_not_printed() -> None:
    other = BASIC._replace(inputs=(("计发基数", "7999.00"), ("缴费年限", "30.8")), result="2463.69")

    with pytest.raises(StepDoesNotHold):
        step_table(steps=[YEARS, other])


def test_the_same_figure_written_otherwise_is_the_same() -> None:
    step_table(steps=[YEARS, BASIC._replace(inputs=(BASIC.inputs[0], ("缴费年限", "30.70")))])
