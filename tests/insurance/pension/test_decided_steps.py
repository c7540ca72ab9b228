"""What has no sheet of its own says on the general notice how it was computed."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.cases.models import Case
from insurance.issuing.models import IssuedPaper
from insurance.issuing.print_decision import print_decision
from insurance.pension import one_off, to_pension
from insurance.pension.models import AllowanceToPension
from tests.insurance.issuing import issuing_builders as issuing
from tests.insurance.issuing.objected import put_on_record
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension import test_one_off, test_to_pension
from tests.insurance.pension.test_other_choice import ILL, chosen

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folders(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def printed(case: Case) -> str:
    out = print_decision(case=put_on_record(case), by=issuing.printer(at=case.agency).staff)
    return issuing.text(out.pdf).replace("\n", "")


def test_a_one_off_payment_is_told_with_its_steps_and_their_standing() -> None:
    issuing.configured()
    test_one_off.recognised()
    case = p.decided(kind=test_one_off.KIND, content=test_one_off.asked())
    one_off.decide(case)

    told = printed(case)

    assert "计算过程" in told
    assert "一次性缴费金额" in told
    assert "8708.00" in told
    assert "未核实" in told
    assert IssuedPaper.objects.get().kind == "DECISION_NOTICE"


def test_an_allowance_that_becomes_a_pension_is_told_with_its_steps() -> None:
    issuing.configured()
    chosen(ILL)
    p.approve()
    case = p.decided(kind=test_to_pension.KIND, content=test_to_pension.asked())
    to_pension.decide(case)
    last = AllowanceToPension.objects.get().steps[-1]

    told = printed(case)

    assert "计算过程" in told
    assert f"{Decimal(last['result']):,}" in told
