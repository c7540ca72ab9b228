"""Arrears and open bills of the old system: taken over signed and in agreement, or not at all."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from backend.access.models import Agency
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.accounts.models import AccountEntry
from insurance.collection import invariants, match_invariants
from insurance.collection.baseline import HEADER, check
from insurance.collection.bills.undeclared_employers import note_undeclared
from insurance.collection.cases import fixed_amount
from insurance.collection.contributed import base_of, billed_of, terms_of
from insurance.collection.debts.arrears import register_arrears
from insurance.collection.debts.deregistration import deregister_employer
from insurance.collection.debts.gap_queries import gaps_of
from insurance.collection.debts.late_fees import charge_late_fees
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import (
    ArrearsBaseline,
    Bill,
    BillLine,
    BillRun,
    LinePart,
    NotBilled,
    Suspense,
)
from insurance.collection.rules.gaps import GapState
from insurance.collection.take_over import read_manifest
from insurance.collection.tax.bills_out import runs_to_send
from insurance.enrolment.deregister import EmployerOwes
from insurance.enrolment.leave import leave
from payments.ledger.models import MemoEntry
from tests import builders
from tests.backend.city.bank_builders import ROOT
from tests.insurance.benefits.baseline_files import TRUSTED
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection import match_city as city
from tests.insurance.collection.arrears_files import (
    TOTALS,
    chen_row,
    default_rows,
    insured,
    li_row,
    take,
    write,
)
from tests.insurance.collection.debt_city import arrears_of
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
SAMPLES = ROOT / "docs" / "formats" / "samples"
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
NOVEMBER_30 = date(2026, 11, 30)


@pytest.fixture(autouse=True)
def company() -> int:
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    payer: int = insured().pk
    return payer


def refusal_of(folder: Path) -> str:
    with pytest.raises(Refusal) as refused:
        take(folder)
    return refused.value.code


def pays(payer_id: int, fen: int, *, scheme: str = "110", on: date = date(2026, 11, 10)) -> None:
    """Money for October comes in and is worked off."""
    came = Came(payer_id, scheme, fen, on, month=OCTOBER)
    file = city.write_file(receipts=[came])
    work_off(file_id=file.pk, period=NOVEMBER, today=NOVEMBER_30)


def test_what_was_open_is_owed(tmp_path: Path, company: int) -> None:
    taken, refused = take(write(tmp_path))

    assert (taken.rows, refused) == (4, [])
    assert list(
        Bill.objects.order_by("fen").values_list("kind", "payer_id", "scheme", "fen", "pay_by")
    ) == [
        ("EMPLOYED", company, "210", 30_00, date(2026, 10, 25)),
        ("FLEXIBLE", builders.chen().pk, "110", 1_000_00, date(2026, 12, 31)),
        ("EMPLOYED", company, "110", 1_440_00, date(2026, 10, 25)),
    ]
    assert arrears_of(payer_id=company, today=NOVEMBER_30) == 1_470_00
    (gap,) = gaps_of(person_id=builders.chen().pk, today=NOVEMBER_30)["110"]
    assert (gap.month, gap.fen, gap.state) == (OCTOBER, 1_000_00, GapState.OPEN)
    assert invariants.broken_promises() + match_invariants.broken_promises() == []


def test_the_memo_register_knows_it(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))

    register_arrears(period=NOVEMBER, today=NOVEMBER_30)

    rows = MemoEntry.objects.filter(party=company).order_by("fen")
    assert list(rows.values_list("book__scheme", "fen")) == [("210", 30_00), ("110", 1_440_00)]


def test_a_payment_is_matched_to_it_and_the_account_gains_its_part(
    tmp_path: Path, company: int
) -> None:
    take(write(tmp_path))

    pays(company, 1_440_00)
    pays(builders.chen().pk, 1_000_00)

    assert not Suspense.objects.exists()
    assert arrears_of(payer_id=company, today=NOVEMBER_30) == 30_00
    assert credited() == {builders.li().pk: 480_00, builders.chen().pk: 400_00}
    assert invariants.broken_promises() + match_invariants.broken_promises() == []


def credited() -> dict[int, int]:
    """What each person's account gained."""
    rows = AccountEntry.objects.filter(kind="CREDIT").values_list("person_id", "fen")
    return dict(rows)


