"""The worklist stands in one order, by weight and age; many of one reason are one fault."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from payments import open_lines
from payments.models import Batch, Discrepancy
from payments.open_lines import Weight, counts, in_order
from tests import builders
from tests.builders import Member
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import BUSY, CLOSED_ACCOUNT, PAID, UNKNOWN

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def finance() -> Member:
    return builders.member(role="FINANCE")


@pytest.fixture
def batch() -> Batch:
    """Three that need people: one for each weight, the least first."""
    return pay.answered(BUSY, CLOSED_ACCOUNT, UNKNOWN, PAID)


def listed(client: Client, member: Member, **asked: Any) -> list[dict[str, Any]]:
    client.force_login(member.staff)
    rows: list[dict[str, Any]] = client.get("/api/v1/discrepancies/", asked).json()["results"]
    return rows


def test_what_may_be_lost_stands_before_what_waits(
    client: Client, finance: Member, batch: Batch
) -> None:
    rows = listed(client, finance)

    assert [(row["weight"], row["reason_label"]) for row in rows] == [
        (1, "结果不明"),
        (2, "已销户"),
        (3, "银行系统忙"),
    ]
    assert [row["proposal_label"] for row in rows] == [
        "问银行，不得重发",
        "改账户后二次发放",
        "二次发放",
    ]
    assert rows[0]["holder"] == "王*英"


def test_the_older_of_one_weight_stands_first_and_pages_follow(
    client: Client, finance: Member
) -> None:
    pay.answered(UNKNOWN, UNKNOWN, UNKNOWN)
    client.force_login(finance.staff)
    found, page = [], "/api/v1/discrepancies/?page_size=1"

    while page:
        answer = client.get(page).json()
        found += [row["id"] for row in answer["results"]]
        page = answer["next"]

    assert found == sorted(found)
    assert len(found) == 3


def test_it_is_found_by_reason_bank_and_whose_it_is(
    client: Client, finance: Member, batch: Batch
) -> None:
    closed = Discrepancy.objects.get(reason="CLOSED")
    Discrepancy.objects.filter(pk=closed.pk).update(owner_staff_id=finance.staff.pk)

    def ids(**asked: Any) -> list[int]:
        return [row["id"] for row in listed(client, finance, **asked)]

    assert ids(reason="CLOSED") == ids(owner_staff_id=finance.staff.pk) == [closed.pk]
    assert closed.pk not in ids(unowned="true")
    assert len(ids(batch__bank="NSB")) == 3
    assert ids(batch__bank="CSB") == []


@pytest.mark.parametrize(("days", "old"), [(12, True), (11, False)])
def test_after_twelve_days_a_line_is_old(
    client: Client, finance: Member, batch: Batch, days: int, old: bool
) -> None:
    since = timezone.now() - timedelta(days=days)
    Discrepancy.objects.filter(reason="CLOSED").update(opened_at=since)

    assert bool(listed(client, finance, old="true")) is old


def test_it_is_counted_by_kind_reason_and_bank(finance: Member, batch: Batch) -> None:
    found = counts(
        rows=Discrepancy.objects.all(), staff_id=finance.staff.pk, today=timezone.localdate()
    )

    assert [(g.weight, g.reason_label, g.bank, g.count, g.fen) for g in found.groups] == [
        (Weight.URGENT, "结果不明", "NSB", 1, 20_000),
        (Weight.WAITING, "已销户", "NSB", 1, 20_000),
        (Weight.OTHER, "银行系统忙", "NSB", 1, 20_000),
    ]
    assert (found.open, found.open_fen, found.mine, found.unowned) == (3, 60_000, 0, 3)
    assert (found.closed, found.closed_today) == (0, 0)


@pytest.mark.parametrize(("most", "grouped"), [(2, False), (1, True)])
def test_more_than_so_many_of_one_reason_at_one_bank_are_one_fault(
    finance: Member, monkeypatch: pytest.MonkeyPatch, most: int, grouped: bool
) -> None:
    monkeypatch.setattr(open_lines, "GROUPED_ABOVE", most)
    pay.answered(UNKNOWN, UNKNOWN)

    found = counts(
        rows=Discrepancy.objects.all(), staff_id=finance.staff.pk, today=timezone.localdate()
    )

    assert [group.grouped for group in found.groups] == [grouped]


def test_the_counts_of_one_batch_are_its_own(client: Client, finance: Member) -> None:
    batch = pay.answered(UNKNOWN)
    client.force_login(finance.staff)

    def shown(**asked: Any) -> int:
        number: int = client.get("/api/v1/discrepancies/counts/", asked).json()["open"]
        return number

    assert (shown(batch=batch.pk), shown(batch=batch.pk + 1)) == (1, 0)


def test_what_a_row_needs_is_read_with_the_page(
    finance: Member, batch: Batch, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        found: Any = in_order(Discrepancy.objects.all())
        rows = [(row.batch.book.scheme, row.holder_name) for row in found.order_by("place")]

    assert rows == [("170", "王秀英")] * 3
