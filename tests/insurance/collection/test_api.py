"""Collection over the API: bills, keys, receipts, suspense; read by many, persons masked."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.access.models import Agency
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import Bill, BillRun, Finding, FindingKind, Suspense
from tests import builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.bill_builders import NOV
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
LISTS = (
    *("bills/", "bill-runs/", "receipts/", "matches/", "suspense/"),
    *("undeclared-employers/", "fixed-amounts/"),
    *("bill-lines/?payer=1", "bill-keys/1/", "bills/1/", "bill-runs/1/"),
)


@pytest.fixture
def finance(client: Client) -> Client:
    client.force_login(builders.member(role="FINANCE").staff)
    return client


@pytest.fixture
def billed() -> BillRun:
    """Li's November at the company, and Chen's own."""
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    bills.li_works()
    bills.chen_is_flexible()
    return bills.bill(NOV)["EMPLOYERS"]


def listed(client: Client, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/{path}", query)
    assert answer.status_code == 200, answer.json()
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def came(*receipts: Came) -> None:
    file = city.write_file(receipts=receipts)
    work_off(file_id=file.pk, period=NOV, today=date(2026, 12, 1))


def test_bills_are_listed_by_payer_scheme_and_month(finance: Client, billed: BillRun) -> None:
    (row,) = listed(finance, "bills/", payer_id=of.employer().pk, scheme="110", month="2026-11-01")

    assert (row["payer_name"], row["month"], row["run"]) == (
        "演示商贸1号有限公司",
        "2026-11",
        billed.pk,
    )
    assert (row["kind_label"], row["line_count"], row["amount"]) == ("用人单位", 2, "1440.00")
    alone = listed(finance, "bills/", kind="FLEXIBLE", scheme="110")
    assert alone[0]["payer_name"] == "陈*芳"


def test_a_bill_shows_its_lines_masked(finance: Client, billed: BillRun) -> None:
    bill = Bill.objects.get(run=billed, scheme="110")

    assert finance.get(f"/api/v1/bills/{bill.pk}/").json()["amount"] == "1440.00"
    rows = listed(finance, f"bills/{bill.pk}/lines/")

    assert [(r["part_label"], r["amount"], r["to_account"]) for r in rows] == [
        ("单位缴费", "960.00", "0.00"),
        ("个人缴费", "480.00", "480.00"),
    ]
    assert {row["person_name"] for row in rows} == {"李*国"}
    assert finance.get("/api/v1/bills/987654321/lines/").status_code == 404


def test_lines_are_looked_up_by_payer_or_person(finance: Client, billed: BillRun) -> None:
    of_li = listed(finance, "bill-lines/", person=builders.li().pk, scheme="110")

    assert len(of_li) == 2
    assert listed(finance, "bill-lines/", payer=builders.chen().pk, scheme="110")
    assert listed(finance, "bill-lines/", payer=of.employer().pk, person=builders.chen().pk) == []
    answer = finance.get("/api/v1/bill-lines/")
    assert (answer.status_code, answer.json()["code"]) == (400, "collection_party_needed")


def test_a_key_tells_why_it_was_credited(finance: Client, billed: BillRun) -> None:
    came(Came(of.employer().pk, "110", 480_00, month=NOV))
    own = listed(finance, "bill-lines/", person=builders.li().pk, scheme="110", part=1)[0]

    shown = finance.get(f"/api/v1/bill-keys/{own['key_id']}/").json()

    assert (shown["owed"], shown["matched"], shown["still_open"]) == ("480.00", "480.00", "0.00")
    (one,) = shown["allocations"]
    assert (one["kind"], one["amount"], one["to_account"]) == ("RECEIPTS", "480.00", "480.00")
    assert (one["arrived"], bool(one["tax_no"])) == ("2026-11-20", True)
    assert finance.get("/api/v1/bill-keys/987654321/").status_code == 404


def test_a_run_shows_its_figures(finance: Client, billed: BillRun) -> None:
    assert "parameters" not in listed(finance, "bill-runs/", kind="EMPLOYERS")[0]

    shown = finance.get(f"/api/v1/bill-runs/{billed.pk}/").json()

    assert shown["summary"]["bills"] == 3
    assert {term["scheme"] for term in shown["parameters"]["terms"]} == {"110", "210", "310"}


def test_receipts_and_matches_mask_what_they_were_told(finance: Client, billed: BillRun) -> None:
    came(Came(of.employer().pk, "110", 2_000_00, month=NOV))

    (receipt,) = listed(finance, "receipts/", payer_id=of.employer().pk)
    (match,) = listed(finance, "matches/", kind="RECEIPTS")

    assert (receipt["amount"], receipt["arrived"]) == ("2000.00", "2026-11-20")
    assert receipt["told_payer_name"] == "演*"
    assert match["summary"]["suspense_fen"] == 560_00


def test_suspense_is_a_worklist_with_age_and_owner(finance: Client, billed: BillRun) -> None:
    came(replace(Came(None, "110", 10_00, month=NOV), arrived=date(2026, 11, 20)))
    row = Suspense.objects.get()
    owner = builders.member(role="FINANCE").staff

    answer = builders.assigned_at_api(finance, "suspense", rows=[row.pk], to=owner)

    assert answer.json() == {"assigned": 1}
    (shown,) = listed(finance, "suspense/", open="true", reason="UNKNOWN_PAYER")
    assert (shown["amount"], shown["owner_staff_id"]) == ("10.00", owner.pk)
    assert shown["age_days"] == (timezone.localdate() - date(2026, 11, 20)).days
    assert shown["receipt_row"]["payer_id"] is None
    Suspense.objects.update(decision="REFUND", case_id=1, closed_at=builders.NOW)
    assert listed(finance, "suspense/", open="true") == []
    assert len(listed(finance, "suspense/")) == 1


def test_findings_are_given_to_an_owner(client: Client) -> None:
    clerk = builders.member(role="CLERK").staff
    client.force_login(clerk)
    row = Finding.objects.create(
        period=NOV.first_day,
        kind=FindingKind.OTHER_AMOUNT,
        scheme="110",
        month=NOV.first_day,
        declared_fen=1,
        registered_fen=2,
        owner_role="CLERK",
    )

    answer = builders.assigned_at_api(client, "contribution-findings", rows=[row.pk], to=clerk)

    assert answer.json() == {"assigned": 1}
    row.refresh_from_db()
    assert row.owner_staff_id == clerk.pk


@pytest.mark.parametrize("path", LISTS)
def test_the_machines_operator_reads_nothing(client: Client, path: str) -> None:
    client.force_login(builders.member(role="SYSTEM_ADMIN").staff)

    assert client.get(f"/api/v1/{path}").status_code == 403


def test_a_cashier_assigns_nothing(client: Client) -> None:
    client.force_login(builders.member(role="CASHIER").staff)

    assert client.post("/api/v1/suspense/assign", {}).status_code == 403
