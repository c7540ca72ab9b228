"""Whether somebody who retires was insured long enough for medical benefits (退休医保年限). Pure.

310 goes on without contributions for who reached the place's years; who is short may top them up at
the medical insurance agency. It never holds up the pension, and what is not known is said.
"""

from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, ParameterTree
from insurance.policy.steps import authority

KEY = "medical.retired_contribution_months"
SETTLED_THERE = "由医疗保障经办机构核定"


def medical_years_said(
    *, tree: ParameterTree, region: str, retirement_month: Month, months: int
) -> str:
    """Say how the months insured stand to those needed, by figures of any standing."""
    insured = f"登记职工医保参保 {months} 个月"
    try:
        least = tree.resolve_any(KEY, region, retirement_month.first_day)
    except NotConfigured:
        return f"{insured}；“{tree.parameters[KEY].name}”未配置，没有核对，{SETTLED_THERE}。"
    missing = least.whole - months
    said = f"还差 {missing} 个月，可以一次性补缴" if missing > 0 else "已满"
    return f"{insured}，规定 {least.whole} 个月（{authority(least)}），{said}，{SETTLED_THERE}。"
