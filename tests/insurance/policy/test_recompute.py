"""A step says enough of itself to be computed again; what does not say enough is named."""

from fractions import Fraction

import pytest

from insurance.policy.recompute import StepUnreadableError, evaluate, holds, recompute
from insurance.policy.steps import Step


def step(formula: str, rounding: str, result: str = "", **inputs: str) -> Step:
    return Step(formula, tuple(inputs.items()), result, "", "", "", "", rounding)


@pytest.mark.parametrize(
    ("formula", "rounding", "inputs", "result"),
    [
        (
            "(基数 + 基数 × 指数) ÷ 2 × 年限 × 0.01",
            "四舍五入到分",
            {"基数": "7999.00", "指数": "1.2345", "年限": "30.7"},
            "2743.62",
        ),
        ("月数 ÷ 12", "见小数进到0.1", {"月数": "368"}, "30.7"),
        ("月数 ÷ 12", "见小数进到0.1", {"月数": "360"}, "30"),
        ("139 − (139 − 132) × 零头 ÷ 12", "四舍五入到0.1", {"零头": "3"}, "137.3"),
        ("和 ÷ 月数", "四舍五入到4位小数", {"和": "2", "月数": "3"}, "0.6667"),
        ("原月 + 延迟", "年月", {"原月": "2025-11", "延迟": "3"}, "2026-02"),
        ("年龄 + 延迟", "岁月", {"年龄": "60y0m", "延迟": "3"}, "60y3m"),
        ("较小(24, 取整(月数 ÷ 12) × 3)", "", {"月数": "47"}, "9"),
        ("止日 − 起日 + 1", "", {"止日": "2028-03-01", "起日": "2028-02-28"}, "3"),
        ("−差额", "见角（分）进元", {"差额": "12.01"}, "-13.00"),
        ("47066 ÷ 12 × 11", "四舍五入到分", {}, "43143.83"),
    ],
)
def test_a_step_is_computed_again(
    formula: str, rounding: str, inputs: dict[str, str], result: str
) -> None:
    assert recompute(step=step(formula, rounding, **inputs)) == result
    assert holds(step=step(formula, rounding, result, **inputs))


def test_a_wrong_fen_does_not_hold() -> None:
    assert not holds(step=step("额 × 0.08", "四舍五入到分", "344.89", 额="4311.00"))


@pytest.mark.parametrize(
    ("formula", "inputs"),
    [
        ("没有的 + 1", {}),
        ("额 + 1", {"额": "没有"}),
        ("日 + 1", {"日": "2026-02-29"}),
        ("额 ** 2", {"额": "2"}),
        ("__import__('os')", {}),
        ("额.real", {"额": "2"}),
        ("取整(x for x in 额)", {"额": "2"}),
        ("1 ÷", {}),
        ("True", {}),
    ],
)
def test_what_is_no_arithmetic_over_the_inputs_is_refused(
    formula: str, inputs: dict[str, str]
) -> None:
    with pytest.raises(StepUnreadableError):
        evaluate(formula=formula, inputs=inputs)


@pytest.mark.parametrize(
    ("formula", "rounding"), [("1 ÷ 3", ""), ("1", "随便"), ("2026 + 1 ÷ 2", "年月")]
)
def test_a_value_that_is_not_named_by_its_rounding_is_refused(formula: str, rounding: str) -> None:
    with pytest.raises(StepUnreadableError):
        recompute(step=step(formula, rounding))


def test_two_inputs_of_one_name_are_refused() -> None:
    twice = step("额", "")._replace(inputs=(("额", "1"), ("额", "2")))

    with pytest.raises(StepUnreadableError, match="同名"):
        recompute(step=twice)


def test_numbers_are_exact() -> None:
    assert evaluate(formula="0.1 + 0.2", inputs={}) == Fraction(3, 10)
