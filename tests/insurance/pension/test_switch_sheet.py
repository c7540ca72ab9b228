"""Who goes over to the other scheme has a sheet: what goes along, and which months count."""

import pytest
from django.test import Client

from insurance.accounts.models import LeftAccount, SchemeSwitch
from insurance.issuing.models import IssuedPaper
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.issuing.issuing_builders import text
from tests.insurance.pension.switch_builders import switched

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk() -> Client:
    ours.configured()
    client = Client()
    client.force_login(ours.printer().staff)
    return client


@pytest.mark.parametrize(("to_scheme", "months"), [("170", "100"), ("110", "0")])
def test_the_sheet_tells_the_account_and_the_months(
    clerk: Client, to_scheme: str, months: str
) -> None:
    case = switched(to_scheme)

    said = text(clerk.get(f"/api/v1/cases/{case.pk}/switch-sheet.pdf").content)

    for one in ("城乡养老保险制度衔接核定表", "月积数", "最低缴费月数", "人社部发〔2014〕17号"):
        assert one in said
    assert f"转入后计算的缴费月数{months}" in said
    assert "不服本决定怎么办" in said
    assert IssuedPaper.objects.get().kind == "SWITCH_SHEET"


@pytest.mark.parametrize("to_scheme", ["170", "110"])
def test_what_goes_over_comes_out_again_from_the_steps(to_scheme: str) -> None:
    case = switched(to_scheme)
    steps = read(rows=LeftAccount.objects.get(case_id=case.pk).steps)
    found = SchemeSwitch.objects.get(case_id=case.pk)

    assert first_wrong(steps=steps) is None
    results = {step.name: step.result for step in steps}
    assert results["个人账户储存额"] == f"{found.fen // 100}.{found.fen % 100:02d}"
    assert results["转入后计算的缴费月数"] == str(found.counted_months)


@pytest.mark.parametrize(
    ("to_scheme", "formula", "months", "sentence"),
    [
        ("170", "合并计算的职工养老缴费月数", "100", "合并计算为居民缴费"),
        ("110", "合并计算的居民养老缴费月数", "0", "居民缴费年限不合并、不折算，所以不增加月数"),
    ],
)
def test_the_step_tells_of_the_scheme_that_is_left(
    to_scheme: str, formula: str, months: str, sentence: str
) -> None:
    case = switched(to_scheme)

    step = read(rows=LeftAccount.objects.get(case_id=case.pk).steps)[-1]

    assert (step.formula, step.inputs) == (formula, ((formula, months),))
    assert sentence in step.sentence


def test_a_case_by_which_nobody_goes_over_has_no_such_sheet(clerk: Client) -> None:
    case = builders.case()

    refused = clerk.get(f"/api/v1/cases/{case.pk}/switch-sheet.pdf")

    assert refused.json()["code"] == "switch_nothing_switched"
