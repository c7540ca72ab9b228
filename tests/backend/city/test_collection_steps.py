"""The first half of a month goes on by itself, with the jobs of what people decided meanwhile."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.cases import acts
from backend.city import collection_steps as collection
from backend.jobs import runner
from backend.kernel.months import Month
from insurance.collection.models import (
    Bill,
    BillMode,
    BillRun,
    BillRunKind,
    Finding,
    RunState,
    TaxFile,
)
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection import match_city
from tests.insurance.collection import tax_world as tax
from tests.insurance.collection.bill_builders import DEC, NOV
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of


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


def test_money_of_a_month_without_declarations_is_compared(
    own_database: OwnDatabase, settings: LazySettings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    builders.agency()
    run = tax.run(period=NOV)
    tax.line(run, person_id=builders.li().pk, fen=1_440_00, month=NOV)
    tax.bills(tax.done(run), mode=BillMode.DECLARED)
    company = of.employer().pk
    match_city.write_file(receipts=[Came(company, "110", 1_440_00, month=NOV)])

    go_on(NOV)

    (found,) = Finding.objects.all()
    assert (found.kind, found.payer_id, found.received_fen, found.owner_role) == (
        "PAID_NOT_DECLARED",
        company,
        1_440_00,
        "FINANCE",
    )


def test_money_that_comes_months_later_closes_what_was_declared_and_not_paid(
    own_database: OwnDatabase, settings: LazySettings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    builders.agency()
    run = tax.run(period=NOV)
    tax.line(run, person_id=builders.li().pk, fen=1_440_00, month=NOV)
    tax.bills(tax.done(run), mode=BillMode.DECLARED)
    company = of.employer().pk
    told = tax.declared(payer_id=company, person_id=builders.li().pk, name="李建国", fen=1_440_00)
    tax.declare(tax.declarations_file(), [told])
    match_city.write_file(receipts=[Came(None, "110", 1_00)])
    go_on(NOV)
    assert Finding.objects.get().kind == "DECLARED_NOT_PAID"

    later = NOV.plus(collection.LATE_MONTHS + 1)
    for month in NOV.next.until(later):
        go_on(month)
    file = match_city.write_file(receipts=[Came(company, "110", 1_440_00, month=NOV)], period=later)
    go_on(later)

    found = Finding.objects.get()
    assert (found.decision, found.gone_file) == ("GONE", file)
