"""The first half of a month goes on by itself, with the jobs of what people decided meanwhile."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.cases import acts
from backend.city import collection_steps as collection
from backend.jobs import runner
from backend.kernel.months import Month
from insurance.collection.models import Bill, BillRun, BillRunKind, RunState, TaxFile
from tests.conftest import OwnDatabase
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection.bill_builders import DEC, NOV


def go_on(period: Month = DEC) -> None:
    """What ``run_month``, or beat and a worker, do in turn."""
    while keys := collection.advance(period=period, quiet_seconds=0, tell=lambda _: None):
        runner.run_waiting(keys=keys)


def test_a_decided_top_up_is_computed_and_its_bills_go_out(
    own_database: OwnDatabase,
    monkeypatch: pytest.MonkeyPatch,
    settings: LazySettings,
    tmp_path: Path,
) -> None:
    settings.VAR_DIR = tmp_path
    chen = b.chen_is_flexible()
    for month in (NOV, DEC):
        go_on(month)
    b.with_values(monkeypatch, {"pension.rate_flexible": Decimal("0.21")})
    content = {
        "bills": "MONTHLY", "period": "2026-12", "from_month": "2026-11",
        "last_month": "2026-11", "document": "演示人社〔2026〕9号",
    }  # fmt: skip
    case = cases.decided(kind="COLLECTION_TOP_UP", party_id=chen.pk, content=content)

    acts.registered()["COLLECTION_TOP_UP"](case)
    go_on()

    run = BillRun.objects.get(kind=BillRunKind.TOP_UP)
    assert (run.state, run.case_id) == (RunState.DONE, case.pk)
    assert [(bill.month, bill.fen) for bill in Bill.objects.filter(run=run)] == [
        (NOV.first_day, 50_00)
    ]
    newest = TaxFile.objects.order_by("-pk")[0]
    assert (newest.kind, newest.fen) == ("BILLS", 50_00)


def test_the_next_month_waits_until_the_top_up_is_computed(
    own_database: OwnDatabase, settings: LazySettings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    chen = b.chen_is_flexible()
    go_on(NOV)
    content = {
        "bills": "MONTHLY", "period": "2026-12", "from_month": "2026-11",
        "last_month": "2026-11", "document": "演示人社〔2026〕9号",
    }  # fmt: skip
    case = cases.decided(kind="COLLECTION_TOP_UP", party_id=chen.pk, content=content)
    acts.registered()["COLLECTION_TOP_UP"](case)

    go_on(DEC)

    assert not BillRun.objects.exclude(state=RunState.DONE).exists()
    assert BillRun.objects.filter(period=DEC.first_day).count() == 4