def test_late_fees_run_from_its_last_day(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))

    pays(company, 1_440_00)
    charge_late_fees(period=NOVEMBER, today=NOVEMBER_30)

    fees = BillLine.objects.filter(part=LinePart.LATE_FEE).order_by("fen")
    days = 16  # from 26 October to 10 November, 0.05 % each
    assert list(fees.values_list("scheme", "fen")) == [
        ("210", 30_00 * days * 5 // 10_000),
        ("110", 1_440_00 * days * 5 // 10_000),
    ]


def test_it_forbids_the_deregistration_of_the_employer(tmp_path: Path, company: int) -> None:
    take(write(tmp_path))
    leave(
        blockers=(), person_id=builders.li().pk, schemes=["110", "210"], payer_id=company,
        last_month=OCTOBER, today=date(2026, 11, 2),
    )  # fmt: skip
    bills.bill(NOVEMBER)

    with pytest.raises(EmployerOwes, match=r"1470\.00"):
        deregister_employer(
            payer_id=company, from_month=NOVEMBER, evidence="注销通知书", today=NOVEMBER_30
        )


def test_no_bill_is_sent_again_and_no_run_bills_the_month(tmp_path: Path, company: int) -> None:
    taken, _ = take(write(tmp_path))

    bills.bill(NOVEMBER)

    assert taken.baseline.run_id not in runs_to_send(period=NOVEMBER)
    october = BillLine.objects.filter(month=OCTOBER.first_day)
    assert set(october.values_list("run_id", flat=True)) == {taken.baseline.run_id}


def test_a_month_of_which_the_rest_is_paid_counts_on_the_wage(tmp_path: Path, company: int) -> None:
    """The old system had received Li's own share: the employer's alone was open."""
    row = li_row(part="EMPLOYER", amount="960.00", account="")
    take(write(tmp_path, [row], totals=[{**TOTALS[0], "payers": 1, "rows": 1, "fen": 960_00}]))

    pays(company, 960_00)

    (billed,) = billed_of(person_id=builders.li().pk, scheme="110", since=OCTOBER, until=OCTOBER)
    assert billed.counts
    terms = terms_of(paid=[billed], scheme="110", region="340800", on=NOVEMBER_30)
    assert base_of(billed=billed, terms=terms[billed.kind, OCTOBER]) == 6_000_00


def test_the_open_part_is_no_total_on_which_an_undeclared_month_rests(
    tmp_path: Path, company: int
) -> None:
    take(write(tmp_path))
    note_undeclared(payer_id=company, from_month=NOVEMBER, reason="未申报", today=date(2026, 11, 2))

    bills.bill(NOVEMBER)

    assert not BillLine.objects.filter(payer_id=company, month=NOVEMBER.first_day).exists()
    missing = NotBilled.objects.filter(payer_id=company, code="collection_no_last_total")
    assert sorted(missing.values_list("scheme", flat=True)) == ["110", "210"]


def test_an_undeclared_month_after_taken_over_arrears_is_billed_as_fixed_by_decision(
    tmp_path: Path, company: int
) -> None:
    take(write(tmp_path))
    note_undeclared(payer_id=company, from_month=NOVEMBER, reason="未申报", today=date(2026, 11, 2))
    for scheme in ("110", "210"):
        content = {"scheme": scheme, "month": "2026-11", "amount": "1500.00", "document": "核定表"}
        case = cases.decided(kind="COLLECTION_FIXED_AMOUNT", party_id=company, content=content)
        fixed_amount.check(case)
        fixed_amount.decide(case)

    bills.bill(NOVEMBER)

    billed = BillLine.objects.filter(payer_id=company, month=NOVEMBER.first_day)
    assert [line.fen for line in billed] == [1_500_00] * 2
    assert not NotBilled.objects.filter(payer_id=company).exists()


def test_the_same_folder_twice_changes_nothing(tmp_path: Path) -> None:
    first, _ = take(write(tmp_path))
    again, _ = take(tmp_path)

    assert (again.baseline, again.already) == (first.baseline, True)
    assert (BillLine.objects.count(), ArrearsBaseline.objects.count()) == (4, 1)


@pytest.mark.parametrize(
    "totals",
    [
        TOTALS[:1],
        [TOTALS[0], {**TOTALS[1], "fen": 1}],
        [TOTALS[0], {**TOTALS[1], "rows": 2}],
        [{**TOTALS[0], "payers": 1}, TOTALS[1]],
        [{**TOTALS[0], "agency": "34080002"}, TOTALS[1]],
    ],
)
def test_other_totals_take_nothing(tmp_path: Path, totals: list[dict[str, Any]]) -> None:
    assert refusal_of(write(tmp_path, totals=totals)) == "arrears_totals_differ"
    assert not BillRun.objects.exists()


def test_what_this_system_billed_nobody_hands_over(tmp_path: Path) -> None:
    bills.bill(OCTOBER)

    assert refusal_of(write(tmp_path)) == "arrears_months_billed_here"


def test_what_was_signed_and_is_changed_shows(tmp_path: Path) -> None:
    taken, _ = take(write(tmp_path))

    ArrearsBaseline.objects.create(
        digest="0" * 64,
        manifest={"totals": [{"scheme": "110", "rows": 1, "fen": 1}]},
        run=bills.bill(NOVEMBER)["EMPLOYERS"],
    )

    assert [one.promise for one in invariants.broken_promises()] == [
        "应缴:接管的欠缴与双方签名的控制总数相同"
    ]
    assert taken.rows == 4


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"part": "LATE_FEE"}, "part"),
        ({"payer": "123"}, "credit_code"),
        ({"scheme": "170"}, "scheme"),
        ({"amount": "0.00"}, "amount"),
        ({"account": "480.01"}, "account"),
        ({"scheme": "210", "account": "1.00"}, "account"),
        ({"pay_by": "2026-08-31"}, "pay_by"),
        ({"month": "2011-05", "pay_by": "2011-06-25"}, "pay_by"),
        ({"part": "ESTIMATE"}, "id_number"),
        ({"payer": "", "part": "EMPLOYER", "account": ""}, "part"),
    ],
)
def test_a_row_that_is_wrong_alone_is_named(
    tmp_path: Path, changes: dict[str, str], column: str
) -> None:
    rows = [*default_rows(), li_row(**{"month": "2026-09", **changes})]

    _, (refused,) = take(write(tmp_path, rows))

    assert (refused.line, refused.column) == (6, column)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (lambda: li_row(id_kind="PASSPORT", id_number="E12345678"), "库中没有这个人"),
        (lambda: li_row(payer=of.credit_code(serial=9), month="2026-09"), "没有这个单位"),
        (lambda: li_row(month="2026-11", pay_by="2026-11-25"), "由本系统核定"),
        (lambda: chen_row(month="2026-09", pay_by="2026-10-31"), "缴费截止日"),
        (lambda: li_row(month="2019-12", pay_by="2019-12-25"), "没有在该单位"),
        (lambda: chen_row(scheme="310", month="2026-09"), "没有在该单位"),
    ],
)
def test_a_row_that_the_register_does_not_bear_out_is_named(
    tmp_path: Path, row: Any, reason: str
) -> None:
    _, (refused,) = take(write(tmp_path, [*default_rows(), row()]))

    assert (refused.line, reason in refused.reason) == (6, True)


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ({}, "重复"),
        ({"part": "EMPLOYER", "account": "", "pay_by": "2026-09-28"}, "截止日须相同"),
        (
            {"part": "ESTIMATE", "account": "", "id_kind": "", "id_number": ""},
            "暂按上月额",
        ),
    ],
)
def test_rows_that_exclude_each_other_are_both_named(
    tmp_path: Path, second: dict[str, str], reason: str
) -> None:
    september = {"month": "2026-09", "pay_by": "2026-09-25"}
    pair = [li_row(**september), li_row(**{**september, **second})]

    _, refused = take(write(tmp_path, [*default_rows(), *pair]))

    assert [(row.line, reason in row.reason) for row in refused] == [(6, True), (7, True)]


