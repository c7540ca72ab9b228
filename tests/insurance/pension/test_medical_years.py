"""Who retires is told how long he was medically insured, and what nobody knows of it."""

from dataclasses import replace
from datetime import date

import pytest

from backend.kernel.parameters import ParameterTree
from insurance.pension.medical_years import KEY, medical_years_said
from insurance.pension.sheet import print_sheet
from insurance.policy import parameters
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.issuing.issuing_builders import text
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension.adjusting.adjusting_builders import value
from tests.insurance.pension.pension_facts import ANQING, month


def said(months: int, tree: ParameterTree | None = None) -> str:
    return medical_years_said(
        tree=tree or parameters.load(),
        region=ANQING,
        retirement_month=month("2026-07"),
        months=months,
    )


def known(months: int) -> ParameterTree:
    """As if the city had published so many; no figure of a real place."""
    tree = parameters.load()
    rows = {"value": (value(months, since=date(2020, 1, 1)),)}
    return ParameterTree({**tree.parameters, KEY: replace(tree.parameters[KEY], rows=rows)}, "v")


def test_a_figure_that_is_not_known_is_not_invented() -> None:
    assert "未配置，没有核对，由医疗保障经办机构核定" in said(300)


@pytest.mark.parametrize(
    ("months", "word"), [(299, "还差 1 个月，可以一次性补缴"), (300, "已满"), (301, "已满")]
)
def test_months_are_held_against_those_needed(months: int, word: str) -> None:
    assert word in said(months, known(300))


@pytest.mark.django_db
def test_the_sheet_says_it() -> None:
    ours.configured()
    of.enrolment(person_id=p.man().pk, scheme="310", valid=of.months("2016-01", "2026-08"))
    award = p.retired_by_law()

    pdf = print_sheet(award=award, by=ours.printer().staff).pdf

    assert "登记职工医保参保127个月" in text(pdf)
    assert "未配置，没有核对" in text(pdf)