def test_the_command_takes_over_and_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = {"keys": [{"side": side, "public_key": key} for side, key in TRUSTED.items()]}
    trust = tmp_path / "keys.json"
    trust.write_text(json.dumps(keys))
    folder = str(write(tmp_path))

    call_command("take_over_arrears", folder, trust=trust, report=tmp_path / "refused.csv")
    assert "欠缴4行" in capsys.readouterr().out
    call_command("take_over_arrears", folder, trust=trust)
    assert "未再写入" in capsys.readouterr().out
    write(tmp_path, demo=False)
    with pytest.raises(CommandError) as refused:
        call_command("take_over_arrears", folder, trust=trust)

    assert refused.value.returncode == 2


def test_the_sample_is_signed_and_every_row_stands_alone() -> None:
    keys = json.loads((SAMPLES / "keys.json").read_text("utf-8"))["keys"]
    page = (SAMPLES.parent / "arrears-baseline.md").read_text("utf-8")

    manifest = read_manifest(
        folder=SAMPLES / "arrears-baseline",
        trusted={key["side"]: key["public_key"] for key in keys},
    )

    (signed,) = manifest.files
    text = (SAMPLES / "arrears-baseline" / signed.name).read_text("utf-8")
    header, *rows = text.splitlines()
    assert header == ",".join(HEADER)
    assert (len(rows), f"`{header}`" in page) == (signed.rows, True)
    checked = [check(row.split(",")) for row in rows]
    fen = sum(int(row[6]) for row in checked)
    assert fen == sum(total.fen for total in manifest.totals.values())
